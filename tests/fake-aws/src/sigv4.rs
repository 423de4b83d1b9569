//! The verifying side of Signature Version 4, written from its specification: takes a request
//! apart, rebuilds its canonical form, signs that, and compares the result. Shares no code with the
//! client under test.

use crate::form;
use crate::secrets::hex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What a request says about its own signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub access_key_id: String,
    /// `YYYYMMDD` of the credential scope.
    pub scope_date: String,
    pub region: String,
    pub service: String,
    pub signed_headers: Vec<String>,
    pub signature: String,
    /// `X-Amz-Date`, as sent.
    pub date: String,
    pub session_token: Option<String>,
    /// Whether the signature is in the query (a presigned URL).
    pub presigned: bool,
}

/// The parts of a request that a signature covers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signed<'a> {
    pub method: &'a str,
    /// Path as on the request line.
    pub path: &'a str,
    /// Query as on the request line.
    pub query: &'a str,
    pub headers: &'a hyper::HeaderMap,
    pub body: &'a [u8],
}

/// Why a claim could not be read. The text is the service's message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// The request is not signed at all.
    Unsigned,
    /// `IncompleteSignature`.
    Incomplete(String),
}

impl Claim {
    /// Reads the `Authorization` header or the `X-Amz-*` query parameters.
    pub fn read(signed: &Signed<'_>) -> Result<Self, Unreadable> {
        let query = form::parse(signed.query).unwrap_or_default();
        let in_query = form::get(&query, "X-Amz-Algorithm").is_some();
        match (single(signed, "authorization"), in_query) {
            (Some(header), false) => Self::from_header(signed, header),
            (None, true) => Self::from_query(&query),
            (Some(_), true) => Err(Unreadable::Incomplete(
                "Only one of the Authorization header and the X-Amz-Algorithm parameter is allowed"
                    .to_owned(),
            )),
            (None, false) => Err(Unreadable::Unsigned),
        }
    }

