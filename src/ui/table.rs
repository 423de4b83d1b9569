//! Output for people on stdout: columns with a heading, and facts by name. On a terminal, they fit
//! its width and have colours; elsewhere, every value is complete.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::printer::Printer;
use crate::text::escape;

/// No column becomes narrower than this, which is enough for an account id.
const LEAST: usize = 12;
/// Between two columns.
const GAP: usize = 2;

/// Whether a value is good or bad news.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    #[default]
    Plain,
    Good,
    Bad,
}

/// A value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell<'a> {
    text: Cow<'a, str>,
    tone: Tone,
}

impl<'a> Cell<'a> {
    pub(crate) fn new(text: impl Into<Cow<'a, str>>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }

    /// The same, as a terminal may show it.
    fn shown(self, printer: &Printer) -> Self {
        Self { text: escape::foreign(printer.with_tilde(self.text)), ..self }
    }
}

impl<'a, T: Into<Cow<'a, str>>> From<T> for Cell<'a> {
    fn from(text: T) -> Self {
        Self::new(text, Tone::Plain)
    }
}

/// How the table is shown.
#[derive(Clone, Copy, Debug, Default)]
struct TableStyle {
    columns: Option<usize>,
    is_colored: bool,
    first: First,
}

/// How the first column fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum First {
    /// It names the row, so it is cut last.
    #[default]
    Name,
    /// It is a list that may be long, so it is cut first.
    List,
}

/// The same as [`columns`], with a list in the first column.
pub(crate) fn columns_after_list<'a>(
    printer: &Printer,
    heading: &[&'a str],
    rows: Vec<Vec<Cell<'a>>>,
) -> String {
    columns_for(printer, heading, rows, TableStyle { first: First::List, ..look(printer) })
}

/// Left-aligned columns below their heading. A row may lack cells at its end.
pub(crate) fn columns<'a>(
    printer: &Printer,
    heading: &[&'a str],
    rows: Vec<Vec<Cell<'a>>>,
) -> String {
    columns_for(printer, heading, rows, look(printer))
}

/// The same for stderr.
pub(crate) fn columns_of_messages<'a>(
    printer: &Printer,
    heading: &[&'a str],
    rows: Vec<Vec<Cell<'a>>>,
) -> String {
    let columns = printer.is_terminal().then(|| printer.columns()).flatten();
    columns_for(
        printer,
        heading,
        rows,
        TableStyle { columns, is_colored: printer.is_colored(), first: First::Name },
    )
}

fn columns_for<'a>(
    printer: &Printer,
    heading: &[&'a str],
    rows: Vec<Vec<Cell<'a>>>,
    look: TableStyle,
) -> String {
    let heading = heading.iter().map(|name| Cell::from(*name)).collect();
    let rows = std::iter::once(heading).chain(rows).collect();
    render_columns(&shown(printer, rows), look)
}

/// Names and values, one pair per row. A long value continues below itself.
pub(crate) fn facts<'a, N: Into<Cell<'a>>>(printer: &Printer, facts: Vec<(N, Cell<'a>)>) -> String {
    let rows = facts.into_iter().map(|(name, value)| vec![name.into(), value]).collect();
    render_facts(&shown(printer, rows), look(printer))
}

fn look(printer: &Printer) -> TableStyle {
    TableStyle {
        columns: printer.data_columns(),
        is_colored: printer.is_data_colored(),
        first: First::Name,
    }
}

/// The cells as a terminal may show them.
fn shown<'a>(printer: &Printer, rows: Vec<Vec<Cell<'a>>>) -> Vec<Vec<Cell<'a>>> {
    let row = |row: Vec<Cell<'a>>| row.into_iter().map(|cell| cell.shown(printer)).collect();
    rows.into_iter().map(row).collect()
}

/// How many columns of the terminal a shown text takes.
fn width(text: &str) -> usize {
    // No control characters are left in it.
    if text.is_ascii() { text.len() } else { text.width() }
}

