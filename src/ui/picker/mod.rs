//! Chooses from a list at the terminal: type to narrow it, press Enter to choose.
//!
//! It is drawn below the prompt on stderr, never full-screen. When it ends, even by Ctrl-C or
//! SIGTERM, it removes its lines. What was typed before it appeared is ignored.

mod keys;
mod list;
mod screen;
mod terminal;

use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::ui::prompt;
use keys::{Action, Keyboard};
use list::List;
use screen::Screen;

/// The list to choose from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Picker {
    /// The text before the search text.
    pub prompt: String,
    /// A line above the rows; none if it is empty.
    pub header: String,
    /// The rows, best first. Every column is searched.
    pub rows: Vec<Row>,
    /// Whether several rows can be chosen.
    pub is_multiple: bool,
    /// The search text at the start.
    pub query: String,
}

impl Picker {
    /// Whether any row matches the search text at the start.
    pub(crate) fn has_match(&self) -> bool {
        !List::new(self).matching().is_empty()
    }
}

/// One thing to choose. Its columns are untrusted text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub columns: Vec<String>,
    /// Whether it is the current one. If several can be chosen, the cursor starts there.
    pub is_current: bool,
    /// Whether it is marked at the start, if several can be chosen.
    pub is_marked: bool,
}

/// Whether the user can choose: stdin and stderr are a terminal that can be drawn on, and this is
/// not a build machine.
pub(crate) fn is_possible(ctx: &Context) -> bool {
    prompt::is_attended(ctx) && !ctx.environment().is_ci()
}

/// The same for a list that can be searched.
pub(crate) fn is_searchable(ctx: &Context) -> bool {
    is_possible(ctx) && !ctx.environment().is_dumb()
}

/// The indexes of the chosen rows.
///
/// # Errors
/// `Interrupted` at Esc, Ctrl-C and the like.
pub(crate) fn pick(ctx: &Context, picker: &Picker) -> Result<Vec<usize>> {
    if ctx.environment().is_dumb() {
        return by_number(ctx, picker);
    }
    let failed = |e| Error::new(Kind::Other, "cannot show the list at this terminal").source(e);
    let mut list = List::new(picker);
    // In this order: a signal ends the program only after the screen has been restored.
    let keyboard = Keyboard::start().map_err(failed)?;
    let mut screen = Screen::start(picker, ctx.printer.is_colored()).map_err(failed)?;
    let taken = loop {
        screen.draw(&mut list).map_err(failed)?;
        match keyboard.next(screen.height()).map_err(failed)? {
            Action::Take => {
                let taken = list.taken();
                if !taken.is_empty() {
                    break Some(taken);
                }
            }
            Action::Leave => break None,
            Action::Resize(columns, rows) => screen.resize(columns, rows),
            action => list.apply(action),
        }
    };
    screen.end().map_err(failed)?;
    taken.ok_or_else(|| Error::new(Kind::Interrupted, "nothing was chosen"))
}

/// The character before a row that is marked, or else the current one.
fn mark_of(is_marked: bool, is_current: bool) -> char {
    match (is_marked, is_current) {
        (true, _) => '+',
        (false, true) => '*',
        (false, false) => ' ',
    }
}

/// Chooses by number, on a terminal that can't be drawn on.
fn by_number(ctx: &Context, picker: &Picker) -> Result<Vec<usize>> {
    for (place, row) in picker.rows.iter().enumerate() {
        let mark = mark_of(row.is_marked, row.is_current);
        ctx.printer.show(&format!("{:4}{mark} {}", place + 1, row.columns.join("  ")));
    }
    let marked: Vec<usize> =
        (0..picker.rows.len()).filter(|place| picker.rows[*place].is_marked).collect();
    let what = match (picker.is_multiple, marked.is_empty()) {
        (false, _) => "a number",
        (true, true) => "numbers",
        (true, false) => "numbers [those marked +]",
    };
    loop {
        let answer = prompt::line(ctx, &format!("{}, {what}: ", picker.prompt))?;
        let words = answer.split([' ', ',']).filter(|word| !word.is_empty());
        let places: Option<Vec<usize>> = words
            .map(|word| {
                let number: usize = word.parse().ok()?;
                (1..=picker.rows.len()).contains(&number).then(|| number - 1)
            })
            .collect();
        match places {
            Some(places) if places.len() == 1 || (picker.is_multiple && !places.is_empty()) => {
                return Ok(places);
            }
            Some(places) if places.is_empty() && !marked.is_empty() => return Ok(marked),
            Some(places) if places.is_empty() => {
                return Err(Error::new(Kind::Interrupted, "nothing was chosen"));
            }
            _ => ctx.printer.show("that number is not in the list"),
        }
    }
}
