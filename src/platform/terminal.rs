//! The controlling terminal, where the user can be reached wherever stdout and stderr go.

use std::fs::{File, OpenOptions};
#[cfg(unix)]
use std::os::fd::AsFd;

/// The path of the controlling terminal.
const PATH: &str = if super::IS_WINDOWS { "CONOUT$" } else { "/dev/tty" };

/// Opens the terminal for writing, if there is one.
pub(crate) fn open() -> Option<File> {
    OpenOptions::new().write(true).open(PATH).ok()
}

/// Discards what has been typed into stdin but not read.
#[cfg(unix)]
pub(crate) fn forget_typed() {
    let _ = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
}

#[cfg(not(unix))]
pub(crate) fn forget_typed() {}

/// Whether another program reads stderr: then the user may not see it.
#[cfg(unix)]
pub(crate) fn is_stderr_piped() -> bool {
    use rustix::fs::{FileType, fstat};
    let kind = fstat(std::io::stderr()).map(|found| FileType::from_raw_mode(found.st_mode));
    matches!(kind, Ok(FileType::Fifo | FileType::Socket))
}

/// Whether stderr goes to another program or to a file: then the user may not see it.
#[cfg(not(unix))]
pub(crate) fn is_stderr_piped() -> bool {
    !std::io::IsTerminal::is_terminal(&std::io::stderr())
}

/// The width of a terminal, if it is one and reports it.
#[cfg(unix)]
pub(crate) fn columns(terminal: impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// The width of a terminal, which is not asked for on this system.
#[cfg(not(unix))]
pub(crate) fn columns<T>(_: T) -> Option<usize> {
    None
}

/// Whether terminals understand escape sequences.
#[cfg(unix)]
pub(crate) fn takes_escapes() -> bool {
    true
}

/// Whether the console understands escape sequences. Old ones don't; others must be switched on,
/// which this does.
#[cfg(not(unix))]
pub(crate) fn takes_escapes() -> bool {
    crossterm::ansi_support::supports_ansi()
}
