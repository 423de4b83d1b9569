//! An address on 127.0.0.1 that redirects one browser to a link. Every user can see the browser's
//! arguments in the process list, so they contain no token.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, LOCATION, REFERRER_POLICY};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio::sync::Notify;
use zeroize::Zeroizing;

use crate::loopback::{self, Answer, Limits, Server};
use crate::platform::random;

/// Browsers send their request at once.
const LIMITS: Limits = Limits { head: Duration::from_secs(5), whole: Duration::from_secs(10) };

/// How long the browser may take to read the answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// The address, which works until somebody has used it.
pub(super) struct Once {
    desk: Arc<OnceDesk>,
    server: Server,
    /// The address for the browser.
    pub address: String,
}

struct OnceDesk {
    /// The secret part, which only the browser knows.
    path: SecretString,
    link: Mutex<Option<Zeroizing<String>>>,
    taken: Notify,
}

impl Once {
    /// Waits for the browser in the background. Must be called on a runtime.
    ///
    /// # Errors
    /// If there is no free port, or if there are no random numbers.
    pub(super) fn start(link: Zeroizing<String>) -> io::Result<Self> {
        let path = random::base64::<24>().map_err(io::Error::other)?;
        let listener = loopback::listen(0)?;
        let address = address(listener.local_addr()?.port(), &path);
        let desk = OnceDesk { path, link: Mutex::new(Some(link)), taken: Notify::new() };
        let desk = Arc::new(desk);
        let shared = Arc::clone(&desk);
        let server = Server::start(listener, LIMITS, move |request, visitor| {
            let answer = shared.answer(&request);
            if answer.status() == StatusCode::SEE_OTHER {
                visitor.trust();
                shared.taken.notify_one();
            }
            std::future::ready(answer)
        })?;
        Ok(Self { desk, server, address })
    }

    /// Waits until the browser comes.
    pub(super) async fn taken(&self) {
        self.desk.taken.notified().await;
    }

    /// Waits until the browser has been redirected.
    pub(super) async fn finish(&mut self) {
        self.server.close().await;
        // A browser that has gone has got its answer.
        let _ = tokio::time::timeout(PATIENCE, self.server.ended()).await;
    }

    /// Takes the link back, if nobody has got it. From now on nobody can.
    pub(super) fn take(&self) -> Option<Zeroizing<String>> {
        self.desk.take()
    }
}

#[expect(clippy::disallowed_methods, reason = "the browser is to know it")]
fn address(port: u16, path: &SecretString) -> String {
    format!("http://127.0.0.1:{port}/{}", path.expose_secret())
}

impl OnceDesk {
    fn answer<B>(&self, request: &Request<B>) -> Answer {
        if !self.knows(request.uri().path()) {
            return page(StatusCode::NOT_FOUND, "There is nothing here.\n");
        }
        if request.method() != Method::GET {
            return page(StatusCode::METHOD_NOT_ALLOWED, "Open this address in a browser.\n");
        }
        let link = self.take().and_then(|link| HeaderValue::from_str(&link).ok());
        let Some(mut link) = link else {
            let text = "This link has already been opened. `ssowrap console` makes a new one.\n";
            return page(StatusCode::GONE, text);
        };
        link.set_sensitive(true);
        let mut answer = page(StatusCode::SEE_OTHER, "");
        answer.headers_mut().insert(LOCATION, link);
        answer
    }

    /// Compares in constant time, so that the time doesn't tell how much of a guess was right.
    #[expect(clippy::disallowed_methods, reason = "it is compared with what came from outside")]
    fn knows(&self, path: &str) -> bool {
        let path = path.strip_prefix('/').unwrap_or_default();
        bool::from(path.as_bytes().ct_eq(self.path.expose_secret().as_bytes()))
    }

    fn take(&self) -> Option<Zeroizing<String>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn page(status: StatusCode, text: &'static str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *answer.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (CONNECTION, "close"),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}
