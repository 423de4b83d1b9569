//! Malformed answers of AWS's services and of instance metadata.

use aws_config::SdkConfig;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::region::Region;
use chrono::DateTime;

use super::endpoint::Endpoints;
use super::http::Seen;
use super::response::{SentRequest, read};
use super::retry::Classifier;
use crate::fuzz::fuzz;
use crate::profile::reach::{Reach, Service};

/// Errors of the portal, OIDC and STS, and answers of success.
const SEEDS: &[&[u8]] = &[
    b"400 UnauthorizedException:http://internal/\n{\"message\":\"Session token not found or invalid\"}",
    b"403 -\n{\"message\":\"No access\",\"__type\":\"com.amazonaws.switchboard.portal#ForbiddenException\"}",
    b"429 TooManyRequestsException\n{\"message\":\"HTTP 429 Too Many Requests\"}",
    b"400 -\n{\"error\":\"invalid_grant\",\"error_description\":null,\"reason\":\"KMS_AccessDeniedException\"}",
    b"400 ExpiredTokenException\n{\"error\":\"expired_token\",\"error_description\":\"gone SECRET-SECRET-SECRET\"}",
    b"200 -\n{\"roleCredentials\":{\"accessKeyId\":\"ASIA\",\"secretAccessKey\":\"S\",\"sessionToken\":\"T\",\"expiration\":1795882800000}}",
    b"200 -\n{\"accessToken\":\"A\",\"tokenType\":\"Bearer\",\"expiresIn\":3600,\"refreshToken\":\"R\"}",
    b"403 -\n<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User is not authorized</Message></Error><RequestId>1</RequestId></ErrorResponse>",
    b"200 -\n<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken><Expiration>2026-11-28T13:28:35Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
    b"502 -\n<html><body>Bad Gateway</body></html>",
];

const SECRET: &str = "SECRET-SECRET-SECRET";

/// A server that always sends the same answer.
#[derive(Clone, Debug)]
struct Says(Vec<u8>);

impl HttpClient for Says {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Says {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let end = self.0.iter().position(|byte| *byte == b'\n').unwrap_or(self.0.len());
        let head = String::from_utf8_lossy(&self.0[..end]).into_owned();
        let (status, kind) = head.split_once(' ').unwrap_or((&head, "-"));
        let status = status.parse::<u16>().ok().filter(|code| (200..600).contains(code));
        let status = status.unwrap_or(400).try_into().expect("a status");
        let body = self.0.get(end + 1..).unwrap_or_default().to_vec();
        let mut response = HttpResponse::new(status, SdkBody::from(body));
        if kind != "-" {
            let _ = response.headers_mut().try_insert("x-amzn-errortype", kind.to_owned());
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

fn config(says: &[u8]) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .http_client(Says(says.to_vec()))
        .retry_config(aws_smithy_types::retry::RetryConfig::disabled())
        .build()
}

/// Checks that no error message repeats the secret of the request.
fn judged<O, E>(answer: Result<O, SdkError<E, HttpResponse>>)
where
    E: ProvideErrorMetadata,
{
    let Err(error) = answer else { return };
    let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
    let (seen, classifier) = (Seen::default(), Classifier::new(now, false));
    let asked = SentRequest { seen, classifier, now, secrets: &[SECRET] };
    let endpoint = Endpoints { variable: &|_| None, reach: &Reach::default() };
    let endpoint = endpoint.resolve(Service::Sts, "eu-west-1").expect("an endpoint");
    let error = read("Operation", &endpoint, &error, &asked).into_error("x");
    let said = error.lines().join("\n");
    assert!(!said.contains(SECRET), "{said}");
}

#[test]
fn answers_of_aws() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    fuzz(SEEDS, |bytes| {
        let config = config(bytes);
        runtime.block_on(async {
            let portal = aws_sdk_sso::Client::new(&config).get_role_credentials();
            judged(portal.access_token(SECRET).account_id("1").role_name("r").send().await);
            let oidc = aws_sdk_ssooidc::Client::new(&config).create_token();
            judged(oidc.client_id("c").client_secret("s").grant_type("g").send().await);
            let sts = aws_sdk_sts::Client::new(&config).assume_role_with_web_identity();
            let sts = sts.role_arn("r").role_session_name("s").web_identity_token(SECRET);
            judged(sts.send().await);
        });
    });
}

/// Answers of an instance's metadata service: a session token, a role and credentials in one.
const METADATA: &[&[u8]] = &[
    b"200 -\n{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"ASIA\",\"SecretAccessKey\":\"S\",\"Token\":\"T\",\"Expiration\":\"2027-11-28T13:28:35Z\",\"LastUpdated\":\"2026-11-28T13:28:35Z\"}",
    b"200 -\nrole",
    b"404 -\n<html></html>",
    b"200 -\n{\"Code\":\"Failed\",\"Message\":\"no\"}",
];

/// The same SDK function reads containers' credentials.
#[test]
fn answers_of_instances() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    fuzz(METADATA, |bytes| {
        let config = ProviderConfig::without_region()
            .with_http_client(Says(bytes.to_vec()))
            .with_sleep_impl(TokioSleep::new());
        let imds = imds::Client::builder().configure(&config).max_attempts(1);
        let imds = imds.endpoint("http://127.0.0.1:9").expect("a URL").build();
        let provider =
            ImdsCredentialsProvider::builder().configure(&config).imds_client(imds).build();
        drop(runtime.block_on(provider.provide_credentials()));
    });
}
