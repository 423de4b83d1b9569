//! The output of a helper program: the JSON format of credential_process (SPEC 6.1).

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::error::Category;

use crate::credentials::Credentials;
use crate::text::arn::is_account_id;
use crate::text::clock::Clock;
use crate::text::field::{Field, is_object, secret};
use crate::text::timestamp;

/// The credentials in `stdout`.
///
/// # Errors
/// What is wrong, without quoting anything, because every part may be a secret.
pub(super) fn parse(
    stdout: &[u8],
    account_id: Option<&str>,
    clock: Clock,
) -> Result<Credentials, String> {
    if stdout.trim_ascii().is_empty() {
        return Err("it prints nothing".into());
    }
    if !is_object(stdout) {
        return Err("it prints something other than a JSON object".into());
    }
    let fields: ProcessFields = serde_json::from_slice(stdout).map_err(|e| match e.classify() {
        // Values of every type are accepted, so the only remaining error is a duplicate field.
        Category::Data => "its JSON has the same field twice".to_owned(),
        _ => {
            format!("its output is not one JSON object (line {}, column {})", e.line(), e.column())
        }
    })?;
    match fields.version {
        Field::Number(1.0) => {}
        Field::Absent => return Err("it has no `Version`".into()),
        _ => return Err("its `Version` is not the number 1".into()),
    }
    let access_key_id = fields.access_key_id.required("AccessKeyId")?;
    let secret_access_key = fields.secret_access_key.required("SecretAccessKey")?;
    let session_token = fields.session_token.optional("SessionToken")?;
    let expiration = match fields.expiration.optional("Expiration")? {
        Some(text) => Some(future(&text, clock)?),
        None => None,
    };
    let own_account_id = fields.account_id.optional("AccountId")?.map(|id| id.to_string());
    let own_account_id = own_account_id.filter(|id| is_account_id(id));
    Ok(Credentials {
        access_key_id: access_key_id.to_string(),
        secret_access_key: secret(secret_access_key),
        session_token: session_token.map(secret),
        expiration,
        account_id: own_account_id.or_else(|| account_id.map(str::to_owned)),
    })
}

fn future(text: &str, clock: Clock) -> Result<DateTime<Utc>, String> {
    let at = timestamp::parse(text)
        .filter(|_| has_zone(text))
        .ok_or("its `Expiration` is not a time with a zone, as in 2030-01-31T12:00:00Z")?;
    if at <= clock.now() {
        return Err(format!("they expired {}", clock.since(at)));
    }
    Ok(at)
}

