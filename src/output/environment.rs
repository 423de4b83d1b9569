//! The environment variables that pass on credentials: one list for the lines of `export` and for
//! the child of `exec`.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::caller::Caller;
use super::interop;
use super::region::{self, Region, RegionMark};
use super::saved_profile;
use super::variable::Variable;
use crate::credentials::{Credentials, renew_at};
use crate::error::Result;
use crate::text::timestamp;
use crate::variables::{
    AWS_ACCESS_KEY, AWS_ACCESS_KEY_ID, AWS_ACCOUNT_ID, AWS_BEARER_TOKEN_BEDROCK,
    AWS_CONTAINER_AUTHORIZATION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
    AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
    AWS_CREDENTIAL_EXPIRATION, AWS_CREDENTIAL_FILE, AWS_DEFAULT_PROFILE, AWS_DEFAULT_REGION,
    AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT, AWS_METADATA_ENDPOINT,
    AWS_PROFILE, AWS_REGION, AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME, AWS_SECRET_ACCESS_KEY,
    AWS_SECRET_KEY, AWS_SECURITY_TOKEN, AWS_SESSION_TOKEN, AWS_WEB_IDENTITY_TOKEN_FILE, Name,
    SECRET_ACCESS_KEY, SSOWRAP_EXPIRES_AT, SSOWRAP_PROCESS_CHAIN, SSOWRAP_PROFILE, SSOWRAP_REGION,
    SSOWRAP_RENEW_AT, SSOWRAP_ROLE,
};

/// Further variables that the child of `exec` must not inherit, in addition to those that
/// [`of_command`] removes. Each would make some SDK prefer other credentials, or fail (SPEC 2.1,
/// 6.3, 6.4).
///
/// `export` removes only the first two, because keys in the environment win over the others.
pub(crate) const HIDDEN_FROM_CHILD: [Name; 11] = [
    AWS_PROFILE,
    AWS_DEFAULT_PROFILE,
    AWS_CREDENTIAL_FILE,
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
    AWS_CONTAINER_CREDENTIALS_FULL_URI,
    AWS_CONTAINER_AUTHORIZATION_TOKEN,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
    AWS_WEB_IDENTITY_TOKEN_FILE,
    AWS_ROLE_ARN,
    AWS_ROLE_SESSION_NAME,
    // The child's own commands do not run inside a credential_process.
    SSOWRAP_PROCESS_CHAIN,
];

/// Whose credentials these are, as requested.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Principal<'a> {
    Profile(&'a str),
    /// A role without a profile: the options that choose it, and the profile it starts from, if
    /// any.
    Role {
        options: &'a str,
        profile: Option<&'a str>,
    },
}

impl<'a> Principal<'a> {
    /// The profile that gives the same credentials, if there is one.
    pub(crate) fn profile(self) -> Option<&'a str> {
        match self {
            Principal::Profile(name) => Some(name),
            Principal::Role { .. } => None,
        }
    }

    /// Its name in a file of profiles, if it has one.
    pub(crate) fn name(self) -> Option<&'a str> {
        match self {
            Principal::Profile(name) => Some(name),
            Principal::Role { profile, .. } => profile,
        }
    }
}

/// What the program gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handover<'a> {
    pub credentials: &'a Credentials,
    pub principal: Principal<'a>,
    pub region: Option<&'a Region>,
}

type Pair = (Name, Option<SecretString>);

/// The variables for a file, or under a prefix, in the order they are printed. Removes whatever
/// would remain of other credentials: another token, expiry, account, or region.
///
/// # Errors
/// For a value with a NUL, which no environment can hold.
pub(crate) fn of_file(handover: &Handover<'_>, caller: &Caller<'_>) -> Result<Vec<Variable>> {
    all_checked(keys(handover.credentials).into_iter().chain(about(handover, caller)))
}

