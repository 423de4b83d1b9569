//! Checks of single options, independent of the others.

use crate::cli::Global;
use crate::error::{Kind, Result, usage};
use crate::exchange::mfa;
use crate::profile::value::{HAS_USERINFO, START_URLS, check_region, has_userinfo};
use crate::text::arn::is_account_id;
use crate::text::escape::shell_word;

/// Checks each option by itself.
///
/// An empty value usually comes from an unset variable in a script. Treating it as "not given"
/// could choose another principal.
pub(super) fn values(global: &Global) -> Result<()> {
    for (flag, value) in [
        ("--profile", &global.profile),
        ("--sso-session", &global.sso_session),
        ("--start-url", &global.start_url),
        ("--role-name", &global.role_name),
    ] {
        if value.as_ref().is_some_and(String::is_empty) {
            return Err(usage(format!("the value of {flag} is empty")));
        }
    }
    if global.profiles.iter().any(String::is_empty) {
        return Err(usage("a value of --profile is empty"));
    }
    for (flag, value) in [("--region", &global.region), ("--sso-region", &global.sso_region)] {
        if let Some(region) = value {
            check_region(region, || None).map_err(|mut error| {
                (error.kind, error.message) = (Kind::Usage, format!("{flag} {}", error.message));
                error
            })?;
        }
    }
    if let Some(id) = &global.account_id
        && !is_account_id(id)
    {
        return Err(usage(format!("--account-id `{id}` is not twelve digits"))
            .hint("leading zeros count; `--account NAME` takes the account's name"));
    }
    start_url(global)?;
    match &global.mfa_code {
        // Not quoted, because it may be a password given by mistake.
        Some(code) if !mfa::is_code(code) => {
            Err(usage("the value of --mfa-code is not six digits"))
        }
        _ => Ok(()),
    }
}

/// Checks the value of `--start-url`.
///
/// # Errors
/// `Usage` if it is not a web URL.
pub(crate) fn start_url(global: &Global) -> Result<()> {
    match &global.start_url {
        Some(url) if has_userinfo(url) => {
            Err(usage(format!("the value of --start-url {HAS_USERINFO}")).hint(START_URLS))
        }
        Some(url) if !["https://", "http://"].iter().any(|scheme| url.starts_with(scheme)) => {
            Err(usage(format!("--start-url `{url}` does not begin with https://")).hint(START_URLS))
        }
        // Some shells put one in front of a pasted `#`.
        Some(url) if url.contains('\\') => {
            Err(usage(format!("--start-url `{url}` has a backslash"))
                .hint(format!("write it as {}", shell_word(&url.replace('\\', "")))))
        }
        _ => Ok(()),
    }
}
