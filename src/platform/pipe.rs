//! Reads files that may be pipes.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::time::Duration;

pub(crate) use system::{is_anonymous, is_pipe, open, wait_for};

#[cfg(unix)]
mod system {
    use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::OFlags;
    use rustix::io::Errno;

    use super::*;

    /// Opens a file for reading. Does not wait for a pipe's writer, and a terminal doesn't become
    /// this process's own.
    pub(crate) fn open(path: &Path) -> io::Result<File> {
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        File::options().read(true).custom_flags(flags.bits() as i32).open(path)
    }

    pub(crate) fn is_pipe(metadata: &Metadata) -> bool {
        metadata.file_type().is_fifo()
    }

    /// Whether this is a pipe without a name, like that of a shell's `<(...)`.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_anonymous(file: &File) -> bool {
        const PIPEFS_MAGIC: u32 = 0x5049_5045;
        rustix::fs::fstatfs(file).is_ok_and(|system| system.f_type as u32 == PIPEFS_MAGIC)
    }

    /// They can't be told apart.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn is_anonymous(_: &File) -> bool {
        false
    }

    /// Waits at most `most` until there is something to read or the writer is gone.
    pub(crate) fn wait_for(file: &File, most: Duration) -> io::Result<()> {
        let most = Timespec::try_from(most).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(file, PollFlags::IN)], Some(&most)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }
}

/// On Windows, no file is a pipe.
#[cfg(not(unix))]
mod system {
    use super::*;
    use crate::platform::held;

    pub(crate) fn open(path: &Path) -> io::Result<File> {
        match path.is_dir() {
            true => Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory")),
            false => held::open(path),
        }
    }

    pub(crate) fn is_pipe(_: &Metadata) -> bool {
        false
    }

    pub(crate) fn is_anonymous(_: &File) -> bool {
        false
    }

    pub(crate) fn wait_for(_: &File, _: Duration) -> io::Result<()> {
        Ok(())
    }
}
