//! The answer of the container credentials endpoint (SPEC 6.4).

use secrecy::ExposeSecret;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::text::timestamp;

/// `Token`, not `SessionToken`: the one thing in which it differs from `credential_process`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    token: &'a str,
    expiration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

/// One JSON object.
///
/// # Errors
/// For credentials without a session token or an end: SDKs want all four fields.
#[expect(clippy::disallowed_methods, reason = "this is the answer the client asked for")]
pub(crate) fn body(credentials: &Credentials) -> Result<Zeroizing<Vec<u8>>> {
    let (Some(token), Some(expiration)) = (&credentials.session_token, credentials.expiration)
    else {
        return Err(Error::new(Kind::SourceFailed, "the credentials are not temporary ones"));
    };
    let answer = Answer {
        access_key_id: &credentials.access_key_id,
        secret_access_key: credentials.secret_access_key.expose_secret(),
        token: token.expose_secret(),
        expiration: timestamp::format(expiration),
        account_id: credentials.account_id.as_deref(),
    };
    // All room at once, see `process_json`.
    let secrets = answer.secret_access_key.len() + answer.token.len();
    let mut body = Zeroizing::new(Vec::with_capacity(512 + 6 * secrets));
    serde_json::to_writer(&mut *body, &answer)
        .map_err(|_| Error::new(Kind::Other, "cannot write JSON"))?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_fields_and_the_account() {
        let mut credentials = Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: "s/e+c\"ret".into(),
            session_token: Some("to=ken".into()),
            expiration: timestamp::parse("2030-03-17T17:46:40.999Z"),
            account_id: Some("012345678901".into()),
        };
        assert_eq!(
            String::from_utf8_lossy(&body(&credentials).expect("JSON")),
            "{\"AccessKeyId\":\"ASIAEXAMPLE\",\"SecretAccessKey\":\"s/e+c\\\"ret\",\"Token\":\
             \"to=ken\",\"Expiration\":\"2030-03-17T17:46:40Z\",\"AccountId\":\"012345678901\"}"
        );
        credentials.expiration = None;
        body(&credentials).expect_err("no end");
    }
}
