//! Connections: accepted one after the other, one request each, and not too many of them.
//!
//! Anybody on the machine may connect, so nothing a connection does may keep another from being
//! served: one that has not shown the token gets little time, and makes room for newer ones when
//! there are many.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{self, TcpStream};
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::service::Service;

/// Connections at one time.
const MOST: usize = 64;

/// How long a client may take for its headers.
const HEADERS: Duration = Duration::from_secs(2);

/// How long a connection may last, the answer included.
const WHOLE: Duration = Duration::from_secs(5);

/// The largest head of a request. hyper allows no less than 8 KiB.
const LARGEST: usize = 16 * 1024;

/// How long to wait when the system gives no more connections: some end in that time.
const SHORTAGE: Duration = Duration::from_millis(50);

/// Answers everybody who connects to `listener`, for ever. Call it on a runtime of one thread.
///
/// # Errors
/// Where the listener is none that a runtime can use.
pub(crate) async fn serve(listener: TcpListener, service: Arc<Service>) -> io::Result<Infallible> {
    let listener = net::TcpListener::from_std(listener)?;
    let mut open = Open::default();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => open.start(stream, &service),
            // Whoever has hung up already is no shortage, but a short sleep does no harm.
            Err(_) => sleep(SHORTAGE).await,
        }
    }
}

/// The connections there are, the oldest first.
#[derive(Default)]
struct Open(VecDeque<Connection>);

struct Connection {
    task: AbortHandle,
    /// Whether it has shown the token.
    trusted: Arc<AtomicBool>,
}

impl Open {
    fn start(&mut self, stream: TcpStream, service: &Arc<Service>) {
        self.0.retain(|connection| !connection.task.is_finished());
        if self.0.len() >= MOST {
            let is_stranger = |c: &Connection| !c.trusted.load(Ordering::Relaxed);
            // Where all are served, the newest has to come again.
            let Some(oldest) = self.0.iter().position(is_stranger) else { return };
            if let Some(connection) = self.0.remove(oldest) {
                connection.task.abort();
            }
        }
        let trusted = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(converse(stream, Arc::clone(service), Arc::clone(&trusted)));
        self.0.push_back(Connection { task: task.abort_handle(), trusted });
    }
}

async fn converse(stream: TcpStream, service: Arc<Service>, trusted: Arc<AtomicBool>) {
    let answer = service_fn(|request| {
        let (service, trusted) = (Arc::clone(&service), Arc::clone(&trusted));
        async move {
            let trust = || trusted.store(true, Ordering::Relaxed);
            Ok::<_, Infallible>(service.answer(&request, trust).await)
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(LARGEST);
    let connection = http.keep_alive(false).serve_connection(TokioIo::new(stream), answer);
    // Whatever goes wrong here is the client's doing, and the client knows.
    let _ = timeout(WHOLE, connection).await;
}