    fn from_header(signed: &Signed<'_>, header: &str) -> Result<Self, Unreadable> {
        let fields = header.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(' '));
        let fields = fields.ok_or_else(|| {
            Unreadable::Incomplete(format!("Unsupported AWS 'algorithm': '{header}'."))
        })?;
        let field = |name: &str| {
            let mut found = fields
                .split(',')
                .filter_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
            match (found.next(), found.next()) {
                (Some(value), None) if !value.is_empty() => Ok(value),
                _ => Err(Unreadable::Incomplete(format!(
                    "Authorization header requires '{name}' parameter."
                ))),
            }
        };
        let date = single(signed, "x-amz-date").ok_or_else(|| {
            Unreadable::Incomplete(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' \
                 header."
                    .to_owned(),
            )
        })?;
        let claim = Self {
            signed_headers: field("SignedHeaders")?.split(';').map(str::to_owned).collect(),
            signature: field("Signature")?.to_owned(),
            date: date.to_owned(),
            session_token: single(signed, "x-amz-security-token").map(str::to_owned),
            ..Self::scoped(field("Credential")?)?
        };
        Ok(claim)
    }

    fn from_query(query: &form::Pairs) -> Result<Self, Unreadable> {
        let field = |name: &str| {
            form::get(query, name).filter(|value| !value.is_empty()).ok_or_else(|| {
                Unreadable::Incomplete(format!(
                    "AWS query-string parameters must include '{name}'."
                ))
            })
        };
        if field("X-Amz-Algorithm")? != ALGORITHM {
            let text = "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"";
            return Err(Unreadable::Incomplete(text.to_owned()));
        }
        Ok(Self {
            signed_headers: field("X-Amz-SignedHeaders")?.split(';').map(str::to_owned).collect(),
            signature: field("X-Amz-Signature")?.to_owned(),
            date: field("X-Amz-Date")?.to_owned(),
            session_token: form::get(query, "X-Amz-Security-Token").map(str::to_owned),
            presigned: true,
            ..Self::scoped(field("X-Amz-Credential")?)?
        })
    }

    /// Splits `AKID/20240102/us-east-1/sts/aws4_request`.
    fn scoped(credential: &str) -> Result<Self, Unreadable> {
        let parts: Vec<_> = credential.split('/').collect();
        let [id, date, region, service, "aws4_request"] = parts[..] else {
            return Err(Unreadable::Incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term"
                    .to_owned(),
            ));
        };
        Ok(Self {
            access_key_id: id.to_owned(),
            scope_date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            signed_headers: Vec::new(),
            signature: String::new(),
            date: String::new(),
            session_token: None,
            presigned: false,
        })
    }

    /// `20240102/us-east-1/sts/aws4_request`.
    fn scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.scope_date, self.region, self.service)
    }

    /// Whether a header is covered by the signature.
    pub fn covers(&self, header: &str) -> bool {
        self.signed_headers.iter().any(|name| name == header)
    }

    /// The signature this request should have; `None` if it names a header that was not sent or the
    /// names are not lower-case, sorted and distinct.
    pub fn expected(&self, signed: &Signed<'_>, secret: &str) -> Option<String> {
        if !self.signed_headers.windows(2).all(|pair| pair[0] < pair[1]) {
            return None;
        }
        let canonical = self.canonical_request(signed)?;
        let to_sign = format!(
            "{ALGORITHM}\n{}\n{}\n{}",
            self.date,
            self.scope(),
            hex(&Sha256::digest(canonical.as_bytes()))
        );
        let mut key = hmac(format!("AWS4{secret}").as_bytes(), self.scope_date.as_bytes());
        for part in [self.region.as_str(), self.service.as_str(), "aws4_request"] {
            key = hmac(&key, part.as_bytes());
        }
        Some(hex(&hmac(&key, to_sign.as_bytes())))
    }

    fn canonical_request(&self, signed: &Signed<'_>) -> Option<String> {
        let mut headers = String::new();
        for name in &self.signed_headers {
            if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                return None;
            }
            headers.push_str(&format!("{name}:{}\n", canonical_value(signed, name)?));
        }
        Some(format!(
            "{}\n{}\n{}\n{headers}\n{}\n{}",
            signed.method,
            canonical_path(signed.path),
            canonical_query(signed.query, self.presigned)?,
            self.signed_headers.join(";"),
            hex(&Sha256::digest(signed.body)),
        ))
    }
}

/// Encodes every segment of the path once more, and resolves `.` and `..`.
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty() && *segment != ".") {
        if segment == ".." {
            segments.pop();
        } else {
            segments.push(segment);
        }
    }
    let coded: Vec<_> = segments.into_iter().map(form::encode).collect();
    let slash = if path.ends_with('/') && !coded.is_empty() { "/" } else { "" };
    format!("/{}{slash}", coded.join("/"))
}

/// Encodes names and values again and sorts them. A presigned URL leaves out its signature.
fn canonical_query(query: &str, presigned: bool) -> Option<String> {
    let mut pairs: Vec<(String, String)> = form::parse(query)?
        .into_iter()
        .filter(|(name, _)| !(presigned && name == "X-Amz-Signature"))
        .map(|(name, value)| (form::encode(&name), form::encode(&value)))
        .collect();
    pairs.sort();
    let joined: Vec<_> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    Some(joined.join("&"))
}

/// All values of a header, trimmed, with inner runs of spaces collapsed, joined by commas.
fn canonical_value(signed: &Signed<'_>, name: &str) -> Option<String> {
    let mut values = Vec::new();
    for value in signed.headers.get_all(name) {
        let words: Vec<_> = value.to_str().ok()?.split(' ').filter(|w| !w.is_empty()).collect();
        values.push(words.join(" "));
    }
    (!values.is_empty()).then(|| values.join(","))
}

fn single<'a>(signed: &Signed<'a>, name: &str) -> Option<&'a str> {
    let mut values = signed.headers.get_all(name).iter();
    let first = values.next()?;
    match values.next() {
        Some(_) => None,
        None => first.to_str().ok(),
    }
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
#[path = "sigv4_tests.rs"]
mod tests;
