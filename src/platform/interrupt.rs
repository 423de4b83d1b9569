//! Handles Ctrl-C while waiting for a request or the user.

use std::io;

/// Receives Ctrl-C while it exists, even between two waits. Before and after, Ctrl-C ends the
/// process as usual. There can be only one at a time.
#[derive(Debug)]
pub(crate) struct Interrupt {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
    #[cfg(unix)]
    default: Option<unix::NoDefault>,
    /// None once the system handles Ctrl-C again.
    #[cfg(windows)]
    console: Option<super::console::ConsoleEvents>,
    /// Whether Ctrl-C was pressed before that.
    #[cfg(windows)]
    was_pressed: bool,
}

impl Interrupt {
    /// Handles Ctrl-C, so that it no longer ends the process. Needs a runtime.
    pub(crate) fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let default = unix::NoDefault::new();
            Ok(Self { signal: signal(SignalKind::interrupt())?, default: Some(default) })
        }
        #[cfg(windows)]
        Ok(Self { console: Some(super::console::ConsoleEvents::listen()?), was_pressed: false })
    }

    /// Lets the system handle Ctrl-C again. An earlier Ctrl-C can still be received.
    pub(crate) fn release(&mut self) {
        #[cfg(unix)]
        drop(self.default.take());
        #[cfg(windows)]
        {
            self.was_pressed = self.console.take().is_some_and(|mut console| console.has_come());
        }
    }

    /// Waits until Ctrl-C is pressed.
    #[cfg(unix)]
    pub(crate) async fn wait(&mut self) {
        if self.signal.recv().await.is_none() {
            // Nothing will ever be received.
            std::future::pending::<()>().await;
        }
    }

    #[cfg(windows)]
    pub(crate) async fn wait(&mut self) {
        match &mut self.console {
            Some(console) => console.wait().await,
            None if std::mem::take(&mut self.was_pressed) => {}
            None => std::future::pending().await,
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
