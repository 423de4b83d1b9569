//! The HTTP client under the SDK: HTTP/1.1 over connections from [`Dialer`].
//!
//! It replaces the SDK's own client, which panics on a bundle with a broken certificate, reads the
//! trust roots even if no https request follows, and doesn't limit the size of an answer.

use std::collections::HashMap;
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use chrono::{DateTime, Utc};
use http::header::{DATE, HOST, PROXY_AUTHORIZATION};
use http::{HeaderValue, Method, Request, Response, Uri};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::dial::{Dialer, Forward, Origin};
use super::pacing::Pace;
use super::retry::{self, OPERATION_TIMEOUT};
use super::transport_error::TransportError;
use crate::printer::Printer;
use crate::text::timestamp;

/// The limit for opening a TCP connection.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The limit for one attempt, from dialing to the last byte of the answer.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// Real answers are a few kilobytes.
const MAX_BODY: usize = 1 << 20;

/// After this many refusals under the portal's quota, the request fails. Fewer are enough to find the
/// right rate, even if that is far below the usual one.
const MOST_REFUSALS: u32 = 16;

/// An HTTP client that reuses each origin's connections.
#[derive(Clone)]
pub(crate) struct Transport {
    shared: Arc<Shared>,
    operation: Arc<Operation>,
}

/// What all operations share.
struct Shared {
    dialer: Dialer,
    printer: Printer,
    idle: Mutex<HashMap<Origin, Vec<HttpConnection>>>,
}

/// One operation with all its attempts.
#[derive(Default)]
struct Operation {
    /// Says when each attempt may start.
    pace: Option<Pace>,
    /// No attempt starts after this.
    deadline: Option<Instant>,
    seen: Mutex<Seen>,
}

/// What happened in the attempts of one operation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// How long they waited for the quota.
    pub queued: Duration,
    /// How many attempts were sent.
    pub attempts: u32,
    /// The `Date` header of the last answer: the time on AWS's clock.
    pub date: Option<DateTime<Utc>>,
}

/// An open connection that speaks HTTP.
struct HttpConnection {
    sender: http1::SendRequest<SdkBody>,
    forward: Option<Forward>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}

impl Transport {
    /// A client without connections.
    pub(crate) fn new(dialer: Dialer, printer: Printer) -> Self {
        let shared = Arc::new(Shared { dialer, printer, idle: Mutex::default() });
        Self { shared, operation: Arc::default() }
    }

    /// The same client for a new operation. Its attempts keep to `pace`.
    pub(super) fn operation(&self, pace: Option<Pace>, deadline: Option<Instant>) -> Self {
        let operation = Operation { pace, deadline, seen: Mutex::default() };
        Self { shared: Arc::clone(&self.shared), operation: Arc::new(operation) }
    }

    /// Sends one request without a body, once. Follows no redirect.
    pub(crate) async fn ask(
        &self,
        method: Method,
        uri: Uri,
    ) -> Result<Response<SdkBody>, TransportError> {
        let unusable = |reason: &str| TransportError::Malformed {
            host: uri.host().unwrap_or_default().to_owned(),
            reason: reason.to_owned(),
        };
        let origin = Origin::of(&uri).ok_or_else(|| unusable("its address is not a URL"))?;
        let request = Request::builder().method(method).uri(uri.clone()).body(SdkBody::empty());
        let request = request.map_err(|_| unusable("its address is not valid for a request"))?;
        let attempt = Connector {
            transport: self.clone(),
            connect_timeout: CONNECT_TIMEOUT,
            timeout: ATTEMPT_TIMEOUT,
        };
        match tokio::time::timeout(ATTEMPT_TIMEOUT, attempt.send(&origin, request)).await {
            Ok(answer) => answer,
            Err(_elapsed) => {
                Err(TransportError::Timeout { host: origin.to_string(), after: ATTEMPT_TIMEOUT })
            }
        }
    }

    /// What happened in this operation so far.
    pub(super) fn seen(&self) -> Seen {
        lock(&self.operation.seen).clone()
    }
}

/// A panic while holding a lock ends the program, so poisoning can be ignored.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HttpClient for Transport {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            transport: self.clone(),
            connect_timeout: settings.connect_timeout().unwrap_or(CONNECT_TIMEOUT),
            timeout: settings.read_timeout().unwrap_or(ATTEMPT_TIMEOUT),
        })
    }
}

