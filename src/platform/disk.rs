//! Makes files durable.

use std::fs::File;
use std::io;
use std::path::Path;

/// Waits until a file is on the disk. File systems that don't support this count as done.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(e) if is_unsupported(&e) => Ok(()),
        result => result,
    }
}

/// Waits until the names in a directory are on the disk, if the system supports that. Renames are
/// already visible to every process.
#[cfg(unix)]
pub(crate) fn sync_directory(directory: &Path) {
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
}

#[cfg(not(unix))]
pub(crate) fn sync_directory(_: &Path) {}

#[cfg(unix)]
fn is_unsupported(error: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(Errno::from_io_error(error), Some(Errno::INVAL | Errno::NOSYS))
}

#[cfg(not(unix))]
fn is_unsupported(_: &io::Error) -> bool {
    false
}
