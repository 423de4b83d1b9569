//! The endpoint's answers, and the headers they depend on.

use std::sync::Arc;

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderMap};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use serde::Serialize;

use super::supply::{Supply, Trouble};
use crate::credentials::Credentials;
use crate::error::{Kind, Result};
use crate::loopback::Answer;
use crate::text::buffer::Buffer;
use crate::text::escape;

/// The answer with the credentials of `supply` in the given form.
pub(super) async fn of_supply(
    supply: &Arc<Supply>,
    form: impl FnOnce(&Credentials) -> Result<Buffer>,
) -> Answer {
    match supply.credentials().await {
        Ok(credentials) => of_document(form(&credentials)),
        Err(trouble) => failure(status(trouble.kind), &trouble),
    }
}

/// The answer with a document, if it could be created.
pub(super) fn of_document(document: Result<Buffer>) -> Answer {
    match document {
        Ok(body) => json(StatusCode::OK, Bytes::from_owner(body)),
        Err(error) => failure(StatusCode::BAD_REQUEST, &Trouble::from(&error)),
    }
}

/// The value of a header that occurs exactly once.
pub(super) fn only(headers: &HeaderMap, name: HeaderName) -> Option<&HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.next().is_none().then_some(first)
}

/// SDKs ask again after 5xx, and show the message after 4xx (SPEC 6.4).
fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Network => StatusCode::SERVICE_UNAVAILABLE,
        Kind::LoginChanged => StatusCode::FORBIDDEN,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// Some SDKs read one spelling, some the other.
#[derive(Serialize)]
struct FailureBody<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(rename = "Code")]
    code_too: &'a str,
    #[serde(rename = "Message")]
    message_too: &'a str,
}

pub(super) fn failure(status: StatusCode, trouble: &Trouble) -> Answer {
    // SDKs print it on terminals unescaped.
    let (code, message) = (trouble.kind.name(), escape::foreign(&trouble.message));
    let message = &*message;
    let failure = FailureBody { code, message, code_too: code, message_too: message };
    // It contains only text, which is always valid JSON.
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
