//! The cache link of each step of a plan.

use secrecy::{ExposeSecret, SecretString};
use sha1::{Digest, Sha1};

use super::{Caching, Options, Walk};
use crate::aws::Service;
use crate::cache::Slot;
use crate::cache::link::{Link, LinkPortal, LinkSource};
use crate::cache::login::LoginId;
use crate::context::Context;
use crate::error::Result;
use crate::profile::plan::{Plan, Source, SsoSource};
use crate::text::hex::hex;
use crate::token::{self, CurrentLogin, LoginState};

/// The links of a plan whose credentials may be cached, whatever their login, the source first.
/// Leaves out those that only a helper or the metadata service knows.
pub(crate) fn links(ctx: &Context, plan: &Plan) -> Vec<Link> {
    let options = Options::default();
    let walk = Walk::new(ctx, plan, &options);
    let all = 0..=plan.hops.len();
    match &plan.source {
        Source::Sso(sso) => {
            let unknown =
                CurrentLogin { id: LoginId::unknown(), start_url: None, region: None, file: None };
            let login = match (&sso.start_url, &sso.sso_region) {
                (Some(_), Some(_)) => unknown,
                // Only the token tells which portal it is for.
                _ => match token::current(ctx, sso) {
                    LoginState::Known(login) => login,
                    LoginState::Changed(changed) => changed.login,
                    LoginState::Missing | LoginState::Unusable => unknown,
                },
            };
            all.filter_map(|link| walk.sso_link(sso, &login, link)).collect()
        }
        Source::WebIdentity(_) | Source::Static(_) => {
            all.filter_map(|link| walk.link(link).ok().flatten()).collect()
        }
        Source::LoginSession(session) => {
            let source = LinkSource::login_session(session, LoginId::unknown());
            let link = |hops| Link::new(plan, hops, source.clone(), walk.aws.address(Service::Sts));
            (1..=plan.hops.len()).map(link).collect()
        }
        Source::CredentialProcess(_)
        | Source::Environment
        | Source::Ec2InstanceMetadata
        | Source::EcsContainer => Vec::new(),
    }
}

impl Walk<'_> {
    /// Where a link's credentials are kept; none if they are not worth keeping, or can't be told
    /// apart without a request.
    ///
    /// # Errors
    /// If nobody is signed in, or the source gives no credentials.
    pub(super) fn slot(&self, link: usize) -> Result<Option<Slot>> {
        if self.options.caching == Caching::Off {
            return Ok(None);
        }
        // Only the keys themselves show whose they are, and then nothing is left to cache.
        let is_source = link == 0;
        if is_source && !matches!(self.plan.source, Source::Sso(_) | Source::WebIdentity(_)) {
            return Ok(None);
        }
        let Some(link) = self.link(link)? else { return Ok(None) };
        let token_file = self.login.get().and_then(|login| login.as_ref()?.file.clone());
        Ok(Slot::new(self.ctx, link, token_file))
    }

    /// What decides whose credentials a link gives.
    fn link(&self, link: usize) -> Result<Option<Link>> {
        let source = match &self.plan.source {
            Source::Sso(sso) => {
                let login = self.login(sso)?;
                return Ok(login.and_then(|login| self.sso_link(sso, login, link)));
            }
            Source::WebIdentity(identity) => {
                let Ok(token) = self.web_identity_token(identity) else { return Ok(None) };
                LinkSource::web_identity(identity, digest(token))
            }
            Source::LoginSession(session) => {
                let Some(login) = self.session_login(session)? else { return Ok(None) };
                LinkSource::login_session(session, login.clone())
            }
            Source::Static(keys) => LinkSource::Keys { access_key_id: keys.access_key_id.clone() },
            // Only the credentials themselves show whose they are. A helper's command line doesn't
            // say much: its answer may depend on anything.
            Source::CredentialProcess(_)
            | Source::Environment
            | Source::Ec2InstanceMetadata
            | Source::EcsContainer => {
                LinkSource::Keys { access_key_id: self.access_key_of_source()? }
            }
        };
        Ok(Some(Link::new(self.plan, link, source, self.aws.address(Service::Sts))))
    }

    /// The same for roles assumed with an Identity Center role, under one login.
    pub(super) fn sso_link(
        &self,
        sso: &SsoSource,
        login: &CurrentLogin,
        link: usize,
    ) -> Option<Link> {
        // For a session that is in no config file, only the token says which portal it is for.
        let portal = LinkPortal {
            start_url: sso.start_url.clone().or_else(|| login.start_url.clone()),
            sso_region: sso.sso_region.clone().or_else(|| login.region.clone()),
            sso_endpoint: self.aws.address(Service::Sso),
        };
        let home = self.ctx.home().ok()?;
        let source = LinkSource::sso(sso, &home, login.id.clone(), portal);
        Some(Link::new(self.plan, link, source, self.aws.address(Service::Sts)))
    }
}

#[expect(clippy::disallowed_methods, reason = "only its digest leaves this function")]
fn digest(token: &SecretString) -> String {
    hex(&Sha1::digest(token.expose_secret()))
}
