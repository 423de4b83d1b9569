//! Requests to stop.

use std::io;

pub(crate) use system::StopSignals;

#[cfg(unix)]
use super::default_action;

#[cfg(unix)]
mod system {
    use std::future::{pending, poll_fn};
    use std::task::Poll;

    use signal_hook::consts::{SIGINT, SIGTERM};
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::*;

    /// Receives the signals that ask this process to stop. While it exists, they don't end the
    /// process directly.
    #[derive(Debug)]
    pub(crate) struct StopSignals(Vec<Signal>);

    impl StopSignals {
        /// Receives SIGINT and SIGTERM, on Windows the console's events. Must be called within a
        /// runtime.
        ///
        /// # Errors
        /// If the system doesn't allow it.
        pub(crate) fn listen() -> io::Result<Self> {
            let signals = [SIGINT, SIGTERM].map(|number| {
                default_action::disable(number);
                signal(SignalKind::from_raw(number))
            });
            Ok(Self(signals.into_iter().collect::<io::Result<_>>()?))
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
}

#[cfg(windows)]
mod system {
    use super::*;
    use crate::platform::console::ConsoleEvents;

    #[derive(Debug)]
    pub(crate) struct StopSignals(ConsoleEvents);

    impl StopSignals {
        pub(crate) fn listen() -> io::Result<Self> {
            ConsoleEvents::listen().map(Self)
        }

        pub(crate) async fn wait(&mut self) {
            self.0.wait().await;
        }
    }
}

/// The same for a process without a runtime and threads: a socket that becomes readable once
/// SIGINT, SIGTERM or SIGHUP has come. These signals no longer end the process directly.
///
/// # Errors
/// If the system has no more descriptors, or doesn't allow it.
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
