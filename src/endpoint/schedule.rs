//! When to get new credentials. Pure: no clock, no timers.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::credentials::SERVE_WINDOW;

/// The pause after the first failure. It doubles with each further one.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(30);

/// The longest pause.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// The shortest pause: credentials that last only seconds must not cause endless requests.
const SHORTEST_PAUSE: TimeDelta = TimeDelta::seconds(1);

/// When credentials obtained at `now` that expire at `expiration` must be renewed.
pub(super) fn due(expiration: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let window = SERVE_WINDOW.min((expiration - now) / 2);
    (expiration - window).max(now + SHORTEST_PAUSE)
}

/// When to try again after the `failures`th failure in a row, counted from 1, while credentials are
/// valid until `expiration`.
pub(super) fn again(expiration: DateTime<Utc>, now: DateTime<Utc>, failures: u32) -> DateTime<Utc> {
    let doubled = FIRST_PAUSE * 2_i32.pow(failures.saturating_sub(1).min(8));
    let pause = doubled.min(LONGEST_PAUSE).min((expiration - now) / 2);
    now + pause.max(SHORTEST_PAUSE)
}

/// How long to sleep until `at`.
pub(super) fn until(at: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (at - now).to_std().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn new_ones_are_due_before_any_client_asks() {
        for (lifetime, due_at) in
            [(3600, 2400), (43_200, 42_000), (2400, 1200), (900, 450), (90, 45), (1, 1), (-5, 1)]
        {
            assert_eq!(due(at(lifetime), at(0)), at(due_at), "{lifetime}");
        }
    }

    #[test]
    fn failures_are_followed_by_growing_pauses_within_the_lifetime() {
        for (left, failures, pause) in [
            (1200, 1, 30),
            (1200, 2, 60),
            (1200, 3, 120),
            (1200, 5, 300),
            (1200, u32::MAX, 300),
            (40, 1, 20),
            (1, 1, 1),
            (-9, 3, 1),
        ] {
            assert_eq!(again(at(left), at(0), failures), at(pause), "{left} {failures}");
        }
    }
}
