//! Answers: a status, headers and a body, and each service's form of errors.

use crate::{form, secrets};
use bytes::Bytes;
use serde_json::{Value, json};

/// XML namespace of every STS document.
pub(crate) const STS_NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

const STYLE: &str = "\
:root{color-scheme:light dark}body{max-width:30rem;margin:4rem auto;padding:0 1rem;\
font:16px/1.5 system-ui,sans-serif}a[id]{display:inline-block;padding:.4rem 1.2rem;\
border:1px solid;border-radius:6px;text-decoration:none}footer{margin-top:3rem;opacity:.6}";

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// The error code, for the log.
    pub error: Option<String>,
}

impl Answer {
    pub fn new(status: u16, media_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![
            ("Content-Type".to_owned(), media_type.to_owned()),
            ("x-amzn-RequestId".to_owned(), secrets::uuid()),
        ];
        Self { status, headers, body: body.into(), error: None }
    }

    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    pub fn text(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new(status, "text/plain", body)
    }

    /// A page for people. The empty icon keeps browsers from requesting one.
    pub fn html(status: u16, title: &str, body: &str) -> Self {
        let page = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <link rel=\"icon\" href=\"data:,\"><title>{0}</title><style>{STYLE}</style></head>\
             <body><h1>{0}</h1>{body}<footer>fake-aws</footer></body></html>",
            form::escape(title)
        );
        Self::new(status, "text/html; charset=utf-8", page)
    }

    pub fn redirect(location: &str) -> Self {
        let mut answer = Self::new(302, "text/plain", Bytes::new());
        answer.header("Location", location);
        answer
    }

    pub fn empty(status: u16) -> Self {
        let mut answer = Self::new(status, "", Bytes::new());
        answer.headers.retain(|(name, _)| name != "Content-Type");
        answer
    }

    pub fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    fn failed(mut self, code: &str) -> Self {
        self.error = Some(code.to_owned());
        self
    }

    fn error_type(mut self, code: &str, name: &str) -> Self {
        let value = format!("{code}:http://internal.amazon.com/coral/{name}/");
        self.header("x-amzn-ErrorType", &value);
        self.failed(code)
    }
}

/// The forms of the services' error documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `{"message","__type"}` of the access portal.
    Portal,
    /// `{"error","error_description"}` of SSO-OIDC.
    Oidc,
    /// `{"error","message"}` of AWS Sign-In.
    Signin,
    /// `<ErrorResponse>` of STS.
    Sts,
    /// `{"code","message"}` of the container endpoint.
    Container,
    /// The plain text of the instance metadata service.
    Imds,
    /// `{"message"}` of EKS.
    Eks,
    /// The `Status` of a Kubernetes API server.
    Kubernetes,
    /// The pages meant for a browser, and paths that do not exist.
    Page,
}

impl Shape {
    /// An error of this service. `code` is the exception's name; for AWS Sign-In, it may be the
    /// exception's `error`.
    pub fn error(self, status: u16, code: &str, message: &str) -> Answer {
        match self {
            Self::Portal => {
                let kind = format!("com.amazonaws.switchboard.portal#{code}");
                Answer::json(status, &json!({"message": message, "__type": kind}))
                    .error_type(code, "com.amazonaws.switchboard.portal")
            }
            Self::Oidc => {
                let text = if message.is_empty() { Value::Null } else { message.into() };
                Answer::json(status, &json!({"error": oauth(code), "error_description": text}))
                    .error_type(code, "com.amazonaws.sso.oidc")
            }
            Self::Signin => Answer::json(status, &json!({"error": code, "message": message}))
                .error_type(signin_exception(code), "com.amazonaws.signin")
                .failed(code),
            Self::Sts => sts_error(status, code, message),
            Self::Container => {
                Answer::json(status, &json!({"code": code, "message": message})).failed(code)
            }
            Self::Imds => Answer::text(status, message.to_owned()).failed(code),
            Self::Eks => {
                let code = coral(code);
                Answer::json(status, &json!({"message": message}))
                    .error_type(&code, "com.amazonaws.wesley.eks")
            }
            Self::Kubernetes => {
                let body = json!({
                    "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message,
                    "reason": code, "code": status,
                });
                Answer::json(status, &body).failed(code)
            }
            Self::Page => {
                let text = format!("<p>{}</p>", form::escape(message));
                Answer::html(status, code, &text).failed(code)
            }
        }
    }
}

