//! Detects the end of the terminal at stdin: its window was closed, or its connection was lost.

#[cfg(unix)]
pub(crate) use unix::HangUp;

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::unix::net::UnixStream;
    use std::thread;

    use rustix::event::{PollFd, PollFlags, poll};
    use signal_hook::consts::SIGHUP;
    use signal_hook::low_level::emulate_default_handler;

    /// While it exists, the process ends with its terminal, even if SIGHUP is deferred. Otherwise,
    /// crossterm would keep reading forever from a terminal that is gone.
    #[derive(Debug)]
    pub(crate) struct HangUp {
        /// Dropping it ends the watch.
        _watch: UnixStream,
    }

    impl HangUp {
        /// Starts watching.
        ///
        /// # Errors
        /// If there are no more threads or descriptors.
        pub(crate) fn ends_the_process() -> io::Result<Self> {
            let (watch, over) = UnixStream::pair()?;
            thread::Builder::new().name("hang-up".into()).spawn(move || {
                if has_gone_before(&over) {
                    let _ = emulate_default_handler(SIGHUP);
                }
            })?;
            Ok(Self { _watch: watch })
        }
    }

    /// Waits for the end of the terminal or of the watch. Returns whether the terminal's came
    /// first.
    fn has_gone_before(over: &UnixStream) -> bool {
        let stdin = io::stdin();
        loop {
            // Without requested events, it reports only errors and the end.
            let terminal = PollFd::new(&stdin, PollFlags::empty());
            let mut both = [terminal, PollFd::new(over, PollFlags::IN)];
            match poll(&mut both, None) {
                Ok(_) => return !both[0].revents().is_empty(),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }
}

/// Closing a console ends its programs.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct HangUp;

#[cfg(not(unix))]
impl HangUp {
    pub(crate) fn ends_the_process() -> std::io::Result<Self> {
        Ok(Self)
    }
}
