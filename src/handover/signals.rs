//! Being asked to stop.

use std::future::{pending, poll_fn};
use std::io;
use std::task::Poll;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC as Signal, ctrl_c};

/// Hears, from its making on, what asks this process to stop, which then does not end it by itself.
#[derive(Debug)]
pub(crate) struct Stop(Vec<Signal>);

impl Stop {
    /// SIGINT and SIGTERM; elsewhere Ctrl-C. Within a runtime.
    ///
    /// # Errors
    /// Where the system does not let them be heard.
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self(vec![signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?]))
    }

    /// SIGINT and SIGTERM; elsewhere Ctrl-C. Within a runtime.
    ///
    /// # Errors
    /// Where the system does not let them be heard.
    #[cfg(windows)]
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self(vec![ctrl_c()?]))
    }

    /// The same, and SIGHUP.
    ///
    /// # Errors
    /// Where the system does not let it be heard.
    #[cfg(unix)]
    pub(crate) fn or_hangup(mut self) -> io::Result<Self> {
        self.0.push(signal(SignalKind::hangup())?);
        Ok(self)
    }

    /// Until one of them comes.
    pub(crate) async fn wait(&mut self) {
        let heard = poll_fn(|cx| {
            let come = self.0.iter_mut().map(|signal| signal.poll_recv(cx));
            come.fold(Poll::Pending, |all, one| if all.is_ready() { all } else { one })
        });
        if heard.await.is_none() {
            // Nothing will ever be heard.
            pending::<()>().await;
        }
    }
}