/// The AWS Sign-In exception with this `error`.
fn signin_exception(error: &str) -> &str {
    match error {
        "INVALID_REQUEST" => "ValidationException",
        "server_error" => "InternalServerException",
        _ if error.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') => "AccessDeniedException",
        exception => exception,
    }
}

fn sts_error(status: u16, code: &str, message: &str) -> Answer {
    let side = if status >= 500 { "Receiver" } else { "Sender" };
    let mut answer = Answer::new(status, "text/xml", Bytes::new());
    let body = format!(
        "<ErrorResponse xmlns=\"{STS_NAMESPACE}\">\n  <Error>\n    <Type>{side}</Type>\n    \
         <Code>{}</Code>\n    <Message>{}</Message>\n  </Error>\n  \
         <RequestId>{}</RequestId>\n</ErrorResponse>\n",
        form::escape_text(code),
        form::escape_text(message),
        request_id(&answer),
    );
    answer.body = body.into();
    answer.failed(code)
}

/// The JSON services' name for a signature error, which STS names differently.
fn coral(code: &str) -> String {
    match code {
        "InvalidClientTokenId" => "UnrecognizedClientException".to_owned(),
        "SignatureDoesNotMatch" => "InvalidSignatureException".to_owned(),
        "ExpiredToken" | "IncompleteSignature" | "MissingAuthenticationToken" => {
            format!("{code}Exception")
        }
        code => code.to_owned(),
    }
}

/// A successful STS document: `<{action}Response><{action}Result>…`.
pub(crate) fn sts_result(action: &str, result: &str) -> Answer {
    let mut answer = Answer::new(200, "text/xml", Bytes::new());
    let body = format!(
        "<{action}Response xmlns=\"{STS_NAMESPACE}\">\n  <{action}Result>\n{result}  \
         </{action}Result>\n  <ResponseMetadata>\n    <RequestId>{}</RequestId>\n  \
         </ResponseMetadata>\n</{action}Response>\n",
        request_id(&answer),
    );
    answer.body = body.into();
    answer
}

fn request_id(answer: &Answer) -> &str {
    let found = answer.headers.iter().find(|(name, _)| name == "x-amzn-RequestId");
    found.map_or("", |(_, value)| value)
}

/// `AuthorizationPendingException` is `authorization_pending` on the wire.
fn oauth(code: &str) -> String {
    let name = code.strip_suffix("Exception").unwrap_or(code);
    if name == "InternalServer" {
        return "server_error".to_owned();
    }
    let mut snake = String::with_capacity(name.len() + 4);
    for (at, c) in name.char_indices() {
        if c.is_ascii_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exception_names_become_oauth_codes() {
        let cases = [
            ("AuthorizationPendingException", "authorization_pending"),
            ("InvalidRedirectUriException", "invalid_redirect_uri"),
            ("InvalidClientMetadataException", "invalid_client_metadata"),
            ("InternalServerException", "server_error"),
            ("slow_down", "slow_down"),
        ];
        for (name, code) in cases {
            assert_eq!(oauth(name), code);
        }
    }

    #[test]
    fn the_portal_error_is_the_real_one() {
        let answer = Shape::Portal.error(403, "ForbiddenException", "No access");
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        let kind = "com.amazonaws.switchboard.portal#ForbiddenException";
        assert_eq!(body, json!({"message": "No access", "__type": kind}));
        let kind = answer.headers.iter().find(|(name, _)| name == "x-amzn-ErrorType");
        assert_eq!(
            kind.map(|(_, value)| value.as_str()),
            Some(
                "ForbiddenException:http://internal.amazon.com/coral/com.amazonaws.switchboard.portal/"
            )
        );
    }
}
