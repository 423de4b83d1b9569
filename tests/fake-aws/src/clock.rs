//! The only place that reads the clock, and the forms of times in requests and answers.

use chrono::{DateTime, NaiveDateTime, Utc};
use std::time::UNIX_EPOCH;

/// Milliseconds since the epoch.
#[expect(clippy::disallowed_methods, reason = "the fake's only look at the clock")]
pub(crate) fn now_ms() -> i64 {
    match std::time::SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(_) => 0,
    }
}

/// `Fri, 19 Feb 2021 09:03:02 GMT`, the form of the `Date` header.
pub(crate) fn http_date(ms: i64) -> String {
    utc(ms).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// `2030-03-17T17:46:40Z`, the form used in XML and metadata documents.
pub(crate) fn iso(ms: i64) -> String {
    utc(ms).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `20300317T174640Z`, the form of `X-Amz-Date`.
pub(crate) fn basic(ms: i64) -> String {
    utc(ms).format("%Y%m%dT%H%M%SZ").to_string()
}

/// Reads `20300317T174640Z`, and nothing else.
pub(crate) fn parse_basic(text: &str) -> Option<i64> {
    if text.len() != 16 {
        return None;
    }
    let date = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ").ok()?;
    Some(date.and_utc().timestamp_millis())
}

fn utc(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_basic_form_round_trips() {
        let ms = parse_basic("20240102T030405Z").expect("a date");
        assert_eq!(basic(ms), "20240102T030405Z");
        assert_eq!(iso(ms), "2024-01-02T03:04:05Z");
        assert_eq!(http_date(ms), "Tue, 02 Jan 2024 03:04:05 GMT");
    }

    #[test]
    fn other_forms_are_refused() {
        for text in ["", "2024-01-02T03:04:05Z", "20240102T030405", "20241302T030405Z"] {
            assert_eq!(parse_basic(text), None, "{text}");
        }
    }
}
