//! Command lines and their words.

use std::iter;

/// Splits like a shell: removes quotes, expands nothing. On Windows, a backslash is part of a path,
/// and only `"` quotes.
pub(crate) fn words(command: &str) -> Vec<String> {
    words_of(command, cfg!(windows))
}

/// The same command line with a space for each line break between words, as the AWS CLI reads it: to a
/// shell, a line break ends the command.
pub(crate) fn on_one_line(command: &str) -> String {
    on_one_line_of(command, cfg!(windows))
}

/// What editors and web pages turn the hyphens of options into.
pub(crate) const DASHES: [char; 3] = ['\u{2013}', '\u{2014}', '\u{2212}'];

/// The variable that a word sets at the beginning of a shell's command: `NAME=value`.
pub(crate) fn variable_of(word: &str) -> Option<&str> {
    let (name, _) = word.split_once('=')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

/// What a piece of a command line means.
enum Piece<'a> {
    /// The end of a word, if there is one.
    Blank,
    /// The start or the end of a quotation.
    Quote,
    /// This part of a word; nothing where a line continues on the next one.
    Text(&'a str),
}

fn words_of(command: &str, is_windows: bool) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    for (_, piece) in pieces(command, is_windows) {
        match piece {
            Piece::Blank => words.extend(word.take()),
            Piece::Text("") => {}
            // Quotes alone are an empty word.
            Piece::Quote => drop(word.get_or_insert_default()),
            Piece::Text(text) => word.get_or_insert_default().push_str(text),
        }
    }
    words.extend(word);
    words
}

fn on_one_line_of(command: &str, is_windows: bool) -> String {
    let part = |(written, piece)| match piece {
        Piece::Blank if written == "\n" => " ",
        _ => written,
    };
    pieces(command, is_windows).map(part).collect()
}

/// The pieces of a command line, each as it is written and what it means.
fn pieces(command: &str, is_windows: bool) -> impl Iterator<Item = (&str, Piece<'_>)> {
    let (mut rest, mut quote) = (command, None);
    iter::from_fn(move || {
        let c = rest.chars().next()?;
        let (length, piece) = match (quote, c) {
            (None, ' ' | '\t' | '\n') => (1, Piece::Blank),
            (None, '"' | '\'') if c == '"' || !is_windows => {
                quote = Some(c);
                (1, Piece::Quote)
            }
            (Some(open), _) if c == open => {
                quote = None;
                (1, Piece::Quote)
            }
            (None | Some('"'), '\\') => {
                let (length, start) = match is_windows {
                    true => backslashes(rest),
                    false => backslash(rest, quote.is_some()),
                };
                (length, Piece::Text(&rest[start..length]))
            }
            _ => (c.len_utf8(), Piece::Text(&rest[..c.len_utf8()])),
        };
        let (written, after) = rest.split_at(length);
        rest = after;
        Some((written, piece))
    })
}

/// The length of the piece that begins with the backslash at the start of `text`, and where in it
/// the literal text begins.
fn backslash(text: &str, is_quoted: bool) -> (usize, usize) {
    match text[1..].chars().next() {
        Some('\n') => (2, 2),
        None => (1, 0),
        Some(next) if is_quoted && !"$`\"\\".contains(next) => (1, 0),
        Some(next) => (1 + next.len_utf8(), 1),
    }
}

/// The same for a run of backslashes on Windows. They are special only before a `"`: there, each pair
/// means one backslash, and an odd last one quotes the `"`.
fn backslashes(text: &str) -> (usize, usize) {
    let count = text.len() - text.trim_start_matches('\\').len();
    match text[count..].starts_with('"') {
        true => (count + count % 2, count - count / 2),
        false => (count, 0),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::escape::{posix_word, windows_word};
    use super::*;

    proptest! {
        #[test]
        fn words_come_back(word in r#"([ab \\"'$\n]|\PC){0,9}"#) {
            let line = |quote: fn(&str) -> String| format!("-p {} x", quote(&word));
            let expected = ["-p", &word, "x"];
            prop_assert_eq!(words_of(&line(posix_word), false), expected);
            prop_assert_eq!(words_of(&line(windows_word), true), expected);
        }
    }

    #[test]
    fn line_breaks_between_words_are_spaces() {
        for (command, unix, windows) in [
            ("a\n-p b\nc", "a -p b c", "a -p b c"),
            ("a\t\n\"b\n'\"\nc", "a\t \"b\n'\" c", "a\t \"b\n'\" c"),
            ("sh -c 'a\nb'\nc", "sh -c 'a\nb' c", "sh -c 'a b' c"),
            ("a \\\nb \\\" \nc", "a \\\nb \\\"  c", "a \\ b \\\"  c"),
            (r#""a\" "b\\""#, r#""a\" "b\\""#, r#""a\" "b\\""#),
        ] {
            assert_eq!(on_one_line_of(command, false), unix);
            assert_eq!(on_one_line_of(command, true), windows);
        }
    }

    #[test]
    fn quotes_and_backslashes() {
        for (command, unix, windows) in [
            (r#""C:\A B\x.exe" -p"#, &[r"C:\A B\x.exe", "-p"][..], &[r"C:\A B\x.exe", "-p"][..]),
            (r#"C:\x "a\"b""#, &["C:x", "a\"b"], &[r"C:\x", "a\"b"]),
            (r#""a b\\" c"#, &["a b\\", "c"], &["a b\\", "c"]),
            (r#"a\\\"b"#, &["a\\\"b"], &["a\\\"b"]),
            (r"\a b", &["a", "b"], &[r"\a", "b"]),
            (r"'a b' ''", &["a b", ""], &["'a", "b'", "''"]),
            ("a \\\n -p b\\\nc", &["a", "-p", "bc"], &["a", "\\", "-p", "b\\", "c"]),
            (r#"o'brien -p "x"#, &["obrien -p \"x"], &["o'brien", "-p", "x"]),
            (r"a\", &[r"a\"], &[r"a\"]),
        ] {
            assert_eq!(words_of(command, false), unix, "{command}");
            assert_eq!(words_of(command, true), windows, "{command}");
        }
    }
}
