//! The page that the browser returns to: `http://127.0.0.1:PORT/oauth/callback`.
//!
//! Other programs on this machine, and other pages in the browser, can reach it too. So an answer
//! counts only if it has this login's random state, and only the first one. Its browser is shown
//! how the login ended.

use std::io;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use super::page::{self, Page};
use crate::aws::Aws;
use crate::loopback::{self, Limits, Server, Visitor};

/// Browsers send their request at once, and the one with the answer waits until the login has
/// ended.
const LIMITS: Limits = Limits { head: Duration::from_secs(5), whole: Duration::from_secs(120) };

/// How long the browser may take to read the last page.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the browser brought back.
#[derive(Debug)]
pub(super) enum BrowserAnswer {
    /// The code to exchange for a token.
    Code(SecretString),
    /// OAuth's error code and AWS's description of it. Both are untrusted text.
    Error { code: String, description: Option<String> },
}

/// The page, which exists while a login waits.
pub(super) struct Callback {
    desk: Arc<Desk>,
    server: Server,
}

/// What all connections share.
struct Desk {
    state: SecretString,
    answer: Mutex<Inbox>,
    /// Signals that the answer has arrived.
    arrived: Notify,
    /// How the login ended, for the browser that brought the answer.
    ended: watch::Sender<Option<Page>>,
}

/// Holds the answer. There is only one.
enum Inbox {
    Empty,
    Full(BrowserAnswer),
    Taken,
}

impl Callback {
    /// Waits at `listener` for the answer with this state. Must be called on a runtime.
    ///
    /// # Errors
    /// If the runtime can't use the listener.
    pub(super) fn start(listener: TcpListener, state: &SecretString) -> io::Result<Self> {
        let desk = Arc::new(Desk::new(state));
        let shared = Arc::clone(&desk);
        let server = Server::start(listener, LIMITS, move |request, visitor| {
            let desk = Arc::clone(&shared);
            async move { response(&desk.page(&request, &visitor).await) }
        })?;
        Ok(Self { desk, server })
    }

    /// Waits for the answer. No other request is accepted after it.
    pub(super) async fn answer(&self) -> BrowserAnswer {
        loop {
            self.desk.arrived.notified().await;
            if let Some(answer) = self.desk.take() {
                self.server.close().await;
                return answer;
            }
        }
    }

    /// Shows the browser how the login ended.
    pub(super) fn end(mut self, aws: &Aws<'_>, page: Page) {
        self.desk.ended.send_replace(Some(page));
        // If the browser has gone, nobody needs the page, and Ctrl-C no longer matters.
        let _ = aws.wait(async { timeout(PATIENCE, self.server.ended()).await });
    }
}

/// The reply to a request.
enum Reply {
    Now(Page),
    /// Once the login has ended.
    Later,
}

impl Desk {
    fn new(state: &SecretString) -> Self {
        Self {
            state: state.clone(),
            answer: Mutex::new(Inbox::Empty),
            arrived: Notify::new(),
            ended: watch::Sender::new(None),
        }
    }

    async fn page(&self, request: &Request<Incoming>, visitor: &Visitor) -> Page {
        match self.judge(request) {
            Reply::Now(page) => page,
            Reply::Later => {
                visitor.trust();
                self.arrived.notify_one();
                let mut ended = self.ended.subscribe();
                let page = ended.wait_for(Option::is_some).await;
                page.ok().and_then(|page| page.clone()).unwrap_or_else(page::not_found)
            }
        }
    }

    /// Keeps the answer if the request contains it.
    fn judge<B>(&self, request: &Request<B>) -> Reply {
        if request.uri().path() != "/oauth/callback" {
            return Reply::Now(page::not_found());
        }
        if request.method() != Method::GET {
            return Reply::Now(page::wrong_method());
        }
        let query = Query::of(request.uri().query().unwrap_or_default());
        if !query.has_state(&self.state) {
            return Reply::Now(page::forged());
        }
        let Some(answer) = query.into_answer() else { return Reply::Now(page::forged()) };
        let mut inbox = self.inbox();
        if !matches!(*inbox, Inbox::Empty) {
            return Reply::Now(page::answered());
        }
        *inbox = Inbox::Full(answer);
        Reply::Later
    }

