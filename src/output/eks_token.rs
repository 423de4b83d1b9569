//! The token of `aws eks get-token` (SPEC 7): a signed STS request that EKS sends to learn who
//! holds the credentials. Signing is local and sends nothing.

use std::time::Duration;

use aws_credential_types::Credentials as SdkCredentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use base64_simd::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use percent_encoding::utf8_percent_encode;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::text::percent::UNRESERVED;
use crate::text::timestamp;

/// STS accepts the request for 15 minutes, whatever the request says.
const LIFETIME: TimeDelta = TimeDelta::minutes(14);

/// EKS refuses longer tokens.
pub(crate) const LONGEST: usize = 4096;

/// The header that binds the token to one cluster.
const CLUSTER_HEADER: &str = "x-k8s-aws-id";

/// The query that the AWS CLI signs.
const QUERY: &str = "Action=GetCallerIdentity&Version=2011-06-15";

/// A cluster, as its API server identifies itself.
pub(crate) struct Cluster<'a> {
    /// Its name, or the id of a local cluster on an Outpost.
    pub id: &'a str,
    pub region: &'a str,
    /// AWS's own STS host in the region.
    pub sts_host: &'a str,
}

/// A token for a cluster, created at `now`.
///
/// # Errors
/// `Other` if the request can't be signed, because the cluster's name is no valid header.
pub(crate) fn token(
    cluster: &Cluster<'_>,
    credentials: &Credentials,
    now: DateTime<Utc>,
) -> Result<Zeroizing<String>> {
    let failed = |e: String| Error::new(Kind::Other, "the token cannot be signed").source(e);
    let identity = sdk_credentials(credentials).into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(60));
    let params = SigningParams::builder()
        .identity(&identity)
        .region(cluster.region)
        .name("sts")
        .time(now.into())
        .settings(settings)
        .build()
        .map_err(|e| failed(e.to_string()))?
        .into();
    let url = format!("https://{}/?{QUERY}", cluster.sts_host);
    let headers = [("host", cluster.sts_host), (CLUSTER_HEADER, cluster.id)];
    let request = SignableRequest::new("GET", &url, headers.into_iter(), SignableBody::Bytes(&[]))
        .map_err(|e| failed(e.to_string()))?;
    let (instructions, _) = sign(request, &params).map_err(|e| failed(e.to_string()))?.into_parts();
    let mut signed = Zeroizing::new(url);
    let mut signature = None;
    for (name, value) in instructions.params() {
        // The AWS CLI writes it last, and some authenticators compare the order.
        if *name == "X-Amz-Signature" {
            signature = Some(value);
        } else {
            push(&mut signed, name, value);
        }
    }
    push(&mut signed, "X-Amz-Signature", signature.map_or("", |value| value));
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode_to_string(signed.as_bytes()));
    Ok(Zeroizing::new(format!("k8s-aws-v1.{}", *encoded)))
}

fn push(url: &mut String, name: &str, value: &str) {
    url.push('&');
    url.push_str(name);
    url.push('=');
    url.extend(utf8_percent_encode(value, UNRESERVED));
}

#[expect(clippy::disallowed_methods, reason = "the request is signed here")]
fn sdk_credentials(credentials: &Credentials) -> SdkCredentials {
    SdkCredentials::new(
        &credentials.access_key_id,
        credentials.secret_access_key.expose_secret(),
        credentials.session_token.as_ref().map(|token| token.expose_secret().to_owned()),
        None,
        "ssowrap",
    )
}

/// The answer to kubectl: one line of JSON. It expires with the credentials, if those expire first.
pub(crate) fn exec_credential(
    api_version: &str,
    token: &str,
    credentials: &Credentials,
    now: DateTime<Utc>,
) -> Zeroizing<String> {
    let end = now + LIFETIME;
    let end = credentials.expiration.map_or(end, |expiration| expiration.min(end));
    Zeroizing::new(format!(
        concat!(
            r#"{{"kind":"ExecCredential","apiVersion":"{}","spec":{{}},"#,
            r#""status":{{"expirationTimestamp":"{}","token":"{}"}}}}"#,
            "\n"
        ),
        api_version,
        timestamp::format(end),
        token
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples in SPEC 10.
    #[test]
    fn signatures() {
        let now = timestamp::parse("2024-01-02T03:04:05Z").expect("a time");
        let with_token = Credentials {
            access_key_id: "ASIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            session_token: Some("IQoJb3JpZ2luX2VjEXAMPLE//+/=".into()),
            expiration: None,
            account_id: None,
        };
        let without = Credentials { session_token: None, ..with_token.clone() };
        for (credentials, region, suffix, signature) in [
            (
                &with_token,
                "us-east-1",
                "com",
                "b53cfd4590c8f346580b5aa4df77948639ab46e69963f53f32b99cb255ed06ff",
            ),
            (
                &with_token,
                "eu-west-1",
                "com",
                "ddb13df16401632cfaeaec5220580831b515f6882869d5845a4e5d295c87152a",
            ),
            (
                &with_token,
                "cn-north-1",
                "com.cn",
                "3c74badf114b52baed5ee7b7017bacb2e10a60149fc0e1ebd14c47429b9a7112",
            ),
            (
                &with_token,
                "us-gov-west-1",
                "com",
                "a8048145079de17df4acc1338340a40a7e42d9aa5a1de364d28e5d25521ccfc6",
            ),
            (
                &without,
                "us-east-1",
                "com",
                "d5fc2898d0ed130ab7b3cb3492b560aad88dadb0739e1972c7620ca581bddcaa",
            ),
        ] {
            let sts_host = format!("sts.{region}.amazonaws.{suffix}");
            let cluster = Cluster { id: "demo-cluster", region, sts_host: &sts_host };
            let token = token(&cluster, credentials, now).expect("a token");
            let encoded = token.strip_prefix("k8s-aws-v1.").expect("its beginning");
            let url = URL_SAFE_NO_PAD.decode_to_vec(encoded).expect("base64");
            let url = String::from_utf8(url).expect("a URL");
            assert!(url.ends_with(&format!("&X-Amz-Signature={signature}")), "{url}");
            assert!(url.starts_with(&format!("https://{sts_host}/?{QUERY}&X-Amz-Algorithm=")));
        }
    }

    #[test]
    fn the_whole_token() {
        let now = timestamp::parse("2024-01-02T03:04:05Z").expect("a time");
        let credentials = Credentials {
            access_key_id: "ASIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            session_token: Some("IQoJb3JpZ2luX2VjEXAMPLE//+/=".into()),
            expiration: timestamp::parse("2024-01-02T03:10:00Z"),
            account_id: None,
        };
        let cluster = Cluster {
            id: "demo-cluster",
            region: "us-east-1",
            sts_host: "sts.us-east-1.amazonaws.com",
        };
        let token = token(&cluster, &credentials, now).expect("a token");
        assert_eq!(token.len(), 573);
        assert!(token.ends_with("NWVkMDZmZg"));
        let json = exec_credential("client.authentication.k8s.io/v1", &token, &credentials, now);
        assert!(json.contains(r#""expirationTimestamp":"2024-01-02T03:10:00Z""#), "{}", *json);
    }
}
