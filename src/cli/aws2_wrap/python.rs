//! Text as Python displays it.

use crate::text::escape;

/// Python's `repr` of a string.
pub(crate) fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            c if is_printable(c) => out.push(c),
            c if (c as u32) < 0x100 => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if (c as u32) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    out.push(quote);
    out
}

/// Whether Python displays it unescaped, as far as Rust's standard library can tell.
fn is_printable(c: char) -> bool {
    c == ' ' || !(c.is_whitespace() || escape::is_harmful(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python_shows_it() {
        for (text, expected) in [
            ("foo", "'foo'"),
            ("", "''"),
            ("it's", "\"it's\""),
            ("a\"b'", "'a\"b\\''"),
            ("a\\b\n\u{1b}", "'a\\\\b\\n\\x1b'"),
            ("é漢\u{a0}\u{202e}\u{e0001}", "'é漢\\xa0\\u202e\\U000e0001'"),
        ] {
            assert_eq!(repr(text), expected);
        }
    }
}
