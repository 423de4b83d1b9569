//! A refresh that gave no token: why, and what mends it.

use chrono::{DateTime, Utc};

use super::advice::{login_hint, owner, region_hint};
use super::sso_token::TokenFile;
use crate::aws::RequestError;
use crate::error::{Error, Kind};
use crate::profile::plan::SsoSource;
use crate::text::timestamp;

/// Why there is no new token.
pub(super) struct Refused {
    /// Its message is the rest of a sentence about the token.
    pub error: Error,
    /// Whether AWS refused the refresh token, rather than something being in the way.
    pub is_by_aws: bool,
}

// An error before AWS could say anything.
impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, is_by_aws: false }
    }
}

/// There is nowhere to ask.
pub(super) fn no_region(source: &SsoSource) -> Refused {
    let message = format!("{} has no region", owner(source));
    Error::new(Kind::NoRegion, message).hint("give `--sso-region`").into()
}

/// What a failed CreateToken means (SPEC 5.4).
pub(super) fn of(source: &SsoSource, failure: RequestError) -> Refused {
    let Some(response) = failure.refusal() else {
        return failure.into_error(&owner(source)).into();
    };
    let by_aws = |kind, what: &str| {
        let error = Error::new(kind, format!("{what}: {}", response.text()));
        Refused { error: failure.with_clock(error), is_by_aws: true }
    };
    // By exception, and by OAuth's name where the answer has lost its headers.
    match response.code() {
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
        _ => failure.into_error(&owner(source)).into(),
    }
}

/// The error once the token of `old` has ended too. `why` is [`Refused::error`].
pub(super) fn final_error(
    source: &SsoSource,
    old: &TokenFile,
    why: Error,
    now: DateTime<Utc>,
) -> Error {
    let mut error = why;
    let subject = match (&source.profile, error.kind) {
        (Some(profile), Kind::LoginRequired) => format!("profile `{profile}` needs a login: "),
        (Some(profile), _) => format!("profile `{profile}`: "),
        (None, Kind::LoginRequired) => "a login is needed: ".to_owned(),
        (None, _) => String::new(),
    };
    error.message = format!(
        "{subject}the token of {} expired {} and cannot be refreshed: {}",
        owner(source),
        timestamp::past(old.token.expires_at, now),
        error.message
    );
    match error.kind {
        Kind::LoginRequired => {
            error.hints.insert(0, login_hint(source));
            error.hints.extend(region_hint(source, &old.token));
        }
        Kind::AccessDenied => error.hints.push(format!(
            "ask whoever runs Identity Center; if it was a passing fault, {}",
            login_hint(source)
        )),
        _ => {}
    }
    error
}
