//! The environment variables that carry credentials: one list for the lines of `export` and for
//! the child of `exec`.

use secrecy::{ExposeSecret, SecretString};

use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::text::timestamp;
use crate::variables;

/// What the child of `exec` must not inherit on top of what [`variables`] removes: each would make
/// some SDK prefer other credentials, or fail (SPEC 2.1, 6.3, 6.4).
///
/// `export` leaves them: environment keys win over all of them but AWS_PROFILE in the JS SDK, and
/// the next `ssowrap export` of that shell may need AWS_PROFILE.
pub(crate) const HIDDEN_FROM_CHILD: [&str; 11] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CREDENTIAL_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    // What the child starts is not called by a credential_process any more.
    "SSOWRAP_PROCESS_CHAIN",
];

/// Marks a region that ssowrap chose: a later ssowrap does not take it for the caller's own.
pub(crate) const REGION_MARK: &str = variables::SSOWRAP_REGION.as_str();

/// The region handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Region {
    /// From `--region` or the profile; handed over with [`REGION_MARK`].
    Chosen(String),
    /// The caller's own; left unmarked.
    Callers(String),
}

impl Region {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Region::Chosen(name) | Region::Callers(name) => name,
        }
    }

    /// Its name.
    pub(crate) fn into_name(self) -> String {
        match self {
            Region::Chosen(name) | Region::Callers(name) => name,
        }
    }
}

/// A variable and its new value; none where it has to go.
#[derive(Debug)]
pub(crate) struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Its value. Most are no secrets; the type keeps those that are out of sight.
    pub value: Option<SecretString>,
}

/// What is handed over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handover<'a> {
    /// The credentials.
    pub credentials: &'a Credentials,
    /// The profile they were asked for by; none for a role given by flags.
    pub profile: Option<&'a str>,
    /// The region, where one is known.
    pub region: Option<&'a Region>,
}

/// The variables of `handover`, in the order they are printed.
///
/// `is_set` tells which variables the caller has. What is removed is what would otherwise stay
/// from other credentials: another token, another expiry, another account, an earlier region.
///
/// # Errors
/// A value with a NUL, which no environment can hold.
pub(crate) fn variables(
    handover: &Handover<'_>,
    is_set: &dyn Fn(&str) -> bool,
) -> Result<Vec<Variable>> {
    let credentials = handover.credentials;
    let region = handover.region.map(Region::name);
    let mark = match handover.region {
        Some(Region::Chosen(name)) => Some(name.as_str()),
        Some(Region::Callers(_)) | None => None,
    };
    let expiration = credentials.expiration.map(timestamp::format);
    let plain = |value: Option<&str>| value.map(SecretString::from);
    let mut variables = vec![
        ("AWS_ACCESS_KEY_ID", plain(Some(&credentials.access_key_id))),
        ("AWS_SECRET_ACCESS_KEY", Some(credentials.secret_access_key.clone())),
        ("AWS_SESSION_TOKEN", credentials.session_token.clone()),
        ("AWS_CREDENTIAL_EXPIRATION", plain(expiration.as_deref())),
        // The old name of the session token, which botocore reads first (SPEC 2.1).
        ("AWS_SECURITY_TOKEN", None),
        // Some SDKs read one, some the other (SPEC 6.3).
        ("AWS_REGION", plain(region)),
        ("AWS_DEFAULT_REGION", plain(region)),
        (REGION_MARK, plain(mark)),
        ("SSOWRAP_PROFILE", plain(handover.profile)),
    ];
    // SDKs take it for the account of the keys. Not introduced where nobody asked for it.
    if is_set("AWS_ACCOUNT_ID") {
        variables.push(("AWS_ACCOUNT_ID", plain(credentials.account_id.as_deref())));
    }
    variables.into_iter().map(|(name, value)| checked(name, value)).collect()
}

/// What `export` sets, to be removed again. A region that the caller has without [`REGION_MARK`] is
/// the caller's own, and stays. `var` looks up what the caller has.
pub(crate) fn removed(var: &dyn Fn(&str) -> Option<String>) -> Vec<Variable> {
    let mark = var(REGION_MARK);
    let stays = |name: &str| match name {
        "AWS_REGION" | "AWS_DEFAULT_REGION" => var(name).is_some_and(|own| Some(own) != mark),
        "AWS_ACCOUNT_ID" => var(name).is_none(),
        _ => false,
    };
    let names = [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        REGION_MARK,
        "SSOWRAP_PROFILE",
        // Set where the caller has it.
        "AWS_ACCOUNT_ID",
    ];
    names
        .into_iter()
        .filter(|name| !stays(name))
        .map(|name| Variable { name, value: None })
        .collect()
}

/// Other names of the keys, which the Go and the Rust SDK take from the environment.
const OTHER_KEYS: [&str; 3] = ["AWS_ACCESS_KEY", "AWS_SECRET_KEY", "SECRET_ACCESS_KEY"];

/// [`variables`] without the credentials themselves: for a command that gets them in another way,
/// to which every SDK would prefer those.
fn without_keys(handover: &Handover<'_>, is_set: &dyn Fn(&str) -> bool) -> Result<Vec<Variable>> {
    let mut variables = variables(handover, is_set)?;
    for variable in variables.iter_mut().take_while(|variable| variable.name != "AWS_REGION") {
        variable.value = None;
    }
    variables.extend(OTHER_KEYS.map(|name| Variable { name, value: None }));
    Ok(variables)
}

