//! A failed request: what AWS said, or why there is no answer.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::endpoint::ServiceEndpoint;
use super::transport_error::TransportError;
use crate::error::{Error, Kind};
use crate::profile::partition::is_opt_in;
use crate::profile::regions;
use crate::text::server::ServerText;

/// If this machine's clock is off by more than this, an error says so: AWS refuses its signatures.
pub(super) const SKEW: TimeDelta = TimeDelta::minutes(5);

/// A failed request.
#[derive(Clone, Debug)]
pub(crate) struct RequestError {
    /// AWS's name for the operation.
    pub operation: &'static str,
    /// Where it was sent.
    pub host: String,
    /// The region that the request was sent to.
    pub region: String,
    /// What set the address, if it is not AWS's own.
    pub origin: Option<String>,
    /// Why it failed.
    pub cause: Box<Cause>,
    /// The time on the service's clock, if this machine's clock is far off.
    pub(super) skew: Option<DateTime<Utc>>,
}

/// Why an operation failed.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    /// The service refused it.
    Refused(ErrorResponse),
    /// The service still throttled or failed at the last attempt.
    Unavailable {
        /// Its last answer.
        response: ErrorResponse,
        /// How many attempts there were.
        attempts: u32,
        /// Its `Retry-After`: how long to wait, and until when by this machine's clock.
        pause: Option<(Duration, DateTime<Utc>)>,
    },
    /// The answer is not one that the service sends.
    Unexpected(String),
    /// The answer contains credentials that have already expired.
    ExpiredCredentials {
        /// When they expired.
        at: DateTime<Utc>,
        /// The time on this machine's clock.
        now: DateTime<Utc>,
        /// The time on the service's clock.
        date: Option<DateTime<Utc>>,
    },
    /// There was no answer.
    Transport(TransportError),
    /// The settings don't make a valid request, and why.
    Unsendable(String),
    /// The key that should sign it has invalid characters in this part.
    OddKey(&'static str),
    /// The caller has stopped waiting.
    GaveUp {
        /// How long it tried.
        after: Duration,
        /// How much of that it waited for the quota.
        queued: Duration,
    },
    /// The user pressed Ctrl-C.
    Interrupted,
}

/// An error response of a service.
#[derive(Clone, Debug)]
pub(crate) struct ErrorResponse {
    /// HTTP status.
    pub status: u16,
    /// The error code; none if there is none, or if it doesn't look like one.
    pub code: Option<String>,
    pub message: Option<ServerText>,
    /// A more specific code, which SSO-OIDC puts next to it.
    pub reason: Option<String>,
    /// The request id, which AWS support asks for.
    pub request_id: Option<String>,
}

/// A role that was deleted and created anew, or whose sessions an administrator revoked.
const RENEW: &str =
    "if the credentials were cached before AWS revoked them, `--refresh` gets new ones";

impl ErrorResponse {
    /// The code, or nothing.
    pub(crate) fn code(&self) -> &str {
        self.code.as_deref().unwrap_or_default()
    }

    /// Whether its message contains `part`.
    pub(crate) fn says(&self, part: &str) -> bool {
        self.message.as_ref().is_some_and(|message| message.contains(part))
    }

    /// Code, message, reason and request id, as far as they are present, for people.
    pub(crate) fn text(&self) -> String {
        let mut text = self.code.clone().unwrap_or_else(|| format!("HTTP {}", self.status));
        match (&self.message, &self.reason) {
            (Some(message), Some(reason)) => text += &format!(": {message} ({reason})"),
            (Some(message), None) => text += &format!(": {message}"),
            (None, Some(reason)) => text += &format!(": {reason}"),
            (None, None) => {}
        }
        if let Some(id) = &self.request_id {
            text += &format!(" (request id {id})");
        }
        text
    }

    /// Whether the service doesn't know the key that signed the request.
    pub(crate) fn is_of_unknown_keys(&self) -> bool {
        matches!(self.code(), "InvalidClientTokenId" | "UnrecognizedClientException")
    }

    pub(super) fn is_throttling(&self) -> bool {
        self.status == 429
            || ["Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown"]
                .iter()
                .any(|part| self.code().contains(part))
    }
}

impl RequestError {
    pub(crate) fn new(operation: &'static str, endpoint: &ServiceEndpoint, cause: Cause) -> Self {
        Self {
            operation,
            host: endpoint.host.clone(),
            region: endpoint.region.clone(),
            origin: endpoint.origin.clone(),
            cause: Box::new(cause),
            skew: None,
        }
    }

    /// Adds to `error` that this machine's clock is wrong, if the answer shows it: then the two
    /// sides disagree about what has expired.
    pub(crate) fn with_clock(&self, error: Error) -> Error {
        match self.skew {
            Some(date) => error.hint(set_the_clock(&self.host, date)),
            None => error,
        }
    }

    /// Whether the answer shows that this machine's clock is wrong.
    pub(crate) fn shows_a_wrong_clock(&self) -> bool {
        self.skew.is_some()
    }

    /// A hint for a key that may be unknown only in the request's region.
    pub(crate) fn opt_in_hint(&self) -> Option<String> {
        let region = Some(&self.region).filter(|region| is_opt_in(region))?;
        self.refusal()?.is_of_unknown_keys().then(|| {
            format!(
                "the account may not have opted into `{region}`: choose another region with \
                 `--region`"
            )
        })
    }

    /// The error response with which the service refused the request, if it did.
    pub(crate) fn refusal(&self) -> Option<&ErrorResponse> {
        match &*self.cause {
            Cause::Refused(response) => Some(response),
            _ => None,
        }
    }

