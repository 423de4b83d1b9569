//! Bringing files to the disk, and how large they may be.

use std::fs::File;
use std::io;
use std::path::Path;

/// Waits until a file is on the disk. File systems that don't know how are as good as done.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(e) if is_unsupported(&e) => Ok(()),
        result => result,
    }
}

/// Waits until the names in a directory are on the disk, where the system can do that. What was
/// renamed is there for everybody already.
#[cfg(unix)]
pub(crate) fn sync_directory(directory: &Path) {
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
}

#[cfg(not(unix))]
pub(crate) fn sync_directory(_: &Path) {}

/// Whether a file of this size may be written (`ulimit -f`). Writing one that may not ends the
/// process by a signal.
#[cfg(unix)]
pub(crate) fn check_size(size: usize) -> io::Result<()> {
    use rustix::process::{Resource, getrlimit};
    match getrlimit(Resource::Fsize).current {
        Some(limit) if limit < size as u64 => Err(rustix::io::Errno::FBIG.into()),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
pub(crate) fn check_size(_: usize) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_unsupported(error: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(Errno::from_io_error(error), Some(Errno::INVAL | Errno::NOSYS))
}

#[cfg(not(unix))]
fn is_unsupported(_: &io::Error) -> bool {
    false
}
