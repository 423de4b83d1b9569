//! Parses the JSON of a token file, as any of its writers leaves it.

use std::mem;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::problem::Problem;
use super::registration::ClientRegistration;
use super::sso_token::{RefreshGrant, SsoToken};
use crate::profile::value::is_region;
use crate::text::field::{Field, is_object, secret};
use crate::text::timestamp;

/// The JSON value at the start of a file, and what follows it.
pub(super) struct FirstValue<'a> {
    pub json: &'a [u8],
    pub tail: &'a [u8],
}

/// Finds the first JSON value. Fails if there is none or it is truncated.
pub(super) fn first_value(bytes: &[u8]) -> Result<FirstValue<'_>, Problem> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    match values.next() {
        None => Err(Problem::Broken("it is empty".into())),
        Some(Err(error)) if error.is_eof() => Err(Problem::Broken("its JSON is cut off".into())),
        // Only the place, because the error's message may quote the file.
        Some(Err(error)) => Err(Problem::Broken(format!(
            "it is not JSON (line {}, column {})",
            error.line(),
            error.column()
        ))),
        Some(Ok(IgnoredAny)) => {
            let (json, tail) = bytes.split_at(values.byte_offset());
            Ok(FirstValue { json, tail: tail.trim_ascii() })
        }
    }
}

/// The token in one complete JSON value, and what can refresh it.
pub(super) fn parse(json: &[u8]) -> Result<(SsoToken, Option<RefreshGrant>), Problem> {
    if !is_object(json) {
        return Err(Problem::Broken("it contains no JSON object".into()));
    }
    let mut fields: TokenFields = serde_json::from_slice(json).map_err(|_| {
        Problem::Broken("its JSON has the same field twice, or is not Unicode".into())
    })?;
    let grant = fields.grant();
    let access_token = fields.access_token.required("accessToken").map_err(Problem::Broken)?;
    // Only what an HTTP header can contain.
    if !access_token.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Err(Problem::Broken("its `accessToken` is malformed".into()));
    }
    let expires_at = fields.expires_at.required("expiresAt").map_err(Problem::Broken)?;
    let expires_at = timestamp::parse(&expires_at)
        .ok_or_else(|| Problem::Broken("its `expiresAt` is not a time".into()))?;
    let optional = |field: Field, name| {
        let text = field.optional(name).map_err(Problem::Broken)?;
        Ok::<_, Problem>(text.map(|text| text.to_string()))
    };
    let region = optional(fields.region, "region")?;
    if !region.as_deref().is_none_or(is_region) {
        return Err(Problem::Broken("its `region` is not a region".into()));
    }
    let token = SsoToken {
        access_token: secret(access_token),
        expires_at,
        start_url: optional(fields.start_url, "startUrl")?,
        region,
    };
    Ok((token, grant))
}

/// What a logout needs from a token file.
pub(crate) struct Bearer {
    /// Unchecked: a request may not be able to carry it.
    pub access_token: SecretString,
    pub region: Option<String>,
    pub start_url: Option<String>,
    /// When it expires, if the file says so.
    pub expires_at: Option<DateTime<Utc>>,
}

/// The access token in anything that `aws sso logout` accepts as a token file: a JSON object with
/// an `accessToken`. Unlike [`parse`], it doesn't need the other fields.
pub(super) fn bearer(json: &[u8]) -> Option<Bearer> {
    if !is_object(json) {
        return None;
    }
    let fields: TokenFields = serde_json::from_slice(json).ok()?;
    let Field::Text(access_token) = fields.access_token else { return None };
    let text = |field: Field| field.text().map(|text| text.to_string());
    Some(Bearer {
        access_token: secret(access_token),
        region: text(fields.region),
        start_url: text(fields.start_url),
        expires_at: fields.expires_at.text().and_then(|text| timestamp::parse(&text)),
    })
}

/// The fields that are read. Others are skipped without being copied, because most are secrets.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TokenFields {
    access_token: Field,
    expires_at: Field,
    start_url: Field,
    region: Field,
    client_id: Field,
    client_secret: Field,
    registration_expires_at: Field,
    refresh_token: Field,
}

