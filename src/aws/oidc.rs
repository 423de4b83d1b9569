//! The token service of Identity Center, SSO-OIDC (SPEC 5.4).

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};

use super::failure::Cause;
use super::{Aws, Endpoint, Failure};

const CREATE_TOKEN: &str = "CreateToken";

/// What a refresh asks with: a client registration, and the refresh token issued to it.
#[derive(Clone, Copy, Debug)]
pub struct RefreshGrant<'a> {
    /// `clientId`.
    pub client_id: &'a str,
    /// `clientSecret`.
    pub client_secret: &'a SecretString,
    /// `refreshToken`.
    pub refresh_token: &'a SecretString,
}

/// What a refresh gave.
#[derive(Debug)]
pub struct NewToken {
    /// The access token; printable ASCII, so that it can stand in an HTTP header.
    pub access_token: SecretString,
    /// How long it lasts; more than nothing.
    pub expires_in: TimeDelta,
    /// The refresh token for the next time, if there is one.
    pub refresh_token: Option<SecretString>,
}

impl Aws<'_> {
    /// A new access token for a refresh token, which may be used up by that.
    #[expect(clippy::disallowed_methods, reason = "the request is written here")]
    pub fn refresh_token(
        &self,
        endpoint: &Endpoint,
        grant: RefreshGrant<'_>,
    ) -> Result<NewToken, Failure> {
        let client_secret = grant.client_secret.expose_secret();
        let refresh_token = grant.refresh_token.expose_secret();
        let secrets = [client_secret, refresh_token];
        let output = self.call(CREATE_TOKEN, endpoint, &secrets, |sdk, classifier| {
            let config = aws_sdk_ssooidc::config::Builder::from(sdk)
                .endpoint_resolver(endpoint.clone())
                .retry_classifier(classifier)
                .build();
            aws_sdk_ssooidc::Client::from_conf(config)
                .create_token()
                .client_id(grant.client_id)
                .client_secret(client_secret)
                .grant_type("refresh_token")
                .refresh_token(refresh_token)
                .send()
        })?;
        let unexpected = |reason: &str| {
            Failure::new(CREATE_TOKEN, endpoint, Cause::Unexpected(reason.to_owned()))
        };
        let access_token = output.access_token().filter(|token| !token.is_empty());
        let access_token = access_token.ok_or_else(|| unexpected("it has no access token"))?;
        if !access_token.bytes().all(|b| (b' '..=b'~').contains(&b)) {
            return Err(unexpected("its access token is not a token"));
        }
        // The SDK turns a missing one into zero.
        if output.expires_in() <= 0 {
            return Err(unexpected("its access token has no lifetime"));
        }
        Ok(NewToken {
            access_token: access_token.into(),
            expires_in: TimeDelta::seconds(output.expires_in().into()),
            refresh_token: output.refresh_token().filter(|t| !t.is_empty()).map(Into::into),
        })
    }
}