/// [`Transport`] with the timeouts of one client.
#[derive(Clone, Debug)]
struct Connector {
    transport: Transport,
    connect_timeout: Duration,
    timeout: Duration,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move { this.attempt(request).await })
    }
}

impl Connector {
    /// Sends a request. If there is a quota, waits for a slot and sends it again while AWS refuses
    /// it.
    async fn attempt(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let mut request =
            request.try_into_http1x().map_err(|e| ConnectorError::user(e.to_string().into()))?;
        let operation = &self.transport.operation;
        let Some(pace) = &operation.pace else {
            lock(&operation.seen).attempts += 1;
            return self.once(request).await;
        };
        let (mut refusals, mut paused) = (0, Duration::ZERO);
        loop {
            lock(&operation.seen).attempts += 1;
            // Connects before the slot begins, because a slow connection would miss it.
            self.connect(request.uri()).await?;
            let queued = |queued| lock(&operation.seen).queued += queued;
            let start = pace.wait(operation.deadline, queued).await;
            let start = match start {
                Ok(start) => start,
                Err(queue) => {
                    let host = origin(request.uri())?.to_string();
                    let error = TransportError::QuotaUsedUp { host, queue };
                    return Err(error.into_connector_error());
                }
            };
            let again = copy(&request);
            let response = self.once(request).await?;
            if response.status().as_u16() != 429 {
                return Ok(response);
            }
            let pause = retry::pause(&response, pace.time()).unwrap_or_default();
            pace.throttled(start, pause);
            refusals += 1;
            paused += pause;
            match again {
                Some(again) if refusals < MOST_REFUSALS && paused < OPERATION_TIMEOUT => {
                    request = again;
                }
                _ => return Ok(response),
            }
        }
    }

    /// Opens the connection for a request to `uri`.
    async fn connect(&self, uri: &Uri) -> Result<(), ConnectorError> {
        let origin = origin(uri)?;
        let connection = self.timed(&origin, "CONNECT", uri, self.connection(&origin, uri));
        let connection = connection.await?;
        self.keep(&origin, connection);
        Ok(())
    }

    /// Sends a request once.
    async fn once(&self, request: Request<SdkBody>) -> Result<HttpResponse, ConnectorError> {
        let (uri, method) = (request.uri().clone(), request.method().clone());
        let origin = origin(&uri)?;
        let started = Instant::now();
        let response = self.send(&origin, request);
        let response = self.timed(&origin, method.as_str(), &uri, response).await?;
        self.transport.shared.printer.debug(|| {
            let (url, status) = (without_query(&uri), response.status().as_u16());
            format!("{method} {url}: HTTP {status} ({} ms)", started.elapsed().as_millis())
        });
        lock(&self.transport.operation.seen).date =
            response.headers().get(DATE).and_then(|v| v.to_str().ok()).and_then(timestamp::of_http);
        HttpResponse::try_from(response).map_err(|_| {
            let reason = "its headers are not text".to_owned();
            TransportError::Malformed { host: origin.to_string(), reason }.into_connector_error()
        })
    }

