//! A small HTTP server on 127.0.0.1, with one request per connection and a limited number of
//! connections.
//!
//! Any program on the machine may connect, so no connection may block another, and each has little
//! time. If all places are taken, newcomers wait in the system's queue until a connection ends or a
//! stranger has had its turn: connections without a request are closed first, trusted ones never.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{self, TcpStream};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet, yield_now};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::platform::{IS_WINDOWS, limits};

/// The maximum length of a request's head. hyper's minimum is 8 KiB.
const LARGEST: usize = 16 * 1024;

/// How many connections are open at a time, if there are enough descriptors. Each takes up to 18
/// KiB.
const PLACES: usize = 320;

/// The time in which a thousand strangers get their turn.
const THOUSAND_TURNS: Duration = Duration::from_millis(300);

/// The shortest turn: time enough for a client on this machine to send its request.
const SHORTEST_TURN: Duration = Duration::from_millis(25);

/// How long to wait if the system gives no more connections: some end in that time.
const SHORTAGE: Duration = Duration::from_millis(50);

/// What is answered.
pub(crate) type Answer = Response<Full<Bytes>>;

/// Listens on a port of 127.0.0.1 with the longest queue that the system allows; 0 means a free
/// port.
///
/// # Errors
/// If the port is taken or not allowed.
pub(crate) fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    // A port that another server has just left can be used again. On Windows, this option would
    // share the port.
    socket.set_reuse_address(!IS_WINDOWS)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    socket.listen(i32::MAX)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Time limits of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// For sending the head of the request.
    pub head: Duration,
    /// For the whole connection, including the answer.
    pub whole: Duration,
}

/// What is known about the client of a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visitor(Arc<AtomicU8>);

/// Has sent no request yet.
const SILENT: u8 = 0;
/// Waits for an answer.
const ASKING: u8 = 1;
/// Is trusted.
const TRUSTED: u8 = 2;

impl Visitor {
    /// Marks it as trusted: it no longer makes room for others.
    pub(crate) fn trust(&self) {
        self.0.store(TRUSTED, Ordering::Relaxed);
    }

    fn asks(&self) {
        self.0.store(ASKING, Ordering::Relaxed);
    }

    fn standing(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A server that answers in the background. Dropping it ends all its connections.
#[derive(Debug)]
pub(crate) struct Server {
    hall: JoinSet<()>,
    door: Arc<Door>,
}

/// Tells the server to close its port, and when that is done.
#[derive(Debug, Default)]
struct Door {
    /// The port must be closed.
    closing: Notify,
    /// The port is closed.
    closed: Notify,
}

impl Server {
    /// Answers everybody who connects to `listener`. Must be called on a runtime with one thread.
    ///
    /// # Errors
    /// If the runtime can't use the listener.
    pub(crate) fn start<F, A>(listener: TcpListener, limits: Limits, answer: F) -> io::Result<Self>
    where
        F: Fn(Request<Incoming>, Visitor) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        let listener = net::TcpListener::from_std(listener)?;
        let door = Arc::new(Door::default());
        let mut hall = JoinSet::new();
        hall.spawn(Hall::new(limits).serve(listener, Arc::clone(&door), Arc::new(answer)));
        Ok(Self { hall, door })
    }

    /// Closes the port, and the connections of strangers. Trusted clients stay until they have
    /// their answer. May be called only once.
    pub(crate) async fn close(&self) {
        self.door.closing.notify_one();
        self.door.closed.notified().await;
    }

    /// Waits until all connections have ended: forever, unless [`Server::close`] was called.
    pub(crate) async fn ended(&mut self) {
        // It doesn't matter how this ends.
        let _ = self.hall.join_next().await;
    }
}

/// The places for connections, and who has them.
struct Hall {
    limits: Limits,
    places: usize,
    /// How long a stranger keeps a place that others want.
    turn: Duration,
    tasks: JoinSet<()>,
    /// Oldest first.
    connections: Vec<Connection>,
}

struct Connection {
    task: AbortHandle,
    since: Instant,
    visitor: Visitor,
}

impl Hall {
    fn new(limits: Limits) -> Self {
        let places = places();
        let turn = (THOUSAND_TURNS * places as u32 / 1000).max(SHORTEST_TURN);
        Self { limits, places, turn, tasks: JoinSet::new(), connections: Vec::new() }
    }