/// The variables for the shell that asks, at `now`.
///
/// # Errors
/// See [`of_file`].
pub(crate) fn of_shell(
    handover: &Handover<'_>,
    caller: &Caller<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<Variable>> {
    let mut variables = of_command(handover, caller, now)?;
    variables.extend(saved_profile::put_away(caller, handover.principal.profile()));
    variables.extend(interop::excluded_from_msys(caller, &variables));
    Ok(variables)
}

/// The variables for a command, at `now`.
///
/// # Errors
/// See [`of_file`].
pub(crate) fn of_command(
    handover: &Handover<'_>,
    caller: &Caller<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<Variable>> {
    let variables = keys(handover.credentials).into_iter().chain(about(handover, caller));
    let ends = clock(handover.credentials.expiration, now);
    all_checked(variables.chain(ends).chain(PREFERRED.map(|name| (name, None))))
}

/// The credentials of others that the clients of one service prefer to all that this program hands
/// over.
const PREFERRED: [Name; 1] = [AWS_BEARER_TOKEN_BEDROCK];

fn keys(credentials: &Credentials) -> [Pair; 5] {
    let expiration = credentials.expiration.map(|at| timestamp::format(at).into());
    [
        (AWS_ACCESS_KEY_ID, Some(credentials.access_key_id.as_str().into())),
        (AWS_SECRET_ACCESS_KEY, Some(credentials.secret_access_key.clone())),
        (AWS_SESSION_TOKEN, credentials.session_token.clone()),
        (AWS_CREDENTIAL_EXPIRATION, expiration),
        // The session token's old name, which botocore reads first (SPEC 2.1).
        (AWS_SECURITY_TOKEN, None),
    ]
}

/// The variables that describe the credentials.
fn about(handover: &Handover<'_>, caller: &Caller<'_>) -> [Pair; 6] {
    let plain = |value: Option<&str>| value.map(SecretString::from);
    let region = handover.region.map(Region::name);
    let mark = RegionMark::new(handover.region, caller).into_text();
    let (profile, role) = match handover.principal {
        Principal::Profile(name) => (Some(name), None),
        Principal::Role { options, .. } => (None, Some(options)),
    };
    [
        (AWS_REGION, plain(region)),
        (AWS_DEFAULT_REGION, plain(region)),
        (SSOWRAP_REGION, plain(mark.as_deref())),
        (SSOWRAP_PROFILE, plain(profile)),
        (SSOWRAP_ROLE, plain(role)),
        // SDKs take it for the account of the keys.
        (AWS_ACCOUNT_ID, plain(handover.credentials.account_id.as_deref())),
    ]
}

/// When the credentials expire and when to get new ones, in seconds since 1970, for prompts.
fn clock(expiration: Option<DateTime<Utc>>, now: DateTime<Utc>) -> [Pair; 2] {
    let renew_at = expiration.map(|end| renew_at(end, now));
    let seconds = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp().to_string().into());
    [(SSOWRAP_EXPIRES_AT, seconds(expiration)), (SSOWRAP_RENEW_AT, seconds(renew_at))]
}

/// Removes what `export` sets, under a prefix or in a shell, except regions that the caller has
/// set.
pub(crate) fn removed(caller: &Caller<'_>) -> Vec<Variable> {
    let mark = RegionMark::of(caller);
    let stays = |name: Name| {
        region::NAMES.contains(&name)
            && !caller.has_prefix()
            && caller.text(name).is_some_and(|value| !mark.covers(name, &value))
    };
    let names = [
        AWS_ACCESS_KEY_ID,
        AWS_SECRET_ACCESS_KEY,
        AWS_SESSION_TOKEN,
        AWS_CREDENTIAL_EXPIRATION,
        AWS_REGION,
        AWS_DEFAULT_REGION,
        SSOWRAP_REGION,
        SSOWRAP_PROFILE,
        SSOWRAP_ROLE,
        AWS_ACCOUNT_ID,
    ];
    names.into_iter().filter(|name| !stays(*name)).map(Variable::removed).collect()
}

/// [`removed`] for the caller's shell, which gets its saved profile back.
pub(crate) fn removed_from_shell(caller: &Caller<'_>) -> Vec<Variable> {
    let mut variables = removed(caller);
    variables.extend([SSOWRAP_EXPIRES_AT, SSOWRAP_RENEW_AT].map(Variable::removed));
    variables.extend(saved_profile::give_back(caller));
    variables
}

/// Other names of the keys, which the Go and Rust SDKs read from the environment.
const OTHER_KEYS: [Name; 3] = [AWS_ACCESS_KEY, AWS_SECRET_KEY, SECRET_ACCESS_KEY];

/// The variables for a command that gets the credentials in another way. It gets no keys, because
/// every SDK would prefer those.
fn without_keys(handover: &Handover<'_>, caller: &Caller<'_>) -> Result<Vec<Variable>> {
    let gone = keys(handover.credentials).map(|(name, _)| (name, None));
    let ends = clock(None, DateTime::UNIX_EPOCH);
    let others = OTHER_KEYS.into_iter().chain(PREFERRED).map(|name| (name, None));
    all_checked(gone.into_iter().chain(about(handover, caller)).chain(ends).chain(others))
}

/// How a client gets the token that it shows to an endpoint.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ClientToken<'a> {
    /// In a variable.
    Inline(&'a SecretString),
    /// In the file at this path.
    File(&'a str),
}

/// The variables for a command that gets its credentials from an endpoint at `url` that requires
/// `token`.
///
/// # Errors
/// See [`of_file`].
pub(crate) fn renewing(
    handover: &Handover<'_>,
    caller: &Caller<'_>,
    url: &str,
    token: ClientToken<'_>,
) -> Result<Vec<Variable>> {
    let mut variables = without_keys(handover, caller)?;
    variables.push(Variable::set(AWS_CONTAINER_CREDENTIALS_FULL_URI, url));
    // Most SDKs prefer the file, and fail if it doesn't exist, so never set both.
    let (name, token) = match token {
        ClientToken::Inline(token) => (AWS_CONTAINER_AUTHORIZATION_TOKEN, token.clone()),
        ClientToken::File(path) => (AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, path.into()),
    };
    variables.push(Variable { name, value: Some(token) });
    Ok(variables)
}

/// The variables that make clients use instance metadata at `url`.
pub(crate) fn with_metadata(url: &str) -> [Variable; 3] {
    [
        (AWS_EC2_METADATA_SERVICE_ENDPOINT, url),
        // The name that Rust's object_store reads.
        (AWS_METADATA_ENDPOINT, url),
        (AWS_EC2_METADATA_DISABLED, "false"),
    ]
    .map(|(name, value)| Variable::set(name, value))
}

/// The variables for a command that gets the credentials of several profiles from a file, or those
/// of `handover` if it names none.
///
/// # Errors
/// See [`of_file`].
pub(crate) fn of_profiles(handover: &Handover<'_>, caller: &Caller<'_>) -> Result<Vec<Variable>> {
    let mut variables = without_keys(handover, caller)?;
    // One profile's account would be taken for that of all.
    let account = variables.iter_mut().filter(|variable| variable.name == AWS_ACCOUNT_ID);
    account.for_each(|variable| variable.value = None);
    variables.extend(handover.principal.name().map(|name| Variable::set(AWS_PROFILE, name)));
    Ok(variables)
}

fn all_checked(pairs: impl Iterator<Item = Pair>) -> Result<Vec<Variable>> {
    pairs.map(|(name, value)| Variable::checked(name, value)).collect()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "compares what is handed over")]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::context::Environment;

    fn credentials() -> Credentials {
        Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: "secret".into(),
            session_token: Some("token".into()),
            expiration: timestamp::parse("2030-03-17T17:46:40.9Z"),
            account_id: Some("123456789012".into()),
        }
    }

    fn texts(variables: &[Variable]) -> Vec<String> {
        let text = |v: &Variable| match &v.value {
            Some(value) => format!("{}={}", v.name, value.expose_secret()),
            None => format!("-{}", v.name),
        };
        variables.iter().map(text).collect()
    }

    fn at(text: &str) -> DateTime<Utc> {
        timestamp::parse(text).expect("a time")
    }

    #[test]
    fn temporary_credentials_with_a_chosen_region() {
        let region = Region::Chosen("eu-west-1".into());
        let credentials = credentials();
        let principal = Principal::Profile("prod");
        let handover = Handover { credentials: &credentials, principal, region: Some(&region) };
        let environment = Environment::default();
        let variables =
            of_command(&handover, &Caller::new(&environment), at("2030-03-17T16:46:40Z"));
        assert_eq!(
            texts(&variables.expect("no NUL")),
            [
                "AWS_ACCESS_KEY_ID=ASIAEXAMPLE",
                "AWS_SECRET_ACCESS_KEY=secret",
                "AWS_SESSION_TOKEN=token",
                "AWS_CREDENTIAL_EXPIRATION=2030-03-17T17:46:40Z",
                "-AWS_SECURITY_TOKEN",
                "AWS_REGION=eu-west-1",
                "AWS_DEFAULT_REGION=eu-west-1",
                "SSOWRAP_REGION=eu-west-1:AWS_REGION,AWS_DEFAULT_REGION",
                "SSOWRAP_PROFILE=prod",
                "-SSOWRAP_ROLE",
                "AWS_ACCOUNT_ID=123456789012",
                "SSOWRAP_EXPIRES_AT=1900000000",
                "SSOWRAP_RENEW_AT=1899999100",
                "-AWS_BEARER_TOKEN_BEDROCK",
            ]
        );
    }

    #[test]
    fn static_keys_and_flags_leave_nothing_of_what_was_there() {
        let credentials = Credentials {
            session_token: None,
            expiration: None,
            account_id: None,
            ..credentials()
        };
        let principal = Principal::Role { options: "--role-name Admin", profile: None };
        let handover = Handover { credentials: &credentials, principal, region: None };
        let environment = Environment::default();
        let variables = of_shell(&handover, &Caller::new(&environment), DateTime::UNIX_EPOCH);
        assert_eq!(
            texts(&variables.expect("no NUL"))[2..],
            [
                "-AWS_SESSION_TOKEN",
                "-AWS_CREDENTIAL_EXPIRATION",
                "-AWS_SECURITY_TOKEN",
                "-AWS_REGION",
                "-AWS_DEFAULT_REGION",
                "-SSOWRAP_REGION",
                "-SSOWRAP_PROFILE",
                "SSOWRAP_ROLE=--role-name Admin",
                "-AWS_ACCOUNT_ID",
                "-SSOWRAP_EXPIRES_AT",
                "-SSOWRAP_RENEW_AT",
                "-AWS_BEARER_TOKEN_BEDROCK",
            ]
        );
    }

    #[test]
    fn a_nul_is_an_error_that_does_not_quote_it() {
        let credentials = Credentials { secret_access_key: "sec\0ret".into(), ..credentials() };
        let principal = Principal::Role { options: "", profile: None };
        let handover = Handover { credentials: &credentials, principal, region: None };
        let environment = Environment::default();
        let error = of_file(&handover, &Caller::new(&environment)).expect_err("a NUL");
        assert_eq!(error.message, "the value of AWS_SECRET_ACCESS_KEY holds a NUL character");
    }
}