    fn take(&self) -> Option<BrowserAnswer> {
        let mut inbox = self.inbox();
        match std::mem::replace(&mut *inbox, Inbox::Taken) {
            Inbox::Full(answer) => Some(answer),
            before => {
                *inbox = before;
                None
            }
        }
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The parameters that matter.
#[derive(Default)]
struct Query {
    state: Option<String>,
    code: Option<SecretString>,
    error: Option<String>,
    description: Option<String>,
    /// Whether one of them occurs twice, which makes the answer ambiguous.
    is_ambiguous: bool,
}

impl Query {
    fn of(text: &str) -> Self {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            let value = value.into_owned();
            let was_there = match &*name {
                "state" => query.state.replace(value).is_some(),
                "code" => query.code.replace(value.into()).is_some(),
                "error" => query.error.replace(value).is_some(),
                "error_description" => query.description.replace(value).is_some(),
                _ => false,
            };
            query.is_ambiguous |= was_there;
        }
        query
    }

    /// Compares in constant time, so that the time doesn't tell how much of a guess was right.
    #[expect(clippy::disallowed_methods, reason = "it is compared with what came from outside")]
    fn has_state(&self, expected: &SecretString) -> bool {
        let state = self.state.as_deref().unwrap_or_default();
        !self.is_ambiguous
            && bool::from(state.as_bytes().ct_eq(expected.expose_secret().as_bytes()))
    }

    #[expect(clippy::disallowed_methods, reason = "whether there is one is not secret")]
    fn into_answer(self) -> Option<BrowserAnswer> {
        match (self.error, self.code) {
            (Some(code), _) if !code.is_empty() => {
                Some(BrowserAnswer::Error { code, description: self.description })
            }
            (_, Some(code)) if !code.expose_secret().is_empty() => Some(BrowserAnswer::Code(code)),
            _ => None,
        }
    }
}

fn response(page: &Page) -> loopback::Answer {
    let mut response = Response::new(Full::new(Bytes::from(page.html())));
    *response.status_mut() = page.status;
    for (name, value) in page::headers() {
        response.headers_mut().insert(name, value);
    }
    if let Some(allow) = page.allow {
        response.headers_mut().insert(http::header::ALLOW, http::HeaderValue::from_static(allow));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Option<String> {
        let query = Query::of(text);
        query.has_state(&"right".to_owned().into()).then_some(())?;
        query.into_answer().map(|answer| format!("{answer:?}"))
    }

    #[test]
    fn only_whole_and_unambiguous_answers_count() {
        assert!(judged("code=c&state=right").is_some());
        assert!(judged("state=right&code=c&x=1").is_some());
        let error = judged("error=access_denied&error_description=a+b%3C&state=right");
        assert!(
            error.is_some_and(|error| error.contains("access_denied") && error.contains("a b<"))
        );
        for text in [
            "",
            "code=c",
            "code=c&state=",
            "code=c&state=wrong",
            "code=c&state=righ",
            "code=c&state=rightt",
            "code=c&state=right&state=right",
            "code=c&state=wrong&state=right",
            "code=c&code=d&state=right",
            "code=&state=right",
            "code=&error=&state=right",
            "state=right",
            "error=&state=right",
        ] {
            assert_eq!(judged(text), None, "{text}");
        }
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;
    use crate::fuzz::fuzz;
    use crate::loopback::answer_to;

    const SEEDS: &[&[u8]] = &[
        b"GET /oauth/callback?code=CODE&state=STATE HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
        b"GET /oauth/callback?error=access_denied&error_description=a+b&state=STATE HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
    ];

    /// Whatever the request, only one that knows the state counts as the answer.
    #[test]
    fn requests() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        fuzz(SEEDS, |bytes| {
            let desk = Arc::new(Desk::new(&"STATE".to_owned().into()));
            let shared = Arc::clone(&desk);
            let answer = move |request: Request<Incoming>, _| {
                let page = match shared.judge(&request) {
                    Reply::Now(page) => page,
                    Reply::Later => page::not_found(),
                };
                std::future::ready(response(&page))
            };
            runtime.block_on(answer_to(bytes, answer));
            let text = String::from_utf8_lossy(bytes);
            // Any character can be written as a percent sign and two digits.
            assert!(desk.take().is_none() || text.contains("STATE") || text.contains('%'));
        });
    }
}
