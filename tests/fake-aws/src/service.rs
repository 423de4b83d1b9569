//! Handles one request: identifies it, logs it, holds it, delays it, and answers it or applies a
//! fault.

use crate::answer::{Answer, Shape};
use crate::fault::{self, Fault};
use crate::log::{Entry, Log, redact};
use crate::request::Request;
use crate::secrets::fingerprint;
use crate::stream::{Cut, Scissors};
use crate::world::World;
use crate::{
    clock, control, eks, federation, form, kubernetes, metadata, oidc, portal, signin, sts,
};
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// What the server and the handle share.
pub(crate) struct Shared {
    pub world: Mutex<World>,
    pub log: Log,
    pub prefix: String,
    pub ca_pem: Option<String>,
}

impl Shared {
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn reset(&self) {
        self.world().reset();
        self.log.clear();
    }
}

/// The connection must be closed without an answer.
#[derive(Debug)]
pub(crate) struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is dropped on purpose")
    }
}

impl std::error::Error for Dropped {}

/// The body of an answer.
pub(crate) enum Payload {
    Whole(Option<Bytes>),
    Endless(Bytes),
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(match &mut *self {
            Self::Whole(bytes) => bytes.take().map(|bytes| Ok(Frame::data(bytes))),
            Self::Endless(chunk) => Some(Ok(Frame::data(chunk.clone()))),
        })
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Endless(_) => SizeHint::default(),
        }
    }
}

/// What a service returns for a request: an answer, or one that refuses it.
type Handler = fn(&mut World, &str, &Request, &mut Entry) -> Result<Answer, Answer>;

/// The service and operation of a request.
struct Route {
    operation: &'static str,
    shape: Shape,
    handler: Handler,
}

fn route(request: &Request) -> Route {
    let path = request.path.as_str();
    if let Some(operation) = portal::operation(path) {
        return Route { operation, shape: Shape::Portal, handler: portal::handle };
    }
    if let Some(operation) = oidc::operation(path) {
        return Route { operation, shape: Shape::Oidc, handler: oidc::handle };
    }
    if let Some(operation) = oidc::page(path) {
        return Route { operation, shape: Shape::Page, handler: oidc::handle };
    }
    if let Some(operation) = signin::operation(path) {
        return Route { operation, shape: Shape::Signin, handler: signin::handle };
    }
    if let Some((operation, shape)) = metadata::operation(path) {
        return Route { operation, shape, handler: metadata::handle };
    }
    if let Some(operation) = federation::operation(request) {
        return Route { operation, shape: Shape::Page, handler: federation::handle };
    }
    if let Some(operation) = eks::operation(path) {
        return Route { operation, shape: Shape::Eks, handler: eks::handle };
    }
    if let Some(operation) = kubernetes::operation(path) {
        return Route { operation, shape: Shape::Kubernetes, handler: kubernetes::handle };
    }
    if path == "/" {
        let operation = sts::operation(request);
        return Route { operation, shape: Shape::Sts, handler: sts::handle };
    }
    Route { operation: "Unknown", shape: Shape::Page, handler: nothing }
}

fn nothing(_: &mut World, _: &str, _: &Request, _: &mut Entry) -> Result<Answer, Answer> {
    Err(Shape::Page.error(404, "Not found", "No service has this path."))
}

/// Answers one request.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    scissors: Scissors,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Payload>, Dropped> {
    let request = match Request::read(request, &shared.prefix).await {
        Ok(request) => request,
        Err(text) => return respond(&shared, Shape::Page.error(413, "Bad request", text), None),
    };
    if request.path.starts_with("/_fake/") {
        return respond(&shared, control::handle(&shared, &request), None);
    }
    let route = route(&request);
    let mut entry = enter(&shared, &route, &request);
    entry.seq = shared.log.begin(entry.clone());
    delay(&shared, route.operation).await;

    let fault = fault::take(&mut shared.world().plan, route.operation);
    entry.fault = fault.as_ref().map(|fault| format!("{fault:?}"));
    let instead = fault.as_ref().and_then(|fault| fault.instead(route.shape));
    let runs = instead.is_none() && !matches!(fault, Some(Fault::Drop | Fault::Hang));
    let answer = match instead {
        Some(answer) => Some(answer),
        None if runs => {
            let world = &mut shared.world();
            let done = (route.handler)(world, route.operation, &request, &mut entry);
            Some(done.unwrap_or_else(|refusal| refusal))
        }
        None => None,
    };
    finish(&shared, &scissors, fault, entry, answer).await
}

