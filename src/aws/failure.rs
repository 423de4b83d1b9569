//! A request that gave no credentials: what AWS said, or what stood in the way.

use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use chrono::{DateTime, TimeDelta, Utc};

use super::endpoint::ServiceEndpoint;
use super::http::Seen;
use super::retry::{Classifier, OPERATION_TIMEOUT};
use super::trouble::Trouble;
use crate::error::{Error, Kind};

/// The longest part of a service's message that is shown.
const MAX_WORDS: usize = 600;

/// From here on the clock of this machine is told to be wrong. AWS itself refuses signatures of
/// clocks that are off by more.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// A failed operation.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// The operation, as AWS names it.
    pub operation: &'static str,
    /// Where it was sent.
    pub host: String,
    /// What set the address, if it is not AWS's own.
    pub origin: Option<String>,
    /// Why it failed.
    pub cause: Box<Cause>,
    /// What the service's clock says, where that of this machine is far from it.
    skew: Option<DateTime<Utc>>,
}

/// Why an operation failed.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    /// The service says no.
    Refused(Fault),
    /// The service cannot: throttled or broken, after all attempts.
    Unavailable {
        /// What it said last.
        fault: Fault,
        /// How often it was asked.
        attempts: u32,
        /// How long it wants to be left alone, and until when by the clock of this machine.
        pause: Option<(Duration, DateTime<Utc>)>,
    },
    /// What came is not what the service sends.
    Unexpected(String),
    /// The service handed out credentials that are past their end.
    Ended {
        /// Their end.
        at: DateTime<Utc>,
        /// What the clock of this machine says.
        now: DateTime<Utc>,
        /// What the service's clock says.
        date: Option<DateTime<Utc>>,
    },
    /// Nothing came.
    Trouble(Trouble),
    /// The request could not even be made, and why.
    Unsendable(String),
    /// Ctrl-C came first.
    Interrupted,
}

/// What is known of a request when its answer is judged.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// The attempts and the clock of the service.
    pub seen: Seen,
    /// Reads how long the service wants to be left alone.
    pub classifier: Classifier,
    /// The time.
    pub now: DateTime<Utc>,
    /// What the request held and no message may repeat.
    pub secrets: &'a [&'a str],
}

/// An error of the service's own making.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// HTTP status.
    pub status: u16,
    /// The error code; none where the body has none.
    pub code: Option<String>,
    /// Its words; foreign text.
    pub message: Option<String>,
    /// What support asks for.
    pub request_id: Option<String>,
}

impl Fault {
    /// The code, or nothing.
    pub(crate) fn code(&self) -> &str {
        self.code.as_deref().unwrap_or_default()
    }

    /// The message, or nothing.
    pub(crate) fn message(&self) -> &str {
        self.message.as_deref().unwrap_or_default()
    }

    /// Code, message and request id, as far as there are any.
    pub(crate) fn words(&self) -> String {
        let code = match &self.code {
            Some(code) => code.clone(),
            None => format!("HTTP {}", self.status),
        };
        let message = self.message.as_ref().map(|m| format!(": {m}")).unwrap_or_default();
        let id = self.request_id.as_ref().map(|id| format!(" (request id {id})"));
        code + &message + &id.unwrap_or_default()
    }

    fn is_throttling(&self) -> bool {
        self.status == 429
            || ["Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown"]
                .iter()
                .any(|part| self.code().contains(part))
    }
}

impl Failure {
    /// A failure of `operation` at `endpoint`.
    pub(crate) fn new(operation: &'static str, endpoint: &ServiceEndpoint, cause: Cause) -> Self {
        Self {
            operation,
            host: endpoint.host.clone(),
            origin: endpoint.origin.clone(),
            cause: Box::new(cause),
            skew: None,
        }
    }

    /// What the SDK made of it.
    pub(crate) fn of_sdk<E: ProvideErrorMetadata>(
        operation: &'static str,
        endpoint: &ServiceEndpoint,
        error: &SdkError<E, HttpResponse>,
        asked: &Asked<'_>,
    ) -> Self {
        let cause = match error {
            SdkError::ServiceError(_) | SdkError::ResponseError(_) => answer(error, asked),
            SdkError::DispatchFailure(failure) => trouble(failure.as_connector_error()),
            SdkError::TimeoutError(_) => Cause::Trouble(Trouble::Timeout {
                host: endpoint.host.clone(),
                after: OPERATION_TIMEOUT,
            }),
            // Its own words may quote the request.
            _ => Cause::Unsendable("the settings make no request".into()),
        };
        // Others than the service have clocks of their own.
        let of_service = matches!(cause, Cause::Refused(_) | Cause::Unavailable { .. });
        let date = asked.seen.date.filter(|date| of_service && (*date - asked.now).abs() > SKEW);
        Self { skew: date, ..Self::new(operation, endpoint, cause) }
    }

