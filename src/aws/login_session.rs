//! The sign-in service of `aws login`: gets new credentials for a login session.

use std::io;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use chrono::TimeDelta;
use http::header::CONTENT_TYPE;
use http::{Method, Request};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::dpop::DpopKey;
use super::error::Cause;
use super::issued::Issued;
use super::plain::{PlainRequest, error_type};
use super::{Aws, RequestError, ServiceEndpoint};
use crate::credentials::Credentials;

const OPERATION: &str = "CreateOAuth2Token";
const PATH: &str = "/v1/token";
const DPOP: &str = "dpop";

/// The request for new credentials of a login session.
pub(crate) struct SessionGrant<'a> {
    /// `clientId`.
    pub client_id: &'a str,
    /// `refreshToken`, which can be used only once.
    pub refresh_token: &'a SecretString,
    /// The key that the session is bound to.
    pub key: DpopKey,
}

/// The answer of CreateOAuth2Token.
#[derive(Debug)]
pub(crate) struct NewSession {
    /// The new credentials. They have an expiration.
    pub credentials: Credentials,
    /// The next refresh token, if there is one.
    pub refresh_token: Option<SecretString>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenInput<'a> {
    client_id: &'a str,
    grant_type: &'static str,
    refresh_token: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenOutput {
    access_token: IssuedKeys,
    expires_in: u32,
    #[serde(default)]
    refresh_token: Option<SecretString>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IssuedKeys {
    access_key_id: String,
    secret_access_key: SecretString,
    session_token: SecretString,
}

impl Aws<'_> {
    /// Gets new credentials for a login session.
    #[expect(clippy::disallowed_methods, reason = "the request is written here")]
    pub(crate) fn refresh_session(
        &self,
        endpoint: &ServiceEndpoint,
        grant: SessionGrant<'_>,
    ) -> Result<NewSession, RequestError> {
        let SessionGrant { client_id, refresh_token, key } = grant;
        let refresh_token = refresh_token.expose_secret();
        let secrets = [refresh_token];
        let call = Call { single_use: true, ..Call::new(OPERATION, endpoint, &secrets) };
        let input = TokenInput { client_id, grant_type: "refresh_token", refresh_token };
        let unsendable = || call.error(Cause::Unsendable("the request cannot be written".into()));
        let request = Request::builder()
            .method(Method::POST)
            .uri(PATH)
            .header(CONTENT_TYPE, "application/json")
            .body(serde_json::to_vec(&input).map_err(|_| unsendable())?)
            .map_err(|_| unsendable())?;
        let asked_at = self.ctx.now();
        // Each request needs a proof of its own.
        let prove = move |mut request: HttpRequest| {
            let proof = key.proof(request.method(), request.uri(), asked_at);
            let proof = proof.ok_or(io::ErrorKind::Other)?;
            request.headers_mut().try_insert(DPOP, proof).map_err(io::Error::other)?;
            Ok(request)
        };
        // An interrupt here would lose the login.
        let body = self.uninterrupted(|| {
            self.plain_with(&call, PlainRequest(request), error_type, Box::new(prove))
        })?;
        let unexpected = |why: &str| call.error(Cause::Unexpected(why.to_owned()));
        let output: TokenOutput =
            serde_json::from_slice(&body).map_err(|_| unexpected("its body is malformed"))?;
        if output.expires_in == 0 {
            return Err(unexpected("its credentials have no lifetime"));
        }
        let IssuedKeys { access_key_id, secret_access_key, session_token } = output.access_token;
        let issued = Issued {
            access_key_id: Some(&access_key_id),
            secret_access_key: Some(secret_access_key.expose_secret()),
            session_token: Some(session_token.expose_secret()),
            expiration: Some(asked_at + TimeDelta::seconds(output.expires_in.into())),
            account_id: None,
        };
        let refresh_token = output.refresh_token;
        Ok(NewSession {
            credentials: self.checked(&call, issued)?,
            refresh_token: refresh_token.filter(|token| !token.expose_secret().is_empty()),
        })
    }
}
