//! The differences between two texts, for people, in the format of `diff -u`.

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

use crate::text::escape;

/// How many unchanged lines are shown around a change.
const CONTEXT: usize = 3;

/// A line to compare, with its line ending, and the text to show for it.
pub(crate) type DiffLine<'a> = (&'a [u8], &'a str);

/// The changes from `old` to `new`, each a name and lines. Empty if there are none.
pub(crate) fn unified(old: (&str, &[DiffLine<'_>]), new: (&str, &[DiffLine<'_>])) -> String {
    let [before, after] = [old.1, new.1].map(|lines| Vec::from_iter(lines.iter().map(|(b, _)| *b)));
    let changes = capture_diff_slices(Algorithm::Myers, &before, &after);
    let hunks = group_diff_ops(changes, CONTEXT);
    if hunks.is_empty() {
        return String::new();
    }
    let mut text = format!("--- {}\n+++ {}\n", escape::foreign(old.0), escape::foreign(new.0));
    for hunk in hunks {
        hunk_header(&hunk, &mut text);
        for change in hunk {
            if change.tag() == DiffTag::Equal {
                lines(' ', &old.1[change.old_range()], &mut text);
            } else {
                lines('-', &old.1[change.old_range()], &mut text);
                lines('+', &new.1[change.new_range()], &mut text);
            }
        }
    }
    text
}

fn hunk_header(hunk: &[DiffOp], text: &mut String) {
    let side = |range: fn(&DiffOp) -> std::ops::Range<usize>| {
        let start = hunk.first().map_or(0, |change| range(change).start);
        let length = hunk.last().map_or(0, |change| range(change).end) - start;
        // An empty side is named by the line before it.
        let first = if length == 0 { start } else { start + 1 };
        if length == 1 { first.to_string() } else { format!("{first},{length}") }
    };
    text.push_str(&format!("@@ -{} +{} @@\n", side(DiffOp::old_range), side(DiffOp::new_range)));
}

fn lines(sign: char, lines: &[DiffLine<'_>], text: &mut String) {
    for (bytes, shown) in lines {
        text.push(sign);
        let parts: Vec<_> = shown.split('\t').map(escape::foreign).collect();
        text.push_str(&parts.join("\t"));
        text.push('\n');
        if !bytes.ends_with(b"\n") && !bytes.ends_with(b"\r") {
            text.push_str("\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(old: &str, new: &str) -> String {
        let lines = |text: &'static str| -> Vec<DiffLine<'static>> {
            text.split_inclusive('\n').map(|line| (line.as_bytes(), line.trim_end())).collect()
        };
        let [old, new] = [old, new].map(|text| lines(text.to_owned().leak()));
        unified(("a", &old), ("b", &new))
    }

    #[test]
    fn as_diff_prints_it() {
        assert_eq!(diff("x\n", "x\n"), "");
        assert_eq!(diff("", "x\ny\n"), "--- a\n+++ b\n@@ -0,0 +1,2 @@\n+x\n+y\n");
        assert_eq!(diff("x\n", ""), "--- a\n+++ b\n@@ -1 +0,0 @@\n-x\n");
        assert_eq!(
            diff(
                "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12",
                "1\n2\n3\nx\n5\n6\n7\n8\n9\n10\n11\n12\n13"
            ),
            "--- a\n+++ b\n@@ -1,7 +1,7 @@\n 1\n 2\n 3\n-4\n+x\n 5\n 6\n 7\n@@ -9,4 +9,5 @@\n 9\n 10\n 11\n\
             -12\n\\ No newline at end of file\n+12\n+13\n\\ No newline at end of file\n"
        );
        assert_eq!(
            diff("x\x1b\ty", "z"),
            "--- a\n+++ b\n@@ -1 +1 @@\n-x\\u{1b}\ty\n\\ No newline at end of file\n+z\n\\ No newline at end of file\n"
        );
    }
}
