//! ENDPOINT: credentials over HTTP on loopback, for commands and containers that outlive them: the
//! container credentials contract of the AWS SDKs (SPEC 6.4), and instance metadata beside it for
//! clients that do not know that.
//!
//! A request is answered from memory. New credentials are got ahead of time, off the thread that
//! answers; where they cannot be had, the last ones serve until they end. Nothing here asks a
//! person anything.

pub(crate) mod connections;
mod imds;
mod schedule;
mod service;
mod supply;

use std::io;
use std::net::{Ipv4Addr, TcpListener};

use secrecy::SecretString;
use tokio::runtime::{Builder, Runtime};
use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
pub(crate) use imds::Imds;
pub(crate) use service::Service;
pub(crate) use supply::{Fetch, Keep, Supply, Trouble, check_form};

/// Exchanges at one time; more wait for each other.
const WORKERS: usize = 4;

/// A runtime for one thread that answers, and a few that wait for AWS.
///
/// # Errors
/// Where the system has no more descriptors.
pub(crate) fn runtime() -> Result<Runtime> {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().max_blocking_threads(WORKERS);
    builder.build().map_err(|e| failed("cannot be set up", e))
}

/// A port of 127.0.0.1; 0 takes a free one.
///
/// # Errors
/// Where it is taken, or the system lets nobody have it.
pub(crate) fn listen(port: u16) -> Result<TcpListener> {
    let bind = || {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    bind().map_err(|e: io::Error| {
        let error = failed(&format!("cannot listen on 127.0.0.1:{port}"), e);
        if port == 0 { error } else { error.hint("choose another `--port`, or none") }
    })
}

/// What a client has to show: 256 random bits as hexadecimal digits, which are plain in every
/// header, environment and file.
///
/// # Errors
/// Where the system has no random numbers.
pub(crate) fn new_token() -> Result<SecretString> {
    let bits = random::<32>()?;
    let mut token = String::with_capacity(2 * bits.len());
    for byte in bits.iter() {
        for digit in [byte >> 4, byte & 15] {
            token.extend(char::from_digit(digit.into(), 16));
        }
    }
    Ok(token.into())
}

fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut())
        .map_err(|e| Error::new(Kind::Other, format!("the system gives no random numbers: {e}")))?;
    Ok(bytes)
}

fn failed(what: &str, error: io::Error) -> Error {
    Error::new(Kind::Other, format!("the credentials endpoint {what}")).source(error)
}
