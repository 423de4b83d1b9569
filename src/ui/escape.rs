//! Makes text from files and servers harmless on a terminal.

use std::fmt::Write;

/// Returns `text` with every control, escape and bidirectional formatting character spelled out
/// as `\u{..}`, so that it can neither move the cursor nor reorder what the reader sees.
/// Line feeds are escaped as well: one message stays one line.
pub fn foreign(text: &str) -> String {
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
    out
}

/// Controls (C0, DEL, C1), bidi marks, embeddings and isolates, line and paragraph separators,
/// zero-width and tag characters: what Unicode TR 36 warns of in names shown to people.
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}')
}

/// A word as a POSIX shell reads it back: bare where that is safe, single-quoted elsewhere.
/// For commands shown in hints; what `export` prints is quoted by `output::sh`.
pub fn shell_word(word: &str) -> String {
    let plain = !word.is_empty()
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"@%+=:,./-_".contains(&b));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_moves_or_hides() {
        assert_eq!(foreign("a\x1b[2Jb\u{202e}c\n\u{9b}é漢"), "a\\u{1b}[2Jb\\u{202e}c\\n\\u{9b}é漢");
    }

    #[test]
    fn quotes_only_where_needed() {
        assert_eq!(shell_word("prod:admin@eu"), "prod:admin@eu");
        assert_eq!(shell_word("My Corp"), "'My Corp'");
        assert_eq!(shell_word("bob's"), "'bob'\\''s'");
        assert_eq!(shell_word(""), "''");
    }
}
