//! What the command line and the environment ask for, checked.

mod obtained;
pub(crate) mod region;

use std::collections::HashSet;

use chrono::TimeDelta;
use clap::ValueEnum;

use crate::cli::{Global, LoginMode};
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::exchange::{Caching, Login};
use crate::output::environment::{REGION_MARK, Region};
use crate::profile::sso::{check_region, is_account_id};
use crate::profile::{Request, RoleRequest};
use crate::ui::prompt::is_mfa_code;

pub(crate) use obtained::{Obtained, Wanted};
use region::CallersRegion;

/// What `--login` says where it is not given.
const LOGIN_VARIABLE: &str = "SSOWRAP_LOGIN";

/// The settings of a verb that works on one profile or role.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// What to resolve.
    pub request: Request,
    /// `--mfa-code`: six digits.
    pub mfa_code: Option<String>,
    /// `--no-cache`, `--refresh`.
    pub caching: Caching,
    /// `--min-ttl`.
    pub min_ttl: Option<TimeDelta>,
    /// With how much left cached credentials are replaced, if not as usual.
    pub window: Option<TimeDelta>,
    login: Option<LoginMode>,
    /// Nobody can be asked anything.
    pub unattended: bool,
    region_flag: Option<String>,
    callers_region: CallersRegion,
}

impl Settings {
    /// Checks the options and looks up what they leave open in the environment.
    ///
    /// # Errors
    /// `Usage` where options do not fit together.
    pub(crate) fn new(ctx: &Context, global: Global) -> Result<Self> {
        check_values(&global)?;
        Ok(Self {
            request: request(ctx, &global)?,
            caching: caching(&global)?,
            min_ttl: global.min_ttl.as_deref().map(min_ttl).transpose()?,
            window: None,
            login: login_mode(ctx, &global)?,
            unattended: global.unattended,
            mfa_code: global.mfa_code,
            region_flag: global.region,
            callers_region: CallersRegion {
                region: ctx.var("AWS_REGION"),
                default_region: ctx.var("AWS_DEFAULT_REGION"),
                mark: ctx.var(REGION_MARK),
            },
        })
    }

    /// The same for each of `profiles`, none of them twice; as they are where there are none.
    pub(crate) fn for_each(&self, profiles: &[String]) -> Vec<Self> {
        if profiles.is_empty() {
            return vec![self.clone()];
        }
        let mut seen = HashSet::new();
        let named = profiles.iter().filter(|name| seen.insert(*name)).map(|name| {
            let request = Request::Profile { name: name.clone(), origin: Some("--profile") };
            Self { request, ..self.clone() }
        });
        named.collect()
    }

    /// When a missing login is made, for a verb with this default.
    pub(crate) fn login(&self, default: Login) -> Login {
        match self.login {
            _ if self.unattended => Login::Never,
            Some(LoginMode::Auto) => Login::Auto,
            Some(LoginMode::Never) => Login::Never,
            None => default,
        }
    }

    /// The same, checked: it becomes part of a host name.
    ///
    /// # Errors
    /// `InvalidSetting` naming where the region comes from.
    pub(crate) fn valid_region(&self, profile: Option<&str>) -> Result<Option<Region>> {
        let region = self.region(profile);
        let Some(name) = region.as_ref().map(Region::name) else { return Ok(None) };
        let origin = match &region {
            Some(Region::Callers(_)) if self.callers_region.region.as_deref() == Some(name) => {
                "AWS_REGION"
            }
            Some(Region::Callers(_)) => "AWS_DEFAULT_REGION",
            _ => "`region` of the profile",
        };
        check_region(name, None).map_err(|mut error| {
            error.message = format!("{origin}: {}", error.message);
            error
        })?;
        Ok(region)
    }

    /// The region handed over, for a profile whose own is `profile`.
    pub(crate) fn region(&self, profile: Option<&str>) -> Option<Region> {
        region::choose(self.region_flag.as_deref(), &self.callers_region, profile)
    }
}

fn caching(global: &Global) -> Result<Caching> {
    match (global.no_cache, global.refresh) {
        (true, true) => Err(usage("--no-cache and --refresh exclude each other")),
        (true, false) => Ok(Caching::Off),
        (false, true) => Ok(Caching::Refresh),
        (false, false) => Ok(Caching::On),
    }
}

