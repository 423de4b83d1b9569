//! Columns for people.

use crate::text::escape;

/// Rows as left-aligned columns two blanks apart, no trailing blanks, every cell escaped.
/// `rows` may be ragged; a missing cell is empty.
pub(crate) fn render(rows: &[Vec<String>]) -> String {
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| escape::foreign(cell)).collect()).collect();
    let columns = cells.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|i| cells.iter().filter_map(|row| row.get(i)).map(|c| c.chars().count()).max())
        .map(Option::unwrap_or_default)
        .collect();
    let mut out = String::new();
    for row in &cells {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligns_without_trailing_blanks() {
        let rows =
            vec![vec!["a".into(), "b".into()], vec!["long".into()], vec!["x".into(), "é".into()]];
        assert_eq!(render(&rows), "a     b\nlong\nx     é\n");
    }
}
