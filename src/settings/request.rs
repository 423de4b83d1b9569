//! Which profile, role or login is asked for.

use super::check;
use crate::cli::Global;
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::profile::{Request, RoleRequest};
use crate::variables;

/// The login that `verb` is about; account and role of a [`Request::Role`] stay empty. None with
/// `all`, and where the command line names none, and neither does the environment.
///
/// # Errors
/// `Usage` where options do not fit together.
pub(crate) fn login_request(ctx: &Context, global: &Global, all: bool) -> Result<Option<Request>> {
    check::values(global)?;
    if all {
        let profile = global.profile.as_ref().map(|_| "--profile");
        return match profile.or_else(|| role_flag(global)) {
            Some(flag) => Err(usage(format!("--all and {flag} exclude each other"))),
            None => Ok(None),
        };
    }
    let Some(flag) = role_flag(global) else { return named_profile(ctx, global) };
    check_role_flags(global, flag)?;
    Ok(Some(Request::Role(RoleRequest {
        session: global.sso_session.clone(),
        start_url: global.start_url.clone(),
        sso_region: global.sso_region.clone(),
        ..RoleRequest::default()
    })))
}

/// The profile where none is named.
pub(crate) fn default_profile() -> Request {
    Request::Profile { name: "default".to_owned(), origin: None }
}

/// The profile or role that the options or the environment name; `default` where they name none.
///
/// # Errors
/// `Usage` where options do not fit together.
pub(super) fn request(ctx: &Context, global: &Global) -> Result<Request> {
    if let Some(flag) = role_flag(global) {
        return role(global, flag).map(Request::Role);
    }
    Ok(named_profile(ctx, global)?.unwrap_or_else(default_profile))
}

/// The profile that `--profile` or the environment names.
fn named_profile(ctx: &Context, global: &Global) -> Result<Option<Request>> {
    if let Some(name) = &global.profile {
        return Ok(Some(Request::Profile { name: name.clone(), origin: Some("--profile") }));
    }
    for variable in [variables::AWS_PROFILE, variables::AWS_DEFAULT_PROFILE] {
        // Not `var`, which passes over text that is not UTF-8: falling back to another profile
        // would hand out another principal.
        if let Some(name) = ctx.var_os(variable) {
            let name = name.into_string().map_err(|_| not_unicode(&variable))?;
            return Ok(Some(Request::Profile { name, origin: Some(variable.as_str()) }));
        }
    }
    Ok(None)
}

fn not_unicode(variable: &str) -> Error {
    Error::new(
        Kind::ProfileNotFound,
        format!("{variable} is not UTF-8, so no profile has that name"),
    )
    .hint(format!("set {variable} anew, or choose a profile with `-p NAME`"))
}

/// The first of the flags that ask for a role without a profile.
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

/// Whether `flag` stands beside what it needs.
fn check_role_flags(global: &Global, flag: &str) -> Result<()> {
    if global.profile.is_some() {
        return Err(usage(format!(
            "--profile and {flag} exclude each other: a profile says which role it stands for"
        )));
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