impl TokenFields {
    /// What a refresh needs, if it is complete. A field of another type counts as missing, because
    /// the token itself can still be used.
    fn grant(&mut self) -> Option<RefreshGrant> {
        let text = |field: &mut Field| mem::take(field).text();
        let registration = ClientRegistration {
            client_id: text(&mut self.client_id)?.to_string(),
            client_secret: secret(text(&mut self.client_secret)?),
            expires_at: timestamp::parse(&text(&mut self.registration_expires_at)?)?,
        };
        Some(RefreshGrant { registration, refresh_token: secret(text(&mut self.refresh_token)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(text: &str) -> Result<String, String> {
        first_value(text.as_bytes())
            .and_then(|value| parse(value.json))
            .map(|(token, _)| timestamp::format(token.expires_at))
            .map_err(|problem| problem.detail().unwrap_or_default())
    }

    #[test]
    fn shapes_that_are_tokens() {
        for text in [
            r#"{"accessToken": "t", "expiresAt": "2030-01-01T00:00:00Z"}"#,
            r#"{"accessToken":"t","expiresAt":"2030-01-01T00:00:00UTC","startUrl":null,"region":""}"#,
            "\n {\"expiresAt\": \"2030-01-01T00:00:00.123Z\",\n\"accessToken\": \"t\"}\n",
            r#"{"accessToken": "t", "expiresAt": "2030-01-01T00:00:00Z", "x": {"y": [1, null]}}"#,
            r#"{"accessToken": "t", "expiresAt": "2030-01-01T00:00:00Z"}"}"#,
            r#"{"accessToken": "t", "expiresAt": "2030-01-01T00:00:00Z"}{"accessToken": 1}"#,
        ] {
            assert_eq!(outcome(text).as_deref(), Ok("2030-01-01T00:00:00Z"), "{text}");
        }
    }

    #[test]
    fn what_can_be_refreshed() {
        let text = r#"{"accessToken": "t", "expiresAt": "2030-01-01T00:00:00Z", "clientId": "i",
            "clientSecret": "s", "registrationExpiresAt": "2031-01-01T00:00:00UTC",
            "refreshToken": "r"}"#;
        let grant = |text: &str| parse(text.as_bytes()).expect("a token").1;
        let whole = grant(text).expect("a grant");
        assert_eq!(whole.registration.client_id, "i");
        assert_eq!(timestamp::format(whole.registration.expires_at), "2031-01-01T00:00:00Z");
        for (part, other) in [
            ("\"clientId\"", "\"id\""),
            ("\"s\"", "\"\""),
            ("\"s\"", "null"),
            ("\"r\"", "5"),
            ("\"2031-01-01T00:00:00UTC\"", "\"later\""),
            ("\"2031-01-01T00:00:00UTC\"", "1893456000"),
        ] {
            assert!(grant(&text.replace(part, other)).is_none(), "{other}");
        }
    }

    #[test]
    fn shapes_that_are_not() {
        for (text, expected) in [
            ("", "it is empty"),
            (" \n", "it is empty"),
            (r#"{"accessToken": "t", "expi"#, "its JSON is cut off"),
            ("<html>", "it is not JSON (line 1, column 1)"),
            ("[1]", "it contains no JSON object"),
            (r#"["t", "2030-01-01T00:00:00Z", "u", "r"]"#, "it contains no JSON object"),
            ("\"accessToken\"", "it contains no JSON object"),
            ("{}", "it has no `accessToken`"),
            (r#"{"accessToken": null}"#, "it has no `accessToken`"),
            (r#"{"accessToken": 5}"#, "its `accessToken` is not text"),
            (r#"{"accessToken": ["t"]}"#, "its `accessToken` is not text"),
            (r#"{"accessToken": {"t": 1}}"#, "its `accessToken` is not text"),
            (r#"{"accessToken": ""}"#, "it has no `accessToken`"),
            (r#"{"accessToken": "a\r\nX: y"}"#, "its `accessToken` is malformed"),
            (r#"{"accessToken": "é"}"#, "its `accessToken` is malformed"),
            (r#"{"accessToken": "t"}"#, "it has no `expiresAt`"),
            (r#"{"accessToken": "t", "expiresAt": 1893456000}"#, "its `expiresAt` is not text"),
            (r#"{"accessToken": "t", "expiresAt": "soon"}"#, "its `expiresAt` is not a time"),
            (
                r#"{"accessToken": "t", "expiresAt": "2030-01-01T00:00:00Z", "startUrl": true}"#,
                "its `startUrl` is not text",
            ),
            (
                r#"{"accessToken": "t", "expiresAt": "2030-01-01T00:00:00Z", "region": "x.y/"}"#,
                "its `region` is not a region",
            ),
            (
                r#"{"accessToken": "t", "accessToken": "u"}"#,
                "its JSON has the same field twice, or is not Unicode",
            ),
            (
                r#"{"accessToken": "\ud800"}"#,
                "its JSON has the same field twice, or is not Unicode",
            ),
        ] {
            assert_eq!(outcome(text), Err(expected.to_owned()), "{text}");
        }
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;
    use crate::fuzz::fuzz;

    const SEEDS: &[&[u8]] = &[
        br#"{"startUrl": "https://corp.awsapps.com/start", "region": "eu-west-1", "accessToken": "TOKEN", "expiresAt": "2026-11-28T13:28:35Z", "clientId": "C", "clientSecret": "S", "registrationExpiresAt": "2027-01-28T13:28:35Z", "refreshToken": "R", "other": [1.10, {"a": null}]}"#,
        br#"{"accessToken": "TOKEN", "expiresAt": "2020-03-26T13:28:35UTC"} trailing"#,
        b"",
    ];

    #[test]
    fn token_files() {
        fuzz(SEEDS, |bytes| {
            if let Ok(FirstValue { json, .. }) = first_value(bytes)
                && let Ok((token, _)) = parse(json)
            {
                // Whatever can be a login can also be logged out of.
                assert!(bearer(json).is_some());
                assert!(timestamp::parse(&timestamp::format(token.expires_at)).is_some());
            }
        });
    }
}
