//! Ctrl-C while a request or a person is waited for.

use std::io;

/// Hears Ctrl-C from its making to its end, also between two waits. Before and after, Ctrl-C ends
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
            let default = unix::NoDefault::new()?;
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
    use std::io;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, OnceLock};

    use signal_hook::consts::SIGINT;
    use signal_hook::flag::register_conditional_default;

    /// Whether Ctrl-C does what it does by default. Tokio never gives a signal back to the system.
    static IS_DEFAULT: OnceLock<Arc<AtomicBool>> = OnceLock::new();

    /// Keeps Ctrl-C from doing what it does by default.
    #[derive(Debug)]
    pub(super) struct NoDefault(Arc<AtomicBool>);

    impl NoDefault {
        pub(super) fn new() -> io::Result<Self> {
            let is_default = match IS_DEFAULT.get() {
                Some(is_default) => is_default,
                None => {
                    let is_default = Arc::new(AtomicBool::new(false));
                    register_conditional_default(SIGINT, Arc::clone(&is_default))?;
                    IS_DEFAULT.get_or_init(|| is_default)
                }
            };
            is_default.store(false, Ordering::SeqCst);
            Ok(Self(Arc::clone(is_default)))
        }
    }

    impl Drop for NoDefault {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}
