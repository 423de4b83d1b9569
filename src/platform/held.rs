//! Files that other programs have open. On Windows, such a file can't be replaced, removed or read
//! until they close it; most do so within milliseconds.

use std::fs::{self, File};
use std::io;
use std::path::Path;

#[cfg(not(unix))]
pub(crate) use system::may_be_replaced;
pub(crate) use system::{is_held, open_alone, patiently};

/// Renames a file over another one.
pub(crate) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    patiently(|| fs::rename(from, to))
}

/// Removes a file.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    patiently(|| fs::remove_file(path))
}

/// Opens a file for reading.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    patiently(|| File::open(path))
}

#[cfg(unix)]
mod system {
    use super::*;

    /// On Unix, an open file can still be replaced.
    pub(crate) fn patiently<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        attempt()
    }

    pub(crate) fn is_held(_: &io::Error) -> bool {
        false
    }

    /// Opens a file. Others may have it open, but they notice if it is removed.
    pub(crate) fn open_alone(path: &Path) -> io::Result<File> {
        File::open(path)
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::OpenOptions;
    use std::os::windows::fs::OpenOptionsExt;
    use std::time::Duration;

    use super::*;
    use crate::platform::pauses::Pauses;

    /// A virus scanner, an indexer or the AWS CLI reads a file faster than this.
    const PATIENCE: Duration = Duration::from_secs(3);

    /// Pauses grow up to this.
    const LONGEST_PAUSE: Duration = Duration::from_millis(50);

    /// The right to remove or rename a file.
    const DELETE: u32 = 0x0001_0000;

    const FILE_SHARE_DELETE: u32 = 4;

    const ACCESS_DENIED: i32 = 5;
    const SHARING_VIOLATION: i32 = 32;
    const LOCK_VIOLATION: i32 = 33;
    const USER_MAPPED_FILE: i32 = 1224;

    /// Retries for three seconds, as long as somebody has the file open.
    pub(crate) fn patiently<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        let mut pauses = Pauses::new(Duration::from_millis(1), LONGEST_PAUSE, PATIENCE);
        loop {
            match attempt() {
                Err(e) if is_held(&e) && pauses.pause() => {}
                result => return result,
            }
        }
    }

    /// Whether somebody has the file open, as far as the error tells: "access denied" also means
    /// that a file is open or still being removed.
    pub(crate) fn is_held(error: &io::Error) -> bool {
        let held = [ACCESS_DENIED, SHARING_VIOLATION, LOCK_VIOLATION, USER_MAPPED_FILE];
        error.raw_os_error().is_some_and(|code| held.contains(&code))
    }

    /// Opens a file that nobody else has open, and that nobody can open until it is closed.
    pub(crate) fn open_alone(path: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).share_mode(FILE_SHARE_DELETE).open(path)
    }

    /// Checks that a file can be replaced now, or at least overwritten: nobody has it open without
    /// allowing others to remove it.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn may_be_replaced(path: &Path) -> io::Result<()> {
        let replaced = patiently(|| OpenOptions::new().access_mode(DELETE).open(path));
        let opened = replaced.or_else(|e| OpenOptions::new().write(true).open(path).map_err(|_| e));
        opened.map(drop)
    }
}