    /// Limits a step to the time of one attempt.
    async fn timed<T>(
        &self,
        origin: &Origin,
        step_name: &str,
        uri: &Uri,
        step: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, ConnectorError> {
        let started = Instant::now();
        let outcome = within(self.timeout, step).await.unwrap_or_else(|| {
            Err(TransportError::Timeout { host: origin.to_string(), after: self.timeout })
        });
        outcome.map_err(|error| {
            self.transport.shared.printer.debug(|| {
                let (url, time) = (without_query(uri), started.elapsed().as_millis());
                format!("{step_name} {url}: {error} ({time} ms)")
            });
            error.into_connector_error()
        })
    }

    async fn send(
        &self,
        origin: &Origin,
        mut request: Request<SdkBody>,
    ) -> Result<Response<SdkBody>, TransportError> {
        let mut connection = self.connection(origin, request.uri()).await?;
        prepare(&mut request, origin, connection.forward.as_ref())?;
        let response = connection
            .sender
            .send_request(request)
            .await
            .map_err(|error| broken(origin, &error))?;
        let response = complete(origin, response).await?;
        self.keep(origin, connection);
        Ok(response)
    }

    fn keep(&self, origin: &Origin, connection: HttpConnection) {
        lock(&self.transport.shared.idle).entry(origin.clone()).or_default().push(connection);
    }

    fn kept(&self, origin: &Origin) -> Option<HttpConnection> {
        lock(&self.transport.shared.idle).get_mut(origin)?.pop()
    }

    /// An earlier request's connection that still works, or a new one.
    async fn connection(
        &self,
        origin: &Origin,
        uri: &Uri,
    ) -> Result<HttpConnection, TransportError> {
        while let Some(mut connection) = self.kept(origin) {
            if connection.sender.ready().await.is_ok() {
                return Ok(connection);
            }
        }
        let line = self.transport.shared.dialer.dial(origin, uri, self.connect_timeout).await?;
        let (sender, driver) = http1::handshake(TokioIo::new(line.stream))
            .await
            .map_err(|error| broken(origin, &error))?;
        // Errors of the driver reach the sender too.
        tokio::spawn(async move { drop(driver.await) });
        Ok(HttpConnection { sender, forward: line.forward })
    }
}

fn origin(uri: &Uri) -> Result<Origin, ConnectorError> {
    Origin::of(uri).ok_or_else(|| ConnectorError::user("the request has no absolute URL".into()))
}

/// A copy of the request, if its body can be sent again.
fn copy(request: &Request<SdkBody>) -> Option<Request<SdkBody>> {
    let mut copy = Request::new(request.body().try_clone()?);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}

/// Limits `future` to a time that counts only while this process runs. After the process was
/// stopped or the machine slept, an answer that has arrived meanwhile still counts.
async fn within<F: Future>(time: Duration, future: F) -> Option<F::Output> {
    const TICK: Duration = Duration::from_secs(1);
    let mut future = pin!(future);
    let mut left = time;
    while !left.is_zero() {
        let tick = TICK.min(left);
        if let Ok(output) = tokio::time::timeout(tick, &mut future).await {
            return Some(output);
        }
        left -= tick;
    }
    None
}

/// Makes the request valid HTTP/1.1: the SDK leaves an absolute URL and no `Host`.
fn prepare(
    request: &mut Request<SdkBody>,
    origin: &Origin,
    forward: Option<&Forward>,
) -> Result<(), TransportError> {
    let unusable = || TransportError::Malformed {
        host: origin.to_string(),
        reason: "its address cannot be written into a request".into(),
    };
    let host = HeaderValue::from_str(&origin.to_string()).map_err(|_| unusable())?;
    request.headers_mut().entry(HOST).or_insert(host);
    match forward {
        Some(forward) => {
            if let Some(authorization) = &forward.authorization {
                request.headers_mut().insert(PROXY_AUTHORIZATION, authorization.clone());
            }
        }
        None => {
            let path = request.uri().path_and_query().cloned().ok_or_else(unusable)?;
            *request.uri_mut() = Uri::from(path);
        }
    }
    Ok(())
}

/// Reads the whole answer.
async fn complete(
    origin: &Origin,
    response: Response<Incoming>,
) -> Result<Response<SdkBody>, TransportError> {
    let (head, body) = response.into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            let reason = format!("it is larger than {} KiB", MAX_BODY / 1024);
            return TransportError::Malformed { host: origin.to_string(), reason };
        }
        match error.downcast_ref::<hyper::Error>() {
            Some(error) => broken(origin, error),
            None => TransportError::Dropped { host: origin.to_string() },
        }
    })?;
    let body = body.to_bytes();
    // The SDK accepts XML that is cut off in the middle of a value.
    if body.trim_ascii_start().starts_with(b"<") && !body.trim_ascii_end().ends_with(b">") {
        let reason = "it ends in the middle".to_owned();
        return Err(TransportError::Malformed { host: origin.to_string(), reason });
    }
    Ok(Response::from_parts(head, SdkBody::from(body)))
}

fn broken(origin: &Origin, error: &hyper::Error) -> TransportError {
    let host = origin.to_string();
    if error.is_parse() {
        return TransportError::Malformed { host, reason: "it is not HTTP".into() };
    }
    // The connection ended before hyper began to write the request.
    if error.is_canceled() {
        return TransportError::Unsent { host };
    }
    TransportError::Dropped { host }
}

fn without_query(uri: &Uri) -> String {
    uri.to_string().split('?').next().unwrap_or_default().to_owned()
}
