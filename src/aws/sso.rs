//! The Identity Center portal (SPEC 5.3).

use chrono::DateTime;
use secrecy::{ExposeSecret, SecretString};

use super::{Answer, Aws, RequestError, ServiceEndpoint};
use crate::credentials::Credentials;

const LOGOUT: &str = "Logout";

const GET_ROLE_CREDENTIALS: &str = "GetRoleCredentials";

impl Aws<'_> {
    /// Credentials of a permission set in an account.
    ///
    /// `token` is the access token of a login. The expiration comes in milliseconds.
    #[expect(clippy::disallowed_methods, reason = "the request is written here")]
    pub(crate) fn get_role_credentials(
        &self,
        endpoint: &ServiceEndpoint,
        token: &SecretString,
        account_id: &str,
        role_name: &str,
    ) -> Result<Credentials, RequestError> {
        let token = token.expose_secret();
        let output = self.call(GET_ROLE_CREDENTIALS, endpoint, &[token], |sdk, classifier| {
            let config = aws_sdk_sso::config::Builder::from(sdk)
                .endpoint_resolver(endpoint.clone())
                .retry_classifier(classifier)
                .build();
            aws_sdk_sso::Client::from_conf(config)
                .get_role_credentials()
                .access_token(token)
                .account_id(account_id)
                .role_name(role_name)
                .send()
        })?;
        let found = output.role_credentials();
        let answer = Answer {
            access_key_id: found.and_then(|c| c.access_key_id()),
            secret_access_key: found.and_then(|c| c.secret_access_key()),
            session_token: found.and_then(|c| c.session_token()),
            // The SDK turns a missing one into zero.
            expiration: found
                .map(|c| c.expiration())
                .filter(|millis| *millis != 0)
                .and_then(DateTime::from_timestamp_millis),
            account_id: Some(account_id.to_owned()),
        };
        self.checked(GET_ROLE_CREDENTIALS, endpoint, answer)
    }

    /// Ends the session at AWS that the access token `token` belongs to.
    #[expect(clippy::disallowed_methods, reason = "the request is written here")]
    pub(crate) fn logout(
        &self,
        endpoint: &ServiceEndpoint,
        token: &SecretString,
    ) -> Result<(), RequestError> {
        let token = token.expose_secret();
        self.call(LOGOUT, endpoint, &[token], |sdk, classifier| {
            let config = aws_sdk_sso::config::Builder::from(sdk)
                .endpoint_resolver(endpoint.clone())
                .retry_classifier(classifier)
                .build();
            aws_sdk_sso::Client::from_conf(config).logout().access_token(token).send()
        })?;
        Ok(())
    }
}
