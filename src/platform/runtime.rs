//! Tokio's runtime, which relies on what the system may refuse.

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

    /// The runtime panics if it can't get its descriptors: try first.
    pub(super) fn check_descriptors() -> io::Result<()> {
        drop([UnixStream::pair()?, UnixStream::pair()?, UnixStream::pair()?]);
        Ok(())
    }

    /// A file that may not grow (`ulimit -f`) is an error like a full disk, and does not kill the
    /// process: credentials must not be lost because they can't be cached.
    pub(super) fn survive_full_files(runtime: &Runtime) {
        let _inside = runtime.enter();
        // Its handler stays, and does nothing. If this fails, nothing has changed.
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