    /// Adds to `error` that the clock of this machine is wrong, if the answer showed it: what has
    /// ended and what has not then looks different from here than from there.
    pub(crate) fn with_clock(&self, error: Error) -> Error {
        match self.skew {
            Some(date) => error.hint(set_the_clock(&self.host, date)),
            None => error,
        }
    }

    /// The service's own no, if it was one.
    pub(crate) fn refusal(&self) -> Option<&Fault> {
        match &*self.cause {
            Cause::Refused(fault) => Some(fault),
            _ => None,
        }
    }

    /// What the service said, be it a no or that it cannot.
    pub(crate) fn fault(&self) -> Option<&Fault> {
        match &*self.cause {
            Cause::Refused(fault) | Cause::Unavailable { fault, .. } => Some(fault),
            _ => None,
        }
    }

    /// Whether the same request may well succeed in a moment.
    pub(crate) fn may_pass(&self) -> bool {
        match &*self.cause {
            Cause::Unavailable { .. } => true,
            Cause::Trouble(trouble) => trouble.kind() == Kind::Network,
            _ => false,
        }
    }

    /// The error where nobody knows better. `subject` is whom the credentials were for.
    pub(crate) fn into_error(self, subject: &str) -> Error {
        let Self { operation, host, origin, cause, skew } = self;
        let message = |why: String| format!("{operation} for {subject} failed: {why}");
        let error = match *cause {
            Cause::Refused(fault) => {
                let kind = match fault.status {
                    401 | 403 => Kind::AccessDenied,
                    _ => Kind::Other,
                };
                Error::new(kind, message(format!("{host} says {}", fault.words())))
            }
            Cause::Unavailable { fault, attempts, pause } => {
                unavailable(&host, &fault, attempts, pause, message)
            }
            Cause::Unexpected(reason) => Error::new(
                Kind::Network,
                message(format!("unexpected answer from {host}: {reason}")),
            )
            .hint("a captive portal or a proxy may be answering in place of AWS"),
            Cause::Ended { at, now, date } => ended(&host, at, now, date, message),
            Cause::Trouble(trouble) => {
                let error = Error::new(trouble.kind(), message(trouble.to_string()));
                match trouble.hint() {
                    Some(hint) => error.hint(hint),
                    None => error,
                }
            }
            Cause::Unsendable(reason) => Error::new(Kind::Other, message(reason)),
            Cause::Interrupted => return super::interrupted(),
        };
        let error = match skew {
            Some(date) => error.hint(set_the_clock(&host, date)),
            None => error,
        };
        match origin {
            Some(origin) => error.hint(format!("requests go to {host} because of {origin}")),
            None => error,
        }
    }
}

fn unavailable(
    host: &str,
    fault: &Fault,
    attempts: u32,
    pause: Option<(Duration, DateTime<Utc>)>,
    message: impl Fn(String) -> String,
) -> Error {
    let what = if fault.is_throttling() { "is throttling requests" } else { "has a fault" };
    let tried = if attempts > 1 { format!(" after {attempts} attempts") } else { String::new() };
    let words = fault.words();
    let error = Error::new(Kind::Network, message(format!("{host} {what}{tried}: {words}")));
    match pause {
        Some((pause, until)) => error.hint(format!(
            "it asks to be left alone until {} UTC ({} s)",
            until.format("%Y-%m-%d %H:%M:%S"),
            pause.as_secs()
        )),
        None => error.hint("try again in a moment"),
    }
}

fn ended(
    host: &str,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
    date: Option<DateTime<Utc>>,
    message: impl Fn(String) -> String,
) -> Error {
    let why = format!(
        "{host} gave credentials that ended at {}, and the clock of this machine says {}",
        clock(at),
        clock(now)
    );
    let error = Error::new(Kind::Network, message(why));
    match date.filter(|date| (*date - now).abs() > TimeDelta::minutes(1)) {
        Some(date) => error.hint(set_the_clock(host, date)),
        None => error.hint("check the clock of this machine"),
    }
}

fn set_the_clock(host: &str, date: DateTime<Utc>) -> String {
    format!("set the clock: {host} says it is {}", clock(date))
}

fn clock(time: DateTime<Utc>) -> impl std::fmt::Display {
    time.format("%Y-%m-%d %H:%M:%S UTC")
}

