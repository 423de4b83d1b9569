//! Command lines and their words.

use std::iter::Peekable;
use std::str::Chars;

/// Splits like a shell: removes quotes, expands nothing. On Windows, a backslash is part of a path,
/// and only `"` quotes.
pub(crate) fn words(command: &str) -> Vec<String> {
    words_of(command, cfg!(windows))
}

fn words_of(command: &str, is_windows: bool) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = command.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, ' ' | '\t' | '\n') => words.extend(word.take()),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') if is_windows => {
                backslashes(&mut chars, word.get_or_insert_default());
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(chars.next()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// The same command line with a space for each line break between words, as the AWS CLI reads it: to a
/// shell, a line break ends the command.
pub(crate) fn on_one_line(command: &str) -> String {
    let (mut line, mut quote) = (String::with_capacity(command.len()), None);
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '\n') => {
                line.push(' ');
                continue;
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') if !cfg!(windows) => {
                line.push(c);
                line.extend(chars.next());
                continue;
            }
            _ => {}
        }
        line.push(c);
    }
    line
}

/// What a run of backslashes adds to a word on Windows, after its first one: they are special only
/// before a `"`, where each pair means one, and a single last one quotes it.
fn backslashes(chars: &mut Peekable<Chars<'_>>, word: &mut String) {
    let mut count = 1;
    while chars.next_if_eq(&'\\').is_some() {
        count += 1;
    }
    if chars.peek() != Some(&'"') {
        return word.push_str(&"\\".repeat(count));
    }
    word.push_str(&"\\".repeat(count / 2));
    if count % 2 == 1 {
        word.extend(chars.next());
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
        for (command, line) in [
            ("a\n-p b\nc", "a -p b c"),
            ("sh -c 'a\nb'\nc", "sh -c 'a\nb' c"),
            ("a \"b\n'\"\nc", "a \"b\n'\" c"),
        ] {
            assert_eq!(on_one_line(command), line);
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_escaped_line_break_joins_lines() {
        assert_eq!(on_one_line("a \\\nb \\\" \nc"), "a \\\nb \\\"  c");
    }

    #[test]
    fn backslashes() {
        for (command, unix, windows) in [
            (r#""C:\A B\x.exe" -p"#, ["C:A Bx.exe", "-p"], [r"C:\A B\x.exe", "-p"]),
            (r#"C:\x "a\"b""#, ["C:x", "a\"b"], [r"C:\x", "a\"b"]),
            (r#""a b\\" c"#, ["a b\\", "c"], ["a b\\", "c"]),
            (r"\a b", ["a", "b"], [r"\a", "b"]),
        ] {
            assert_eq!(words_of(command, false), unix, "{command}");
            assert_eq!(words_of(command, true), windows, "{command}");
        }
    }
}
