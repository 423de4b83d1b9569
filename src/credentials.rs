//! Credentials, and when they are renewed.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::text::serial;

/// With this much time left or less, a token, a client registration and role credentials are
/// renewed. From 15 minutes before the end, botocore and Java ask for new ones at each request
/// (SPEC 6.4).
pub(crate) const REFRESH_WINDOW: TimeDelta = TimeDelta::minutes(15);

/// The same for credentials that are served to other programs. These should always see more than
/// [`REFRESH_WINDOW`], and getting new ones takes time.
pub(crate) const SERVE_WINDOW: TimeDelta = TimeDelta::minutes(20);

/// How long a program that asks for credentials waits. The Go SDK kills a helper after 60 s, so an
/// error that says why must come earlier.
pub(crate) const HELPER_PATIENCE: Duration = Duration::from_secs(55);

/// When to renew credentials that expire at `end` and are handed out at `now`. If they expire soon,
/// they were good enough to be handed out, so half of their remaining time passes first.
pub(crate) fn renew_at(end: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let left = (end - now).max(TimeDelta::zero());
    if left > REFRESH_WINDOW { end - REFRESH_WINDOW } else { now + left / 2 }
}

/// Credentials of any principal, from any source.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Credentials {
    /// `ASIA...` if temporary, `AKIA...` if a user's own.
    pub access_key_id: String,
    /// The secret half.
    #[serde(with = "serial::secret")]
    pub secret_access_key: SecretString,
    /// Present if temporary.
    #[serde(with = "serial::optional_secret")]
    pub session_token: Option<SecretString>,
    /// When they expire; none for static keys.
    pub expiration: Option<DateTime<Utc>>,
    /// The principal's account, if known.
    pub account_id: Option<String>,
}

impl Credentials {
    /// The keys and values of a section that contains them; none for a key that must not be there.
    #[expect(clippy::disallowed_methods, reason = "for files with credentials in them")]
    pub(crate) fn properties(&self) -> [(&'static str, Option<&str>); 4] {
        // No SDK reads an expiration there.
        let Self { access_key_id, secret_access_key, session_token, expiration: _, account_id } =
            self;
        [
            ("aws_access_key_id", Some(access_key_id)),
            ("aws_secret_access_key", Some(secret_access_key.expose_secret())),
            ("aws_session_token", session_token.as_ref().map(ExposeSecret::expose_secret)),
            ("aws_account_id", account_id.as_deref()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::timestamp;

    #[test]
    fn renewed_a_quarter_of_an_hour_before_the_end_or_after_half_of_what_is_left() {
        let at = |text: &str| timestamp::parse(text).expect("a time");
        let end = at("2030-03-17T17:00:00Z");
        for (now, renewed) in [
            ("2030-03-17T16:00:00Z", "2030-03-17T16:45:00Z"),
            ("2030-03-17T16:44:00Z", "2030-03-17T16:45:00Z"),
            ("2030-03-17T16:50:00Z", "2030-03-17T16:55:00Z"),
            ("2030-03-17T17:10:00Z", "2030-03-17T17:10:00Z"),
        ] {
            assert_eq!(renew_at(end, at(now)), at(renewed), "{now}");
        }
    }
}
