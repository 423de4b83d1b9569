//! Being asked to stop.

use std::future::{pending, poll_fn};
use std::io;
use std::task::Poll;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

#[cfg(unix)]
use super::default_action;
#[cfg(windows)]
use tokio::signal::windows::{CtrlC as Signal, ctrl_c};

/// Receives the signals that ask this process to stop. As long as it exists they don't end the
/// process by themselves.
#[derive(Debug)]
pub(crate) struct StopSignals(Vec<Signal>);

impl StopSignals {
    /// SIGINT and SIGTERM; on Windows Ctrl-C. Call it within a runtime.
    ///
    /// # Errors
    /// Where the system doesn't let them be received.
    pub(crate) fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use signal_hook::consts::{SIGINT, SIGTERM};
            let signals = [SIGINT, SIGTERM].map(|number| {
                default_action::disable(number);
                signal(SignalKind::from_raw(number))
            });
            Ok(Self(signals.into_iter().collect::<io::Result<_>>()?))
        }
        #[cfg(windows)]
        Ok(Self(vec![ctrl_c()?]))
    }

    /// Waits for one of them.
    pub(crate) async fn wait(&mut self) {
        let received = poll_fn(|cx| {
            let ready = self.0.iter_mut().map(|signal| signal.poll_recv(cx));
            ready.fold(Poll::Pending, |all, one| if all.is_ready() { all } else { one })
        });
        if received.await.is_none() {
            // No signal will ever be received.
            pending::<()>().await;
        }
    }
}

/// The same for a process without a runtime and without threads: a socket that can be read once
/// SIGINT, SIGTERM or SIGHUP has come, which no longer end the process by themselves.
///
/// # Errors
/// Where the system has no more descriptors, or doesn't let the signals be received.
#[cfg(unix)]
pub(crate) fn stop_socket() -> io::Result<std::os::unix::net::UnixStream> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let (ours, signals) = std::os::unix::net::UnixStream::pair()?;
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        default_action::disable(signal);
        signal_hook::low_level::pipe::register(signal, signals.try_clone()?)?;
    }
    Ok(ours)
}
