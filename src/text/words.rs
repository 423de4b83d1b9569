//! Command lines as words.

/// Splits like a shell, quotes undone, nothing expanded. On Windows a backslash is part of paths,
/// and quotes nothing but `"`.
pub(crate) fn words(command: &str) -> Vec<String> {
    words_of(command, cfg!(windows))
}

fn words_of(command: &str, is_windows: bool) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        let quotes_next = c == '\\' && (!is_windows || chars.as_str().starts_with('"'));
        match (quote, c) {
            (None, ' ' | '\t' | '\n') => words.extend(word.take()),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), _) if quotes_next => {
                word.get_or_insert_default().extend(chars.next())
            }
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backslashes() {
        for (command, unix, windows) in [
            (r#""C:\A B\x.exe" -p"#, ["C:A Bx.exe", "-p"], [r"C:\A B\x.exe", "-p"]),
            (r#"C:\x "a\"b""#, ["C:x", "a\"b"], [r"C:\x", "a\"b"]),
            (r"\a b", ["a", "b"], [r"\a", "b"]),
        ] {
            assert_eq!(words_of(command, false), unix, "{command}");
            assert_eq!(words_of(command, true), windows, "{command}");
        }
    }
}
