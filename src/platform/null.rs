//! The null device, which is always empty.

use std::ffi::OsStr;
use std::io;

pub(crate) const PATH: &str = if super::IS_WINDOWS { "NUL" } else { "/dev/null" };

/// Whether a path is the null device. Windows accepts its name in every spelling.
pub(crate) fn is(path: &OsStr) -> bool {
    path == PATH || (super::IS_WINDOWS && path.eq_ignore_ascii_case(PATH))
}

/// Replaces stdout with it, so that a reader sees the end although this process continues.
#[cfg(unix)]
pub(crate) fn replace_stdout() -> io::Result<()> {
    let null = std::fs::File::options().write(true).open(PATH)?;
    Ok(rustix::stdio::dup2_stdout(null)?)
}

#[cfg(not(unix))]
pub(crate) fn replace_stdout() -> io::Result<()> {
    use std::os::windows::io::AsRawHandle;

    use filedescriptor::{FileDescriptor, StdioDescriptor};
    let null = std::fs::File::options().write(true).open(PATH)?;
    let before = FileDescriptor::redirect_stdio(&null, StdioDescriptor::Stdout);
    let before = before.map_err(io::Error::other)?;
    if before.as_raw_handle() == io::stderr().as_raw_handle() {
        // The parent process may have passed one handle for both.
        std::mem::forget(before);
    }
    Ok(())
}
