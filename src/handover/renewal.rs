//! Gets new credentials for the same principal, without asking the user.

use std::sync::Arc;
use std::thread;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::cache::login::LoginId;
use crate::context::Context;
use crate::credentials::{Credentials, SERVE_WINDOW};
use crate::endpoint::{self, CredentialsService, Fetch, Keep, Supply};
use crate::error::{Error, Kind, Result};
use crate::exchange::{self, Binding, Caching};
use crate::output::region::Region;
use crate::profile::plan::{Hop, Plan};
use crate::settings::Wanted;

/// How to get new credentials, as resolved at the start: a command keeps its principal from
/// beginning to end, even if the config changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Renewal {
    plan: Plan,
    /// The region for STS.
    region: Option<String>,
    /// Whether the role cache may be used.
    is_cached: bool,
    /// The login that gave the first credentials.
    login: Option<LoginId>,
}

impl Renewal {
    /// How to renew what is wanted.
    pub(super) fn of(ctx: &Context, wanted: &Wanted) -> Self {
        Self {
            login: wanted.login(ctx),
            plan: wanted.plan.clone(),
            region: wanted.region.as_ref().map(Region::name).map(str::to_owned),
            is_cached: wanted.options.caching != Caching::Off,
        }
    }

    #[cfg(test)]
    pub(super) fn of_plan(plan: Plan, region: Option<String>) -> Self {
        Self { plan, region, is_cached: true, login: None }
    }

    /// The same with a role on top.
    pub(super) fn with_role(&self, arn: &str) -> Self {
        let mut renewal = self.clone();
        renewal.plan.hops.push(Hop::ad_hoc(arn));
        renewal
    }

    /// How the endpoint gets new credentials. `first` are those it starts with, if any.
    pub(super) fn fetch(self, ctx: &Context, first: Option<&Credentials>) -> Fetch {
        let options = exchange::Options {
            region: self.region,
            // `--refresh` was done when the first credentials were obtained.
            caching: if self.is_cached { Caching::On } else { Caching::Off },
            window: Some(SERVE_WINDOW),
            unattended: true,
            background: true,
            binding: Some(Arc::new(Binding::new(ctx, &self.plan, self.login, first))),
            ..exchange::Options::default()
        };
        let plan = self.plan;
        Box::new(move |ctx| exchange::credentials(ctx, &plan, &options))
    }

    /// Serves the credentials on a port of 127.0.0.1, in a thread of its own, until this process
    /// ends. Returns the port.
    ///
    /// # Errors
    /// If the system has no port or thread for it.
    pub(super) fn serve(
        self,
        ctx: &Context,
        token: SecretString,
        credentials: Credentials,
    ) -> Result<u16> {
        let failed = |e| Error::new(Kind::Other, "cannot start the endpoint").source(e);
        let runtime = endpoint::runtime()?;
        let listener = endpoint::listen(0)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let (ctx, fetch) = (ctx.clone(), self.fetch(ctx, Some(&credentials)));
        let serve = move || {
            runtime.block_on(async {
                let supply = Supply::new(&ctx, Keep::Ready, fetch);
                supply.stock(credentials);
                let routes = Box::new(move |_: &str| Ok(Arc::clone(&supply)));
                let service = CredentialsService::new(token, port, routes);
                endpoint::serve(listener, service).await
            })
        };
        thread::Builder::new().name("endpoint".into()).spawn(serve).map_err(failed)?;
        Ok(port)
    }
}