/// Completes the log and sends the answer, or what the fault leaves of it.
async fn finish(
    shared: &Shared,
    scissors: &Scissors,
    fault: Option<Fault>,
    mut entry: Entry,
    answer: Option<Answer>,
) -> Result<hyper::Response<Payload>, Dropped> {
    let lost = matches!(fault, Some(Fault::Drop | Fault::LoseAnswer));
    if let Some(answer) = &answer {
        entry.status = (!lost).then_some(answer.status);
        entry.error.clone_from(&answer.error);
    }
    shared.log.finish(entry);
    let Some(mut answer) = answer.filter(|_| !lost) else {
        if fault == Some(Fault::Hang) {
            std::future::pending::<()>().await;
        }
        return Err(Dropped);
    };
    match &fault {
        Some(Fault::CutHeaders) => scissors.set(Cut::Headers),
        Some(Fault::CutBody) => scissors.set(Cut::Body),
        Some(fault) => fault.spoil(&mut answer),
        None => {}
    }
    respond(shared, answer, fault.as_ref())
}

/// Waits at the barrier, then for the operation's latency.
async fn delay(shared: &Shared, operation: &str) {
    let hold = {
        let world = shared.world();
        let hold = world.holds.get(operation).or_else(|| world.holds.get("*"));
        hold.map(tokio::sync::watch::Sender::subscribe)
    };
    if let Some(mut hold) = hold {
        // An error means that the barrier is gone, which releases too.
        let _ = hold.wait_for(|released| *released).await;
    }
    let latency = {
        let world = shared.world();
        world.latency.get(operation).or_else(|| world.latency.get("*")).copied()
    };
    if let Some(latency) = latency.filter(|latency| !latency.is_zero()) {
        // The time is what is imitated. To hold answers until something happens, there is the barrier.
        tokio::time::sleep(latency).await;
    }
}

fn respond(
    shared: &Shared,
    answer: Answer,
    fault: Option<&Fault>,
) -> Result<hyper::Response<Payload>, Dropped> {
    let date = {
        let world = shared.world();
        clock::http_date(world.now() + world.date_skew * 1000)
    };
    let mut response = hyper::Response::builder().status(answer.status).header("Date", date);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    let payload = match fault {
        Some(Fault::Endless) => Payload::Endless(Bytes::from(vec![b' '; 16 << 10])),
        _ if answer.body.is_empty() => Payload::Whole(None),
        _ => Payload::Whole(Some(answer.body)),
    };
    // A custom fault may contain a header that HTTP does not allow.
    response.body(payload).map_err(|_| Dropped)
}

/// The log entry of a request that has just been read.
fn enter(shared: &Shared, route: &Route, request: &Request) -> Entry {
    let query = request.query.clone().unwrap_or_default();
    let shown: Vec<_> = query
        .iter()
        .map(|(name, value)| form::encode(name) + "=" + &form::encode(&redact(name, value)))
        .collect();
    let mark = if shown.is_empty() { "" } else { "?" };
    let mut entry = Entry {
        time_ms: shared.world().now(),
        operation: route.operation.to_owned(),
        method: request.method.to_string(),
        path: format!("{}{mark}{}", request.raw_path, shown.join("&")),
        ..Entry::default()
    };
    for (name, value) in query.into_iter().chain(request.form().unwrap_or_default()) {
        let value = redact(&name, &value);
        entry.params.insert(name, value);
    }
    for (name, value) in request.json().unwrap_or_default() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let value = redact(&name, &text);
        entry.params.insert(name, value);
    }
    for (name, value) in &request.headers {
        if let Some(note) = objection(route.shape, name.as_str()) {
            entry.notes.push(note.to_owned());
        }
        if let Some(value) = shown_header(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))
        {
            entry.headers.insert(name.as_str().to_owned(), value);
        }
    }
    entry
}

/// A header that should not have been sent to this service.
fn objection(shape: Shape, name: &str) -> Option<&'static str> {
    let unsigned = matches!(shape, Shape::Portal | Shape::Oidc | Shape::Signin);
    match name {
        "authorization" if unsigned => Some("an Authorization header on an unsigned operation"),
        "x-amz-security-token" if unsigned => Some("a session token on an unsigned operation"),
        "x-amz-sso_bearer_token" if shape != Shape::Portal => {
            Some("a bearer token of the portal on another service")
        }
        _ => None,
    }
}

/// A header as it may be logged.
fn shown_header(name: &str, value: &str) -> Option<String> {
    match name {
        "host"
        | "user-agent"
        | "x-amz-user-agent"
        | "content-type"
        | "content-length"
        | "accept"
        | "accept-encoding"
        | "connection"
        | "x-amz-date"
        | "amz-sdk-request"
        | "amz-sdk-invocation-id"
        | "x-k8s-aws-id" => Some(value.to_owned()),
        "x-amz-sso_bearer_token" | "x-amz-security-token" | "x-aws-ec2-metadata-token" | "dpop" => {
            Some(fingerprint(value))
        }
        "authorization" => Some(match value.split_once("Signature=") {
            Some((scope, _)) if value.starts_with("AWS4-") => format!("{scope}Signature=…"),
            _ => fingerprint(value),
        }),
        _ => None,
    }
}
