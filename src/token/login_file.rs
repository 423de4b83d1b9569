//! What the file of a login holds, of whatever kind the login is.

use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::problem::{Problem, State};

/// What a login is used with until it ends.
pub(crate) trait Token {
    fn expires_at(&self) -> DateTime<Utc>;

    /// Whether it is the same as another.
    fn is(&self, other: &Self) -> bool;

    fn left(&self, now: DateTime<Utc>) -> TimeDelta {
        self.expires_at() - now
    }

    fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expires_at() > now
    }
}

/// What a new token is asked for with.
pub(crate) trait Grant {
    /// When it is of no use any more, as far as that is known: nobody knows when a refresh token
    /// ends.
    fn ends(&self) -> Option<DateTime<Utc>>;

    fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.ends().is_none_or(|end| end > now)
    }
}

/// The file of a login, read.
pub(crate) struct LoginFile<T, G> {
    pub token: T,
    /// None if any part of it is missing.
    pub refresh: Option<G>,
    /// The bytes of the file.
    pub contents: Zeroizing<Vec<u8>>,
    /// Whether other users may read it.
    pub is_exposed: bool,
    /// When it was written; none if the system does not tell.
    pub modified: Option<SystemTime>,
}

/// A token that was obtained in place of one that ended.
pub(super) struct Renewed<T> {
    pub token: T,
    /// For the next time, if there is one.
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

    /// What to say of it once its token has ended and cannot be refreshed.
    pub(super) fn expired(&self) -> Problem {
        let registration = self.refresh.as_ref().and_then(Grant::ends);
        Problem::Expired { at: self.token.expires_at(), registration }
    }
}