/// Every SDK refuses a time without a zone here: guessing the zone would mean guessing how long the
/// credentials last.
fn has_zone(time: &str) -> bool {
    let behind_date = time.trim().get("YYYY-MM-DD".len()..).unwrap_or_default();
    behind_date.contains(['+', '-']) || !time.trim_end().ends_with(|c: char| c.is_ascii_digit())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct ProcessFields {
    version: Field,
    access_key_id: Field,
    secret_access_key: Field,
    session_token: Field,
    expiration: Field,
    account_id: Field,
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;
    use secrecy::ExposeSecret;

    use super::*;
    use crate::text::clock::Zone;

    fn at(text: &str) -> DateTime<Utc> {
        timestamp::parse(text).expect("a time")
    }

    fn read(text: &str) -> Result<Credentials, String> {
        let zone = Zone::Fixed(FixedOffset::east_opt(0).expect("UTC"));
        let clock = Clock::new(at("2026-11-23T12:00:00Z"), zone);
        parse(text.as_bytes(), Some("999999999999"), clock)
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test looks inside")]
    fn everything_there() {
        let found = read(
            "\n{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"S\\n\\u0022\", \
             \"SessionToken\": \"T\", \"Expiration\": \"2026-11-23T14:00:00+01:00\", \
             \"AccountId\": \"012345678901\", \"Extra\": [{}]}\n",
        )
        .expect("credentials");
        assert_eq!(found.access_key_id, "A");
        assert_eq!(found.secret_access_key.expose_secret(), "S\n\"");
        assert_eq!(found.session_token.expect("a token").expose_secret(), "T");
        assert_eq!(found.expiration, Some(at("2026-11-23T13:00:00Z")));
        assert_eq!(found.account_id.as_deref(), Some("012345678901"));
    }

    #[test]
    fn null_and_empty_are_absent() {
        let found = read(
            r#"{"Version": 1.0, "AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "",
                "Expiration": null}"#,
        )
        .expect("credentials");
        assert!(found.session_token.is_none() && found.expiration.is_none());
        assert_eq!(found.account_id.as_deref(), Some("999999999999"));
    }

    #[test]
    fn what_is_wrong_is_said_without_quoting_it() {
        let with = |rest: &str| {
            format!(
                r#"{{"Version":1,"AccessKeyId":"TOPSECRET","SecretAccessKey":"TOPSECRET"{rest}}}"#
            )
        };
        let cases = [
            (String::new(), "it prints nothing"),
            (" \n".into(), "it prints nothing"),
            ("TOPSECRET".into(), "it prints something other than a JSON object"),
            ("[1]".into(), "it prints something other than a JSON object"),
            ("{\"TOPSECRET".into(), "its output is not one JSON object (line 1, column 11)"),
            (with("") + "TOPSECRET", "its output is not one JSON object (line 1, column 70)"),
            (with(r#","Version":1"#), "its JSON has the same field twice"),
            ("{}".into(), "it has no `Version`"),
            (r#"{"Version":"1"}"#.into(), "its `Version` is not the number 1"),
            (r#"{"Version":2}"#.into(), "its `Version` is not the number 1"),
            (r#"{"Version":true}"#.into(), "its `Version` is not the number 1"),
            (r#"{"version":1}"#.into(), "it has no `Version`"),
            (r#"{"Version":1}"#.into(), "it has no `AccessKeyId`"),
            (
                r#"{"Version":1,"AccessKeyId":"TOPSECRET","SecretAccessKey":""}"#.into(),
                "it has no `SecretAccessKey`",
            ),
            (
                r#"{"Version":1,"AccessKeyId":["TOPSECRET"]}"#.into(),
                "its `AccessKeyId` is not text",
            ),
            (with(r#","SessionToken":{"TOPSECRET":1}"#), "its `SessionToken` is not text"),
            (with(r#","Expiration":1795435200"#), "its `Expiration` is not text"),
            (with(r#","Expiration":"2026-11-23T11:00:00Z""#), "they expired at 11:00 (1 h ago)"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(&text).expect_err(&text), expected);
        }
        for time in ["TOPSECRET", "2030-11-23T11:00:00", "2030-11-23 11:00:00.5", "2030-11-23"] {
            let error = read(&with(&format!(r#","Expiration":"{time}""#))).expect_err(time);
            assert!(error.starts_with("its `Expiration` is not a time with a zone"), "{error}");
        }
        for time in
            ["2030-11-23T11:00:00UTC", "2030-11-23T11:00:00.123Z", "2030-11-23T11:00:00-0500"]
        {
            read(&with(&format!(r#","Expiration":"{time}""#))).expect(time);
        }
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;
    use crate::fuzz::fuzz;
    use crate::text::clock::Zone;

    const SEEDS: &[&[u8]] = &[
        br#"{"Version": 1, "AccessKeyId": "ASIA", "SecretAccessKey": "S", "SessionToken": "T", "Expiration": "2026-11-28T13:28:35Z", "AccountId": "123456789012"}"#,
        br#"{"Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": "S"}"#,
        b"error: nothing",
    ];

    #[test]
    fn output_of_helpers() {
        let now = timestamp::parse("2026-11-28T12:00:00Z").expect("a time");
        let clock = Clock::new(now, Zone::Local);
        fuzz(SEEDS, |bytes| {
            if let Ok(credentials) = parse(bytes, None, clock) {
                assert!(credentials.expiration.is_none_or(|end| end > now));
            }
        });
    }
}
