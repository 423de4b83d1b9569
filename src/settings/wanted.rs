//! The resolved request, and what was obtained for it.

use std::sync::OnceLock;

use chrono::{DateTime, Utc};

use super::{Settings, default_profile};
use crate::cache::login::LoginId;
use crate::context::Context;
use crate::credentials::Credentials;
use crate::error::{Kind, Result};
use crate::exchange::{self, Login};
use crate::output::caller::Caller;
use crate::output::environment::{Handover, Principal, of_command};
use crate::output::region::Region;
use crate::output::variable::Variable;
use crate::profile::Resolver;
use crate::profile::files::Files;
use crate::profile::plan::Plan;

/// Credentials and what goes with them.
pub(crate) struct Obtained {
    pub credentials: Credentials,
    /// When they were obtained.
    pub at: DateTime<Utc>,
    /// The requested profile; none for a role given by options.
    pub profile: Option<String>,
    /// The options that request what no profile gives.
    role: Option<String>,
    pub region: Option<Region>,
    /// The requested profile's `region`.
    pub profile_region: Option<String>,
}

/// What is requested, as the config defines it. Nothing has been sent for it yet.
pub(crate) struct Wanted {
    pub plan: Plan,
    pub region: Option<Region>,
    pub options: exchange::Options,
    /// See [`Obtained`].
    role: Option<String>,
    /// The login that was used.
    login: OnceLock<Option<LoginId>>,
}

impl Wanted {
    /// Resolves the request. `login` is the verb's default.
    pub(crate) fn new(
        ctx: &Context,
        files: &Files,
        settings: &Settings,
        login: Login,
    ) -> Result<Self> {
        let mut resolution = Resolver::new(files).resolve(&settings.request);
        let is_verbose = ctx.printer.is_verbose();
        if is_verbose {
            resolution.add_warnings(files.warnings());
        }
        for warning in resolution.warnings.iter().filter(|w| is_verbose || w.is_urgent) {
            ctx.printer.warn(&format!("{} ({})", warning.message, warning.location));
        }
        let plan = settings.on_top.put_on(resolution.plan?)?;
        settings.on_top.refuse_wider(ctx, &settings.request, &plan)?;
        let region = settings.valid_region(plan.region.as_deref())?;
        let options = exchange::Options {
            region: region.as_ref().map(|region| region.name().to_owned()),
            mfa_code: settings.mfa_code.clone(),
            caching: settings.caching,
            min_ttl: settings.min_ttl,
            window: settings.window,
            unattended: settings.unattended,
            login: settings.login(login),
            ..exchange::Options::default()
        };
        let role = settings.on_top.options_behind(ctx, &[&settings.request]);
        Ok(Self { plan, region, options, role, login: OnceLock::new() })
    }

    /// Resolves the requests of several profiles, all of them before the first request or question.
    pub(crate) fn all(
        ctx: &Context,
        files: &Files,
        settings: &[Settings],
        login: Login,
    ) -> Result<Vec<Self>> {
        settings.iter().map(|settings| Self::new(ctx, files, settings, login)).collect()
    }

    /// Gets the credentials.
    pub(crate) fn get(&self, ctx: &Context) -> Result<Obtained> {
        let (credentials, login) = exchange::obtain(ctx, &self.plan, &self.options)?;
        let _ = self.login.set(login);
        Ok(Obtained {
            credentials,
            at: ctx.now(),
            profile: self.profile().map(str::to_owned),
            role: self.role.clone(),
            region: self.region.clone(),
            profile_region: self.plan.region.clone(),
        })
    }

    /// The login that was used, or would be used now.
    pub(crate) fn login(&self, ctx: &Context) -> Option<LoginId> {
        let now = || exchange::login_now(ctx, &self.plan);
        self.login.get().cloned().unwrap_or_else(now)
    }

    /// The options that request the principal, if it is not simply a profile.
    pub(crate) fn options_of_role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// The requested profile; none for a role given by options.
    pub(crate) fn profile(&self) -> Option<&str> {
        self.plan.chain.first().map(String::as_str)
    }
}

impl Obtained {
    /// What the program gets.
    pub(crate) fn handover(&self) -> Handover<'_> {
        Handover {
            credentials: &self.credentials,
            principal: match (&self.role, self.profile.as_deref()) {
                (None, Some(name)) => Principal::Profile(name),
                (role, profile) => {
                    Principal::Role { options: role.as_deref().unwrap_or_default(), profile }
                }
            },
            region: self.region.as_ref(),
        }
    }

    /// The variables to set and to remove for a command.
    pub(crate) fn variables(&self, ctx: &Context) -> Result<Vec<Variable>> {
        of_command(&self.handover(), &Caller::new(ctx.environment()), ctx.now())
    }
}

/// Whether an SDK without a profile finds credentials in these files, or fails because of them.
pub(crate) fn default_gives_credentials(files: &Files) -> bool {
    let none = [Kind::ProfileNotFound, Kind::NoCredentials];
    Resolver::new(files)
        .resolve(&default_profile())
        .plan
        .map_or_else(|e| !none.contains(&e.kind), |_| true)
}
