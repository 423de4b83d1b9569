//! ENDPOINT: credentials over HTTP on loopback, for commands and containers that outlive them: the
//! container credentials contract of the AWS SDKs (SPEC 6.4), and instance metadata beside it for
//! clients that do not know that.
//!
//! A request is answered from memory. New credentials are got ahead of time, off the thread that
//! answers; where they cannot be had, the last ones serve until they end. Nothing here asks a
//! person anything.

mod imds;
mod schedule;
mod service;
mod supply;
mod workers;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, Kind, Result};
use crate::loopback::{self, Limits, Server, Visitor};
use crate::text::random;
pub(crate) use imds::Imds;
pub(crate) use service::Service;
pub(crate) use supply::{Fetch, Keep, Supply, Trouble, check_form};
pub(crate) use workers::finish;

/// What a client may take. SDKs send their request at once, and give up after a few seconds.
const LIMITS: Limits = Limits { head: Duration::from_secs(2), whole: Duration::from_secs(5) };

/// A runtime for the one thread that answers.
///
/// # Errors
/// Where the system has no more descriptors.
pub(crate) fn runtime() -> Result<Runtime> {
    Builder::new_current_thread().enable_all().build().map_err(|e| failed("cannot be set up", e))
}

/// A port of 127.0.0.1; 0 takes a free one.
///
/// # Errors
/// Where it is taken, or the system lets nobody have it.
pub(crate) fn listen(port: u16) -> Result<TcpListener> {
    loopback::listen(port).map_err(|e| {
        let error = failed(&format!("cannot listen on 127.0.0.1:{port}"), e);
        if port == 0 { error } else { error.hint("choose another `--port`, or none") }
    })
}

/// Answers with `service` whoever connects to `listener`, for ever. Call it on a runtime of one
/// thread.
///
/// # Errors
/// Where the runtime can't use the listener.
pub(crate) async fn serve(listener: TcpListener, service: Service) -> io::Result<()> {
    let service = Arc::new(service);
    let answer = move |request, visitor: Visitor| {
        let service = Arc::clone(&service);
        async move { service.answer(&request, || visitor.trust()).await }
    };
    Server::start(listener, LIMITS, answer)?.ended().await;
    Ok(())
}

/// What a client has to show: 256 random bits.
///
/// # Errors
/// Where the system has no random numbers.
pub(crate) fn new_token() -> Result<SecretString> {
    random::hex::<32>()
}

fn failed(what: &str, error: io::Error) -> Error {
    Error::new(Kind::Other, format!("the credentials endpoint {what}")).source(error)
}