    /// The service's error response, if it sent one.
    pub(crate) fn response(&self) -> Option<&ErrorResponse> {
        match &*self.cause {
            Cause::Refused(response) | Cause::Unavailable { response, .. } => Some(response),
            _ => None,
        }
    }

    /// Whether the service may have carried out the request: it was sent, but the answer is missing
    /// or incomplete.
    pub(crate) fn leaves_open_what_was_done(&self) -> bool {
        match &*self.cause {
            Cause::Transport(error) => !error.is_unsent(),
            Cause::Unexpected(_) | Cause::GaveUp { .. } | Cause::Interrupted => true,
            Cause::Refused(_)
            | Cause::Unavailable { .. }
            | Cause::ExpiredCredentials { .. }
            | Cause::Unsendable(_)
            | Cause::OddKey(_) => false,
        }
    }

    /// The part of the key that cannot sign anything, if that is why.
    pub(crate) fn odd_key(&self) -> Option<&'static str> {
        match *self.cause {
            Cause::OddKey(part) => Some(part),
            _ => None,
        }
    }

    /// Whether the same request may succeed if sent again soon.
    pub(crate) fn may_pass(&self) -> bool {
        match &*self.cause {
            Cause::Unavailable { .. } | Cause::GaveUp { .. } => true,
            Cause::Transport(error) => error.kind() == Kind::Network,
            _ => false,
        }
    }

    /// The error, for a caller that has nothing more specific to say. `subject` says who the
    /// credentials were for.
    pub(crate) fn into_error(self, subject: &str) -> Error {
        let opt_in = self.opt_in_hint();
        let Self { operation, host, region, origin, cause, skew } = self;
        let message = |why: String| format!("{operation} for {subject} failed: {why}");
        let error = match *cause {
            Cause::Refused(response) => {
                let kind = match response.status {
                    401 | 403 => Kind::AccessDenied,
                    _ => Kind::Other,
                };
                let error = Error::new(kind, message(format!("{host} says {}", response.text())));
                let renew = response.is_of_unknown_keys().then(|| RENEW.to_owned());
                opt_in.into_iter().chain(renew).fold(error, Error::hint)
            }
            Cause::Unavailable { response, attempts, pause } => {
                unavailable(&host, &response, attempts, pause, message)
            }
            Cause::Unexpected(reason) => Error::new(
                Kind::Network,
                message(format!("unexpected answer from {host}: {reason}")),
            )
            .hint("a captive portal or a proxy may be answering in place of AWS"),
            Cause::ExpiredCredentials { at, now, date } => ended(&host, at, now, date, message),
            Cause::Transport(transport) => {
                let error = Error::new(transport.kind(), message(transport.to_string()));
                let is_nowhere = matches!(transport, TransportError::Resolve { .. });
                let doubt = regions::doubt(&region).filter(|_| is_nowhere && origin.is_none());
                let hint = transport.hint().map(str::to_owned);
                doubt.into_iter().chain(hint).fold(error, Error::hint)
            }
            Cause::Unsendable(reason) => Error::new(Kind::Other, message(reason)),
            // Nothing was sent, so it doesn't matter to which host.
            Cause::OddKey(part) => return of_odd_key(&message("it cannot be signed".into()), part),
            Cause::GaveUp { after, queued } => {
                Error::new(Kind::Network, message(gave_up(&host, after, queued)))
                    .hint("try again, or ask for fewer roles at once")
            }
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

/// The error for credentials that no request can be signed with, because this part of them contains
/// invalid characters.
pub(crate) fn of_odd_key(what: &str, part: &str) -> Error {
    let message = format!("{what}: the {part} contains invalid characters");
    Error::new(Kind::Other, message).hint(format!(
        "set the {part} again at its source: it must be ASCII, without spaces or line breaks"
    ))
}

fn gave_up(host: &str, after: Duration, queued: Duration) -> String {
    let (after, queued) = (after.as_secs(), queued.as_secs());
    if queued == 0 {
        return format!("no complete answer from {host} within {after} s");
    }
    format!(
        "no answer from {host} within {after} s, including {queued} s of waiting for its request quota"
    )
}

fn unavailable(
    host: &str,
    response: &ErrorResponse,
    attempts: u32,
    pause: Option<(Duration, DateTime<Utc>)>,
    message: impl Fn(String) -> String,
) -> Error {
    let what =
        if response.is_throttling() { "is throttling requests" } else { "reports a server error" };
    let tried = if attempts > 1 { format!(" ({attempts} attempts)") } else { String::new() };
    let text = response.text();
    let error = Error::new(Kind::Network, message(format!("{host} {what}{tried}: {text}")));
    match pause {
        Some((pause, until)) => error.hint(format!(
            "it asks clients to wait until {} UTC ({} s)",
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
        "{host} gave credentials that expired at {}, but this machine's clock says {}",
        clock(at),
        clock(now)
    );
    let error = Error::new(Kind::Network, message(why));
    match date.filter(|date| (*date - now).abs() > TimeDelta::minutes(1)) {
        Some(date) => error.hint(set_the_clock(host, date)),
        None => error.hint("check this machine's clock"),
    }
}

fn set_the_clock(host: &str, date: DateTime<Utc>) -> String {
    format!("set the clock: {host} says it is {}", clock(date))
}

fn clock(time: DateTime<Utc>) -> impl std::fmt::Display {
    time.format("%Y-%m-%d %H:%M:%S UTC")
}
