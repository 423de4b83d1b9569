//! Endpoint: credentials over HTTP on loopback, for commands and containers that outlive them. It
//! implements the AWS SDKs' container credentials protocol (SPEC 6.4) and, for clients that don't
//! know that, instance metadata.
//!
//! Requests are answered from memory. Another thread gets new credentials ahead of time; if that
//! fails, the last ones are served until they expire. Nothing here asks the user anything.

mod answer;
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
use tokio::runtime::Runtime;

use crate::error::{Error, Kind, Result};
use crate::loopback::{self, Limits, Server, Visitor};
use crate::platform::{random, runtime};
pub(crate) use imds::Imds;
pub(crate) use service::CredentialsService;
pub(crate) use supply::{Fetch, Keep, Supply, Trouble, check_form};
pub(crate) use workers::finish;

/// Limits for clients. SDKs send their request at once, and give up after a few seconds.
const LIMITS: Limits = Limits { head: Duration::from_secs(2), whole: Duration::from_secs(5) };

/// A runtime for the single thread that answers.
///
/// # Errors
/// If the system has no more descriptors.
pub(crate) fn runtime() -> Result<Runtime> {
    runtime::new().map_err(|e| failed("cannot be set up", e))
}

/// Listens on a port of 127.0.0.1; 0 means a free one.
///
/// # Errors
/// If the port is taken or not allowed.
pub(crate) fn listen(port: u16) -> Result<TcpListener> {
    loopback::listen(port).map_err(|e| {
        let error = failed(&format!("cannot listen on 127.0.0.1:{port}"), e);
        if port == 0 { error } else { error.hint("choose another `--port`, or leave it out") }
    })
}

/// Answers every connection to `listener` with `service`, forever. Must be called on a runtime with
/// one thread.
///
/// # Errors
/// If the runtime can't use the listener.
pub(crate) async fn serve(listener: TcpListener, service: CredentialsService) -> io::Result<()> {
    let service = Arc::new(service);
    let answer = move |request, visitor: Visitor| {
        let service = Arc::clone(&service);
        async move { service.answer(&request, || visitor.trust()).await }
    };
    Server::start(listener, LIMITS, answer)?.ended().await;
    Ok(())
}

/// A new token for clients: 256 random bits.
///
/// # Errors
/// If the system has no random numbers.
pub(crate) fn new_token() -> Result<SecretString> {
    random::hex::<32>()
}

fn failed(what: &str, error: io::Error) -> Error {
    Error::new(Kind::Other, format!("the credentials endpoint {what}")).source(error)
}

#[cfg(test)]
mod fuzz {
    use super::*;
    use crate::context::{Context, Fake};
    use crate::credentials::Credentials;
    use crate::fuzz::fuzz;
    use crate::loopback::answer_to;

    const TOKEN: &str = "0123456789abcdef";

    const SEEDS: &[&[u8]] = &[
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\nAuthorization: 0123456789abcdef\r\n\r\n",
        b"GET /profile/a%20b HTTP/1.1\r\nHost: localhost:80\r\nAuthorization: 0\r\n\r\n",
        b"PUT /latest/api/token HTTP/1.1\r\nHost: 127.0.0.1:80\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\n\r\n",
        b"GET /latest/meta-data/iam/security-credentials/role HTTP/1.1\r\nHost: 127.0.0.1:80\r\nx-aws-ec2-metadata-token: AAAA\r\n\r\n",
    ];

    /// Whatever the request, only a client that knows the token gets the secret.
    #[test]
    fn requests() {
        let ctx = Context::fake(&[], Fake::default());
        let end = ctx.now() + chrono::TimeDelta::days(1000);
        let runtime = runtime().expect("a runtime");
        let service = runtime.block_on(async {
            let supply = Supply::new(&ctx, Keep::WhileAskedFor, Box::new(|_| unreachable!()));
            supply.stock(Credentials {
                access_key_id: "ASIA".into(),
                secret_access_key: "TOPSECRET".to_owned().into(),
                session_token: Some("T".to_owned().into()),
                expiration: Some(end),
                account_id: None,
            });
            let imds = Imds::new(&ctx, &supply, "role", Some("eu-west-1")).expect("random bytes");
            let routes = Box::new(move |_: &str| Ok(Arc::clone(&supply)));
            Arc::new(CredentialsService::new(TOKEN.to_owned().into(), 80, routes).with_imds(imds))
        });
        fuzz(SEEDS, |bytes| {
            let service = Arc::clone(&service);
            let answer = move |request, _| {
                let service = Arc::clone(&service);
                async move { service.answer(&request, || ()).await }
            };
            let read = runtime.block_on(answer_to(bytes, answer));
            let is_given = String::from_utf8_lossy(&read).contains("TOPSECRET");
            assert!(!is_given || String::from_utf8_lossy(bytes).contains(TOKEN));
        });
    }
}
