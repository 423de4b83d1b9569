//! Reads keys.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::platform::deferral::Deferral;
use crate::platform::hang_up::HangUp;

/// How soon a signal that ends the program is noticed.
const PAUSE: Duration = Duration::from_millis(100);

/// The action of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Adds to the search text.
    Type(String),
    /// Removes the last character.
    Erase,
    /// Removes the last word.
    EraseWord,
    /// Removes everything.
    EraseAll,
    /// Moves the cursor by this many rows.
    Move(isize),
    First,
    Last,
    /// Marks the row under the cursor, or removes its mark.
    Mark,
    /// Marks every matching row, or removes all marks.
    MarkAll,
    Take,
    Leave,
    Resize(u16, u16),
    Nothing,
}

/// The keyboard. Signals that end the program wait until this is dropped, after the terminal has
/// been restored.
pub(super) struct Keyboard {
    is_ending: Arc<AtomicBool>,
    _deferral: Deferral,
    _hang_up: HangUp,
}

impl Keyboard {
    pub(super) fn start() -> io::Result<Self> {
        let is_ending = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&is_ending);
        let deferral = Deferral::new(move || noted.store(true, Ordering::SeqCst));
        let hang_up = HangUp::ends_the_process()?;
        Ok(Self { is_ending, _deferral: deferral, _hang_up: hang_up })
    }

    /// Waits for a key. `height` is the number of rows on a page.
    pub(super) fn next(&self, height: usize) -> io::Result<Action> {
        loop {
            if self.is_ending.load(Ordering::SeqCst) {
                return Ok(Action::Leave);
            }
            if event::poll(PAUSE)? {
                return Ok(action(event::read()?, height));
            }
        }
    }
}

fn action(event: Event, height: usize) -> Action {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => of_key(key, height),
        Event::Paste(text) => Action::Type(text),
        Event::Resize(columns, rows) => Action::Resize(columns, rows),
        _ => Action::Nothing,
    }
}

fn of_key(key: KeyEvent, height: usize) -> Action {
    let page = isize::try_from(height).unwrap_or(1);
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return match key.code {
            KeyCode::Char('c' | 'd' | 'g') => Action::Leave,
            KeyCode::Char('p' | 'k') => Action::Move(-1),
            KeyCode::Char('n' | 'j') => Action::Move(1),
            KeyCode::Char('u') => Action::EraseAll,
            KeyCode::Char('w') => Action::EraseWord,
            KeyCode::Char('h') => Action::Erase,
            KeyCode::Char('a') => Action::MarkAll,
            KeyCode::Char('m') => Action::Take,
            _ => Action::Nothing,
        };
    }
    match key.code {
        KeyCode::Enter => Action::Take,
        KeyCode::Esc => Action::Leave,
        KeyCode::Up => Action::Move(-1),
        KeyCode::Down => Action::Move(1),
        KeyCode::PageUp => Action::Move(-page),
        KeyCode::PageDown => Action::Move(page),
        KeyCode::Home => Action::First,
        KeyCode::End => Action::Last,
        KeyCode::Backspace => Action::Erase,
        KeyCode::Tab => Action::Mark,
        KeyCode::Char(c) if !key.modifiers.contains(KeyModifiers::ALT) => {
            Action::Type(c.to_string())
        }
        _ => Action::Nothing,
    }
}
