//! The answer of a `credential_process` (SPEC 6.1).

use secrecy::ExposeSecret;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::text::timestamp;

/// What is absent is left out: `null` and `""` mean something else to some SDKs, or crash them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    version: u8,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

/// One JSON object on one line. `Expiration` is `YYYY-MM-DDTHH:MM:SSZ`, which is all that older
/// SDKs read.
#[expect(clippy::disallowed_methods, reason = "this is the output the user asked for")]
pub(crate) fn line(credentials: &Credentials) -> Result<Zeroizing<Vec<u8>>> {
    let answer = Answer {
        version: 1,
        access_key_id: &credentials.access_key_id,
        secret_access_key: credentials.secret_access_key.expose_secret(),
        session_token: credentials.session_token.as_ref().map(ExposeSecret::expose_secret),
        expiration: credentials.expiration.map(timestamp::format),
        account_id: credentials.account_id.as_deref(),
    };
    // All room at once: a buffer that grows leaves copies of secrets behind. A control character
    // becomes six bytes.
    let secrets = answer.secret_access_key.len() + answer.session_token.map_or(0, str::len);
    let mut line = Zeroizing::new(Vec::with_capacity(512 + 6 * secrets));
    serde_json::to_writer(&mut *line, &answer)
        .map_err(|_| Error::new(Kind::Other, "cannot write JSON"))?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything() {
        let credentials = Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: "s/e+c\"ret".into(),
            session_token: Some("t\\oké=".into()),
            expiration: timestamp::parse("2030-03-17T17:46:40.999Z"),
            account_id: Some("012345678901".into()),
        };
        assert_eq!(
            String::from_utf8_lossy(&line(&credentials).expect("JSON")),
            "{\"Version\":1,\"AccessKeyId\":\"ASIAEXAMPLE\",\"SecretAccessKey\":\"s/e+c\\\"ret\",\
             \"SessionToken\":\"t\\\\oké=\",\"Expiration\":\"2030-03-17T17:46:40Z\",\
             \"AccountId\":\"012345678901\"}\n"
        );
    }

    #[test]
    fn static_keys() {
        let credentials = Credentials {
            access_key_id: "AKIAEXAMPLE".into(),
            secret_access_key: "secret".into(),
            session_token: None,
            expiration: None,
            account_id: None,
        };
        assert_eq!(
            String::from_utf8_lossy(&line(&credentials).expect("JSON")),
            "{\"Version\":1,\"AccessKeyId\":\"AKIAEXAMPLE\",\"SecretAccessKey\":\"secret\"}\n"
        );
    }
}
