//! Keeps a long-running process to the person it started with.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Caching, Options, Walk};
use crate::cache::Slot;
use crate::cache::login::{LoginId, Person};
use crate::context::Context;
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::profile::plan::{Plan, Source, SsoSource};
use crate::token::{self, CurrentLogin, LoginState};

/// The login that a process started with, and evidence of whose it was. Once somebody else has
/// signed in, the process gets no more credentials. If it started without a login, the first one
/// that gives credentials counts.
#[derive(Debug, Default)]
pub(crate) struct Binding(Mutex<BoundState>);

#[derive(Debug, Default)]
struct BoundState {
    /// None at first, and if the source isn't Identity Center.
    login: Option<LoginId>,
    person: Option<Person>,
    /// Role credentials obtained with the login, so that AWS can tell who signed in.
    witness: Option<Credentials>,
    is_over: bool,
}

impl Binding {
    /// Binds `plan` to the login that gave `first`, the credentials that the process started with.
    pub(crate) fn new(
        ctx: &Context,
        plan: &Plan,
        login: Option<LoginId>,
        first: Option<&Credentials>,
    ) -> Self {
        let binding = Self::default();
        binding.begin(ctx, plan, login, first);
        binding
    }

    /// Binds later credentials to the login that gave `first`, unless it is already bound.
    pub(super) fn begin(
        &self,
        ctx: &Context,
        plan: &Plan,
        login: Option<LoginId>,
        first: Option<&Credentials>,
    ) {
        let mut state = self.state();
        let (Some(login), Some(sso), None) = (login, sso(plan), &state.login) else { return };
        let first = first.filter(|_| plan.hops.is_empty()).cloned();
        let witness = first.or_else(|| cached(ctx, plan, sso, &login));
        state.witness = witness.or_else(|| state.witness.take());
        state.person = token::noted_person(ctx, sso, &login);
        state.login = Some(login);
    }

    fn state(&self) -> MutexGuard<'_, BoundState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The login that would now be used to get credentials for `plan`.
pub(crate) fn login_now(ctx: &Context, plan: &Plan) -> Option<LoginId> {
    match token::current(ctx, sso(plan)?) {
        LoginState::Known(login) => Some(login.id),
        LoginState::Changed(changed) => Some(changed.login.id),
        LoginState::Missing | LoginState::Unusable => None,
    }
}

fn sso(plan: &Plan) -> Option<&SsoSource> {
    match &plan.source {
        Source::Sso(sso) => Some(sso),
        // The profile names the person who signs in.
        Source::LoginSession(_)
        | Source::Static(_)
        | Source::CredentialProcess(_)
        | Source::WebIdentity(_)
        | Source::Environment
        | Source::Ec2InstanceMetadata
        | Source::EcsContainer => None,
    }
}

/// The Identity Center role credentials cached under a login.
fn cached(ctx: &Context, plan: &Plan, sso: &SsoSource, login: &LoginId) -> Option<Credentials> {
    let options = Options::default();
    let login = CurrentLogin { id: login.clone(), start_url: None, region: None, file: None };
    let link = Walk::new(ctx, plan, &options).sso_link(sso, &login, 0)?;
    let entry = Slot::new(ctx, link, None)?.read(ctx, &|_| {})?;
    Some(entry.credentials)
}

impl Walk<'_> {
    /// The login that this walk used.
    pub(super) fn login_used(&self) -> Option<LoginId> {
        let sso = sso(self.plan)?;
        if let Some(login) = self.login.get() {
            return login.as_ref().map(|login| login.id.clone());
        }
        let login = login_now(self.ctx, self.plan)?;
        let token = self.token.get()?;
        token::is_of(self.ctx, sso, token, &login).then_some(login)
    }

    /// Checks that the process may continue with a login: it is the one it started with, or another
    /// one of the same person. Asks AWS at most once.
    pub(super) fn check_binding(&self, sso: &SsoSource, login: &CurrentLogin) -> Result<()> {
        let Some(binding) = &self.options.binding else { return Ok(()) };
        let mut state = binding.state();
        if state.is_over {
            return Err(another_person(sso));
        }
        match &state.login {
            Some(bound) if *bound != login.id => {}
            _ => return Ok(()),
        }
        let credentials = self.first_credentials(sso, login)?;
        let person = token::noted_person(self.ctx, sso, &login.id);
        let person = person.or_else(|| self.person_behind(&credentials));
        let before = state.person.clone();
        let before = before.or_else(|| self.person_behind(state.witness.as_ref()?));
        if person.is_none() || person != before {
            state.is_over = true;
            state.witness = None;
            return Err(another_person(sso));
        }
        let login = Some(login.id.clone());
        *state = BoundState { login, person, witness: Some(credentials), is_over: false };
        Ok(())
    }

    /// The first role credentials obtained with a login.
    fn first_credentials(&self, sso: &SsoSource, login: &CurrentLogin) -> Result<Credentials> {
        let is_cached = self.options.caching != Caching::Off;
        let cached = cached(self.ctx, self.plan, sso, &login.id).filter(|found| {
            let now = self.ctx.now();
            is_cached && found.expiration.is_some_and(|end| end > now)
        });
        if let Some(credentials) = cached {
            return Ok(credentials);
        }
        let credentials = self.source()?;
        self.check_token(sso, &login.id)?;
        if is_cached {
            self.keep_source(sso, login, credentials.clone());
        } else {
            self.source_credentials.replace(Some(credentials.clone()));
        }
        Ok(credentials)
    }

    /// The same check for a walk without the cache, which needs the login only for this. From then on,
    /// the walk accepts only tokens of this login.
    pub(super) fn check_uncached_binding(&self) -> Result<()> {
        let is_bound = self.options.binding.is_some() && self.options.caching == Caching::Off;
        let Some(sso) = sso(self.plan).filter(|_| is_bound) else {
            return Ok(());
        };
        let login = match self.login_state(sso)? {
            LoginState::Known(login) => login,
            LoginState::Changed(changed) => changed.login,
            LoginState::Missing | LoginState::Unusable => return Ok(()),
        };
        self.check_binding(sso, &login)?;
        self.login.get_or_init(|| Some(login));
        Ok(())
    }

    /// Remembers new role credentials of the login, in case it changes later.
    pub(super) fn remember_witness(&self, credentials: &Credentials) {
        if let (Some(binding), Some(_)) = (&self.options.binding, sso(self.plan)) {
            binding.state().witness = Some(credentials.clone());
        }
    }
}

fn another_person(sso: &SsoSource) -> Error {
    let owner = token::owner(sso);
    let message =
        format!("another person may have signed in to {owner} since this ssowrap was started");
    Error::new(Kind::LoginChanged, message).hint(
        "restart it: it gives only the credentials of the person who was signed in when it started",
    )
}
