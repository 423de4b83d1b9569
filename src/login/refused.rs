//! Failed logins: why they failed, and what helps (SPEC 5.4).

use std::time::Duration;

use super::{Asking, SignIn};
use crate::aws::RequestError;
use crate::error::{Error, Kind};
use crate::profile::key::Key;
use crate::profile::plan::SsoSource;
use crate::text::server;
use crate::token::{Flow, code_command, owner};

/// Why a login stops.
pub(super) enum Stop {
    /// AWS does not accept the client registration; a new one may help.
    Client(Error),
    /// The user took too long.
    Late(Error),
    /// Nothing else to try.
    Final(Error),
}

impl Stop {
    pub(super) fn error(&self) -> &Error {
        match self {
            Stop::Client(error) | Stop::Late(error) | Stop::Final(error) => error,
        }
    }

    pub(super) fn into_error(self) -> Error {
        match self {
            Stop::Client(error) | Stop::Late(error) | Stop::Final(error) => error,
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Final(error)
    }
}

/// The meaning of a failed request for the login.
pub(super) fn of(asking: &Asking<'_>, failure: RequestError) -> Stop {
    let Asking { sign_in, portal, way, .. } = asking;
    let source = sign_in.source;
    let owner = owner(source);
    let Some(response) = failure.refusal() else {
        return Stop::Final(failure.into_error(&owner));
    };
    let words = response.text();
    let error = |kind, message: String| failure.with_clock(Error::new(kind, message));
    // By the exception's name, or by OAuth's name if the answer has lost its headers.
    Stop::Final(match response.code() {
        "InvalidClientException"
        | "invalid_client"
        | "UnauthorizedClientException"
        | "unauthorized_client" => {
            let message = format!("AWS does not accept ssowrap as a client for {owner}: {words}");
            return Stop::Client(
                error(Kind::AccessDenied, message).hint("ask your Identity Center administrator"),
            );
        }
        "AccessDeniedException" | "access_denied" => denied(sign_in, &failure, &words),
        "ExpiredTokenException" | "expired_token" => error(
            Kind::LoginRequired,
            format!("the login of {owner} was not approved in time: {words}"),
        )
        .hint(again(sign_in)),
        "InvalidGrantException" | "invalid_grant" => error(
            Kind::LoginRequired,
            format!("AWS does not accept the approval for {owner}: {words}"),
        )
        .hint(again(sign_in)),
        "InvalidScopeException" | "invalid_scope" => bad_scope(source, &words),
        "InvalidRequestException" | "invalid_request" | "InvalidRequestRegionException" => error(
            Kind::InvalidSetting,
            format!("AWS in {} does not accept a login at {}: {words}", portal.region, portal.url),
        )
        .hint(format!(
            "check `{}` and `{}` of {owner}: the region is that of the Identity Center instance",
            source.key(Key::SsoStartUrl),
            source.key(Key::SsoRegion)
        )),
        "InvalidRedirectUriException"
        | "invalid_redirect_uri"
        | "InvalidClientMetadataException"
        | "invalid_client_metadata"
        | "UnsupportedGrantTypeException"
        | "unsupported_grant_type" => {
            let message = format!("AWS does not accept this kind of login for {owner}: {words}");
            error(Kind::Other, message).hint(match way.flow {
                Flow::Browser => format!("sign in with `{}`", code_command(source)),
                Flow::Device => "ask your Identity Center administrator".to_owned(),
            })
        }
        _ => return Stop::Final(failure.into_error(&owner)),
    })
}

fn denied(sign_in: &SignIn<'_>, failure: &RequestError, words: &str) -> Error {
    let owner = owner(sign_in.source);
    let is_by_a_person = failure.operation == "CreateToken" && !words.contains("KMS");
    if is_by_a_person {
        let message = format!("the login of {owner} was denied: {words}");
        return failure.with_clock(Error::new(Kind::LoginRequired, message)).hint(again(sign_in));
    }
    let message = format!("AWS denies the login of {owner}: {words}");
    let error = failure.with_clock(Error::new(Kind::AccessDenied, message));
    // The key that encrypts the instance is unavailable.
    if failure.operation == "CreateToken" {
        return error.hint("ask your Identity Center administrator to check its KMS key");
    }
    error.hint("ask your Identity Center administrator")
}

/// The code that the browser brought back, if it looks like one.
pub(super) fn shown(code: &str) -> &str {
    server::code(code).unwrap_or("an error without a code")
}

/// The browser brought an error instead of a code. Code and description are untrusted text.
pub(super) fn in_browser(sign_in: &SignIn<'_>, code: &str, description: Option<&str>) -> Error {
    let source = sign_in.source;
    let owner = owner(source);
    let shown = shown(code);
    let words = match description {
        Some(description) => format!("{shown}: {}", server::mask(description)),
        None => shown.to_owned(),
    };
    match code {
        "access_denied" => Error::new(
            Kind::LoginRequired,
            format!("the login of {owner} was denied in the browser: {words}"),
        )
        .hint(again(sign_in)),
        "invalid_scope" => bad_scope(source, &words),
        _ => Error::new(
            Kind::LoginRequired,
            format!("the login of {owner} failed in the browser: {words}"),
        )
        .hint(again(sign_in)),
    }
}

/// Nobody approved or denied the login in time.
pub(super) fn too_late(sign_in: &SignIn<'_>, limit: Duration) -> Stop {
    let limit = match limit.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    };
    let message = format!("the login of {} was not approved within {limit}", owner(sign_in.source));
    Stop::Late(Error::new(Kind::LoginRequired, message).hint(again(sign_in)))
}

/// Neither a browser nor a user would see the login.
pub(super) fn alone(sign_in: &SignIn<'_>) -> Error {
    let message = format!(
        "nobody can approve the login of {}: there is neither a browser nor a terminal",
        owner(sign_in.source)
    );
    Error::new(Kind::LoginRequired, message).hint(format!("in a terminal, {}", sign_in.hint()))
}

fn bad_scope(source: &SsoSource, words: &str) -> Error {
    let message = format!("AWS does not know the scopes of {}: {words}", owner(source));
    Error::new(Kind::InvalidSetting, message).hint(
        "correct `sso_registration_scopes` in the section of the session, or leave it out to get \
         the default, `sso:account:access`",
    )
}

fn again(sign_in: &SignIn<'_>) -> String {
    format!("to try again, {}", sign_in.hint())
}
