//! EXCHANGER: walks a plan. The source gives the first credentials; each hop exchanges the
//! credentials of the link before it for those of a role.
//!
//! A link is one such step. It is a function of the plan and of the credentials below it, and it
//! touches the network only when it is run, so that a caller that has credentials of a link can
//! start there.

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

/// What the caller says beside the plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// The region for STS, if the caller chose one: `--region`, the environment, the profile.
    pub region: Option<String>,
    /// Six digits for the first role that requires an MFA code; the terminal asks for others.
    pub mfa_code: Option<String>,
    /// What to do with cached role credentials.
    pub caching: Caching,
    /// How long credentials must last at least.
    pub min_ttl: Option<TimeDelta>,
    /// Replace cached credentials with this much left, instead of the usual 15 minutes; never more
    /// than half of their lifetime.
    pub window: Option<TimeDelta>,
    /// How long the caller waits; for as long as it takes if none is given.
    pub patience: Option<Duration>,
    /// No question can be answered.
    pub unattended: bool,
    /// What to do about a missing login.
    pub login: Login,
    /// If there is no login under the key of its own, any for the same portal does. It may be
    /// somebody else's: nothing got with it is kept.
    pub any_login: bool,
    /// The login that a process keeps to.
    pub binding: Option<Arc<Binding>>,
    /// In the background the same would be said again and again, unseen.
    pub background: bool,
}

/// The credentials `plan` leads to.
///
/// Faults that show without a request are reported before the first one.
///
/// # Errors
/// Of every class except those of the command line and the resolver: see [`Kind`].
pub(crate) fn credentials(ctx: &Context, plan: &Plan, options: &Options) -> Result<Credentials> {
    obtain(ctx, plan, options).map(|(credentials, _)| credentials)
}

/// The same, and the login they were obtained with, where the source is Identity Center.
///
/// # Errors
/// As [`credentials`].
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

/// Says whose login is missing.
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
    /// The owner of the token, once it is known; none for a borrowed one.
    login: OnceCell<Option<CurrentLogin>>,
    /// The token turned out to be of another login than that.
    has_login_changed: Cell<bool>,
    mfa_code_used: Cell<bool>,
    /// Credentials that were needed to find out whose they are.
    source_credentials: RefCell<Option<Credentials>>,
    cache_warned: Cell<bool>,
    web_identity_token: OnceCell<SecretString>,
    /// Which login of `aws login` it is; none if nobody can tell.
    session_login: OnceCell<Option<LoginId>>,
    started: DateTime<Utc>,
    /// When a person had signed in or typed a code; [`Walk::started`] if neither was needed.
    resumed: DateTime<Utc>,
    /// Whether or not the login succeeded, there is no second attempt.
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

    /// The login, read once, and refreshed if that is due.
    fn token(&self, sso: &SsoSource) -> Result<&SsoToken> {
        match self.token.get() {
            Some(token) => Ok(token),
            None => {
                let own = token::usable(self.ctx, &self.aws, sso, self.started);
                let token = own.or_else(|error| self.other_token(sso).ok_or(error))?;
                Ok(self.token.get_or_init(|| token))
            }
        }
    }

    fn other_token(&self, sso: &SsoSource) -> Option<SsoToken> {
        self.options.any_login.then(|| token::of_any_key(self.ctx, sso)).flatten()
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

    /// Where the roles are asked for.
    ///
    /// The AWS CLI insists on a region of the requested profile here. Any region of the partition
    /// gives the same credentials, so the next best one does: a profile further down the chain
    /// has one, or the Identity Center instance, which is of the same partition.
    fn sts_endpoint(&self) -> Result<ServiceEndpoint> {
        if let Some(region) = self.region_of_plan() {
            return self.aws.endpoint(Service::Sts, region);
        }
        if let Source::Sso(sso) = &self.plan.source
            && let Some(region) = &self.token(sso)?.region
        {
            return self.aws.endpoint(Service::Sts, region);
        }
        let (profile, location) = self.first_sts_link();
        Err(Error::new(Kind::NoRegion, format!("no region to assume the role of {profile} in"))
            .at(location)
            .hint("add `region = ...` to the profile, or give `--region`"))
    }

    /// The profile and place of the first request to STS.
    fn first_sts_link(&self) -> (String, Option<Location>) {
        if let Source::WebIdentity(identity) = &self.plan.source {
            return (name(&identity.profile), Some(identity.location.clone()));
        }
        match self.plan.hops.first() {
            Some(hop) => (name_of(hop), hop.location.clone()),
            None => (self.requested(), None),
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

    /// `credential_source` is in the profile of the first hop.
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
            // The older name, as botocore knows it.
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

/// What asks for a role: a profile, or the role's own ARN.
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
