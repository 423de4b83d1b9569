//! The terminal itself, wherever stdout and stderr go: the place to reach a person at.

use std::fs::{File, OpenOptions};
#[cfg(unix)]
use std::os::fd::AsFd;

/// The terminal this process can be ended from; none where it has none.
const PATH: &str = if cfg!(windows) { "CONOUT$" } else { "/dev/tty" };

/// Opens the terminal for writing, if there is one.
pub(crate) fn open() -> Option<File> {
    OpenOptions::new().write(true).open(PATH).ok()
}

/// The columns of a terminal, where it is one and says so.
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
