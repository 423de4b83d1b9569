//! The one page that a login waits on: `http://127.0.0.1:PORT/oauth/callback`.
//!
//! Whatever else runs on this machine, or in the person's browser, can reach it too. So an answer
//! counts only with the state that this login made up, the first one only, and nobody can hold up
//! the right one: each connection has little time and little room, and the oldest makes way.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};

use super::page::{self, Page};

/// For the head of a request. Browsers send it at once.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// For one connection together.
const TIMEOUT: Duration = Duration::from_secs(10);

/// For the head of a request, in bytes. Real ones are a tenth of it.
const MAX_HEAD: usize = 16 * 1024;

/// Connections at a time.
const MAX_CONNECTIONS: usize = 64;

/// Before the next one, where the system has no room for a connection.
const PAUSE: Duration = Duration::from_millis(50);

/// What the browser came back with.
#[derive(Debug)]
pub(super) enum Answer {
    /// The code that a token is asked for with.
    Code(SecretString),
    /// OAuth's name of the error, and AWS's words about it. Both are foreign text.
    Error { code: String, description: Option<String> },
}

/// Waits for the answer with this state. `subject` is what is signed in to, for the page.
pub(super) async fn answer(listener: &TcpListener, state: &SecretString, subject: &str) -> Answer {
    let desk = Arc::new(Desk {
        state: state.clone(),
        subject: subject.to_owned(),
        answer: Mutex::default(),
        is_answered: AtomicBool::new(false),
        done: Notify::new(),
    });
    // All of them end with it.
    let mut connections = JoinSet::new();
    let mut open: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        tokio::select! {
            biased;
            () = desk.done.notified() => {
                if let Some(answer) = desk.take() {
                    return answer;
                }
            }
            Some(_) = connections.join_next() => open.retain(|connection| !connection.is_finished()),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    if open.len() == MAX_CONNECTIONS
                        && let Some(oldest) = open.pop_front()
                    {
                        oldest.abort();
                    }
                    open.push_back(connections.spawn(serve(stream, Arc::clone(&desk))));
                    // A crowd must not push out what has had no turn yet.
                    tokio::task::yield_now().await;
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
}

/// What all connections share.
struct Desk {
    state: SecretString,
    subject: String,
    answer: Mutex<Option<Answer>>,
    /// Stays set when the answer has been taken.
    is_answered: AtomicBool,
    /// The answer is there, and the browser has been told so.
    done: Notify,
}

/// One connection. If it brought the answer, that is told however it ends: it may have to make way.
struct Visit {
    desk: Arc<Desk>,
    is_answer: AtomicBool,
}

impl Drop for Visit {
    fn drop(&mut self) {
        if *self.is_answer.get_mut() {
            self.desk.done.notify_one();
        }
    }
}

async fn serve(stream: TcpStream, desk: Arc<Desk>) {
    let visit = Visit { desk, is_answer: AtomicBool::new(false) };
    let service = service_fn(|request: Request<Incoming>| {
        let page = visit.desk.page(&request, &visit.is_answer);
        std::future::ready(Ok::<_, Infallible>(response(&page)))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // One that breaks off has its page or does not want it.
    let _ = tokio::time::timeout(TIMEOUT, connection).await;
}

impl Desk {
    /// Judges a request, and keeps the answer if it is one.
    fn page(&self, request: &Request<Incoming>, is_answer: &AtomicBool) -> Page {
        if request.uri().path() != "/oauth/callback" {
            return page::not_found();
        }
        if request.method() != Method::GET {
            return page::wrong_method();
        }
        let query = Query::of(request.uri().query().unwrap_or_default());
        if !query.has_state(&self.state) {
            return page::forged();
        }
        let Some(answer) = query.into_answer() else { return page::forged() };
        if self.is_answered.swap(true, Ordering::Relaxed) {
            return page::answered();
        }
        let page = match &answer {
            Answer::Code(_) => page::approved(&self.subject),
            Answer::Error { code, .. } if code == "access_denied" => page::denied(&self.subject),
            Answer::Error { code, .. } => page::failed(&self.subject, code),
        };
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        is_answer.store(true, Ordering::Relaxed);
        page
    }

    fn take(&self) -> Option<Answer> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The parameters that count.
#[derive(Default)]
struct Query {
    state: Option<String>,
    code: Option<SecretString>,
    error: Option<String>,
    description: Option<String>,
    /// Whether one of them stands there twice: then nobody knows which is meant.
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

    /// In a time that does not tell how much of a guess was right.
    #[expect(clippy::disallowed_methods, reason = "it is compared with what came from outside")]
    fn has_state(&self, expected: &SecretString) -> bool {
        let state = self.state.as_deref().unwrap_or_default();
        !self.is_ambiguous
            && bool::from(state.as_bytes().ct_eq(expected.expose_secret().as_bytes()))
    }

    #[expect(clippy::disallowed_methods, reason = "whether there is one is not secret")]
    fn into_answer(self) -> Option<Answer> {
        match (self.error, self.code) {
            (Some(code), _) if !code.is_empty() => {
                Some(Answer::Error { code, description: self.description })
            }
            (_, Some(code)) if !code.expose_secret().is_empty() => Some(Answer::Code(code)),
            _ => None,
        }
    }
}

fn response(page: &Page) -> Response<Full<Bytes>> {
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
