//! Draws a line with the search text, a header, and the rows around the cursor.

use std::io::{self, Write};

use crossterm::{QueueableCommand, cursor, terminal};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::list::List;
use super::terminal::Raw;
use super::{Picker, Row, mark_of};
use crate::text::escape;
use crate::text::number::grouped;

/// More rows than this don't help.
const MOST_ROWS: usize = 15;

/// Pointer and mark before the columns, and the last column of the terminal, which stays empty.
const MARGIN: usize = 4;

/// Between two columns.
const GAP: &str = "  ";

/// No column except the first becomes narrower than this to make room for others.
const NARROWEST: usize = 8;

pub(super) struct Screen<'a> {
    picker: &'a Picker,
    /// The full width of each column.
    wanted: Vec<usize>,
    /// The width of each column on the screen.
    widths: Vec<usize>,
    is_colored: bool,
    columns: usize,
    rows: usize,
    /// The first visible row.
    top: usize,
    /// How many lines are below the first one.
    below: usize,
    _raw: Raw,
}

impl<'a> Screen<'a> {
    pub(super) fn start(picker: &'a Picker, is_colored: bool) -> io::Result<Self> {
        let raw = Raw::start()?;
        let (columns, rows) = terminal::size().unwrap_or((80, 24));
        let mut screen = Self {
            picker,
            wanted: widths(&picker.rows),
            widths: Vec::new(),
            is_colored,
            columns: 0,
            rows: 0,
            top: 0,
            below: 0,
            _raw: raw,
        };
        screen.resize(columns, rows);
        Ok(screen)
    }

    /// Adapts to a new size of the terminal.
    pub(super) fn resize(&mut self, columns: u16, rows: u16) {
        self.columns = usize::from(columns).max(10);
        self.rows = usize::from(rows).max(3);
        self.widths = shared(&self.wanted, self.columns - MARGIN);
    }

    /// How many rows are visible at once.
    pub(super) fn height(&self) -> usize {
        let header = usize::from(!self.picker.header.is_empty());
        (self.rows - 2).saturating_sub(header).clamp(1, MOST_ROWS)
    }

    pub(super) fn draw(&mut self, list: &mut List<'_>) -> io::Result<()> {
        let height = self.height();
        let last_top = list.matching().len().saturating_sub(height);
        self.top =
            self.top.clamp(list.cursor().saturating_sub(height - 1), list.cursor()).min(last_top);
        let mut lines = vec![self.first_line(list)];
        if !self.picker.header.is_empty() {
            lines.push(self.dim(&self.cut(&escape::foreign(&self.picker.header))));
        }
        for (at, place) in list.matching().iter().enumerate().skip(self.top).take(height) {
            lines.push(self.line(list, *place, at == list.cursor()));
        }
        let mut out = Vec::new();
        self.erase(&mut out)?;
        out.write_all(lines.join("\r\n").as_bytes())?;
        self.below = lines.len() - 1;
        self.to_first_line(&mut out)?;
        let behind = self.picker.prompt.width() + 2 + list.query().width();
        let column = behind.min(self.columns - 1);
        out.queue(cursor::MoveToColumn(u16::try_from(column).unwrap_or(u16::MAX)))?;
        out.queue(cursor::Show)?;
        let mut stderr = io::stderr().lock();
        stderr.write_all(&out)?;
        stderr.flush()
    }

    /// Removes everything that was drawn.
    pub(super) fn end(&mut self) -> io::Result<()> {
        let mut out = Vec::new();
        self.erase(&mut out)?;
        io::stderr().lock().write_all(&out)
    }

    /// Erases from the first line on, where the cursor is between two drawings.
    fn erase(&self, out: &mut Vec<u8>) -> io::Result<()> {
        out.queue(cursor::Hide)?
            .queue(cursor::MoveToColumn(0))?
            .queue(terminal::Clear(terminal::ClearType::FromCursorDown))?;
        Ok(())
    }

    fn to_first_line(&self, out: &mut Vec<u8>) -> io::Result<()> {
        if self.below > 0 {
            out.queue(cursor::MoveUp(u16::try_from(self.below).unwrap_or(u16::MAX)))?;
        }
        Ok(())
    }

    fn first_line(&self, list: &List<'_>) -> String {
        let (found, total) = (grouped(list.matching().len()), grouped(list.total()));
        let mut count = format!("{found}/{total}");
        if self.picker.is_multiple {
            count.push_str(&format!(" ({} marked; Tab marks, Ctrl-A all)", grouped(list.marked())));
        }
        let query = format!("{}> {}", self.picker.prompt, escape::foreign(list.query()));
        let room = self.columns.saturating_sub(query.width() + 3);
        if count.width() > room {
            count = format!("{found}/{total}");
        }
        if count.width() > room {
            return self.cut(&query);
        }
        format!("{query}  {}", self.dim(&count))
    }

    fn line(&self, list: &List<'_>, place: usize, is_under_cursor: bool) -> String {
        let row = list.row(place);
        let pointer = if is_under_cursor { '>' } else { ' ' };
        let mark = mark_of(list.is_marked(place), row.is_current);
        let cells = row.columns.iter().zip(&self.widths).map(|(cell, width)| {
            let cell = fitted(&escape::foreign(cell), *width);
            let blanks = width.saturating_sub(cell.width());
            cell + &" ".repeat(blanks)
        });
        let cells: Vec<String> = cells.collect();
        let text = self.cut(format!("{pointer}{mark} {}", cells.join(GAP)).trim_end());
        if is_under_cursor && self.is_colored { format!("\x1b[1m{text}\x1b[0m") } else { text }
    }

    /// As much as fits on one line of the terminal.
    fn cut(&self, text: &str) -> String {
        fitted(text, self.columns - 1)
    }

    fn dim(&self, text: &str) -> String {
        if self.is_colored { format!("\x1b[2m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// `text`, cut off with an ellipsis if it is wider.
fn fitted(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut fitted = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        fitted.push(c);
    }
    fitted + "…"
}

fn widths(rows: &[Row]) -> Vec<usize> {
    let mut widths = Vec::new();
    for row in rows {
        widths.resize(widths.len().max(row.columns.len()), 0);
        for (width, cell) in widths.iter_mut().zip(&row.columns) {
            // Escaped characters are wider; that is rare, and then the text is cut off.
            *width = (*width).max(cell.width());
        }
    }
    widths
}

/// The widths of columns that must fit into `room`: the widest are reduced first, and the first
/// one, which is the name, keeps half of the room.
fn shared(wanted: &[usize], room: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = wanted.iter().map(|width| (*width).min(room)).collect();
    let gaps = GAP.len() * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > room {
        let least = |place| if place == 0 { room / 2 } else { NARROWEST };
        let can_give =
            widths.iter_mut().enumerate().filter(|(place, width)| **width > least(*place));
        let Some((_, widest)) = can_give.max_by_key(|(_, width)| **width) else { break };
        *widest -= 1;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_column_gives_way() {
        assert_eq!(shared(&[5, 40, 12], 80), [5, 40, 12]);
        assert_eq!(shared(&[5, 40, 12], 36), [5, 15, 12]);
        assert_eq!(shared(&[50, 40, 12], 38), [19, 8, 8]);
        assert_eq!(shared(&[50, 3, 12], 9), [4, 3, 8], "lines are cut off");
        assert_eq!(shared(&[], 9), [0; 0]);
    }

    #[test]
    fn what_is_too_wide_is_cut_off() {
        for (text, width, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("e\u{301}e\u{301}", 2, "e\u{301}e\u{301}"),
        ] {
            assert_eq!(fitted(text, width), expected, "{text} {width}");
        }
    }
}
