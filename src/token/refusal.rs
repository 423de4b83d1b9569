//! A failed refresh: why it failed, and what helps.

use std::io;
use std::path::Path;

use super::login_file::Token;
use super::turn::Stuck;
use super::whose::Whose;
use crate::aws::{ErrorResponse, RequestError};
use crate::error::{Error, Kind};
use crate::platform::IS_WINDOWS;
use crate::text::clock::Clock;

/// Why there is no new token.
pub(super) struct Refused {
    /// Its message is the rest of a sentence about the token.
    pub error: Box<Error>,
    pub fate: Fate,
}

/// What happened to the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It still works.
    Unused,
    /// AWS refused it.
    Refused,
    /// It was sent, but the answer was lost or incomplete, and with it perhaps its successor.
    Unanswered,
}

// An error before AWS could say anything.
impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error: Box::new(error), fate: Fate::Unused }
    }
}

/// The meaning of a failed CreateToken or CreateOAuth2Token for `owner` (SPEC 5.4).
pub(super) fn of(owner: &str, failure: RequestError) -> Refused {
    let Some(response) = failure.refusal() else {
        let fate = match failure.leaves_open_what_was_done() {
            true => Fate::Unanswered,
            false => Fate::Unused,
        };
        return Refused { error: Box::new(failure.into_error(owner)), fate };
    };
    let by_aws = |kind, what: &str| {
        let error = Error::new(kind, format!("{what}: {}", response.text()));
        Refused { error: Box::new(failure.with_clock(error)), fate: Fate::Refused }
    };
    // By the exception's name, or by OAuth's name if the answer has lost its headers.
    match response.code() {
        // The sign-in service uses one exception for all of this.
        "AccessDeniedException" if is_end(response) => {
            by_aws(Kind::LoginRequired, "its session has ended")
        }
        "InvalidGrantException" | "invalid_grant" | "ExpiredTokenException" | "expired_token" => {
            by_aws(Kind::LoginRequired, "its session has ended")
        }
        "InvalidClientException"
        | "invalid_client"
        | "UnauthorizedClientException"
        | "unauthorized_client" => by_aws(
            Kind::LoginRequired,
            "its client registration has expired, or AWS does not know it",
        ),
        "AccessDeniedException" | "access_denied" => by_aws(Kind::AccessDenied, "AWS denies it"),
        _ if matches!(response.status, 400 | 401) => {
            by_aws(Kind::LoginRequired, "AWS does not accept the request")
        }
        _ => failure.into_error(owner).into(),
    }
}

/// Whether the sign-in service says that somebody must sign in again.
fn is_end(response: &ErrorResponse) -> bool {
    let reason = response.reason.as_deref();
    reason.is_some_and(|reason| ["TOKEN_EXPIRED", "USER_CREDENTIALS_CHANGED"].contains(&reason))
}

/// The error if the old token is useless too. `why` is [`Refused::error`].
pub(super) fn final_error(whose: &Whose, old: &impl Token, why: Error, clock: Clock) -> Error {
    let mut error = why;
    let subject = match error.kind {
        Kind::LoginRequired => whose.needs_login(),
        _ => whose.subject(),
    };
    let token = state(whose, old, clock);
    error.message = format!("{subject}{token} and cannot be refreshed: {}", error.message);
    match error.kind {
        Kind::LoginRequired => error.hints.insert(0, whose.login.clone()),
        Kind::AccessDenied => error
            .hints
            .push(format!("{}; if the fault was temporary, {}", whose.denied, whose.login)),
        _ => {}
    }
    error
}

/// The portal refuses a token that has not expired, and it can't be refreshed.
pub(super) fn refused_by_portal(whose: &Whose) -> Error {
    let message = format!("the portal refuses the token of {}", whose.owner);
    Error::new(Kind::LoginRequired, whose.needs_login() + &message).hint(&whose.login)
}

/// The refresh token was not sent, because its successor could not have been stored.
pub(super) fn no_place(
    whose: &Whose,
    old: &impl Token,
    path: &Path,
    why: io::Error,
    clock: Clock,
) -> Error {
    let message = format!(
        "{}{} and is not refreshed, because {} cannot be replaced",
        whose.subject(),
        state(whose, old, clock),
        path.display(),
    );
    Error::new(Kind::LoginRequired, message).source(why).hint(match IS_WINDOWS {
        true => "make it writable, and close it in other programs: the login itself is still valid",
        false => {
            "make its directory writable, with room for a new file: the login itself is still valid"
        }
    })
}

/// Another process holds the lock and does not finish.
pub(super) fn stuck(whose: &Whose, old: &impl Token, stuck: &Stuck, clock: Clock) -> Error {
    let (who, hint) = match stuck.holder {
        Some(id) => (
            format!("process {id}"),
            format!(
                "`kill -CONT {id}` wakes it if it is stopped; `kill -KILL {id}` ends it, but may \
                 lose the login"
            ),
        ),
        None => ("another process".to_owned(), "wait for it, or end it".to_owned()),
    };
    let message = format!(
        "{}{}, and {who}, which is refreshing it, has not finished within 30 s",
        whose.subject(),
        state(whose, old, clock),
    );
    Error::new(Kind::Network, message).hint(hint)
}

/// What is wrong with the old token, as the start of a sentence.
fn state(whose: &Whose, old: &impl Token, clock: Clock) -> String {
    let owner = &whose.owner;
    if old.is_live(clock.now()) {
        return format!("the token of {owner} is refused by the portal");
    }
    format!("the token of {owner} expired {}", clock.since(old.expires_at()))
}
