//! Draws a URL as a QR code, for the user's phone.

use fast_qr::QRBuilder;

use crate::context::Context;
use crate::platform::{IS_MACOS, IS_WINDOWS};
use crate::variables;

/// The light modules around the code that readers need (ISO/IEC 18004: four).
const MARGIN: isize = 4;

/// Whether the terminal can show the characters that [`draw`] uses. Its locale decides, as in other
/// programs.
pub(crate) fn is_drawable(ctx: &Context) -> bool {
    if IS_WINDOWS || IS_MACOS {
        return true;
    }
    let locale = [variables::LC_ALL, variables::LC_CTYPE, variables::LANG]
        .into_iter()
        .find_map(|name| ctx.var(name));
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// The code as lines of half blocks, each with two rows of modules. Black on white if colours are
/// allowed; otherwise the foreground colour draws the light modules, because most terminals are
/// dark. None if it doesn't fit into this many columns.
pub(crate) fn draw(text: &str, colored: bool, columns: usize) -> Option<String> {
    let code = QRBuilder::new(text).build().ok()?;
    let size = isize::try_from(code.size).ok()?;
    let width = usize::try_from(size + 2 * MARGIN).ok()?;
    (width <= columns).then_some(())?;
    let is_light = |row: isize, column: isize| {
        let inside = |at: isize| usize::try_from(at).ok().filter(|at| *at < code.size);
        match (inside(row), inside(column)) {
            (Some(row), Some(column)) => !code[row][column].value(),
            _ => true,
        }
    };
    let (begin, end) = if colored { ("\x1b[97;40m", "\x1b[0m") } else { ("", "") };
    let line = |row: isize| {
        let half = |column: isize| match (is_light(row, column), is_light(row + 1, column)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        };
        let drawn: String = (-MARGIN..size + MARGIN).map(half).collect();
        format!("{begin}{drawn}{end}")
    };
    let rows = (-MARGIN..size + MARGIN).step_by(2);
    Some(rows.map(line).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finder_pattern_is_in_the_corner_of_a_light_margin() {
        let drawn = draw("https://example.com/", false, 33).expect("a code");
        let lines: Vec<Vec<char>> = drawn.lines().map(|line| line.chars().collect()).collect();
        let width = lines[0].len();
        assert!(lines.iter().all(|line| line.len() == width));
        // Version 2 is 25 modules wide; with an odd height, half of the last line is margin.
        assert_eq!((width, lines.len()), (33, 17));
        assert!(lines[..2].iter().flatten().all(|c| *c == '█'));
        assert_eq!(draw("https://example.com/", false, 32), None);
        // Seven dark modules, with a light ring inside.
        let corner = |row: usize| lines[row][4..12].iter().collect::<String>();
        assert_eq!(corner(2), " ▄▄▄▄▄ █");
        assert_eq!(corner(3), " █   █ █");
        assert_eq!(corner(5), "▄▄▄▄▄▄▄█");
    }
}
