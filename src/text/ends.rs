//! Characters that some programs treat as line breaks, or strip from the ends of a value.

/// Whether some program treats it as the end of a line.
pub(crate) fn ends_line(c: char) -> bool {
    matches!(c, '\n'..='\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether `value` begins or ends with characters that some programs strip.
pub(crate) fn has_blank_ends(value: &str) -> bool {
    let is_blank = |c: char| c.is_whitespace() || c == '\u{FEFF}';
    value.starts_with(is_blank) || value.ends_with(is_blank)
}
