//! Ctrl-C while a request or a person is waited for.

use std::io;

/// Receives Ctrl-C as long as it exists, also between two waits. Before and after, Ctrl-C ends
/// the process as usual. There is one at a time.
#[derive(Debug)]
pub(crate) struct Interrupt {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
    #[cfg(unix)]
    default: Option<unix::NoDefault>,
    #[cfg(windows)]
    signal: tokio::signal::windows::CtrlC,
}

impl Interrupt {
    /// Takes Ctrl-C from the system: it no longer ends the process by itself. Within a runtime.
    pub(crate) fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let default = unix::NoDefault::new();
            Ok(Self { signal: signal(SignalKind::interrupt())?, default: Some(default) })
        }
        #[cfg(windows)]
        Ok(Self { signal: tokio::signal::windows::ctrl_c()? })
    }

    /// Gives Ctrl-C back to the system. What was pressed before can still be heard.
    pub(crate) fn release(&mut self) {
        #[cfg(unix)]
        drop(self.default.take());
    }

    /// Until Ctrl-C is pressed.
    pub(crate) async fn wait(&mut self) {
        if self.signal.recv().await.is_none() {
            // Nothing will ever be heard.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use signal_hook::consts::SIGINT;

    use crate::platform::default_action;

    /// Keeps Ctrl-C from ending the process.
    #[derive(Debug)]
    pub(super) struct NoDefault(Option<(Arc<AtomicBool>, bool)>);

    impl NoDefault {
        pub(super) fn new() -> Self {
            let default = default_action::of(SIGINT);
            Self(default.map(|default| {
                let before = default.swap(false, Ordering::SeqCst);
                (default, before)
            }))
        }
    }

    impl Drop for NoDefault {
        fn drop(&mut self) {
            if let Some((default, before)) = &self.0 {
                default.store(*before, Ordering::SeqCst);
            }
        }
    }
}
