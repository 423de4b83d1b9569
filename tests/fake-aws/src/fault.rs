//! Faults: what can go wrong with an answer, and for how many calls.

use crate::answer::{Answer, Shape};
use bytes::Bytes;
use serde_json::Value;

/// For [`FakeAws::fail`](crate::FakeAws::fail): every call from now on.
pub const ALWAYS: usize = usize::MAX;

/// What goes wrong with one call.
///
/// The variants up to [`Fault::Hang`] replace the operation: it does not run and changes nothing.
/// With the others, the operation runs and its effects stay (a refresh token is used up, a session
/// is logged out); only the answer is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// An error document in the form of the service that was called.
    Error {
        /// HTTP status.
        status: u16,
        /// Exception or error name, for example `TooManyRequestsException`.
        code: String,
        /// Message; for SSO-OIDC an empty one becomes `null`.
        message: String,
        /// Value of a `Retry-After` header.
        retry_after: Option<String>,
    },
    /// A custom answer.
    Raw {
        /// HTTP status.
        status: u16,
        /// Value of the `Content-Type` header.
        content_type: String,
        /// The body.
        body: String,
    },
    /// A redirect (302) to this URL.
    Redirect(String),
    /// The page of a proxy or captive portal, with this status.
    HtmlPage(u16),
    /// Status 200 and a body that is neither JSON nor XML.
    Garbage,
    /// Status 200, the right content type and no body.
    Empty,
    /// Status 200 and a body that never ends.
    Endless,
    /// The connection is closed without an answer.
    Drop,
    /// The request is read and never answered.
    Hang,
    /// The operation runs, then the connection is closed without an answer.
    LoseAnswer,
    /// The connection is closed within the headers of the answer.
    CutHeaders,
    /// The connection is closed within the body of the answer.
    CutBody,
    /// Half of the body, with a matching length.
    Truncated,
    /// The body is right, the content type is `text/html`.
    WrongContentType,
    /// The answer carries an additional header of 256 KiB.
    HugeHeader,
}

impl Fault {
    /// An error answer.
    #[must_use]
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        Self::Error { status, code: code.into(), message: message.into(), retry_after: None }
    }

    /// 429 TooManyRequestsException, as the portal throttles.
    #[must_use]
    pub fn throttled() -> Self {
        Self::error(429, "TooManyRequestsException", "HTTP 429 Too Many Requests")
    }

    /// 400 Throttling, as STS throttles.
    #[must_use]
    pub fn sts_throttled() -> Self {
        Self::error(400, "Throttling", "Rate exceeded")
    }

    /// 500 InternalServerException (SSO-OIDC) or InternalFailure.
    #[must_use]
    pub fn internal() -> Self {
        Self::error(500, "InternalServerException", "Internal Server Error")
    }

    /// A redirect to another place.
    #[must_use]
    pub fn redirect(location: &str) -> Self {
        Self::Redirect(location.into())
    }

    /// 503 ServiceUnavailable.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::error(503, "ServiceUnavailable", "Service Unavailable")
    }

    /// The same error with a `Retry-After` header. Other faults stay unchanged.
    #[must_use]
    pub fn with_retry_after(mut self, value: &str) -> Self {
        if let Self::Error { retry_after, .. } = &mut self {
            *retry_after = Some(value.to_owned());
        }
        self
    }

    /// Parses the form used over HTTP, for example `{"kind":"error","status":500,"code":"X"}` or
    /// `{"kind":"cut-body"}`.
    pub(crate) fn from_json(value: &Value) -> Result<Self, String> {
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let status = match value.get("status") {
            None => None,
            Some(status) => Some(
                status
                    .as_u64()
                    .and_then(|status| u16::try_from(status).ok())
                    .filter(|status| (200..=599).contains(status))
                    .ok_or("`status` must be a number from 200 to 599")?,
            ),
        };
        let kind = value["kind"].as_str().ok_or("a fault needs a `kind`")?;
        Ok(match kind {
            "error" => Self::Error {
                status: status.ok_or("an error needs a `status`")?,
                code: text("code"),
                message: text("message"),
                retry_after: value["retryAfter"].as_str().map(str::to_owned),
            },
            "raw" => Self::Raw {
                status: status.unwrap_or(200),
                content_type: text("contentType"),
                body: text("body"),
            },
            "redirect" => Self::Redirect(text("location")),
            "html" => Self::HtmlPage(status.unwrap_or(502)),
            "garbage" => Self::Garbage,
            "empty" => Self::Empty,
            "endless" => Self::Endless,
            "drop" => Self::Drop,
            "hang" => Self::Hang,
            "lose-answer" => Self::LoseAnswer,
            "cut-headers" => Self::CutHeaders,
            "cut-body" => Self::CutBody,
            "truncated" => Self::Truncated,
            "wrong-content-type" => Self::WrongContentType,
            "huge-header" => Self::HugeHeader,
            other => return Err(format!("no fault is called `{other}`")),
        })
    }

    /// The answer that replaces the operation, if this fault does that.
    pub(crate) fn instead(&self, shape: Shape) -> Option<Answer> {
        let media_type = if shape == Shape::Sts { "text/xml" } else { "application/json" };
        Some(match self {
            Self::Error { status, code, message, retry_after } => {
                let mut answer = shape.error(*status, code, message);
                if let Some(value) = retry_after {
                    answer.header("Retry-After", value);
                }
                answer
            }
            Self::Raw { status, content_type, body } => {
                Answer::new(*status, content_type, body.clone())
            }
            Self::Redirect(location) => Answer::redirect(location),
            Self::HtmlPage(status) => {
                Answer::html(*status, "Proxy", "<p>The proxy could not reach the server.</p>")
            }
            Self::Garbage => Answer::new(200, media_type, "\u{1}this is <neither {JSON nor XML"),
            Self::Empty => Answer::new(200, media_type, Bytes::new()),
            Self::Endless => Answer::new(200, media_type, Bytes::new()),
            _ => return None,
        })
    }

    /// Damages the answer of an operation that has run.
    pub(crate) fn spoil(&self, answer: &mut Answer) {
        match self {
            Self::Truncated => answer.body.truncate(answer.body.len() / 2),
            Self::WrongContentType => {
                answer.headers.retain(|(name, _)| name != "Content-Type");
                answer.header("Content-Type", "text/html");
            }
            Self::HugeHeader => answer.header("x-filler", &"x".repeat(256 << 10)),
            _ => {}
        }
    }
}