    async fn serve<F, A>(mut self, listener: net::TcpListener, door: Arc<Door>, answer: Arc<F>)
    where
        F: Fn(Request<Incoming>, Visitor) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        loop {
            if self.connections.len() >= self.places {
                self.make_room().await;
                continue;
            }
            tokio::select! {
                biased;
                () = door.closing.notified() => break,
                Some(_) = self.tasks.join_next() => self.forget_ended(),
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => self.admit(stream, &answer),
                    Err(_) => self.outlast_shortage().await,
                },
            }
        }
        drop(listener);
        door.closed.notify_one();
        let strangers = self.connections.iter().filter(|c| c.visitor.standing() != TRUSTED);
        strangers.for_each(|stranger| stranger.task.abort());
        while self.tasks.join_next().await.is_some() {}
    }

    fn admit<F, A>(&mut self, stream: TcpStream, answer: &Arc<F>)
    where
        F: Fn(Request<Incoming>, Visitor) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        let visitor = Visitor::default();
        let conversation = converse(stream, self.limits, Arc::clone(answer), visitor.clone());
        let task = self.tasks.spawn(conversation);
        self.connections.push(Connection { task, since: Instant::now(), visitor });
    }

    /// Waits for a free place. A stranger that has had its turn loses its place.
    async fn make_room(&mut self) {
        // Reads first what has been sent, so that a client that has already sent its request isn't
        // closed.
        yield_now().await;
        self.forget_ended();
        if self.connections.len() < self.places {
            return;
        }
        match self.oldest_stranger() {
            Some(stranger) if stranger.since.elapsed() >= self.turn => {
                stranger.task.abort();
                self.next_end().await;
            }
            Some(stranger) => {
                let over = stranger.since + self.turn;
                tokio::select! {
                    () = self.next_end() => {}
                    () = sleep_until(over) => {}
                }
            }
            None => self.next_end().await,
        }
    }

    /// The system has no descriptor for another connection. Idle strangers lose theirs first,
    /// because getting credentials needs descriptors too.
    async fn outlast_shortage(&mut self) {
        yield_now().await;
        self.forget_ended();
        let idle = |connection: &&Connection| connection.visitor.standing() == SILENT;
        match self.connections.iter().find(idle) {
            Some(stranger) if stranger.since.elapsed() >= SHORTEST_TURN => {
                stranger.task.abort();
                self.next_end().await;
            }
            // A client that hung up is not a shortage, but a short sleep does no harm.
            _ => sleep(SHORTAGE).await,
        }
    }

    /// The first to close: the oldest stranger without a request, or else the oldest stranger.
    fn oldest_stranger(&self) -> Option<&Connection> {
        let strangers = self.connections.iter().filter(|c| c.visitor.standing() != TRUSTED);
        // Of several equal ones, this returns the first, which is the oldest.
        strangers.min_by_key(|connection| connection.visitor.standing())
    }

    async fn next_end(&mut self) {
        // It doesn't matter how this ends.
        let _ = self.tasks.join_next().await;
        self.forget_ended();
    }

    fn forget_ended(&mut self) {
        while self.tasks.try_join_next().is_some() {}
        self.connections.retain(|connection| !connection.task.is_finished());
    }
}

/// Half of this process's descriptors; the others are for getting credentials.
fn places() -> usize {
    let half =
        limits::descriptors().and_then(|most| usize::try_from(most / 2).ok()).unwrap_or(PLACES);
    half.clamp(1, PLACES)
}

async fn converse<S, F, A>(stream: S, limits: Limits, answer: Arc<F>, visitor: Visitor)
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Fn(Request<Incoming>, Visitor) -> A + Send + Sync + 'static,
    A: Future<Output = Answer> + Send + 'static,
{
    let service = service_fn(|request| {
        visitor.asks();
        let answer = answer(request, visitor.clone());
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(LARGEST);
    let connection = http.keep_alive(false).serve_connection(TokioIo::new(stream), service);
    // Every fault here is the client's, and the client notices it.
    let _ = timeout(limits.whole, connection).await;
}

/// The answer to a client that sends these bytes.
#[cfg(test)]
pub(crate) async fn answer_to<F, A>(bytes: &[u8], answer: F) -> Vec<u8>
where
    F: Fn(Request<Incoming>, Visitor) -> A + Send + Sync + 'static,
    A: Future<Output = Answer> + Send + 'static,
{
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let (mut client, server) = tokio::io::duplex(1 << 20);
    client.write_all(bytes).await.expect("room");
    client.shutdown().await.expect("an end");
    let limits = Limits { head: Duration::from_secs(1), whole: Duration::from_secs(1) };
    converse(server, limits, Arc::new(answer), Visitor::default()).await;
    let mut read = Vec::new();
    client.read_to_end(&mut read).await.expect("an answer");
    read
}
