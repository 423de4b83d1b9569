//! Reads files that may be pipes.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::time::Duration;

pub(crate) use system::{is_anonymous, is_pipe, open, wait_for, wait_for_writer};

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
        is_ready(file, most).map(drop)
    }

    /// Waits at most `most` until a pipe's first writer has written something or is gone. Whether
    /// it has, or is.
    #[cfg(target_os = "linux")]
    pub(crate) fn wait_for_writer(file: &File, most: Duration) -> io::Result<bool> {
        // Linux remembers whether there was a writer since the file was opened. Without one, the
        // pipe is not at its end.
        is_ready(file, most)
    }

    /// Waits for a moment; nothing says when a writer comes. A pipe without one is at its end.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn wait_for_writer(_: &File, most: Duration) -> io::Result<bool> {
        use crate::platform::pauses::Pauses;

        const PAUSE: Duration = Duration::from_millis(10);
        Pauses::new(PAUSE, PAUSE, most).pause();
        Ok(false)
    }

    fn is_ready(file: &File, most: Duration) -> io::Result<bool> {
        let most = Timespec::try_from(most).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(file, PollFlags::IN)], Some(&most)) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::INTR) => Ok(false),
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

    pub(crate) fn wait_for_writer(_: &File, _: Duration) -> io::Result<bool> {
        Ok(false)
    }
}
