//! Credentials as JSON, for each kind of program that reads them.

use chrono::{DateTime, Timelike, Utc};
use secrecy::ExposeSecret;
use serde::Serialize;

use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::text::buffer::Buffer;
use crate::text::{json, timestamp};

/// The members that some program reads, in AWS's order. Missing ones are left out, because `null`
/// and `""` mean something else to some SDKs, or crash them.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CredentialsJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated: Option<String>,
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<&'a str>,
    /// The session token, as readers of the two endpoints call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

/// The answer of a `credential_process` (SPEC 6.1), on one line. `Expiration` is
/// `YYYY-MM-DDTHH:MM:SSZ`, the only form that older SDKs read.
///
/// # Errors
/// None is known.
pub(crate) fn process(credentials: &Credentials) -> Result<Buffer> {
    line(json::compact(&process_document(credentials, timestamp::format)))
}

/// The same as aws2-wrap writes it: Python's format, with fractions of a second and without the
/// account.
///
/// # Errors
/// None is known.
pub(crate) fn python_process(credentials: &Credentials) -> Result<Buffer> {
    let expiration = |at| iso_format(at) + "Z";
    let document =
        CredentialsJson { account_id: None, ..process_document(credentials, expiration) };
    line(json::python(&document))
}

#[expect(clippy::disallowed_methods, reason = "this is the output the user asked for")]
fn process_document(
    credentials: &Credentials,
    expiration: impl Fn(DateTime<Utc>) -> String,
) -> CredentialsJson<'_> {
    CredentialsJson {
        version: Some(1),
        access_key_id: &credentials.access_key_id,
        secret_access_key: credentials.secret_access_key.expose_secret(),
        session_token: credentials.session_token.as_ref().map(ExposeSecret::expose_secret),
        expiration: credentials.expiration.map(expiration),
        account_id: credentials.account_id.as_deref(),
        ..CredentialsJson::default()
    }
}

/// The answer of the container credentials endpoint (SPEC 6.4).
///
/// # Errors
/// For credentials without a session token or an expiration, because SDKs require all four members.
pub(crate) fn container(credentials: &Credentials) -> Result<Buffer> {
    let document = endpoint_document(credentials)?;
    written(json::compact(&CredentialsJson {
        account_id: credentials.account_id.as_deref(),
        ..document
    }))
}

/// The answer of the EC2 instance metadata service below `iam/security-credentials/`, as of `now`.
///
/// # Errors
/// See [`container`].
pub(crate) fn metadata(credentials: &Credentials, now: DateTime<Utc>) -> Result<Buffer> {
    let document = endpoint_document(credentials)?;
    written(json::compact(&CredentialsJson {
        code: Some("Success"),
        last_updated: Some(timestamp::format(now)),
        kind: Some("AWS-HMAC"),
        ..document
    }))
}

#[expect(clippy::disallowed_methods, reason = "this is the answer the client asked for")]
fn endpoint_document(credentials: &Credentials) -> Result<CredentialsJson<'_>> {
    let (Some(token), Some(expiration)) = (&credentials.session_token, credentials.expiration)
    else {
        return Err(Error::new(Kind::SourceFailed, "the credentials are not temporary ones"));
    };
    Ok(CredentialsJson {
        access_key_id: &credentials.access_key_id,
        secret_access_key: credentials.secret_access_key.expose_secret(),
        token: Some(token.expose_secret()),
        expiration: Some(timestamp::format(expiration)),
        ..CredentialsJson::default()
    })
}

/// The parts of the instance identity document that make sense for a machine that is not an
/// instance.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InstanceIdentity<'a> {
    availability_zone: String,
    region: &'a str,
    version: &'a str,
}

/// The instance identity document, from which the Go and Java SDKs read the region.
///
/// # Errors
/// None is known.
pub(crate) fn identity(region: &str) -> Result<Buffer> {
    let (availability_zone, version) = (availability_zone(region), "2017-09-30");
    written(json::compact(&InstanceIdentity { availability_zone, region, version }))
}

