//! Makes text from files and servers harmless on a terminal.

use std::borrow::Cow;
use std::fmt::Write;

/// Returns `text` with every control, escape and bidirectional formatting character written as
/// `\u{..}`, so that it can neither move the cursor nor reorder what the user sees. Line feeds are
/// escaped too, so one message stays on one line.
pub(crate) fn foreign<'a>(text: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
    let text = text.into();
    if text.bytes().all(is_plain) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_harmful(c) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.into()
}

/// Whether a byte is a character that is never harmful, as almost all are.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// Control characters (C0, DEL, C1), bidirectional marks, embeddings and isolates, line and
/// paragraph separators, and other invisible characters (Unicode's Default_Ignorable_Code_Point,
/// with zero-width, tag and variation characters): what Unicode TR 36 warns of in names shown to
/// people.
pub(crate) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// JSON text with [`is_harmful`] characters in strings written as `\uXXXX`: the same for programs,
/// and harmless on a terminal.
pub(crate) fn json(text: String) -> String {
    if text.bytes().all(|byte| byte == b'\n' || is_plain(byte)) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // A line feed can only be between strings.
        if c == '\n' || !is_harmful(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

/// A word that a shell reads back unchanged: bare if that is safe, otherwise quoted. For commands
/// in hints; `output::format` quotes what `export` prints.
pub(crate) fn shell_word(word: &str) -> String {
    if cfg!(windows) { windows_word(word) } else { posix_word(word) }
}

/// An option with its value, for commands in hints. A value that looks like an option must be attached
/// with `=`.
pub(crate) fn shell_option(name: &str, value: &str) -> String {
    let tie = if value.starts_with('-') { '=' } else { ' ' };
    format!("{name}{tie}{}", shell_word(value))
}

/// Whether a terminal shows the word as it is, so that it can be copied.
pub(crate) fn is_shown_as_is(word: &str) -> bool {
    !word.contains(|c| c == char::REPLACEMENT_CHARACTER || is_harmful(c))
}

pub(super) fn posix_word(word: &str) -> String {
    match is_shell_word(word) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// On Windows, all shells understand double quotes, and most treat a backslash as part of a path.
pub(super) fn windows_word(word: &str) -> String {
    match is_shell_word(&word.replace('\\', "/")) {
        true => word.to_owned(),
        false => in_double_quotes(word),
    }
}

/// Quoted for Windows programs: backslashes are special only before a `"`, where each must be
/// doubled.
fn in_double_quotes(word: &str) -> String {
    let mut quoted = String::from('"');
    let mut backslashes = 0;
    for c in word.chars() {
        match c {
            '\\' => backslashes += 1,
            '"' => quoted.push_str(&"\\".repeat(std::mem::take(&mut backslashes) + 1)),
            _ => backslashes = 0,
        }
        quoted.push(c);
    }
    quoted + &"\\".repeat(backslashes) + "\""
}

/// Whether a shell reads it unchanged without quotes.
pub(crate) fn is_shell_word(word: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"@%+=:,./-_".contains(&b);
    !word.is_empty() && word.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_moves_or_hides() {
        assert!(matches!(foreign("~/a b"), Cow::Borrowed("~/a b")));
        assert_eq!(foreign("a\x1b[2Jb\u{202e}c\n\u{9b}é漢"), "a\\u{1b}[2Jb\\u{202e}c\\n\\u{9b}é漢");
    }

    #[test]
    fn quotes_only_where_needed() {
        for (word, unix, windows) in [
            ("prod:admin@eu", "prod:admin@eu", "prod:admin@eu"),
            ("", "''", "\"\""),
            ("my prod", "'my prod'", "\"my prod\""),
            ("a'b", r"'a'\''b'", "\"a'b\""),
            ("a\"b", "'a\"b'", r#""a\"b""#),
            (r"C:\x", r"'C:\x'", r"C:\x"),
            (r"C:\A B", r"'C:\A B'", r#""C:\A B""#),
            (r"C:\A B\", r"'C:\A B\'", r#""C:\A B\\""#),
        ] {
            assert_eq!(posix_word(word), unix);
            assert_eq!(windows_word(word), windows);
        }
    }

    #[test]
    fn json_means_the_same() {
        let value = "a\u{1b}\u{7f}\u{9b}\u{202e}\u{200b}\u{e0041}\"\\é\u{1F600}\n";
        let text = json(serde_json::to_string_pretty(&[value]).expect("JSON"));
        assert_eq!(serde_json::from_str::<[String; 1]>(&text).expect("JSON"), [value]);
        assert!(text.chars().all(|c| c == '\n' || !is_harmful(c)), "{text:?}");
    }
}
