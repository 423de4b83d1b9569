//! Exchange: walks through a plan. The source gives the first credentials; each hop exchanges the
//! credentials of the link before it for those of a role.
//!
//! A link is one such step. It depends only on the plan and on the credentials below it, and sends
//! requests only when it is run, so a caller that already has a link's credentials can start there.

mod advice;
mod bound;
mod hop;
mod kept;
mod links;
mod login;
mod login_session;
mod metadata;
pub(crate) mod mfa;
mod principal;
mod process;
mod process_json;
mod refused;
mod sso;
mod web_identity;

use std::cell::{Cell, OnceCell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;

use crate::aws::{Aws, Service, ServiceEndpoint};
use crate::cache::login::LoginId;
use crate::context::Context;
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Location, Result, Subject};
use crate::profile::plan::{Hop, Plan, Source, SsoSource, StaticKeys};
use crate::token::{self, CurrentLogin, SsoToken};
use crate::variables::{self, Name};
pub(crate) use bound::{Binding, login_now};
pub(crate) use kept::Caching;
pub(crate) use links::links;
pub(crate) use login::Login;

/// What the caller adds to the plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// The region for STS, if one was chosen: by `--region`, the environment or the profile.
    pub region: Option<String>,
    /// Six digits for the first role that requires an MFA code. For further ones, the terminal
    /// asks.
    pub mfa_code: Option<String>,
    /// What to do with cached role credentials.
    pub caching: Caching,
    /// How long the credentials must last at least.
    pub min_ttl: Option<TimeDelta>,
    /// How much time cached credentials must have left, instead of the usual 15 minutes, but never
    /// more than half of their lifetime.
    pub window: Option<TimeDelta>,
    /// How long the caller waits; forever if none.
    pub patience: Option<Duration>,
    /// Whether questions must fail, because nobody can answer them.
    pub unattended: bool,
    /// What to do if a login is missing.
    pub login: Login,
    /// If the source has no login of its own, use any login for the same portal. It may be somebody
    /// else's, so nothing obtained with it is stored.
    pub any_login: bool,
    /// The login that a long-running process is bound to.
    pub binding: Option<Arc<Binding>>,
    /// In the background, messages would repeat endlessly without being seen.
    pub background: bool,
}

/// Gets the credentials that `plan` leads to.
///
/// Faults that can be found without a request are reported before the first one.
///
/// # Errors
/// Of every [`Kind`] except those of the command line and the resolver.
pub(crate) fn credentials(ctx: &Context, plan: &Plan, options: &Options) -> Result<Credentials> {
    obtain(ctx, plan, options).map(|(credentials, _)| credentials)
}

/// The same, with the login they were obtained with, if the source is Identity Center.
///
/// # Errors
/// See [`credentials`].
pub(crate) fn obtain(
    ctx: &Context,
    plan: &Plan,
    options: &Options,
) -> Result<(Credentials, Option<LoginId>)> {
    let mut walk = Walk::new(ctx, plan, options);
    let credentials = walk.signing_in().map_err(|error| about_login(plan, error))?;
    let login = walk.login_used();
    if let Some(binding) = &options.binding {
        binding.begin(ctx, plan, login.clone(), Some(&credentials));
    }
    Ok((credentials, login))
}

/// Adds to an error whose login is missing.
fn about_login(plan: &Plan, error: Error) -> Error {
    match (&plan.source, error.kind) {
        (Source::Sso(SsoSource { profile: Some(profile), .. }), Kind::LoginRequired) => {
            error.about(Subject::Login(profile.clone()))
        }
        _ => error,
    }
}

