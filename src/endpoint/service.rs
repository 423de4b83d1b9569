//! What is answered to whom.

use std::fmt;
use std::sync::Arc;

use http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderMap};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use subtle::ConstantTimeEq;

use super::imds::{self, Imds};
use super::supply::{Supply, Trouble};
use crate::credentials::Credentials;
use crate::error::{Kind, Result};
use crate::loopback::Answer;
use crate::output::json as documents;
use crate::text::buffer::Buffer;
use crate::text::escape;

/// Finds whose credentials a path stands for.
pub(crate) type Routes = Box<dyn Fn(&str) -> Result<Arc<Supply>, Trouble> + Send + Sync>;

/// The endpoint as its clients see it.
pub(crate) struct Service {
    token: SecretString,
    port: u16,
    routes: Routes,
    imds: Option<Imds>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("port", &self.port).finish_non_exhaustive()
    }
}

impl Service {
    /// A service on `port` of this machine for whoever shows `token`.
    pub(crate) fn new(token: SecretString, port: u16, routes: Routes) -> Self {
        Self { token, port, routes, imds: None }
    }

    /// The same with instance metadata, for whoever asks.
    #[must_use]
    pub(crate) fn with_imds(self, imds: Imds) -> Self {
        Self { imds: Some(imds), ..self }
    }

    /// Answers one request. `trust` is called as soon as it is clear that the client is one of
    /// ours.
    ///
    /// A stranger learns nothing: the answer has no words.
    pub(crate) async fn answer<B>(&self, request: &Request<B>, trust: impl FnOnce()) -> Answer {
        if !self.is_host_ours(request) {
            return empty(StatusCode::FORBIDDEN);
        }
        if let Some(imds) = &self.imds
            && let Some(document) = request.uri().path().strip_prefix(imds::PREFIX)
        {
            // Whoever asks there is a stranger still.
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

    /// A page of another site can make a browser send requests here under that site's name (DNS
    /// rebinding): the name tells.
    fn is_host_ours<B>(&self, request: &Request<B>) -> bool {
        let is_ours = |host: &str| {
            host.rsplit_once(':').is_some_and(|(name, port)| {
                ["127.0.0.1", "localhost"].contains(&name) && port.parse() == Ok(self.port)
            })
        };
        let shown = only(request.headers(), HOST).and_then(|value| value.to_str().ok());
        // Whoever takes this for a proxy names the host in the path too.
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

/// What `supply` has, in some form.
pub(super) async fn of_supply(
    supply: &Arc<Supply>,
    form: impl FnOnce(&Credentials) -> Result<Buffer>,
) -> Answer {
    match supply.credentials().await {
        Ok(credentials) => of_document(form(&credentials)),
        Err(trouble) => failure(status(trouble.kind), &trouble),
    }
}

/// A document, if it could be made.
pub(super) fn of_document(document: Result<Buffer>) -> Answer {
    match document {
        Ok(body) => json(StatusCode::OK, Bytes::from_owner(body)),
        Err(error) => failure(StatusCode::BAD_REQUEST, &Trouble::from(&error)),
    }
}

/// The value of a header that stands once.
pub(super) fn only(headers: &HeaderMap, name: HeaderName) -> Option<&HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.next().is_none().then_some(first)
}

/// SDKs ask again after 5xx, and show the message of 4xx (SPEC 6.4).
fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Network => StatusCode::SERVICE_UNAVAILABLE,
        Kind::LoginChanged => StatusCode::FORBIDDEN,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// Some SDKs read one spelling, some the other.
#[derive(Serialize)]
struct Failure<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(rename = "Code")]
    code_too: &'a str,
    #[serde(rename = "Message")]
    message_too: &'a str,
}

pub(super) fn failure(status: StatusCode, trouble: &Trouble) -> Answer {
    // SDKs show it on terminals as it is.
    let (code, message) = (trouble.kind.name(), escape::foreign(&trouble.message));
    let message = message.as_str();
    let failure = Failure { code, message, code_too: code, message_too: message };
    // Nothing but text is in it, which is always JSON.
    json(status, serde_json::to_vec(&failure).unwrap_or_default().into())
}

pub(super) fn json(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    let value = HeaderValue::from_static;
    answer.headers_mut().insert(CONTENT_TYPE, value("application/json"));
    answer.headers_mut().insert(CACHE_CONTROL, value("no-store"));
    answer
}

pub(super) fn wrong_method(right: &Method) -> Answer {
    let mut answer = empty(StatusCode::METHOD_NOT_ALLOWED);
    if let Ok(right) = HeaderValue::from_str(right.as_str()) {
        answer.headers_mut().insert(ALLOW, right);
    }
    answer
}

pub(super) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}
