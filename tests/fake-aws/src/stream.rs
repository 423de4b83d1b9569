//! A connection that can be cut off in the middle of an answer.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How many bytes of an answer get through if it is cut within its headers: the status line and the
/// start of the first header.
const HEADER_BYTES: usize = 24;

/// How to cut the next answer on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Cut {
    #[default]
    Nowhere,
    /// Within the headers.
    Headers,
    /// Half-way through the body.
    Body,
    /// It has been cut; nothing more is written.
    Done,
}

/// Shared between the service, which decides, and the stream, which cuts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scissors(Arc<Mutex<Cut>>);

impl Scissors {
    pub fn set(&self, cut: Cut) {
        *self.lock() = cut;
    }

    fn lock(&self) -> MutexGuard<'_, Cut> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many bytes of `buffer` may be written.
    fn allowed(&self, buffer: &[u8]) -> usize {
        match *self.lock() {
            Cut::Nowhere => buffer.len(),
            Cut::Headers => HEADER_BYTES.min(buffer.len()),
            Cut::Body => {
                let end = buffer.windows(4).position(|four| four == b"\r\n\r\n");
                end.map_or(buffer.len(), |end| end + 4 + (buffer.len() - end - 4) / 2)
            }
            Cut::Done => 0,
        }
    }
}

/// The stream itself. It offers no vectored writes, so that head and body arrive in one piece.
#[derive(Debug)]
pub(crate) struct CutStream<S> {
    inner: S,
    scissors: Scissors,
}

impl<S> CutStream<S> {
    pub fn new(inner: S, scissors: Scissors) -> Self {
        Self { inner, scissors }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for CutStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for CutStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let allowed = self.scissors.allowed(buffer);
        if allowed == 0 && !buffer.is_empty() {
            // What was let through must be sent before the connection is closed.
            return match Pin::new(&mut self.inner).poll_flush(context) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(_) => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            };
        }
        let written = Pin::new(&mut self.inner).poll_write(context, &buffer[..allowed]);
        if allowed < buffer.len() && matches!(written, Poll::Ready(Ok(_))) {
            self.scissors.set(Cut::Done);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