/// A fault waiting for calls of an operation.
#[derive(Debug)]
pub(crate) struct Planned {
    pub operation: String,
    pub fault: Fault,
    pub left: usize,
}

/// Takes the first planned fault for `operation`; `*` stands for any operation.
pub(crate) fn take(plan: &mut Vec<Planned>, operation: &str) -> Option<Fault> {
    let at = plan.iter().position(|p| p.operation == operation || p.operation == "*")?;
    let planned = &mut plan[at];
    let fault = planned.fault.clone();
    if planned.left != ALWAYS {
        planned.left -= 1;
        if planned.left == 0 {
            plan.remove(at);
        }
    }
    Some(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(operation: &str, fault: Fault, left: usize) -> Planned {
        Planned { operation: operation.to_owned(), fault, left }
    }

    #[test]
    fn faults_are_used_up_in_order() {
        let mut plan = vec![
            planned("A", Fault::Drop, 2),
            planned("A", Fault::Empty, 1),
            planned("B", Fault::Hang, ALWAYS),
        ];
        let taken: Vec<_> = (0..4).map(|_| take(&mut plan, "A")).collect();
        assert_eq!(taken, [Some(Fault::Drop), Some(Fault::Drop), Some(Fault::Empty), None]);
        assert_eq!(take(&mut plan, "B"), Some(Fault::Hang));
        assert_eq!(take(&mut plan, "B"), Some(Fault::Hang));
    }

    #[test]
    fn json_is_read_strictly() {
        let read = |text: &str| Fault::from_json(&serde_json::from_str(text).expect("JSON"));
        assert_eq!(read(r#"{"kind":"cut-body"}"#), Ok(Fault::CutBody));
        assert!(read(r#"{"kind":"nonsense"}"#).is_err());
        assert!(read(r#"{"kind":"error","status":42}"#).is_err());
        assert!(read(r#"{"kind":"error","code":"X"}"#).is_err());
        assert_eq!(
            read(r#"{"kind":"error","status":429,"code":"X","message":"m","retryAfter":"2"}"#),
            Ok(Fault::error(429, "X", "m").with_retry_after("2"))
        );
    }
}
