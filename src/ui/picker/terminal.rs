//! The terminal while it is drawn on: every key is read as it is typed, and signals that end the
//! program wait until the terminal is as it was.

use std::io::{self, Write};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::{cursor, execute, terminal};

/// A terminal that gives every key, until this is dropped.
pub(super) struct Raw;

impl Raw {
    pub(super) fn start() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        let raw = Self;
        execute!(io::stderr(), cursor::Hide, EnableBracketedPaste)?;
        Ok(raw)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that has gone.
        let _ = execute!(io::stderr(), DisableBracketedPaste, cursor::Show);
        let _ = terminal::disable_raw_mode();
        let _ = io::stderr().flush();
    }
}

/// Forgets what has been typed and not been read.
#[cfg(unix)]
pub(super) fn forget_typed() {
    let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
}

#[cfg(not(unix))]
pub(super) fn forget_typed() {}

#[cfg(unix)]
pub(super) use unix::Ending;

#[cfg(not(unix))]
pub(super) use others::Ending;

#[cfg(unix)]
mod unix {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::{SigId, flag, low_level};

    /// Signals that ask this program to end, from now until this is dropped.
    pub(crate) struct Ending {
        asked: Arc<AtomicUsize>,
        handlers: Vec<SigId>,
    }

    impl Ending {
        pub(crate) fn listen() -> io::Result<Self> {
            let asked = Arc::new(AtomicUsize::new(0));
            let mut ending = Self { asked, handlers: Vec::new() };
            for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
                let number = usize::try_from(signal).unwrap_or_default();
                ending.handlers.push(flag::register_usize(
                    signal,
                    Arc::clone(&ending.asked),
                    number,
                )?);
            }
            Ok(ending)
        }

        pub(crate) fn is_asked_for(&self) -> bool {
            self.asked.load(Ordering::SeqCst) != 0
        }

        /// Ends as the signal would have, if one came.
        pub(crate) fn obey(self) {
            let signal = i32::try_from(self.asked.load(Ordering::SeqCst)).unwrap_or_default();
            if signal != 0 {
                let _ = low_level::emulate_default_handler(signal);
            }
        }
    }

    impl Drop for Ending {
        fn drop(&mut self) {
            self.handlers.drain(..).for_each(|handler| {
                low_level::unregister(handler);
            });
        }
    }
}

#[cfg(not(unix))]
mod others {
    use std::io;

    /// A console's Ctrl-C comes as a key.
    pub(crate) struct Ending;

    impl Ending {
        pub(crate) fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        pub(crate) fn is_asked_for(&self) -> bool {
            false
        }

        pub(crate) fn obey(self) {}
    }
}