fn login_mode(ctx: &Context, global: &Global) -> Result<Option<LoginMode>> {
    let Some(text) = ctx.var_os(LOGIN_VARIABLE).filter(|_| global.login.is_none()) else {
        return Ok(global.login);
    };
    let text = text.to_string_lossy();
    LoginMode::from_str(&text, false).map(Some).map_err(|_| {
        usage(format!("{LOGIN_VARIABLE} `{text}` is neither `auto` nor `never`"))
            .hint("set it to one of them, or unset it")
    })
}

fn min_ttl(text: &str) -> Result<TimeDelta> {
    parse_duration(text).ok_or_else(|| {
        usage(format!("--min-ttl `{text}` is not a duration"))
            .hint("write it as `90s`, `15m`, `1h` or `1h30m`; at most 12 hours")
    })
}

/// `90s`, `15m`, `1h30m`, or seconds without a unit; at most the twelve hours that AWS gives.
fn parse_duration(text: &str) -> Option<TimeDelta> {
    const LONGEST: i64 = 12 * 3600;
    let seconds = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok()?
    } else {
        let (mut seconds, mut rest) = (0_i64, text);
        for (unit, factor) in [('h', 3600), ('m', 60), ('s', 1)] {
            if let Some((number, after)) = rest.split_once(unit) {
                let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
                let number: i64 = digits.then_some(number)?.parse().ok()?;
                seconds = seconds.checked_add(number.checked_mul(factor)?)?;
                rest = after;
            }
        }
        (rest.is_empty() && !text.is_empty()).then_some(seconds)?
    };
    (seconds <= LONGEST).then(|| TimeDelta::seconds(seconds))
}

/// The login that `verb` is about; account and role of a [`Request::Role`] stay empty. None with
/// `all`, and where the command line names none, and neither does the environment.
///
/// # Errors
/// `Usage` where options do not fit together.
pub(crate) fn login_request(
    ctx: &Context,
    global: &Global,
    verb: &str,
    all: bool,
) -> Result<Option<Request>> {
    check_values(global)?;
    if all {
        let profile = global.profile.as_ref().map(|_| "--profile");
        return match profile.or_else(|| role_flag(global)) {
            Some(flag) => Err(usage(format!("--all and {flag} exclude each other"))),
            None => Ok(None),
        };
    }
    let flags = [("--account-id", &global.account_id), ("--role-name", &global.role_name)];
    if let Some((flag, _)) = flags.iter().find(|(_, value)| value.is_some()) {
        return Err(usage(format!(
            "{flag} does not go with {verb}: a login is that of a whole session or start URL"
        )));
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

fn request(ctx: &Context, global: &Global) -> Result<Request> {
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
    for variable in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        // Not `var`, which passes over text that is not UTF-8: falling back to another profile
        // would hand out another principal.
        if let Some(name) = ctx.var_os(variable) {
            let name = name.into_string().map_err(|_| not_unicode(variable))?;
            return Ok(Some(Request::Profile { name, origin: Some(variable) }));
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

/// What an option can hold, whatever the others are. An empty value is mostly a variable of a
/// script that was not set; taking it for "not given" could hand out another principal.
fn check_values(global: &Global) -> Result<()> {
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
        if let Some(region) = value
            && check_region(region, None).is_err()
        {
            return Err(usage(format!("{flag} `{region}` is not the name of a region"))
                .hint("regions look like `eu-central-1`"));
        }
    }
    if let Some(id) = &global.account_id
        && !is_account_id(id)
    {
        return Err(usage(format!("--account-id `{id}` is not twelve digits")));
    }
    if let Some(url) = &global.start_url
        && !["https://", "http://"].iter().any(|scheme| url.starts_with(scheme))
    {
        return Err(usage(format!("--start-url `{url}` does not begin with https://")));
    }
    match &global.mfa_code {
        // Not quoted: it may be a password given by mistake.
        Some(code) if !is_mfa_code(code) => Err(usage("the value of --mfa-code is not six digits")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in
            [("90s", 90), ("15m", 900), ("1h", 3600), ("1h30m", 5400), ("1h0m5s", 3605), ("60", 60)]
        {
            assert_eq!(parse_duration(text), Some(TimeDelta::seconds(seconds)), "{text}");
        }
        for text in
            ["", "m", "1", "-5m", "1.5h", "5m1h", "13h", "1d", "1h ", "99999999999999999999s"]
        {
            let expected = (text == "1").then(|| TimeDelta::seconds(1));
            assert_eq!(parse_duration(text), expected, "{text}");
        }
    }
}
