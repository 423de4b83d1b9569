//! What the command line and the environment request, checked.

pub(crate) mod account;
mod check;
pub(crate) mod duration;
pub(crate) mod login;
mod on_top;
pub(crate) mod pick;
pub(crate) mod region;
mod request;
mod together;
mod wanted;

use std::collections::HashSet;

use chrono::TimeDelta;
use clap::ValueEnum;

use crate::cli::{Global, LoginMode};
use crate::context::Context;
use crate::error::{Result, usage};
use crate::exchange::{Caching, Login};
use crate::output::caller::Caller;
use crate::output::region::Region;
use crate::profile::Request;
use crate::profile::value::check_region;
use crate::variables;

pub(crate) use check::start_url as check_start_url;
pub(crate) use on_top::{OnTop, is_narrowed, refuse_wider};
pub(crate) use request::{
    GivenProfile, beside_profile, current_profile, default_profile, login_request, named_profile,
};
pub(crate) use together::{obtain_all, obtain_each};
pub(crate) use wanted::{Obtained, Wanted, default_gives_credentials};

/// The default of `--login`.
const LOGIN_VARIABLE: variables::Name = variables::SSOWRAP_LOGIN;

/// The settings of a verb that works on one profile or role.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// What to resolve.
    pub request: Request,
    /// What is assumed on top of it.
    pub on_top: OnTop,
    /// `--mfa-code`: six digits.
    pub mfa_code: Option<String>,
    /// `--no-cache`, `--refresh`.
    pub caching: Caching,
    /// `--min-ttl`.
    pub min_ttl: Option<TimeDelta>,
    /// How much time cached credentials must have left, if it isn't the default.
    pub window: Option<TimeDelta>,
    login: Option<LoginMode>,
    /// Whether questions must fail, because nobody can answer them.
    pub unattended: bool,
    region_flag: Option<String>,
    callers_region: Option<(variables::Name, String)>,
}

impl Settings {
    /// Checks the options, and takes from the environment what they leave open.
    ///
    /// # Errors
    /// `Usage` if the options contradict each other.
    pub(crate) fn new(ctx: &Context, global: Global, given: GivenProfile) -> Result<Self> {
        check::values(&global)?;
        let request = request::request(ctx, &global, given)?;
        Self::of_request(ctx, global, request)
    }

    /// The same for a request that is already known.
    ///
    /// # Errors
    /// `Usage` if the options contradict each other.
    pub(crate) fn of_request(ctx: &Context, global: Global, request: Request) -> Result<Self> {
        check::values(&global)?;
        let min_ttl = global.min_ttl.as_deref();
        let min_ttl = min_ttl.map(|text| duration::of_option("--min-ttl", text));
        Ok(Self {
            request,
            on_top: OnTop::new(ctx, &global.on_top)?,
            caching: caching(&global)?,
            min_ttl: min_ttl.transpose()?,
            window: None,
            login: login_mode(ctx, &global)?,
            unattended: global.unattended,
            mfa_code: global.mfa_code,
            region_flag: global.region,
            callers_region: region::of_caller(&Caller::new(ctx.environment())),
        })
    }

    /// The same for each of `profiles`, each once; unchanged if there are none.
    pub(crate) fn for_each(&self, profiles: &[String]) -> Vec<Self> {
        if profiles.is_empty() {
            return vec![self.clone()];
        }
        let mut seen = HashSet::new();
        let named = profiles.iter().filter(|name| seen.insert(*name)).map(|name| {
            let request = Request::Profile { name: name.clone(), origin: Some("--profile") };
            self.with_request(request)
        });
        named.collect()
    }

    /// The options that request all of these, which assume the same role and have the same policies;
    /// none if the names of the profiles are enough.
    pub(crate) fn options_of_all(ctx: &Context, all: &[Self]) -> Option<String> {
        let requests: Vec<&Request> = all.iter().map(|one| &one.request).collect();
        all.first()?.on_top.options_behind(ctx, &requests)
    }

    /// The same for another request.
    pub(crate) fn with_request(&self, request: Request) -> Self {
        Self { request, ..self.clone() }
    }

    /// The same with another window, see [`Self::window`].
    pub(crate) fn with_window(&self, window: TimeDelta) -> Self {
        Self { window: Some(window), ..self.clone() }
    }

    /// When to sign in if a login is missing, for a verb with this default.
    pub(crate) fn login(&self, default: Login) -> Login {
        match self.login {
            _ if self.unattended => Login::Never,
            Some(LoginMode::Auto) => Login::Auto,
            Some(LoginMode::Never) => Login::Never,
            None => default,
        }
    }

    /// The same, checked, because it becomes part of a host name.
    ///
    /// # Errors
    /// `InvalidSetting`, which names the origin of the region.
    pub(crate) fn valid_region(&self, profile: Option<&str>) -> Result<Option<Region>> {
        let Some(region) = self.region(profile) else { return Ok(None) };
        check_region(region.name(), || None).map_err(|mut error| {
            let variable = self.variable_of(&region).map(|name| name.as_str());
            let origin = variable.unwrap_or("`region` of the profile");
            error.message = format!("{origin}: {}", error.message);
            error
        })?;
        Ok(Some(region))
    }

    /// The variable of the caller's that `region` comes from, if it does.
    pub(crate) fn variable_of(&self, region: &Region) -> Option<variables::Name> {
        let (variable, _) = self.callers_region.as_ref()?;
        matches!(region, Region::Callers(_)).then_some(*variable)
    }

    /// The region to hand over, for a profile whose own region is `profile`.
    pub(crate) fn region(&self, profile: Option<&str>) -> Option<Region> {
        let callers = self.callers_region.as_ref().map(|(_, region)| region.as_str());
        region::choose(self.region_flag.as_deref(), callers, profile)
    }
}

fn caching(global: &Global) -> Result<Caching> {
    match (global.no_cache, global.refresh) {
        (true, true) => Err(usage("--no-cache and --refresh cannot be used together")),
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
