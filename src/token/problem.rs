//! Why a token file gives no token.

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::advice::{login_hint, owner};
use super::sso_token::TokenFile;
use crate::error::{Error, Kind};
use crate::profile::plan::SsoSource;
use crate::text::clock::Clock;
use crate::text::timestamp;

/// Whether a login can be used. The names are stable: `explain --json` prints them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// It can.
    Valid,
    /// It has ended, and the next use gets a new one for it.
    Refreshable,
    /// It has ended, and only a login mends that.
    Expired,
    /// There is no file.
    Missing,
    /// There is a file that cannot be read.
    Unreadable,
    /// The file holds something else than a login for this start URL.
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
    /// There is no such file.
    Missing,
    /// There is one, and it cannot be read.
    Unreadable(String),
    /// It holds something else than a token.
    Broken(String),
    /// It holds the token of another portal.
    OtherStartUrl { issued_for: String, configured: String, expires_at: DateTime<Utc> },
    /// It was a token, and cannot be refreshed.
    Expired {
        at: DateTime<Utc>,
        /// When the client registration ended, where that is why.
        registration: Option<DateTime<Utc>>,
    },
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
            Problem::Broken(_) | Problem::OtherStartUrl { .. } => State::Invalid,
            Problem::Expired { .. } => State::Expired,
        }
    }

    pub(crate) fn expires_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Problem::Expired { at, .. } | Problem::OtherStartUrl { expires_at: at, .. } => {
                Some(*at)
            }
            Problem::Missing | Problem::Unreadable(_) | Problem::Broken(_) => None,
        }
    }

    /// What the state does not say.
    pub(crate) fn detail(&self) -> Option<String> {
        match self {
            Problem::Unreadable(why) | Problem::Broken(why) => Some(why.clone()),
            Problem::OtherStartUrl { issued_for, configured, .. } => {
                Some(format!("it was issued for start URL `{issued_for}`, not for `{configured}`"))
            }
            Problem::Expired { registration: Some(end), .. } => Some(format!(
                "its client registration ended at {}, so it cannot be refreshed",
                timestamp::format(*end)
            )),
            Problem::Missing | Problem::Expired { .. } => None,
        }
    }

    /// What is wrong, as the rest of a sentence.
    fn words(&self, owner: &str, path: &Path, clock: Clock) -> String {
        let path = path.display();
        match self {
            Problem::Missing => format!("there is no token of {owner} ({path} does not exist)"),
            Problem::Unreadable(why) => format!("cannot read the token of {owner}: {why} ({path})"),
            Problem::Broken(why) => format!("the token of {owner} is broken: {why} ({path})"),
            Problem::OtherStartUrl { issued_for, configured, .. } => format!(
                "the token of {owner} was issued for start URL `{issued_for}`, not for \
                 `{configured}`"
            ),
            Problem::Expired { at, registration } => {
                let registration = registration.map(|end| {
                    let end = clock.since(end);
                    format!(", and its client registration ended {end}")
                });
                format!(
                    "the token of {owner} expired {}{}",
                    clock.since(*at),
                    registration.unwrap_or_default()
                )
            }
        }
    }

    /// The error to show, with `hints` in front of the one that names the login command.
    pub(super) fn into_error(
        self,
        source: &SsoSource,
        path: &Path,
        clock: Clock,
        hints: Vec<String>,
    ) -> Error {
        let words = self.words(&owner(source), path, clock);
        let profile = source.profile.as_ref();
        let error = match self {
            Problem::Unreadable(_) => {
                let subject = profile.map_or(String::new(), |name| format!("profile `{name}`: "));
                Error::new(Kind::UnreadableFile, subject + &words)
                    .hint("make that file readable or move it away")
            }
            Problem::Missing
            | Problem::Broken(_)
            | Problem::OtherStartUrl { .. }
            | Problem::Expired { .. } => {
                let subject = profile.map_or("a login is needed".to_owned(), |name| {
                    format!("profile `{name}` needs a login")
                });
                Error::new(Kind::LoginRequired, format!("{subject}: {words}"))
            }
        };
        hints.into_iter().fold(error, Error::hint).hint(login_hint(source))
    }
}

impl TokenFile {
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
        let registration = self.refresh.as_ref().map(|grant| grant.registration.expires_at);
        Problem::Expired { at: self.token.expires_at, registration }
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