fn trouble(error: Option<&aws_smithy_runtime_api::client::result::ConnectorError>) -> Cause {
    let trouble = error
        .and_then(std::error::Error::source)
        .and_then(|source| source.downcast_ref::<Trouble>());
    let unknown = || Cause::Unsendable("the request could not be sent".into());
    trouble.cloned().map_or_else(unknown, Cause::Trouble)
}

/// An answer that is no success.
fn answer<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>, asked: &Asked<'_>) -> Cause {
    let Some(response) = error.raw_response() else {
        return Cause::Unexpected("it cannot be read".into());
    };
    let status = response.status().as_u16();
    let words = |text: &str| words(text, asked.secrets);
    let meta = error.meta();
    // The SDK drops the message of an error that has no code, and does not know OAuth's.
    let body = response.body().bytes().and_then(|bytes| serde_json::from_slice(bytes).ok());
    let body: serde_json::Value = body.unwrap_or_default();
    let message = meta.message().map(words).or_else(|| message_of(&body).map(words));
    let message = with_reason(message, reason_of(&body).map(words));
    let fault = Fault {
        status,
        code: meta.code().map(words).or_else(|| oauth_error(&body).map(words)),
        message,
        request_id: response.headers().request_id().map(words),
    };
    let of_service = fault.code.is_some()
        || fault.message.is_some()
        || response.headers().get("x-amzn-errortype").is_some();
    // A proxy or a captive portal that says no says it with a page.
    let is_bare = || response.body().bytes().is_some_and(|bytes| bytes.trim_ascii().is_empty());
    match status {
        200..=299 => Cause::Unexpected("its body is not what AWS sends".into()),
        407 => Cause::Unexpected("the proxy wants a user name and password".into()),
        401 | 403 if of_service || is_bare() => Cause::Refused(fault),
        _ if status >= 500 || fault.is_throttling() => {
            let pause =
                asked.classifier.pause(response).filter(|pause| pause.as_secs() > 0).map(|pause| {
                    (pause, asked.now + TimeDelta::from_std(pause).unwrap_or_default())
                });
            Cause::Unavailable { fault, attempts: asked.seen.attempts, pause }
        }
        400..=499 if of_service => Cause::Refused(fault),
        _ => Cause::Unexpected(format!("HTTP {status} without an error of AWS")),
    }
}

/// The message in a JSON error (SPEC 5.3, 5.4).
fn message_of(body: &serde_json::Value) -> Option<&str> {
    ["message", "Message", "error_description"].iter().find_map(|name| body.get(name)?.as_str())
}

/// What SSO-OIDC puts beside the description, which may be null: `KMS_AccessDeniedException`, say.
fn reason_of(body: &serde_json::Value) -> Option<&str> {
    body.get("reason")?.as_str()
}

fn with_reason(message: Option<String>, reason: Option<String>) -> Option<String> {
    match [message, reason].map(|text| text.filter(|text| !text.is_empty())) {
        [Some(message), Some(reason)] => Some(format!("{message} ({reason})")),
        [message, reason] => message.or(reason),
    }
}

/// The code in an error of SSO-OIDC (SPEC 5.4). Its description is always there, if only as null;
/// proxies write `error` alone.
fn oauth_error(body: &serde_json::Value) -> Option<&str> {
    body.get("error_description")?;
    body.get("error")?.as_str()
}

/// The first line of foreign words, of bearable length, without what the request held. Behind the
/// first line, services that check signatures repeat the request, session token and all.
fn words(text: &str, secrets: &[&str]) -> String {
    let mut line = text.trim().lines().next().unwrap_or_default().to_owned();
    // A short one is no secret, and would leave holes in ordinary words.
    for secret in secrets.iter().filter(|secret| secret.len() >= 8) {
        line = line.replace(secret, "***").replace(&in_form(secret), "***");
    }
    if let Some((end, _)) = line.char_indices().nth(MAX_WORDS) {
        line.truncate(end);
        line.push('…');
    }
    line
}

/// `text` as it stands in the body of a query request, which some services repeat.
fn in_form(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_one_line_of_bearable_length() {
        assert_eq!(words("no match.\n\nCanonical: x-amz-security-token:T", &[]), "no match.");
        let long = "é".repeat(MAX_WORDS + 1);
        assert_eq!(words(&long, &[]).chars().count(), MAX_WORDS + 1);
        assert!(words(&long, &[]).ends_with('…'));
    }

    #[test]
    fn what_was_sent_does_not_come_back() {
        let secret = "s".repeat(2 * MAX_WORDS);
        assert_eq!(words(&format!("bad token {secret}!"), &[&secret, "bad"]), "bad token ***!");
        assert_eq!(words("T=a%2Fb%2B%3D12345&", &["a/b+=12345"]), "T=***&");
    }
}
