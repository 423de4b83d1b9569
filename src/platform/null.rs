//! The file that is always empty.

use std::ffi::OsStr;
use std::io;

/// Its path.
pub(crate) const PATH: &str = if super::IS_WINDOWS { "NUL" } else { "/dev/null" };

/// Whether a path is that of it. Windows takes its name in every spelling.
pub(crate) fn is(path: &OsStr) -> bool {
    path == PATH || (super::IS_WINDOWS && path.eq_ignore_ascii_case(PATH))
}

/// Replaces stdout by it: a reader sees the end of it, although this process goes on.
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
        // Whoever started this process gave it one handle for both.
        std::mem::forget(before);
    }
    Ok(())
}
