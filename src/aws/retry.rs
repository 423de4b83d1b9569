//! What is retried, and when: rules on top of the SDK's own classifiers and backoff.

use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority, RetryReason,
};
use aws_smithy_types::retry::{ErrorKind, RetryConfig};
use chrono::{DateTime, Utc};

use crate::text::timestamp;

/// The limit for one operation with all its attempts and pauses.
pub(super) const OPERATION_TIMEOUT: Duration = Duration::from_secs(30);

/// Five attempts, with random pauses below 0.2, 0.4, 0.8 and 1.6 s.
pub(super) fn config() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(5)
        .with_initial_backoff(Duration::from_millis(200))
        // Limits `Retry-After` too; the classifier gives up before that.
        .with_max_backoff(OPERATION_TIMEOUT)
}

/// No server seriously asks for a longer pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Has the last word on each answer of one operation.
#[derive(Clone, Debug)]
pub(crate) struct Classifier {
    started: Instant,
    started_at: DateTime<Utc>,
    is_paced: bool,
}

/// How long the server asks clients to wait, if it does. `now` is used if the server sends no date.
pub(super) fn pause(response: &HttpResponse, now: DateTime<Utc>) -> Option<Duration> {
    let headers = response.headers();
    // Both times come from the same clock, which may differ from ours.
    let now = headers.get("date").and_then(timestamp::of_http).unwrap_or(now);
    retry_after(headers.get("retry-after")?, now)
}

/// Many clients may have been told the same time.
fn jitter() -> Duration {
    Duration::from_millis(fastrand::u64(..250))
}

impl Classifier {
    /// A classifier for an operation that starts `now`. If the requests are paced, those refused by
    /// the quota have already been sent again.
    pub(crate) fn new(now: DateTime<Utc>, is_paced: bool) -> Self {
        Self { started: Instant::now(), started_at: now, is_paced }
    }

    /// How long the server asks clients to wait, if it does.
    pub(crate) fn pause(&self, response: &HttpResponse) -> Option<Duration> {
        pause(response, self.started_at + self.started.elapsed())
    }

    fn verdict(&self, response: &HttpResponse, previous: &RetryAction) -> RetryAction {
        let kind = match response.status().as_u16() {
            // 401 and 403 are never retried, whatever code comes with them.
            401 | 403 => return RetryAction::RetryForbidden,
            429 if self.is_paced => return RetryAction::RetryForbidden,
            429 => ErrorKind::ThrottlingError,
            500.. => ErrorKind::ServerError,
            _ => match previous {
                RetryAction::RetryIndicated(RetryReason::RetryableError { kind, .. }) => *kind,
                _ => return RetryAction::NoActionIndicated,
            },
        };
        let Some(pause) = self.pause(response) else {
            return RetryAction::retryable_error(kind);
        };
        if self.started.elapsed() + pause >= OPERATION_TIMEOUT {
            return RetryAction::RetryForbidden;
        }
        RetryAction::retryable_error_with_explicit_delay(kind, pause + jitter())
    }
}

impl ClassifyRetry for Classifier {
    fn classify_retry(&self, ctx: &InterceptorContext) -> RetryAction {
        self.classify_retry_v2(ctx, &RetryAction::NoActionIndicated)
    }

    fn classify_retry_v2(&self, ctx: &InterceptorContext, previous: &RetryAction) -> RetryAction {
        let failed = matches!(ctx.output_or_error(), Some(Err(_)));
        match ctx.response().filter(|_| failed) {
            Some(response) => self.verdict(response, previous),
            None => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "ssowrap"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// Reads `Retry-After`: seconds or a date (RFC 9110, 10.2.3).
fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    let pause = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => (timestamp::of_http(value)? - now).to_std().unwrap_or_default(),
    };
    Some(pause.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    const NOON: &str = "Sun, 06 Nov 1994 12:00:00 GMT";

    fn noon() -> DateTime<Utc> {
        timestamp::of_http(NOON).expect("a date")
    }

    #[test]
    fn retry_after_in_seconds_or_as_a_date() {
        for (value, seconds) in [
            ("0", Some(0)),
            (" 7 ", Some(7)),
            ("99999999999999999999", None),
            ("18446744073709551615", Some(LONGEST_PAUSE.as_secs())),
            ("Sun, 06 Nov 1994 12:00:09 GMT", Some(9)),
            ("Sun, 06 Nov 1994 11:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, noon()), seconds.map(Duration::from_secs), "{value}");
        }
    }

    fn verdict(status: u16, headers: &[(&'static str, &'static str)]) -> RetryAction {
        let status = StatusCode::try_from(status).expect("a status");
        let mut response = HttpResponse::new(status, SdkBody::empty());
        for (name, value) in headers {
            response.headers_mut().insert(*name, *value);
        }
        Classifier::new(noon(), false).verdict(&response, &RetryAction::throttling_error())
    }

    #[test]
    fn a_refusal_is_final_even_if_it_calls_itself_throttling() {
        for status in [401, 403] {
            assert_eq!(verdict(status, &[("retry-after", "1")]), RetryAction::RetryForbidden);
        }
    }

    #[test]
    fn throttling_and_faults_are_tried_again() {
        assert_eq!(verdict(429, &[]), RetryAction::throttling_error());
        assert_eq!(verdict(400, &[]), RetryAction::throttling_error());
        for status in [500, 502, 503, 504, 529] {
            assert_eq!(verdict(status, &[]), RetryAction::server_error());
        }
    }

    #[test]
    fn the_server_says_when() {
        let delay = |headers| match verdict(503, headers) {
            RetryAction::RetryIndicated(RetryReason::RetryableError { retry_after, .. }) => {
                retry_after
            }
            _ => None,
        };
        let within = |pause: Option<Duration>, seconds: u64| {
            let least = Duration::from_secs(seconds);
            pause.is_some_and(|p| p >= least && p < least + Duration::from_millis(250))
        };
        assert!(within(delay(&[("retry-after", "3")]), 3));
        // Relative to the server's own clock, however wrong ours is.
        let dates = [
            ("date", "Sun, 06 Nov 2044 12:00:00 GMT"),
            ("retry-after", "Sun, 06 Nov 2044 12:00:04 GMT"),
        ];
        assert!(within(delay(&dates), 4));
        assert_eq!(verdict(503, &[("retry-after", "31")]), RetryAction::RetryForbidden);
        assert_eq!(
            verdict(503, &[("retry-after", "18446744073709551615")]),
            RetryAction::RetryForbidden
        );
    }
}
