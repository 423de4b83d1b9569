//! The terminal while it is drawn on: each key is read as it is typed.

use std::io::{self, Write};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::{cursor, execute, terminal};

use crate::platform;

/// A terminal in raw mode, until this is dropped. Discards what was typed before.
pub(super) struct Raw;

impl Raw {
    pub(super) fn start() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        let raw = Self;
        execute!(io::stderr(), cursor::Hide, EnableBracketedPaste)?;
        platform::terminal::forget_typed();
        Ok(raw)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        let _ = execute!(io::stderr(), DisableBracketedPaste, cursor::Show);
        let _ = terminal::disable_raw_mode();
        let _ = io::stderr().flush();
    }
}
