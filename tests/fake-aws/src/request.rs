//! A request as the services see it: completely read, and without the URL's prefix.

use crate::form::{self, Pairs};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{HeaderMap, Method};

/// No service accepts more than this.
const MAX_BODY: usize = 1 << 20;

pub(crate) struct Request {
    pub method: Method,
    /// As on the request line, which a signature covers.
    pub raw_path: String,
    /// Without the prefix the fake was started with.
    pub path: String,
    pub raw_query: String,
    /// `None` when the query is not well-formed.
    pub query: Option<Pairs>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Request {
    /// Reads the whole body. `Err` says what is wrong with it.
    pub async fn read(
        request: hyper::Request<Incoming>,
        prefix: &str,
    ) -> Result<Self, &'static str> {
        let (head, body) = request.into_parts();
        let body = Limited::new(body, MAX_BODY)
            .collect()
            .await
            .map_err(|_| "the body could not be read or is larger than 1 MiB")?
            .to_bytes();
        let raw_path = head.uri.path().to_owned();
        let path = match raw_path.strip_prefix(prefix) {
            Some("") => "/".to_owned(),
            Some(rest) if rest.starts_with('/') => rest.to_owned(),
            // For the page they open, clients use only the endpoint's scheme and host.
            _ if raw_path == "/authorize" => raw_path.clone(),
            // There is nothing else outside the prefix, so this is a path that no service has.
            _ => format!("/outside-the-prefix{raw_path}"),
        };
        let raw_query = head.uri.query().unwrap_or_default().to_owned();
        Ok(Self {
            method: head.method,
            query: form::parse(&raw_query),
            raw_path,
            path,
            raw_query,
            headers: head.headers,
            body,
        })
    }

    /// The value of a header that was sent exactly once and is ASCII text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next()?;
        match values.next() {
            Some(_) => None,
            None => first.to_str().ok(),
        }
    }

    /// The value of a query parameter that was sent exactly once.
    pub fn param(&self, name: &str) -> Option<&str> {
        form::get(self.query.as_ref()?, name)
    }

    /// The media type without its parameters, in lower case.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }

    /// The body as form pairs, if it declares to be a form and is well-formed.
    pub fn form(&self) -> Option<Pairs> {
        if self.media_type()? != "application/x-www-form-urlencoded" {
            return None;
        }
        form::parse(std::str::from_utf8(&self.body).ok()?)
    }

    /// The body as a JSON object.
    pub fn json(&self) -> Option<serde_json::Map<String, serde_json::Value>> {
        match serde_json::from_slice(&self.body) {
            Ok(serde_json::Value::Object(members)) => Some(members),
            _ => None,
        }
    }
}