/// A plan being carried out.
struct Walk<'a> {
    ctx: &'a Context,
    plan: &'a Plan,
    options: &'a Options,
    aws: Aws<'a>,
    token: OnceCell<SsoToken>,
    /// The login of the token, once it is known; none for a borrowed one.
    login: OnceCell<Option<CurrentLogin>>,
    /// Whether a token was borrowed. Stays set when the walk starts again: even if the source's own
    /// login is known, that login has ended, so it isn't used.
    has_borrowed: Cell<bool>,
    /// Whether the token turned out to belong to another login.
    has_login_changed: Cell<bool>,
    mfa_code_used: Cell<bool>,
    /// Credentials that were needed to find out whose they are.
    source_credentials: RefCell<Option<Credentials>>,
    cache_warned: Cell<bool>,
    web_identity_token: OnceCell<SecretString>,
    /// The `aws login` login; none if it can't be determined.
    session_login: OnceCell<Option<LoginId>>,
    started: DateTime<Utc>,
    /// When a user last signed in or typed a code; [`Walk::started`] if neither was needed.
    resumed: DateTime<Utc>,
    /// Set after signing in, successfully or not: there is no second attempt.
    login_tried: bool,
}

impl<'a> Walk<'a> {
    fn new(ctx: &'a Context, plan: &'a Plan, options: &'a Options) -> Self {
        let started = ctx.now();
        Self {
            ctx,
            plan,
            options,
            aws: Aws::new(ctx, &plan.reach).within(options.patience),
            token: OnceCell::new(),
            login: OnceCell::new(),
            has_borrowed: Cell::new(false),
            has_login_changed: Cell::new(false),
            mfa_code_used: Cell::new(false),
            source_credentials: RefCell::new(None),
            cache_warned: Cell::new(false),
            web_identity_token: OnceCell::new(),
            session_login: OnceCell::new(),
            started,
            resumed: started,
            login_tried: false,
        }
    }

    /// Finds faults without requests. Walking half a chain for nothing would cost a request, and
    /// perhaps an MFA code.
    fn check(&self) -> Result<()> {
        self.plan.hops.iter().try_for_each(hop::check)?;
        if let Source::Sso(SsoSource { sso_region: Some(region), .. }) = &self.plan.source {
            self.aws.endpoint(Service::Sso, region)?;
        }
        // For a session that is in no config file, the token may name a region; that shows later.
        if self.asks_sts() && !self.is_region_in_token() {
            self.sts_endpoint()?;
        }
        Ok(())
    }

    fn source(&self) -> Result<Credentials> {
        match &self.plan.source {
            Source::Sso(sso) => self.role_credentials(sso).map_err(|error| match &sso.profile {
                Some(profile) => error.about(Subject::Login(profile.clone())),
                None => error,
            }),
            Source::Static(keys) => Ok(self.static_credentials(keys)),
            Source::LoginSession(session) => self.session_credentials(session),
            Source::CredentialProcess(helper) => {
                let account_id = self.plan.account_id.as_deref();
                process::credentials(self.ctx, helper, account_id, self.options.unattended)
            }
            Source::WebIdentity(identity) => self.web_identity_credentials(identity),
            Source::Environment => self.environment_credentials(),
            Source::Ec2InstanceMetadata => self.instance_credentials(),
            Source::EcsContainer => self.container_credentials(),
        }
    }

    fn static_credentials(&self, keys: &StaticKeys) -> Credentials {
        Credentials {
            access_key_id: keys.access_key_id.clone(),
            secret_access_key: keys.secret_access_key.clone(),
            session_token: keys.session_token.clone(),
            expiration: None,
            account_id: self.plan.account_id.clone(),
        }
    }

    /// The login, which is read once, and refreshed if due.
    fn token(&self, sso: &SsoSource) -> Result<&SsoToken> {
        match self.token.get() {
            Some(token) => Ok(token),
            None => {
                let own = token::usable(self.ctx, &self.aws, sso, self.started);
                let token = own.or_else(|error| self.borrowed_token(sso).ok_or(error))?;
                Ok(self.token.get_or_init(|| token))
            }
        }
    }

    fn borrowed_token(&self, sso: &SsoSource) -> Option<SsoToken> {
        let token = self.options.any_login.then(|| token::of_any_key(self.ctx, sso)).flatten();
        self.has_borrowed.set(token.is_some());
        token
    }

    fn asks_sts(&self) -> bool {
        !self.plan.hops.is_empty() || matches!(self.plan.source, Source::WebIdentity(_))
    }

    fn is_region_in_token(&self) -> bool {
        self.region_of_plan().is_none()
            && matches!(&self.plan.source, Source::Sso(sso) if sso.sso_region.is_none())
    }

