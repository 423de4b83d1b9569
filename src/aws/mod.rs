//! Clients for the AWS services that issue credentials. They are built at the first request and
//! kept for the whole chain.
//!
//! This module knows no profiles and reads no config file: settings for endpoints and certificates
//! come in a [`Reach`].

mod call;
mod dial;
mod dpop;
mod eks;
mod endpoint;
mod error;
#[cfg(test)]
mod fuzz;
mod http;
mod issued;
mod login_session;
mod metadata;
mod oidc;
mod pacing;
mod plain;
mod response;
mod retry;
mod sign_in;
mod single_use;
mod sso;
mod sts;
mod transport_error;
mod trust;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aws_sdk_sts::config::{BehaviorVersion, StalledStreamProtectionConfig};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::app_name::AppName;
use chrono::{DateTime, Utc};
use tokio::runtime::Runtime;

use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::platform::interrupt::Interrupt;
use crate::platform::runtime;
use crate::profile::files;
use crate::profile::reach::Reach;
pub(crate) use crate::profile::reach::Service;
use crate::variables;
use dial::{Dialer, Proxies};
pub(crate) use dpop::DpopKey;
pub(crate) use eks::ClusterDescription;
use endpoint::Endpoints;
pub(crate) use endpoint::{ServiceEndpoint, own_host_of_sts};
pub(crate) use error::{Cause, ErrorResponse, RequestError, of_odd_key};
use http::CONNECT_TIMEOUT;
pub(crate) use http::Transport;
pub(crate) use login_session::SessionGrant;
pub(crate) use oidc::{
    BrowserClient, Client, ClientRequest, DeviceAuthorization, NewToken, TokenGrant,
};
use pacing::Pace;
pub(crate) use sign_in::FEDERATION;
pub(crate) use sso::{AccountInfo, ListPage, PortalSession};
pub(crate) use sts::{AssumeRole, Mfa, WebIdentityRole};
use trust::Trust;

/// The AWS services, reached as the environment and the config say.
pub(crate) struct Aws<'a> {
    ctx: &'a Context,
    reach: &'a Reach,
    deadline: Option<Deadline>,
    /// Keyed by portal and token file.
    paces: RefCell<HashMap<(String, PathBuf), Pace>>,
    network: OnceCell<Network>,
}

/// When the caller stops waiting.
#[derive(Clone, Copy)]
struct Deadline {
    at: Instant,
    after: Duration,
}

/// What is needed only if there is a request.
struct Network {
    /// Always set. An option because shutting a runtime down without waiting takes it by value.
    runtime: Option<Runtime>,
    transport: Transport,
    sdk: SdkConfig,
    /// The `Date` header of the last answer.
    date: Cell<Option<DateTime<Utc>>>,
    /// Set if the program handles Ctrl-C itself.
    interrupt: Cell<Option<Interrupt>>,
}

/// Ctrl-C was pressed.
struct Interrupted;

impl Drop for Network {
    fn drop(&mut self) {
        // A hanging DNS lookup would delay the program's exit.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Aws<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aws").field("used", &self.network.get().is_some()).finish_non_exhaustive()
    }
}

impl<'a> Aws<'a> {
    /// Does no work until the first request.
    pub(crate) fn new(ctx: &'a Context, reach: &'a Reach) -> Self {
        Self { ctx, reach, deadline: None, paces: RefCell::default(), network: OnceCell::new() }
    }

    /// Gives up after `patience`, whatever it is waiting for.
    pub(crate) fn within(mut self, patience: Option<Duration>) -> Self {
        self.deadline = patience.map(|after| Deadline { at: Instant::now() + after, after });
        self
    }

