//! The controlling terminal, wherever stdout and stderr go: where a person can be reached.

use std::fs::{File, OpenOptions};
#[cfg(unix)]
use std::os::fd::AsFd;

/// The terminal this process can be ended from; none if it has none.
const PATH: &str = if super::IS_WINDOWS { "CONOUT$" } else { "/dev/tty" };

/// Opens the terminal for writing, if there is one.
pub(crate) fn open() -> Option<File> {
    OpenOptions::new().write(true).open(PATH).ok()
}

/// Forgets what has been typed into stdin and not been read.
#[cfg(unix)]
pub(crate) fn forget_typed() {
    let _ = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
}

#[cfg(not(unix))]
pub(crate) fn forget_typed() {}

/// Whether another program reads stderr, and may keep it to itself.
#[cfg(unix)]
pub(crate) fn is_stderr_piped() -> bool {
    use rustix::fs::{FileType, fstat};
    let kind = fstat(std::io::stderr()).map(|found| FileType::from_raw_mode(found.st_mode));
    matches!(kind, Ok(FileType::Fifo | FileType::Socket))
}

/// Whether another program reads stderr, and may hide it: it may be a file.
#[cfg(not(unix))]
pub(crate) fn is_stderr_piped() -> bool {
    !std::io::IsTerminal::is_terminal(&std::io::stderr())
}

/// The columns of a terminal, if it is one and says so.
#[cfg(unix)]
pub(crate) fn columns(terminal: impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// The columns of a terminal: not asked here.
#[cfg(not(unix))]
pub(crate) fn columns<T>(_: T) -> Option<usize> {
    None
}

/// Whether terminals show colours where a program asks for them.
#[cfg(unix)]
pub(crate) fn takes_escapes() -> bool {
    true
}

/// Whether the console shows colours: old ones don't, others need to be switched on, which this does.
#[cfg(not(unix))]
pub(crate) fn takes_escapes() -> bool {
    crossterm::ansi_support::supports_ansi()
}