    fn region_of_plan(&self) -> Option<&str> {
        let of_source = match &self.plan.source {
            Source::Sso(sso) => sso.sso_region.as_deref(),
            _ => None,
        };
        self.options.region.as_deref().or(self.plan.fallback_region.as_deref()).or(of_source)
    }

    /// Where roles are requested.
    ///
    /// The AWS CLI insists on a region in the requested profile here. Since every region of the
    /// partition gives the same credentials, this uses the next best one: that of a profile further
    /// down the chain, or of the Identity Center instance, which is in the same partition.
    fn sts_endpoint(&self) -> Result<ServiceEndpoint> {
        if let Some(region) = self.region_of_plan() {
            return self.aws.endpoint(Service::Sts, region);
        }
        if let Source::Sso(sso) = &self.plan.source
            && let Some(region) = &self.token(sso)?.region
        {
            return self.aws.endpoint(Service::Sts, region);
        }
        let (role, location) = self.first_role();
        Err(Error::new(Kind::NoRegion, format!("no region is set for assuming the role {role}"))
            .at(location)
            .hint("add `region = ...` to the profile, or give `--region`"))
    }

    /// Which role STS is asked for first, and the place in its file.
    fn first_role(&self) -> (String, Option<Location>) {
        let of = |subject: String| format!("of {subject}");
        if let Source::WebIdentity(identity) = &self.plan.source {
            return (of(name(&identity.profile)), Some(identity.location.clone()));
        }
        match self.plan.hops.first() {
            Some(Hop { profile: None, role_arn, .. }) => (format!("`{role_arn}`"), None),
            Some(hop) => (of(name_of(hop)), hop.location.clone()),
            None => (of(self.requested()), None),
        }
    }

    /// The requested profile in words.
    fn requested(&self) -> String {
        match (self.plan.chain.first(), &self.plan.source) {
            (Some(profile), _) => name(profile),
            (None, Source::Sso(sso)) => subject(sso),
            (None, _) => "the request".to_owned(),
        }
    }

    /// The `credential_source` is in the profile of the first hop.
    fn credential_source(&self) -> (String, Option<Location>) {
        let hop = self.plan.hops.first();
        (hop.map_or_else(|| self.requested(), name_of), hop.and_then(|h| h.location.clone()))
    }

    fn environment_credentials(&self) -> Result<Credentials> {
        let variable = |name| self.ctx.var(name).filter(|value| !value.trim().is_empty());
        let (id, secret) = (variables::AWS_ACCESS_KEY_ID, variables::AWS_SECRET_ACCESS_KEY);
        let (Some(access_key_id), Some(secret_access_key)) = (variable(id), variable(secret))
        else {
            let missing: Vec<_> = [id, secret]
                .into_iter()
                .filter(|name| variable(*name).is_none())
                .map(Name::as_str)
                .collect();
            let (profile, location) = self.credential_source();
            return Err(Error::new(
                Kind::SourceFailed,
                format!(
                    "{profile} takes its credentials from the environment, which lacks {}",
                    missing.join(" and ")
                ),
            )
            .at(location)
            .hint("export them, or name a `source_profile` instead of `credential_source`"));
        };
        Ok(Credentials {
            access_key_id,
            secret_access_key: secret_access_key.into(),
            // The older name, which botocore knows too.
            session_token: variable(variables::AWS_SESSION_TOKEN)
                .or_else(|| variable(variables::AWS_SECURITY_TOKEN))
                .map(Into::into),
            expiration: None,
            account_id: self.plan.account_id.clone(),
        })
    }
}

fn name(profile: &str) -> String {
    format!("profile `{profile}`")
}

/// The name of what asks for a role: a profile, or the role's own ARN.
fn name_of(hop: &Hop) -> String {
    hop.profile.as_deref().map_or_else(|| format!("role `{}`", hop.role_arn), name)
}

/// The principal of Identity Center credentials.
fn subject(sso: &SsoSource) -> String {
    match &sso.profile {
        Some(profile) => name(profile),
        None => format!("role `{}` in account `{}`", sso.role_name, sso.account_id),
    }
}
