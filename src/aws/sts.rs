//! STS, the Security Token Service (SPEC 5.5).

use aws_sdk_sts::Client;
use aws_sdk_sts::config::{self, SharedCredentialsProvider};
use aws_sdk_sts::types::{AssumedRoleUser, Credentials as StsCredentials, PolicyDescriptorType};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use chrono::DateTime;
use secrecy::{ExposeSecret, SecretString};

use super::call::{Call, check_keys, keys, secrets};
use super::error::Cause;
use super::issued::Issued;
use super::{Aws, RequestError, ServiceEndpoint};
use crate::credentials::Credentials;
use crate::text::arn::{self, Arn};

const ASSUME_ROLE: &str = "AssumeRole";
const GET_CALLER_IDENTITY: &str = "GetCallerIdentity";
const ASSUME_ROLE_WITH_WEB_IDENTITY: &str = "AssumeRoleWithWebIdentity";

/// The parameters of AssumeRole.
#[derive(Clone, Debug)]
pub(crate) struct AssumeRole<'a> {
    pub role_arn: &'a str,
    /// The session's name, which appears in the account's logs.
    pub session_name: &'a str,
    /// The external id that the trust policy may require.
    pub external_id: Option<&'a str>,
    /// How long the session lasts, in seconds; 3600 if missing.
    pub duration_seconds: Option<i32>,
    /// A session policy, as JSON.
    pub policy: Option<&'a str>,
    /// Session policies by their ARNs.
    pub policy_arns: &'a [String],
    /// The MFA device and its code.
    pub mfa: Option<Mfa<'a>>,
}

/// An MFA device and its code.
#[derive(Clone, Debug)]
pub(crate) struct Mfa<'a> {
    /// Its serial number or ARN.
    pub serial: &'a str,
    pub code: SecretString,
}

/// The parameters of AssumeRoleWithWebIdentity.
#[derive(Clone, Debug)]
pub(crate) struct WebIdentityRole<'a> {
    pub role_arn: &'a str,
    pub session_name: &'a str,
    /// The identity provider's token.
    pub token: &'a SecretString,
}

impl Aws<'_> {
    /// Assumes a role with the credentials of `signer`.
    #[expect(clippy::disallowed_methods, reason = "the request is written here")]
    pub(crate) fn assume_role(
        &self,
        endpoint: &ServiceEndpoint,
        signer: &Credentials,
        role: &AssumeRole<'_>,
    ) -> Result<Credentials, RequestError> {
        let code = role.mfa.as_ref().map(|mfa| mfa.code.expose_secret().to_owned());
        let arns = role.policy_arns.iter();
        let arns: Vec<_> =
            arns.map(|arn| PolicyDescriptorType::builder().arn(arn).build()).collect();
        let secrets = secrets(signer);
        let call = Call::new(ASSUME_ROLE, endpoint, &secrets);
        let output = self.sts(&call, Some(signer), |client| {
            client
                .assume_role()
                .role_arn(role.role_arn)
                .role_session_name(role.session_name)
                .set_external_id(role.external_id.map(str::to_owned))
                .set_duration_seconds(role.duration_seconds)
                .set_policy(role.policy.map(str::to_owned))
                .set_policy_arns(Some(arns).filter(|arns| !arns.is_empty()))
                .set_serial_number(role.mfa.as_ref().map(|mfa| mfa.serial.to_owned()))
                .set_token_code(code)
                .send()
        })?;
        self.checked(&call, issued(output.credentials(), output.assumed_role_user()))
    }

    /// The ARN of the principal behind `signer`. AWS answers this for every valid key.
    pub(crate) fn caller_identity(
        &self,
        endpoint: &ServiceEndpoint,
        signer: &Credentials,
    ) -> Result<String, RequestError> {
        let secrets = secrets(signer);
        let call = Call::new(GET_CALLER_IDENTITY, endpoint, &secrets);
        let output = self.sts(&call, Some(signer), |client| client.get_caller_identity().send())?;
        // Two empty answers do not mean that it is the same person.
        let arn = output.arn.filter(|arn| arn::is_caller(arn));
        arn.ok_or_else(|| {
            call.error(Cause::Unexpected("it does not say whose credentials these are".into()))
        })
    }

    /// Assumes a role with an identity provider's token. The request is not signed.
    #[expect(clippy::disallowed_methods, reason = "the request is written here")]
    pub(crate) fn assume_role_with_web_identity(
        &self,
        endpoint: &ServiceEndpoint,
        role: &WebIdentityRole<'_>,
    ) -> Result<Credentials, RequestError> {
        let token = role.token.expose_secret();
        let secrets = [token];
        let call = Call::new(ASSUME_ROLE_WITH_WEB_IDENTITY, endpoint, &secrets);
        let output = self.sts(&call, None, |client| {
            client
                .assume_role_with_web_identity()
                .role_arn(role.role_arn)
                .role_session_name(role.session_name)
                .web_identity_token(token)
                .send()
        })?;
        self.checked(&call, issued(output.credentials(), output.assumed_role_user()))
    }

    /// Sends one STS operation, signed with the keys of `signer`.
    fn sts<O, E, F>(
        &self,
        call: &Call<'_>,
        signer: Option<&Credentials>,
        send: impl FnOnce(Client) -> F,
    ) -> Result<O, RequestError>
    where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata,
    {
        signer.map_or(Ok(()), |signer| check_keys(call, signer))?;
        self.call(call, |sdk, classifier| {
            let mut config = config::Builder::from(sdk)
                .region(config::Region::new(call.endpoint.region.clone()))
                .endpoint_resolver(call.endpoint.clone())
                .retry_classifier(classifier);
            config.set_credentials_provider(
                signer.map(|signer| SharedCredentialsProvider::new(keys(signer))),
            );
            send(Client::from_conf(config.build()))
        })
    }
}

fn issued<'a>(found: Option<&'a StsCredentials>, user: Option<&'a AssumedRoleUser>) -> Issued<'a> {
    Issued {
        access_key_id: found.map(|c| c.access_key_id()),
        secret_access_key: found.map(|c| c.secret_access_key()),
        session_token: found.map(|c| c.session_token()),
        // The SDK turns a missing value into the epoch.
        expiration: found
            .map(|c| c.expiration())
            .filter(|at| at.secs() != 0)
            .and_then(|at| DateTime::from_timestamp(at.secs(), at.subsec_nanos())),
        account_id: user.and_then(|user| Arn::parse(user.arn())?.account_id()).map(str::to_owned),
    }
}