/// An availability zone of a region: botocore removes the last letter to get the region.
pub(crate) fn availability_zone(region: &str) -> String {
    format!("{region}a")
}

/// Python's ISO format without a time zone: microseconds only if there are any.
pub(super) fn iso_format(time: DateTime<Utc>) -> String {
    let has_fraction = time.nanosecond() / 1000 != 0;
    time.format(if has_fraction { "%Y-%m-%dT%H:%M:%S%.6f" } else { "%Y-%m-%dT%H:%M:%S" })
        .to_string()
}

/// The JSON, if it could be written.
pub(super) fn written(json: serde_json::Result<Buffer>) -> Result<Buffer> {
    json.map_err(|_| Error::new(Kind::Other, "cannot write JSON"))
}

/// [`written`], with a line break at the end.
pub(super) fn line(json: serde_json::Result<Buffer>) -> Result<Buffer> {
    let mut line = written(json)?;
    line.push('\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role() -> Credentials {
        Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: "s/e+c\"ret".into(),
            session_token: Some("t\\oké=".into()),
            expiration: timestamp::parse("2030-03-17T17:46:40.999Z"),
            account_id: Some("012345678901".into()),
        }
    }

    fn text(written: Result<Buffer>) -> String {
        written.expect("JSON").as_str().to_owned()
    }

    #[test]
    fn for_credential_process() {
        assert_eq!(
            text(process(&role())),
            "{\"Version\":1,\"AccessKeyId\":\"ASIAEXAMPLE\",\"SecretAccessKey\":\"s/e+c\\\"ret\",\
             \"SessionToken\":\"t\\\\oké=\",\"Expiration\":\"2030-03-17T17:46:40Z\",\
             \"AccountId\":\"012345678901\"}\n"
        );
        let user =
            Credentials { session_token: None, expiration: None, account_id: None, ..role() };
        assert_eq!(
            text(process(&user)),
            "{\"Version\":1,\"AccessKeyId\":\"ASIAEXAMPLE\",\"SecretAccessKey\":\
             \"s/e+c\\\"ret\"}\n"
        );
    }

    #[test]
    fn as_aws2_wrap_prints_it() {
        assert_eq!(
            text(python_process(&role())),
            "{\"Version\": 1, \"AccessKeyId\": \"ASIAEXAMPLE\", \"SecretAccessKey\": \
             \"s/e+c\\\"ret\", \"SessionToken\": \"t\\\\ok\\u00e9=\", \"Expiration\": \
             \"2030-03-17T17:46:40.999000Z\"}\n"
        );
    }

    #[test]
    fn for_the_endpoints() {
        assert_eq!(
            text(container(&role())),
            "{\"AccessKeyId\":\"ASIAEXAMPLE\",\"SecretAccessKey\":\"s/e+c\\\"ret\",\"Token\":\
             \"t\\\\oké=\",\"Expiration\":\"2030-03-17T17:46:40Z\",\"AccountId\":\"012345678901\"}"
        );
        let now = timestamp::parse("2030-03-17T16:46:40Z").expect("a time");
        assert_eq!(
            text(metadata(&role(), now)),
            "{\"Code\":\"Success\",\"LastUpdated\":\"2030-03-17T16:46:40Z\",\"Type\":\"AWS-HMAC\",\
             \"AccessKeyId\":\"ASIAEXAMPLE\",\"SecretAccessKey\":\"s/e+c\\\"ret\",\"Token\":\
             \"t\\\\oké=\",\"Expiration\":\"2030-03-17T17:46:40Z\"}"
        );
        for incomplete in [
            Credentials { session_token: None, ..role() },
            Credentials { expiration: None, ..role() },
        ] {
            container(&incomplete).expect_err("no token or no end");
            metadata(&incomplete, now).expect_err("no token or no end");
        }
        assert_eq!(
            text(identity("eu-west-1")),
            "{\"availabilityZone\":\"eu-west-1a\",\"region\":\"eu-west-1\",\"version\":\
             \"2017-09-30\"}"
        );
    }
}
