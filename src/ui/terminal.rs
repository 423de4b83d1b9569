//! The terminal itself, wherever stdout and stderr go: the place to reach a person at.

use std::fs::{File, OpenOptions};

/// The terminal this process can be ended from; none where it has none.
const PATH: &str = if cfg!(windows) { "CONOUT$" } else { "/dev/tty" };

/// Opens the terminal for writing, if there is one.
pub fn open() -> Option<File> {
    OpenOptions::new().write(true).open(PATH).ok()
}
