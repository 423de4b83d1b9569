//! Tokio's runtime, which needs resources that the system may refuse.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// A runtime for this thread alone.
///
/// # Errors
/// If the system has no more descriptors.
pub(crate) fn new() -> io::Result<Runtime> {
    system::check_descriptors()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    system::survive_full_files(&runtime);
    Ok(runtime)
}

#[cfg(unix)]
mod system {
    use std::os::unix::net::UnixStream;

    use rustix::process::Signal;
    use tokio::signal::unix::{SignalKind, signal};

    use super::*;

    /// The runtime panics if it can't get its descriptors, so try first.
    pub(super) fn check_descriptors() -> io::Result<()> {
        drop([UnixStream::pair()?, UnixStream::pair()?, UnixStream::pair()?]);
        Ok(())
    }

    /// Makes a file that must not grow (`ulimit -f`) an error like a full disk, instead of killing
    /// the process: credentials must not be lost because they can't be cached.
    pub(super) fn survive_full_files(runtime: &Runtime) {
        let _inside = runtime.enter();
        // The handler stays installed and does nothing. If this fails, nothing has changed.
        let _ = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()));
    }
}

#[cfg(not(unix))]
mod system {
    use super::*;

    pub(super) fn check_descriptors() -> io::Result<()> {
        Ok(())
    }

    pub(super) fn survive_full_files(_: &Runtime) {}
}