fn render_columns(rows: &[Vec<Cell<'_>>], look: TableStyle) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let mut widths = vec![0; count];
    for row in rows {
        for (cell, widest) in row.iter().zip(&mut widths) {
            *widest = width(&cell.text).max(*widest);
        }
    }
    if let Some(room) = look.columns {
        fit(&mut widths, room, look.first);
    }
    let mut text = String::new();
    rows.iter().for_each(|row| push_line(&mut text, row, &widths, look));
    text
}

/// Reduces the widest column until all fit. The first one, which names the row, is reduced only if
/// no other can be reduced any more, unless it is a list.
fn fit(widths: &mut [usize], room: usize, first: First) {
    let gaps = GAP * widths.len().saturating_sub(1);
    if let (First::List, Some(list)) = (first, widths.first().copied()) {
        let surplus = (widths.iter().sum::<usize>() + gaps).saturating_sub(room);
        widths[0] = list.saturating_sub(surplus).max(list.min(LEAST));
    }
    while widths.iter().sum::<usize>() + gaps > room {
        let Some((first, others)) = widths.split_first_mut() else { return };
        let widest = others.iter_mut().max().filter(|width| **width > LEAST);
        match widest {
            Some(width) => *width -= 1,
            None if *first > 3 * LEAST => *first -= 1,
            None => return,
        }
    }
}

fn push_line(text: &mut String, row: &[Cell<'_>], widths: &[usize], look: TableStyle) {
    let start = text.len();
    for (cell, column) in row.iter().zip(widths) {
        let part = cut(&cell.text, *column);
        push_colored(text, &part, cell.tone, look);
        let pad = column.saturating_sub(width(&part)) + GAP;
        text.extend(std::iter::repeat_n(' ', pad));
    }
    text.truncate(start + text[start..].trim_end().len());
    text.push('\n');
}

/// As much of a text as fits, with a sign that there is more.
fn cut(text: &str, room: usize) -> Cow<'_, str> {
    if width(text) <= room {
        return text.into();
    }
    let mut left = room.saturating_sub(1);
    let fits = |c: &char| {
        let width = c.width().unwrap_or_default();
        let has_room = width <= left;
        left = left.saturating_sub(width);
        has_room
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

fn render_facts(rows: &[Vec<Cell<'_>>], look: TableStyle) -> String {
    let names = rows.iter().filter_map(|row| row.first());
    let indent = names.map(|name| width(&name.text)).max().unwrap_or_default() + GAP;
    let mut text = String::new();
    for row in rows {
        let [name, value] = row.as_slice() else { continue };
        let room = look.columns.map(|columns| columns.saturating_sub(indent).max(2 * LEAST));
        let mut left = format!("{:1$}", "", indent - width(&name.text));
        left.insert_str(0, &name.text);
        for part in wrapped(&value.text, room) {
            let start = text.len();
            text.push_str(&left);
            push_colored(&mut text, &part, value.tone, look);
            text.truncate(start + text[start..].trim_end().len());
            text.push('\n');
            left = " ".repeat(indent);
        }
    }
    text
}

/// The lines of a text, broken at spaces. A long word stays whole, so that it can be copied.
fn wrapped(text: &str, room: Option<usize>) -> Vec<String> {
    let Some(room) = room else { return vec![text.to_owned()] };
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("never empty");
        if last.is_empty() {
            last.push_str(word);
        } else if width(last) + 1 + width(word) <= room {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

fn push_colored(line: &mut String, text: &str, tone: Tone, look: TableStyle) {
    let color = match tone {
        Tone::Good if look.is_colored => "\x1b[32m",
        Tone::Bad if look.is_colored => "\x1b[31m",
        _ => return line.push_str(text),
    };
    line.extend([color, text, "\x1b[0m"]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&[&str]], columns: Option<usize>) -> String {
        let rows: Vec<Vec<Cell<'_>>> =
            rows.iter().map(|row| row.iter().map(|text| Cell::from(*text)).collect()).collect();
        render_columns(&rows, TableStyle { columns, is_colored: false, first: First::Name })
    }

    #[test]
    fn aligns_without_trailing_blanks() {
        let rows: &[&[&str]] = &[&["a", "b"], &["long"], &["x", "é"]];
        assert_eq!(table(rows, None), "a     b\nlong\nx     é\n");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(table(&[&["本番", "x"], &["prod", "y"]], None), "本番  x\nprod  y\n");
    }

    #[test]
    fn the_widest_column_gives() {
        let rows: &[&[&str]] = &[&["a name of some length", "123456789012", "0123456789abcdefgh"]];
        assert_eq!(
            table(rows, Some(80)),
            "a name of some length  123456789012  0123456789abcdefgh\n"
        );
        assert_eq!(table(rows, Some(50)), "a name of some length  123456789012  0123456789ab…\n");
        assert_eq!(table(rows, Some(1)), "a name of some length  123456789012  0123456789a…\n");
        let rows: &[&[&str]] = &[&["the names of all the profiles that it is for", "static"]];
        assert_eq!(table(rows, Some(1)), "the names of all the profiles that …  static\n");
        assert_eq!(cut("本番本番", 5), "本番…");
        assert_eq!(cut("本番本番", 4), "本…");
    }

    #[test]
    fn a_long_fact_continues_below_itself() {
        let facts = |columns| {
            let rows =
                [("url", "https://corp.awsapps.com/start"), ("why", "one two three four five six")];
            let rows: Vec<Vec<Cell<'_>>> =
                rows.iter().map(|(name, value)| vec![(*name).into(), (*value).into()]).collect();
            render_facts(&rows, TableStyle { columns, is_colored: false, first: First::Name })
        };
        let url = "url  https://corp.awsapps.com/start\n";
        assert_eq!(facts(None), format!("{url}why  one two three four five six\n"));
        assert_eq!(facts(Some(29)), format!("{url}why  one two three four five\n     six\n"));
    }

    #[test]
    fn a_state_has_a_colour_where_colours_are() {
        let rows = vec![vec![Cell::new("valid", Tone::Good), Cell::new("gone", Tone::Bad)]];
        let shown = |is_colored| {
            render_columns(&rows, TableStyle { columns: None, is_colored, first: First::Name })
        };
        assert_eq!(shown(true), "\x1b[32mvalid\x1b[0m  \x1b[31mgone\x1b[0m\n");
        assert_eq!(shown(false), "valid  gone\n");
    }
}
