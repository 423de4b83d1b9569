//! Runs one operation from its first attempt to the end: waits for the quota, limits the time,
//! reads errors.

use std::pin::pin;
use std::time::Instant;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use secrecy::ExposeSecret;
use tokio::time::timeout_at;

use super::endpoint::ServiceEndpoint;
use super::error::{Cause, RequestError};
use super::http::Transport;
use super::pacing::Pace;
use super::response::{self, SentRequest};
use super::retry::{Classifier, OPERATION_TIMEOUT};
use super::single_use;
use super::transport_error::TransportError;
use super::{Aws, Deadline, Interrupted, Network};
use crate::credentials::Credentials;

/// One operation to send.
pub(super) struct Call<'a> {
    /// AWS's name for it.
    pub operation: &'static str,
    pub endpoint: &'a ServiceEndpoint,
    /// Secrets of the request, which no message may repeat.
    pub secrets: &'a [&'a str],
    /// The quota it counts against, if there is one.
    pub pace: Option<Pace>,
    /// Whether sending it uses something up. Then only the time of each attempt is limited, and its
    /// client has the classifier [`single_use::SingleUse`].
    pub single_use: bool,
}

impl<'a> Call<'a> {
    /// An operation without a quota that may be sent again.
    pub(super) fn new(
        operation: &'static str,
        endpoint: &'a ServiceEndpoint,
        secrets: &'a [&'a str],
    ) -> Self {
        Self { operation, endpoint, secrets, pace: None, single_use: false }
    }

    pub(super) fn error(&self, cause: Cause) -> RequestError {
        RequestError::new(self.operation, self.endpoint, cause)
    }
}

/// The secrets that no message may repeat about a request signed with `credentials`.
#[expect(clippy::disallowed_methods, reason = "no message may repeat them")]
pub(super) fn secrets(credentials: &Credentials) -> [&str; 2] {
    let session_token = credentials.session_token.as_ref().map(ExposeSecret::expose_secret);
    [credentials.secret_access_key.expose_secret(), session_token.unwrap_or_default()]
}

/// Refuses keys that cannot be written into headers: the SDK would panic.
#[expect(clippy::disallowed_methods, reason = "only its characters are looked at")]
pub(super) fn check_keys(call: &Call<'_>, signer: &Credentials) -> Result<(), RequestError> {
    let token = signer.session_token.as_ref().map_or("", ExposeSecret::expose_secret);
    let parts = [("access key id", &*signer.access_key_id), ("session token", token)];
    let is_odd = |text: &str| !text.bytes().all(|byte| byte.is_ascii_graphic());
    match parts.into_iter().find(|(_, text)| is_odd(text)) {
        Some((part, _)) => Err(call.error(Cause::OddKey(part))),
        None => Ok(()),
    }
}

/// The keys that sign a request. The expiration is left out: the SDK refuses keys that are about to
/// expire, AWS doesn't.
#[expect(clippy::disallowed_methods, reason = "requests are signed with them")]
pub(super) fn keys(signer: &Credentials) -> aws_credential_types::Credentials {
    let session_token = signer.session_token.as_ref().map(ExposeSecret::expose_secret);
    aws_credential_types::Credentials::new(
        &signer.access_key_id,
        signer.secret_access_key.expose_secret(),
        session_token.map(str::to_owned),
        None,
        "ssowrap",
    )
}

impl Aws<'_> {
    /// Sends one operation, with its attempts, and waits until it ends.
    ///
    /// `send` creates the future from the shared settings and the classifier, which its client must
    /// use.
    pub(super) fn call<O, E, F>(
        &self,
        call: &Call<'_>,
        send: impl FnOnce(&SdkConfig, Classifier) -> F,
    ) -> Result<O, RequestError>
    where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata,
    {
        let network = self.network_for(call)?;
        let outcome = network.race(self.ask(call, send));
        outcome.unwrap_or_else(|Interrupted| Err(call.error(Cause::Interrupted)))
    }

    /// [`Aws::call`] without waiting, in the runtime of [`Aws::wait`].
    pub(super) async fn ask<O, E, F>(
        &self,
        call: &Call<'_>,
        send: impl FnOnce(&SdkConfig, Classifier) -> F,
    ) -> Result<O, RequestError>
    where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata,
    {
        let network = self.network_for(call)?;
        let Call { operation, endpoint, secrets, pace, .. } = call;
        self.ctx.printer.info(|| format!("asking {} for {operation}", endpoint.host));
        let transport =
            network.transport.operation(pace.clone(), self.deadline.map(|deadline| deadline.at));
        let mut sdk = network.sdk.to_builder().http_client(transport.clone());
        if call.single_use {
            single_use::apply(&mut sdk);
        }
        let sdk = sdk.build();
        let classifier = Classifier::new(self.ctx.now(), pace.is_some());
        let answer = self.in_time(call, &transport, send(&sdk, classifier.clone())).await;
        network.date.set(transport.seen().date);
        answer?.map_err(|error| {
            let asked =
                SentRequest { seen: transport.seen(), classifier, now: self.ctx.now(), secrets };
            response::read(operation, endpoint, &error, &asked)
        })
    }

    fn network_for(&self, call: &Call<'_>) -> Result<&Network, RequestError> {
        self.network()
            .map_err(|e| call.error(Cause::Unsendable(format!("networking cannot be set up: {e}"))))
    }

    /// The outcome of an operation, before the deadline and within [`OPERATION_TIMEOUT`], not
    /// counting the time in the queue.
    async fn in_time<F: Future>(
        &self,
        call: &Call<'_>,
        transport: &Transport,
        operation: F,
    ) -> Result<F::Output, RequestError> {
        if call.single_use {
            return Ok(operation.await);
        }
        let started = Instant::now();
        let mut operation = pin!(operation);
        loop {
            let limit = started + OPERATION_TIMEOUT + transport.seen().queued;
            let deadline = self.deadline.filter(|deadline| deadline.at < limit);
            let wake = deadline.map_or(limit, |deadline| deadline.at);
            if let Ok(outcome) = timeout_at(wake.into(), &mut operation).await {
                return Ok(outcome);
            }
            let queued = transport.seen().queued;
            if let Some(Deadline { after, .. }) = deadline {
                return Err(call.error(Cause::GaveUp { after, queued }));
            }
            // The attempts may have joined the queue in the meantime.
            if started + OPERATION_TIMEOUT + queued <= wake {
                let host = call.endpoint.host.clone();
                let timeout = TransportError::Timeout { host, after: OPERATION_TIMEOUT };
                return Err(call.error(Cause::Transport(timeout)));
            }
        }
    }
}
