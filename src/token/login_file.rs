//! What the file of a login contains, whatever kind of login it is.

use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::problem::{Problem, State};

/// What a login is used with until it expires.
pub(crate) trait Token {
    fn expires_at(&self) -> DateTime<Utc>;

    /// Whether the two are the same.
    fn is(&self, other: &Self) -> bool;

    fn left(&self, now: DateTime<Utc>) -> TimeDelta {
        self.expires_at() - now
    }

    fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expires_at() > now
    }
}

/// What a new token is requested with.
pub(crate) trait Grant {
    /// When it becomes useless, as far as known: nobody knows when a refresh token expires.
    fn ends(&self) -> Option<DateTime<Utc>>;

    fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.ends().is_none_or(|end| end > now)
    }
}

/// The contents of a login's file.
pub(crate) struct LoginFile<T, G> {
    pub token: T,
    /// None if any part of it is missing.
    pub refresh: Option<G>,
    /// The bytes of the file.
    pub contents: Zeroizing<Vec<u8>>,
    /// Whether other users can read it.
    pub is_exposed: bool,
    /// When it was written; none if the system does not say.
    pub modified: Option<SystemTime>,
}

/// A new token that replaces an expired one.
pub(super) struct Renewed<T> {
    pub token: T,
    /// The next refresh token, if there is one.
    pub refresh_token: Option<SecretString>,
}

impl<T: Token, G: Grant> LoginFile<T, G> {
    /// Whether it can be used, now or after a refresh.
    pub(super) fn state(&self, now: DateTime<Utc>) -> Result<State, Problem> {
        match &self.refresh {
            _ if self.token.is_live(now) => Ok(State::Valid),
            Some(grant) if grant.is_live(now) => Ok(State::Refreshable),
            _ => Err(self.expired()),
        }
    }

    /// The problem of a token that has expired and cannot be refreshed.
    pub(super) fn expired(&self) -> Problem {
        let registration = self.refresh.as_ref().and_then(Grant::ends);
        Problem::Expired { at: self.token.expires_at(), registration }
    }
}
