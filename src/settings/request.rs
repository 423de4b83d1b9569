//! Decides which profile, role or login is requested.

use super::check;
use super::on_top::{has_policy_of_file, may_be_wider, options_on_top};
use crate::cli::Global;
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::output::saved_profile;
use crate::profile::{Request, RoleRequest};
use crate::variables::{self, Name};

/// Whether this shell's profile (`SSOWRAP_PROFILE`) counts if none is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GivenProfile {
    /// For the user's commands in this shell.
    Counts,
    /// For lines in files, which must not depend on a shell, and for verbs that remove something.
    Ignored,
}

/// The login that `verb` works on. Account and role of a [`Request::Role`] stay empty. None with
/// `all`, or if neither the command line nor the environment names one.
///
/// # Errors
/// `Usage` if the options contradict each other.
pub(crate) fn login_request(
    ctx: &Context,
    global: &Global,
    given: GivenProfile,
    all: bool,
) -> Result<Option<Request>> {
    check::values(global)?;
    if all {
        let profile = global.profile.as_ref().map(|_| "--profile");
        return match profile.or_else(|| role_flag(global)) {
            Some(flag) => Err(usage(format!("--all and {flag} cannot be used together"))),
            None => Ok(None),
        };
    }
    let Some(flag) = role_flag(global) else { return named_profile(ctx, global, given) };
    check_role_flags(global, flag)?;
    Ok(Some(Request::Role(RoleRequest {
        session: global.sso_session.clone(),
        start_url: global.start_url.clone(),
        sso_region: global.sso_region.clone(),
        ..RoleRequest::default()
    })))
}

/// The profile if none is named.
pub(crate) fn default_profile() -> Request {
    Request::Profile { name: "default".to_owned(), origin: None }
}

/// The profile or role that the options or the environment name, else `default`.
///
/// # Errors
/// `Usage` if the options contradict each other.
pub(super) fn request(ctx: &Context, global: &Global, given: GivenProfile) -> Result<Request> {
    if let Some(flag) = role_flag(global) {
        return role(global, flag).map(Request::Role);
    }
    let named = named_profile(ctx, global, given)?;
    // If `exec --write-credentials` set AWS_PROFILE, only its file has the role on top.
    let asked = match &named {
        Some(named) if global.profile.is_none() => options_on_top(ctx, named),
        None if given == GivenProfile::Counts => ctx.var(variables::SSOWRAP_ROLE),
        _ => None,
    };
    match asked {
        Some(_) if has_policy_of_file(ctx) => Err(may_be_wider()),
        Some(options) => Err(given_role(&options)),
        None => Ok(named.unwrap_or_else(default_profile)),
    }
}

/// Whether a profile or a role is named at all.
pub(super) fn is_named(ctx: &Context, global: &Global) -> bool {
    let shell = [variables::SSOWRAP_PROFILE, variables::SSOWRAP_ROLE];
    role_flag(global).is_some()
        || global.profile.is_some()
        || saved_profile::NAMES.into_iter().chain(shell).any(|name| ctx.var_os(name).is_some())
}

/// The profile named by `--profile` or the environment.
pub(crate) fn named_profile(
    ctx: &Context,
    global: &Global,
    given: GivenProfile,
) -> Result<Option<Request>> {
    if let Some(name) = &global.profile {
        return Ok(Some(Request::Profile { name: name.clone(), origin: Some("--profile") }));
    }
    let shell = (given == GivenProfile::Counts).then_some(variables::SSOWRAP_PROFILE);
    for variable in saved_profile::NAMES.into_iter().chain(shell) {
        // Not `var`, which replaces bytes that are not UTF-8: another profile may have that name.
        if let Some(name) = ctx.var_os(variable) {
            let name = name.into_string().map_err(|_| not_unicode(&variable))?;
            if given == GivenProfile::Counts {
                warn_of_other_keys(ctx, variable, &name);
            }
            return Ok(Some(Request::Profile { name, origin: Some(variable.as_str()) }));
        }
    }
    Ok(None)
}

/// This shell's profile, if it has one.
pub(crate) fn current_profile(ctx: &Context) -> Option<String> {
    let names = saved_profile::NAMES.into_iter().chain([variables::SSOWRAP_PROFILE]);
    names.into_iter().find_map(|name| ctx.var(name))
}

/// Most programs prefer keys to AWS_PROFILE, and this shell's keys may belong to another profile.
fn warn_of_other_keys(ctx: &Context, variable: Name, name: &str) {
    let Some(given) = ctx.var(variables::SSOWRAP_PROFILE) else { return };
    if given != name && ctx.var(variables::AWS_ACCESS_KEY_ID).is_some() {
        ctx.printer.warn(&format!(
            "{variable} is `{name}`, but this environment also has the keys of `{given}` \
             (SSOWRAP_PROFILE), and most programs prefer keys"
        ));
    }
}

/// A role without a profile is never a default: its options must be given again.
fn given_role(options: &str) -> Error {
    let message = "no profile is given, and this environment has the credentials of a role without \
                   a profile (SSOWRAP_ROLE)";
    usage(message)
        .hint(format!("give its options again: `{options}`"))
        .or_hint("choose a profile with `-p NAME`")
}

fn not_unicode(variable: &str) -> Error {
    Error::new(
        Kind::ProfileNotFound,
        format!("{variable} is not UTF-8, so no profile has that name"),
    )
    .hint(format!("set {variable} again, or choose a profile with `-p NAME`"))
}

/// The first of the options that request a role without a profile.
fn role_flag(global: &Global) -> Option<&'static str> {
    let flags = [
        ("--sso-session", &global.sso_session),
        ("--start-url", &global.start_url),
        ("--sso-region", &global.sso_region),
        ("--account-id", &global.account_id),
        ("--role-name", &global.role_name),
    ];
    flags.into_iter().find(|(_, value)| value.is_some()).map(|(flag, _)| flag)
}

/// The error if `flag` chooses a role and a profile is given too.
pub(crate) fn beside_profile(flag: &str) -> Error {
    usage(format!("--profile and {flag} cannot be used together: a profile already names a role"))
}

/// Checks that `flag` is given with the options it needs.
fn check_role_flags(global: &Global, flag: &str) -> Result<()> {
    if global.profile.is_some() {
        return Err(beside_profile(flag));
    }
    if global.sso_session.is_none() && global.start_url.is_none() {
        return Err(usage(format!(
            "{flag} needs --sso-session NAME, or --start-url URL with --sso-region REGION"
        )));
    }
    Ok(())
}

fn role(global: &Global, flag: &str) -> Result<RoleRequest> {
    check_role_flags(global, flag)?;
    if global.start_url.is_some() && global.sso_region.is_none() {
        return Err(usage("--start-url needs --sso-region REGION"));
    }
    let (Some(account_id), Some(role_name)) = (&global.account_id, &global.role_name) else {
        return Err(usage(format!("{flag} needs both --account-id ID and --role-name NAME")));
    };
    Ok(RoleRequest {
        session: global.sso_session.clone(),
        start_url: global.start_url.clone(),
        sso_region: global.sso_region.clone(),
        account_id: account_id.clone(),
        role_name: role_name.clone(),
    })
}
