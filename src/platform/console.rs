//! Events of the Windows console: Ctrl-C, Ctrl-Break, and the closing of its window.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, Waker};

use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, ctrl_break, ctrl_c, ctrl_close};

/// Receives them. While it exists, they don't end the process, except that closing the window still
/// does after some seconds.
#[derive(Debug)]
pub(super) struct ConsoleEvents(CtrlC, CtrlBreak, CtrlClose);

impl ConsoleEvents {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self(ctrl_c()?, ctrl_break()?, ctrl_close()?))
    }

    /// Waits for one of them.
    pub(super) async fn wait(&mut self) {
        poll_fn(|cx| self.poll(cx)).await;
    }

    /// Whether one has come since the last check.
    pub(super) fn has_come(&mut self) -> bool {
        self.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Self(c, r#break, close) = self;
        let ready = [c.poll_recv(cx), r#break.poll_recv(cx), close.poll_recv(cx)];
        match ready.iter().any(|one| matches!(one, Poll::Ready(Some(())))) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}
