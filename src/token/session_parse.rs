//! Parses the JSON of a login session's file, as the AWS CLI and the SDKs write it.

use std::mem;

use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::problem::Problem;
use super::session_token::{SessionRefresh, SessionToken};
use crate::cache::login::LoginId;
use crate::credentials::Credentials;
use crate::profile::plan::LoginSession;
use crate::text::field::{Field, is_object, secret};
use crate::text::timestamp;

/// The members that are read. Others are skipped without being copied, because most are secrets.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Fields<'a> {
    #[serde(borrow)]
    access_token: Option<&'a RawValue>,
    client_id: Field,
    refresh_token: Field,
    dpop_key: Field,
}

/// The members of `accessToken`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SessionKeys {
    access_key_id: Field,
    secret_access_key: Field,
    session_token: Field,
    account_id: Field,
    expires_at: Field,
}

/// The credentials in one complete JSON value, which must be the file of `session`, and what gets
/// new ones.
pub(super) fn parse(
    json: &[u8],
    session: &LoginSession,
) -> Result<(SessionToken, Option<SessionRefresh>), Problem> {
    let mut fields: Fields<'_> = object(json).ok_or_else(|| no_object("it"))?;
    let keys = fields.access_token.ok_or_else(|| broken("it has no `accessToken`"))?;
    let keys: SessionKeys =
        object(keys.get().as_bytes()).ok_or_else(|| no_object("its `accessToken`"))?;
    let login = match &fields.dpop_key {
        Field::Text(key) if !key.is_empty() => Some(LoginId::of_key(key)),
        _ => None,
    };
    let grant = fields.grant();
    let access_key_id = text(keys.access_key_id, "accessKeyId")?.to_string();
    let secret_access_key = secret(text(keys.secret_access_key, "secretAccessKey")?);
    let session_token = Some(secret(text(keys.session_token, "sessionToken")?));
    let expires_at = text(keys.expires_at, "expiresAt")?;
    let expires_at =
        timestamp::parse(&expires_at).ok_or_else(|| broken("its `expiresAt` is not a time"))?;
    let account_id = keys.account_id.optional("accountId").map_err(Problem::Broken)?;
    let account_id = account_id.as_ref().map(|id| id.as_str()).or(session.account_id());
    if let (Some(found), Some(wanted)) = (account_id, session.account_id())
        && found != wanted
    {
        return Err(Problem::NotFor {
            issued_for: format!("account `{found}`"),
            wanted: format!("`{wanted}`"),
            expires_at,
        });
    }
    let credentials = Credentials {
        access_key_id,
        secret_access_key,
        session_token,
        expiration: Some(expires_at),
        account_id: account_id.map(str::to_owned),
    };
    Ok((SessionToken { credentials, expires_at, login }, grant))
}

impl Fields<'_> {
    /// What a refresh needs, if it is complete. A field of another type counts as missing, because
    /// the credentials themselves can still be used.
    fn grant(&mut self) -> Option<SessionRefresh> {
        let text = |field: &mut Field| mem::take(field).text();
        Some(SessionRefresh {
            client_id: text(&mut self.client_id)?.to_string(),
            refresh_token: secret(text(&mut self.refresh_token)?),
            dpop_key: secret(text(&mut self.dpop_key)?),
        })
    }
}

/// An object; none for any other value. The parser's message is dropped, because it may quote the
/// file.
fn object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Option<T> {
    is_object(json).then(|| serde_json::from_slice(json).ok()).flatten()
}

/// A text that can be used in headers, environments and files.
fn text(field: Field, name: &str) -> Result<Zeroizing<String>, Problem> {
    let text = field.required(name).map_err(Problem::Broken)?;
    if text.contains(char::is_control) {
        return Err(broken(&format!("its `{name}` holds control characters")));
    }
    Ok(text)
}

fn broken(what: &str) -> Problem {
    Problem::Broken(what.to_owned())
}

fn no_object(what: &str) -> Problem {
    broken(&format!("{what} is not a JSON object, or has a repeated field"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::error::Location;

    const FILE: &str = r#"{"accessToken": {"accessKeyId": "ASIA", "secretAccessKey": "s", "sessionToken": "t", "accountId": "123456789012", "expiresAt": "2030-01-01T00:00:00Z"}, "tokenType": "aws_sigv4", "clientId": "arn:aws:signin:::devtools/same-device", "refreshToken": "r", "idToken": "i", "dpopKey": "k"}"#;

    fn session() -> LoginSession {
        LoginSession {
            arn: "arn:aws:sts::123456789012:assumed-role/Admin/me".into(),
            profile: "p".into(),
            location: Location::new(Path::new("config"), 1),
        }
    }

    fn outcome(text: &str) -> Result<bool, String> {
        parse(text.as_bytes(), &session())
            .map(|(_, grant)| grant.is_some())
            .map_err(|problem| problem.detail().unwrap_or_default())
    }

    #[test]
    fn what_can_be_used_and_refreshed() {
        assert_eq!(outcome(FILE), Ok(true));
        for (part, other, refreshable) in [
            (r#""accountId": "123456789012", "#, "", true),
            (r#""123456789012""#, "null", true),
            (r#""r""#, "5", false),
            (r#""k""#, r#""""#, false),
            ("clientId", "id", false),
        ] {
            assert_eq!(outcome(&FILE.replace(part, other)), Ok(refreshable), "{other}");
        }
    }

    #[test]
    fn what_is_no_login() {
        let other = "it was issued for account `210987654321`, not for `123456789012`";
        let no_object = "its `accessToken` is not a JSON object, or has a repeated field";
        for (part, with, expected) in [
            ("accessKeyId", "id", "it has no `accessKeyId`"),
            (r#""s""#, r#""""#, "it has no `secretAccessKey`"),
            (r#""t""#, "{}", "its `sessionToken` is not text"),
            (r#""t""#, r#""a\nb""#, "its `sessionToken` holds control characters"),
            ("2030-01-01T00:00:00Z", "soon", "its `expiresAt` is not a time"),
            (r#""123456789012""#, r#""210987654321""#, other),
            ("accessToken", "token", "it has no `accessToken`"),
            (r#"{"accessKeyId""#, r#"["ASIA"], "x": {"accessKeyId""#, no_object),
            (r#""secretAccessKey""#, r#""accessKeyId": "x", "secretAccessKey""#, no_object),
        ] {
            assert_eq!(outcome(&FILE.replace(part, with)), Err(expected.to_owned()), "{with}");
        }
        for text in ["[]", "5", r#"{"dpopKey": "a", "dpopKey": "b"}"#] {
            let expected = "it is not a JSON object, or has a repeated field";
            assert_eq!(outcome(text), Err(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn anything() {
        crate::fuzz::fuzz(&[FILE.as_bytes(), b"{}"], |bytes| {
            let _ = parse(bytes, &session());
        });
    }
}
