//! The documents of the EC2 instance metadata service.

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::text::timestamp;

/// As `.../iam/security-credentials/ROLE` has them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Role<'a> {
    code: &'a str,
    last_updated: String,
    #[serde(rename = "Type")]
    kind: &'a str,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    token: &'a str,
    expiration: String,
}

/// The credentials of the instance's role, as of `now`.
///
/// # Errors
/// For credentials without a session token or an end: SDKs want both.
#[expect(clippy::disallowed_methods, reason = "this is the answer the client asked for")]
pub(crate) fn credentials(
    credentials: &Credentials,
    now: DateTime<Utc>,
) -> Result<Zeroizing<Vec<u8>>> {
    let (Some(token), Some(expiration)) = (&credentials.session_token, credentials.expiration)
    else {
        return Err(Error::new(Kind::SourceFailed, "the credentials are not temporary ones"));
    };
    let role = Role {
        code: "Success",
        last_updated: timestamp::format(now),
        kind: "AWS-HMAC",
        access_key_id: &credentials.access_key_id,
        secret_access_key: credentials.secret_access_key.expose_secret(),
        token: token.expose_secret(),
        expiration: timestamp::format(expiration),
    };
    // All room at once, see `process_json`.
    let secrets = role.secret_access_key.len() + role.token.len();
    let mut body = Zeroizing::new(Vec::with_capacity(512 + 6 * secrets));
    serde_json::to_writer(&mut *body, &role)
        .map_err(|_| Error::new(Kind::Other, "cannot write JSON"))?;
    Ok(body)
}

/// As much of the instance identity document as a machine that is no instance has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    availability_zone: String,
    region: &'a str,
    version: &'a str,
}

/// The instance identity document: the Go and the Java SDK read the region from it.
pub(crate) fn identity(region: &str) -> Vec<u8> {
    let (availability_zone, version) = (availability_zone(region), "2017-09-30");
    // Nothing but text is in it, which is always JSON.
    serde_json::to_vec(&Identity { availability_zone, region, version }).unwrap_or_default()
}

/// Some zone of a region: botocore takes off the last letter to know the region.
pub(crate) fn availability_zone(region: &str) -> String {
    format!("{region}a")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sdks_read() {
        let mut role = Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: "s/e+c\"ret".into(),
            session_token: Some("to=ken".into()),
            expiration: timestamp::parse("2030-03-17T17:46:40.999Z"),
            account_id: Some("012345678901".into()),
        };
        let now = timestamp::parse("2030-03-17T16:46:40Z").expect("a time");
        assert_eq!(
            String::from_utf8_lossy(&credentials(&role, now).expect("JSON")),
            "{\"Code\":\"Success\",\"LastUpdated\":\"2030-03-17T16:46:40Z\",\"Type\":\"AWS-HMAC\",\
             \"AccessKeyId\":\"ASIAEXAMPLE\",\"SecretAccessKey\":\"s/e+c\\\"ret\",\"Token\":\
             \"to=ken\",\"Expiration\":\"2030-03-17T17:46:40Z\"}"
        );
        role.session_token = None;
        credentials(&role, now).expect_err("no token");
        assert_eq!(
            String::from_utf8_lossy(&identity("eu-west-1")),
            "{\"availabilityZone\":\"eu-west-1a\",\"region\":\"eu-west-1\",\"version\":\
             \"2017-09-30\"}"
        );
    }
}
