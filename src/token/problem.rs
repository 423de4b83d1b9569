//! Why a token file gives no token.

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::whose::Whose;
use crate::error::{Error, Kind};
use crate::text::clock::Clock;
use crate::text::timestamp;

/// Whether a login can be used. The names are stable, because `explain --json` prints them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// It can be used.
    Valid,
    /// It has expired; the next use refreshes it.
    Refreshable,
    /// It has expired, and only signing in again helps.
    Expired,
    /// There is no file.
    Missing,
    /// The file cannot be read.
    Unreadable,
    /// The file contains something other than a login for this start URL.
    Invalid,
}

impl State {
    /// The stable name, as in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            State::Valid => "valid",
            State::Refreshable => "refreshable",
            State::Expired => "expired",
            State::Missing => "missing",
            State::Unreadable => "unreadable",
            State::Invalid => "invalid",
        }
    }
}

/// Why a token file gives no token.
#[derive(Debug)]
pub(crate) enum Problem {
    Missing,
    /// The file cannot be read.
    Unreadable(String),
    /// The file contains something other than a token.
    Broken(String),
    /// The file contains another login's token: for another portal, or another account.
    NotFor {
        /// What it was issued for, in words.
        issued_for: String,
        /// What it should be for.
        wanted: String,
        expires_at: DateTime<Utc>,
    },
    /// The token has expired, and cannot be refreshed.
    Expired {
        at: DateTime<Utc>,
        /// When the client registration expired, if that is the reason.
        registration: Option<DateTime<Utc>>,
    },
}

/// Hints for a missing login.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    /// About a token that doesn't help.
    pub note: Option<String>,
    /// What to do instead of signing in; each is enough.
    pub ways: Vec<String>,
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Problem::Missing,
            io::ErrorKind::FileTooLarge => Problem::Broken(error.to_string()),
            _ => Problem::Unreadable(error.to_string()),
        }
    }
}

impl Problem {
    pub(crate) fn state(&self) -> State {
        match self {
            Problem::Missing => State::Missing,
            Problem::Unreadable(_) => State::Unreadable,
            Problem::Broken(_) | Problem::NotFor { .. } => State::Invalid,
            Problem::Expired { .. } => State::Expired,
        }
    }

    pub(crate) fn expires_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Problem::Expired { at, .. } | Problem::NotFor { expires_at: at, .. } => Some(*at),
            Problem::Missing | Problem::Unreadable(_) | Problem::Broken(_) => None,
        }
    }

    /// What the state alone does not say.
    pub(crate) fn detail(&self) -> Option<String> {
        match self {
            Problem::Unreadable(why) | Problem::Broken(why) => Some(why.clone()),
            Problem::NotFor { issued_for, wanted, .. } => {
                Some(format!("it was issued for {issued_for}, not for {wanted}"))
            }
            Problem::Expired { registration: Some(end), .. } => Some(format!(
                "its client registration expired at {}, so it cannot be refreshed",
                timestamp::format(*end)
            )),
            Problem::Missing | Problem::Expired { .. } => None,
        }
    }

    /// The problem, as the rest of a sentence.
    fn words(&self, owner: &str, path: &Path, clock: Clock) -> String {
        let path = path.display();
        match self {
            Problem::Missing => format!("there is no token for {owner} ({path} does not exist)"),
            Problem::Unreadable(why) => format!("cannot read the token of {owner}: {why} ({path})"),
            Problem::Broken(why) => format!("the token of {owner} is broken: {why} ({path})"),
            Problem::NotFor { issued_for, wanted, .. } => {
                format!("the token of {owner} was issued for {issued_for}, not for {wanted}")
            }
            Problem::Expired { at, registration } => {
                let registration = registration.map(|end| {
                    let end = clock.since(end);
                    format!(", and its client registration expired {end}")
                });
                format!(
                    "the token of {owner} expired {}{}",
                    clock.since(*at),
                    registration.unwrap_or_default()
                )
            }
        }
    }

    /// The error to show, with `elsewhere` before the hint with the login command.
    pub(super) fn into_error(
        self,
        whose: &Whose,
        path: &Path,
        clock: Clock,
        elsewhere: Elsewhere,
    ) -> Error {
        let words = self.words(&whose.owner, path, clock);
        let error = match self {
            Problem::Unreadable(_) => Error::new(Kind::UnreadableFile, whose.subject() + &words)
                .hint("make that file readable or move it away"),
            Problem::Missing
            | Problem::Broken(_)
            | Problem::NotFor { .. }
            | Problem::Expired { .. } => {
                Error::new(Kind::LoginRequired, whose.needs_login() + &words)
            }
        };
        let error = elsewhere.note.into_iter().fold(error, Error::hint);
        match elsewhere.ways.is_empty() {
            true => error.hint(&whose.login),
            false => elsewhere.ways.into_iter().fold(error, Error::or_hint).or_hint(&whose.login),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_names_are_those_of_the_json() {
        for state in [
            State::Valid,
            State::Refreshable,
            State::Expired,
            State::Missing,
            State::Unreadable,
            State::Invalid,
        ] {
            assert_eq!(serde_json::to_value(state).expect("JSON"), state.name());
        }
    }
}
