//! Which clients get an answer, and with whose credentials.

use std::fmt;
use std::sync::Arc;

use http::header::{AUTHORIZATION, HOST, HeaderMap};
use http::{Method, Request, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::answer::{empty, failure, of_supply, only, wrong_method};
use super::imds::{self, Imds};
use super::supply::{Supply, Trouble};
use crate::error::Result;
use crate::loopback::Answer;
use crate::output::json as documents;

/// Finds the credentials for a path.
pub(crate) type FindSupply = Box<dyn Fn(&str) -> Result<Arc<Supply>, Trouble> + Send + Sync>;

/// The endpoint as its clients see it.
pub(crate) struct CredentialsService {
    token: SecretString,
    port: u16,
    routes: FindSupply,
    imds: Option<Imds>,
}

impl fmt::Debug for CredentialsService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialsService").field("port", &self.port).finish_non_exhaustive()
    }
}

impl CredentialsService {
    /// A service on `port` of this machine for clients that show `token`.
    pub(crate) fn new(token: SecretString, port: u16, routes: FindSupply) -> Self {
        Self { token, port, routes, imds: None }
    }

    /// The same with instance metadata, for all clients.
    #[must_use]
    pub(crate) fn with_imds(self, imds: Imds) -> Self {
        Self { imds: Some(imds), ..self }
    }

    /// Answers one request. Calls `trust` as soon as it is clear that the client is one of ours.
    ///
    /// A stranger learns nothing: the answer has no text.
    pub(crate) async fn answer<B>(&self, request: &Request<B>, trust: impl FnOnce()) -> Answer {
        if !self.is_host_ours(request) {
            return empty(StatusCode::FORBIDDEN);
        }
        if let Some(imds) = &self.imds
            && let Some(document) = request.uri().path().strip_prefix(imds::PREFIX)
        {
            // Anyone may ask there, without a token.
            return imds.answer(request, document).await;
        }
        if request.method() != Method::GET {
            return wrong_method(&Method::GET);
        }
        if !self.is_authorized(request.headers()) {
            return empty(StatusCode::FORBIDDEN);
        }
        trust();
        let supply = match (self.routes)(request.uri().path()) {
            Ok(supply) => supply,
            Err(trouble) => return failure(StatusCode::NOT_FOUND, &trouble),
        };
        of_supply(&supply, documents::container).await
    }

    /// Whether the host in the request is ours. A web page can make a browser send requests here
    /// under its own site's name (DNS rebinding); the name shows it.
    fn is_host_ours<B>(&self, request: &Request<B>) -> bool {
        let is_ours = |host: &str| {
            host.rsplit_once(':').is_some_and(|(name, port)| {
                ["127.0.0.1", "localhost"].contains(&name) && port.parse() == Ok(self.port)
            })
        };
        let shown = only(request.headers(), HOST).and_then(|value| value.to_str().ok());
        // A client that uses this as a proxy names the host in the path too.
        let asked = request.uri().authority().is_none_or(|asked| is_ours(asked.as_str()));
        asked && shown.is_some_and(is_ours)
    }

    #[expect(clippy::disallowed_methods, reason = "compared with what the client shows")]
    fn is_authorized(&self, headers: &HeaderMap) -> bool {
        only(headers, AUTHORIZATION).is_some_and(|shown| {
            shown.as_bytes().ct_eq(self.token.expose_secret().as_bytes()).into()
        })
    }
}