/// The variables for a command that gets its credentials from an endpoint at `url`, which wants to
/// see `token`.
///
/// # Errors
/// A value with a NUL, which no environment can hold.
pub(crate) fn renewing(
    handover: &Handover<'_>,
    is_set: &dyn Fn(&str) -> bool,
    url: &str,
    token: &SecretString,
) -> Result<Vec<Variable>> {
    let mut variables = without_keys(handover, is_set)?;
    variables
        .push(Variable { name: "AWS_CONTAINER_CREDENTIALS_FULL_URI", value: Some(url.into()) });
    let token = Some(token.clone());
    variables.push(Variable { name: "AWS_CONTAINER_AUTHORIZATION_TOKEN", value: token });
    Ok(variables)
}

/// The variables for clients that ask for instance metadata at `url`, and do ask.
pub(crate) fn with_metadata(url: &str) -> [Variable; 2] {
    [("AWS_EC2_METADATA_SERVICE_ENDPOINT", url), ("AWS_EC2_METADATA_DISABLED", "false")]
        .map(|(name, value)| Variable { name, value: Some(value.into()) })
}

/// The variables for a command that gets the credentials of several profiles from a file, and those
/// of `handover` where it names none.
///
/// # Errors
/// A value with a NUL, which no environment can hold.
pub(crate) fn of_profiles(
    handover: &Handover<'_>,
    is_set: &dyn Fn(&str) -> bool,
) -> Result<Vec<Variable>> {
    let mut variables = without_keys(handover, is_set)?;
    // That of one of them would be taken for that of all.
    variables.retain(|variable| variable.name != "AWS_ACCOUNT_ID");
    variables.push(Variable { name: "AWS_ACCOUNT_ID", value: None });
    let profile = handover.profile.map(SecretString::from);
    variables.push(Variable { name: "AWS_PROFILE", value: profile });
    Ok(variables)
}

/// A variable with this value.
///
/// # Errors
/// A value with a NUL, which no environment can hold.
#[expect(clippy::disallowed_methods, reason = "looks for what no environment can hold")]
pub(super) fn checked(name: &'static str, value: Option<SecretString>) -> Result<Variable> {
    match &value {
        Some(text) if text.expose_secret().contains('\0') => {
            Err(Error::new(Kind::Other, format!("the value of {name} holds a NUL character"))
                .hint("the source of these credentials is broken"))
        }
        _ => Ok(Variable { name, value }),
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "compares what is handed over")]
mod tests {
    use super::*;

    fn credentials() -> Credentials {
        Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: "secret".into(),
            session_token: Some("token".into()),
            expiration: timestamp::parse("2030-03-17T17:46:40.9Z"),
            account_id: Some("123456789012".into()),
        }
    }

    fn text(handover: &Handover<'_>, caller: &[&str]) -> Vec<String> {
        let variables = variables(handover, &|name| caller.contains(&name)).expect("no NUL");
        let text = |v: &Variable| match &v.value {
            Some(value) => format!("{}={}", v.name, value.expose_secret()),
            None => format!("-{}", v.name),
        };
        variables.iter().map(text).collect()
    }

    #[test]
    fn temporary_credentials_with_a_chosen_region() {
        let region = Region::Chosen("eu-west-1".into());
        let credentials = credentials();
        let handover =
            Handover { credentials: &credentials, profile: Some("prod"), region: Some(&region) };
        assert_eq!(
            text(&handover, &["AWS_ACCOUNT_ID"]),
            [
                "AWS_ACCESS_KEY_ID=ASIAEXAMPLE",
                "AWS_SECRET_ACCESS_KEY=secret",
                "AWS_SESSION_TOKEN=token",
                "AWS_CREDENTIAL_EXPIRATION=2030-03-17T17:46:40Z",
                "-AWS_SECURITY_TOKEN",
                "AWS_REGION=eu-west-1",
                "AWS_DEFAULT_REGION=eu-west-1",
                "SSOWRAP_REGION=eu-west-1",
                "SSOWRAP_PROFILE=prod",
                "AWS_ACCOUNT_ID=123456789012",
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
        let handover = Handover { credentials: &credentials, profile: None, region: None };
        assert_eq!(
            text(&handover, &["AWS_ACCOUNT_ID"])[2..],
            [
                "-AWS_SESSION_TOKEN",
                "-AWS_CREDENTIAL_EXPIRATION",
                "-AWS_SECURITY_TOKEN",
                "-AWS_REGION",
                "-AWS_DEFAULT_REGION",
                "-SSOWRAP_REGION",
                "-SSOWRAP_PROFILE",
                "-AWS_ACCOUNT_ID",
            ]
        );
    }

    #[test]
    fn the_callers_region_is_not_marked() {
        let region = Region::Callers("eu-west-1".into());
        let credentials = credentials();
        let handover = Handover { credentials: &credentials, profile: None, region: Some(&region) };
        assert_eq!(
            text(&handover, &[])[5..],
            [
                "AWS_REGION=eu-west-1",
                "AWS_DEFAULT_REGION=eu-west-1",
                "-SSOWRAP_REGION",
                "-SSOWRAP_PROFILE",
            ]
        );
    }

    #[test]
    fn a_nul_is_an_error_that_does_not_quote_it() {
        let credentials = Credentials { secret_access_key: "sec\0ret".into(), ..credentials() };
        let handover = Handover { credentials: &credentials, profile: None, region: None };
        let error = variables(&handover, &|_| false).expect_err("a NUL");
        assert_eq!(error.message, "the value of AWS_SECRET_ACCESS_KEY holds a NUL character");
    }
}
