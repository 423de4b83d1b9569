//! The token service (SPEC 5.5).

use aws_sdk_sts::types::{AssumedRoleUser, Credentials as StsCredentials, PolicyDescriptorType};
use chrono::DateTime;
use secrecy::{ExposeSecret, SecretString};

use super::call::Call;
use super::issued::Issued;
use super::{Aws, RequestError, ServiceEndpoint};
use crate::credentials::Credentials;

const ASSUME_ROLE: &str = "AssumeRole";
const GET_CALLER_IDENTITY: &str = "GetCallerIdentity";
const ASSUME_ROLE_WITH_WEB_IDENTITY: &str = "AssumeRoleWithWebIdentity";

/// What AssumeRole is asked with.
#[derive(Clone, Debug)]
pub(crate) struct AssumeRole<'a> {
    /// The role.
    pub role_arn: &'a str,
    /// The name of the session; appears in the logs of the account.
    pub session_name: &'a str,
    /// What the trust policy may demand.
    pub external_id: Option<&'a str>,
    /// Lifetime in seconds; AWS takes 3600 for none.
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
    /// Serial number or ARN.
    pub serial: &'a str,
    /// Six digits.
    pub code: SecretString,
}

/// What AssumeRoleWithWebIdentity is asked with.
#[derive(Clone, Debug)]
pub(crate) struct WebIdentityRole<'a> {
    /// The role.
    pub role_arn: &'a str,
    /// The name of the session.
    pub session_name: &'a str,
    /// The token of the identity provider.
    pub token: &'a SecretString,
}

impl Aws<'_> {
    /// Credentials of a role, asked for with those of `signer`.
    #[expect(clippy::disallowed_methods, reason = "the request is written and signed here")]
    pub(crate) fn assume_role(
        &self,
        endpoint: &ServiceEndpoint,
        signer: &Credentials,
        role: &AssumeRole<'_>,
    ) -> Result<Credentials, RequestError> {
        let secret_key = signer.secret_access_key.expose_secret();
        let session_token = signer.session_token.as_ref().map(ExposeSecret::expose_secret);
        let code = role.mfa.as_ref().map(|mfa| mfa.code.expose_secret().to_owned());
        let secrets = [secret_key, session_token.unwrap_or_default()];
        let keys = keys(signer);
        let arns = role.policy_arns.iter();
        let arns: Vec<_> =
            arns.map(|arn| PolicyDescriptorType::builder().arn(arn).build()).collect();
        let call = Call {
            operation: ASSUME_ROLE,
            endpoint,
            secrets: &secrets,
            pace: None,
            single_use: false,
        };
        let output = self.call(&call, |sdk, classifier| {
            let config = aws_sdk_sts::config::Builder::from(sdk)
                .region(aws_sdk_sts::config::Region::new(endpoint.region.clone()))
                .endpoint_resolver(endpoint.clone())
                .retry_classifier(classifier)
                .credentials_provider(keys)
                .build();
            aws_sdk_sts::Client::from_conf(config)
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
        let issued = issued(output.credentials(), output.assumed_role_user());
        self.checked(&call, issued)
    }

    /// The ARN of whoever `signer` belongs to. AWS denies this to nobody.
    #[expect(clippy::disallowed_methods, reason = "the request is signed here")]
    pub(crate) fn caller_identity(
        &self,
        endpoint: &ServiceEndpoint,
        signer: &Credentials,
    ) -> Result<String, RequestError> {
        let secret_key = signer.secret_access_key.expose_secret();
        let session_token = signer.session_token.as_ref().map(ExposeSecret::expose_secret);
        let secrets = [secret_key, session_token.unwrap_or_default()];
        let keys = keys(signer);
        let call = Call {
            operation: GET_CALLER_IDENTITY,
            endpoint,
            secrets: &secrets,
            pace: None,
            single_use: false,
        };
        let output = self.call(&call, |sdk, classifier| {
            let config = aws_sdk_sts::config::Builder::from(sdk)
                .region(aws_sdk_sts::config::Region::new(endpoint.region.clone()))
                .endpoint_resolver(endpoint.clone())
                .retry_classifier(classifier)
                .credentials_provider(keys)
                .build();
            aws_sdk_sts::Client::from_conf(config).get_caller_identity().send()
        })?;
        Ok(output.arn.unwrap_or_default())
    }

    /// Credentials of a role, asked for with the token of an identity provider; not signed.
    #[expect(clippy::disallowed_methods, reason = "the request is written here")]
    pub(crate) fn assume_role_with_web_identity(
        &self,
        endpoint: &ServiceEndpoint,
        role: &WebIdentityRole<'_>,
    ) -> Result<Credentials, RequestError> {
        let operation = ASSUME_ROLE_WITH_WEB_IDENTITY;
        let token = role.token.expose_secret();
        let secrets = [token];
        let call = Call { operation, endpoint, secrets: &secrets, pace: None, single_use: false };
        let output = self.call(&call, |sdk, classifier| {
            let config = aws_sdk_sts::config::Builder::from(sdk)
                .region(aws_sdk_sts::config::Region::new(endpoint.region.clone()))
                .endpoint_resolver(endpoint.clone())
                .retry_classifier(classifier)
                .build();
            aws_sdk_sts::Client::from_conf(config)
                .assume_role_with_web_identity()
                .role_arn(role.role_arn)
                .role_session_name(role.session_name)
                .web_identity_token(token)
                .send()
        })?;
        let issued = issued(output.credentials(), output.assumed_role_user());
        self.checked(&call, issued)
    }
}

/// What a request is signed with. Without the expiration: the client would not use what is about to
/// end, AWS does.
#[expect(clippy::disallowed_methods, reason = "requests are signed with them")]
fn keys(signer: &Credentials) -> aws_credential_types::Credentials {
    let session_token = signer.session_token.as_ref().map(ExposeSecret::expose_secret);
    aws_credential_types::Credentials::new(
        &signer.access_key_id,
        signer.secret_access_key.expose_secret(),
        session_token.map(str::to_owned),
        None,
        "ssowrap",
    )
}

fn issued<'a>(found: Option<&'a StsCredentials>, user: Option<&'a AssumedRoleUser>) -> Issued<'a> {
    Issued {
        access_key_id: found.map(|c| c.access_key_id()),
        secret_access_key: found.map(|c| c.secret_access_key()),
        session_token: found.map(|c| c.session_token()),
        // The SDK turns a missing one into the epoch.
        expiration: found
            .map(|c| c.expiration())
            .filter(|at| at.secs() != 0)
            .and_then(|at| DateTime::from_timestamp(at.secs(), at.subsec_nanos())),
        account_id: user.and_then(|user| account_of(user.arn())),
    }
}

/// The account in an ARN, `arn:aws:sts::123456789012:assumed-role/...`.
pub(super) fn account_of(arn: &str) -> Option<String> {
    arn.split(':').nth(4).filter(|account| !account.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_the_fifth_field() {
        let arn = "arn:aws-cn:sts::012345678901:assumed-role/x/y:z";
        assert_eq!(account_of(arn).as_deref(), Some("012345678901"));
        for arn in ["", "x", "arn:aws:sts:::assumed-role/x"] {
            assert_eq!(account_of(arn), None);
        }
    }
}
