//! Ctrl-C while a request or a person is waited for.

use std::io;

/// Hears Ctrl-C from its making on, also between two waits.
#[derive(Debug)]
pub struct Interrupt {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
    #[cfg(windows)]
    signal: tokio::signal::windows::CtrlC,
}

impl Interrupt {
    /// Takes Ctrl-C from the system: it no longer ends the process by itself. Within a runtime.
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        let signal = {
            use tokio::signal::unix::{SignalKind, signal};
            signal(SignalKind::interrupt())?
        };
        #[cfg(windows)]
        let signal = tokio::signal::windows::ctrl_c()?;
        Ok(Self { signal })
    }

    /// Until Ctrl-C is pressed.
    pub async fn wait(&mut self) {
        if self.signal.recv().await.is_none() {
            // Nothing will ever be heard.
            std::future::pending::<()>().await;
        }
    }
}