    /// How much longer the caller waits, if there is a limit.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.at.saturating_duration_since(Instant::now()))
    }

    /// Where requests to `service` in `region` go. Sends nothing.
    ///
    /// # Errors
    /// `InvalidSetting` if the region is not a host label, if an override is not an http(s) URL,
    /// and for FIPS or dual-stack together with an override.
    pub(crate) fn endpoint(&self, service: Service, region: &str) -> Result<ServiceEndpoint> {
        self.with_endpoints(|endpoints| endpoints.resolve(service, region))
    }

    /// Where requests to SSO OIDC in `region` go. Also reachable over IPv6, unless a custom
    /// endpoint is set.
    ///
    /// # Errors
    /// See [`Aws::endpoint`].
    pub(crate) fn dual_stack_endpoint(&self, region: &str) -> Result<ServiceEndpoint> {
        self.with_endpoints(|endpoints| endpoints.resolve_dual_stack(Service::SsoOidc, region))
    }

    /// The custom endpoint of `service`, if one is set.
    pub(crate) fn address(&self, service: Service) -> Option<String> {
        self.with_endpoints(|endpoints| endpoints.custom(service)).map(|(url, _)| url)
    }

    fn with_endpoints<T>(&self, ask: impl FnOnce(Endpoints<'_>) -> T) -> T {
        ask(Endpoints { variable: &|name| self.ctx.var(name), reach: self.reach })
    }

    /// `AWS_CA_BUNDLE`, else the profile's `ca_bundle`, else `REQUESTS_CA_BUNDLE` as in botocore,
    /// else the system's certificates.
    fn trust(&self) -> Trust {
        let bundle = |path: PathBuf, origin: &str| Trust::Bundle {
            // Without a home directory, the path stays as it is, and the error shows it.
            path: files::expand_home(self.ctx, &path).unwrap_or(path),
            origin: origin.to_owned(),
        };
        if let Some(path) = self.ctx.var_os(variables::AWS_CA_BUNDLE) {
            return bundle(path.into(), &variables::AWS_CA_BUNDLE);
        }
        if let Some(path) = self.reach.ca_bundle.as_ref().filter(|path| !path.is_empty()) {
            return bundle(path.into(), "`ca_bundle`");
        }
        match self.ctx.var_os(variables::REQUESTS_CA_BUNDLE) {
            Some(path) => bundle(path.into(), &variables::REQUESTS_CA_BUNDLE),
            None => Trust::System,
        }
    }

    fn network(&self) -> Result<&Network, std::io::Error> {
        if let Some(network) = self.network.get() {
            return Ok(network);
        }
        let runtime = runtime::new()?;
        let dialer = Dialer::new(Proxies::of_environment(self.ctx), self.trust());
        let transport = Transport::new(dialer, self.ctx.printer.clone());
        let sdk = sdk_config(transport.clone());
        let runtime = Some(runtime);
        let (date, interrupt) = (Cell::default(), Cell::default());
        let network = Network { runtime, transport, sdk, date, interrupt };
        Ok(self.network.get_or_init(|| network))
    }

    /// From now on, Ctrl-C ends the current wait or request, not the process. The program then
    /// reports it with an exit code instead of a signal.
    ///
    /// # Errors
    /// `Other` if the system does not allow it.
    pub(crate) fn catch_interrupts(&self) -> Result<()> {
        let heard = self.network().and_then(|network| {
            if let Some(interrupt) = network.interrupt.take() {
                network.interrupt.set(Some(interrupt));
                return Ok(());
            }
            let runtime = network.runtime.as_ref().map(Runtime::enter);
            let interrupt = Interrupt::listen();
            drop(runtime);
            network.interrupt.set(Some(interrupt?));
            Ok(())
        });
        heard.map_err(|e| Error::new(Kind::Other, "cannot handle Ctrl-C").source(e))
    }

    /// Undoes [`Aws::catch_interrupts`]: Ctrl-C ends the process again.
    ///
    /// # Errors
    /// `Interrupted` if Ctrl-C was pressed since the last wait.
    pub(crate) fn release_interrupts(&self) -> Result<()> {
        let Some(network) = self.network.get() else { return Ok(()) };
        let Some(mut interrupt) = network.interrupt.take() else { return Ok(()) };
        interrupt.release();
        network.interrupt.set(Some(interrupt));
        // The runtime looks for signals when it has nothing else to do.
        let pressed = self.wait(tokio::task::yield_now());
        network.interrupt.set(None);
        pressed
    }

    /// Runs `ask`, which Ctrl-C does not end even after [`Aws::catch_interrupts`]. If it was
    /// pressed meanwhile, it ends the next wait.
    fn uninterrupted<T>(&self, ask: impl FnOnce() -> T) -> T {
        let interrupt = self.network.get().and_then(|network| network.interrupt.take());
        let outcome = ask();
        if let Some(network) = self.network.get() {
            network.interrupt.set(interrupt);
        }
        outcome
    }

    /// Waits for something other than a request, in the same runtime.
    ///
    /// # Errors
    /// `Interrupted` at Ctrl-C after [`Aws::catch_interrupts`].
    pub(crate) fn wait<F: Future>(&self, future: F) -> Result<F::Output> {
        let network = self
            .network()
            .map_err(|e| Error::new(Kind::Other, "networking cannot be set up").source(e))?;
        network.race(future).map_err(|Interrupted| interrupted())
    }

    /// The HTTP client, for requests that are not an operation of a service.
    pub(crate) fn transport(&self) -> Result<Transport, std::io::Error> {
        Ok(self.network()?.transport.clone())
    }
}

impl Network {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match &self.runtime {
            Some(runtime) => runtime.block_on(future),
            None => unreachable!("only dropping takes the runtime"),
        }
    }

    /// The outcome of `future`, unless Ctrl-C comes first.
    fn race<F: Future>(&self, future: F) -> Result<F::Output, Interrupted> {
        let Some(mut interrupt) = self.interrupt.take() else { return Ok(self.block_on(future)) };
        let outcome = self.block_on(async {
            tokio::select! {
                biased;
                () = interrupt.wait() => Err(Interrupted),
                output = future => Ok(output),
            }
        });
        self.interrupt.set(Some(interrupt));
        outcome
    }
}

/// The error for Ctrl-C.
fn interrupted() -> Error {
    Error::new(Kind::Interrupted, "interrupted")
}

/// The settings that the clients of all services share.
fn sdk_config(transport: Transport) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(transport)
        .retry_config(retry::config())
        .sleep_impl(TokioSleep::new())
        .timeout_config(
            TimeoutConfig::builder()
                // The SDK's own timeout is shorter.
                .connect_timeout(CONNECT_TIMEOUT)
                // Ours doesn't count the time spent waiting for the quota.
                .disable_operation_timeout()
                .build(),
        )
        // Answers are read whole, within the time of one attempt.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        // It would send a refused request again.
        .disable_clock_skew_correction(true)
        .app_name(AppName::new("ssowrap").expect("a plain word"))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::printer::Printer;

    /// The SDK has timeouts of its own for whatever is not set.
    #[test]
    fn the_times_are_ours() {
        let dialer = Dialer::new(Proxies::none(), Trust::System);
        let transport = Transport::new(dialer, Printer::silent());
        let config = sdk_config(transport);
        let times = config.timeout_config().expect("times");
        assert_eq!(times.connect_timeout(), Some(std::time::Duration::from_secs(5)));
        assert_eq!(times.operation_timeout(), None);
    }
}
