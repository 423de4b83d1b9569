//! A command line as bash reads it: removes the quotes from words, and quotes again what readline
//! inserts. bash passes words to completers with their quotes, cut at `:`, `=` and `@`, and inserts
//! the answers unchanged.

/// The kind of word at the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AtCursor {
    /// A word of the command.
    Plain,
    /// A word that contains a variable or a command, which only the shell can expand.
    Expansion,
    /// The target of a redirection.
    Redirection,
}

/// A quote that is still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quote {
    Single,
    Double,
}

/// A command line up to the cursor.
#[derive(Debug)]
pub(super) struct CommandLine<'a> {
    /// The words without quotes. The last one is at the cursor, and may be empty.
    pub words: Vec<String>,
    /// The kind of the last one.
    pub kind: AtCursor,
    text: &'a str,
    /// Where each word starts in the text.
    starts: Vec<usize>,
}

/// A word being read.
#[derive(Default)]
struct Word {
    /// The word without quotes.
    text: String,
    start: usize,
    is_there: bool,
    has_expansion: bool,
    quote: Option<Quote>,
    /// Where the text after the last open quote starts.
    inside: usize,
}

impl Word {
    fn at(start: usize) -> Self {
        Self { start, ..Self::default() }
    }

    /// Reads a word from the start of `text`, up to a character that ends it. Returns its length.
    fn read(&mut self, text: &str, offset: usize) -> usize {
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match (self.quote, c) {
                (None, ' ' | '\t' | '\n' | '<' | '>' | '|' | ';') => return at,
                (None, '\'' | '"') => {
                    self.quote = Some(if c == '"' { Quote::Double } else { Quote::Single });
                    self.inside = offset + at + 1;
                }
                (Some(Quote::Single), '\'') | (Some(Quote::Double), '"') => self.quote = None,
                (None, '\\') => match chars.next() {
                    // A line that continues on the next one, or the cursor.
                    Some((_, '\n')) | None => {}
                    Some((_, escaped)) => self.text.push(escaped),
                },
                (Some(Quote::Double), '\\') => {
                    match chars.next_if(|(_, next)| matches!(next, '$' | '`' | '"' | '\\' | '\n')) {
                        Some((_, '\n')) => {}
                        Some((_, escaped)) => self.text.push(escaped),
                        None => self.text.push('\\'),
                    }
                }
                (None | Some(Quote::Double), '$' | '`') => {
                    self.has_expansion = true;
                    self.text.push(c);
                }
                _ => self.text.push(c),
            }
            self.is_there = true;
        }
        text.len()
    }
}

impl<'a> CommandLine<'a> {
    /// Splits a line into words.
    pub(super) fn parse(text: &'a str) -> Self {
        let mut line = Self { words: Vec::new(), kind: AtCursor::Plain, text, starts: Vec::new() };
        let mut is_target = false;
        let mut at = 0;
        loop {
            let mut word = Word::at(at);
            at += word.read(&text[at..], at);
            let rest = &text[at..];
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\n']).len();
            match rest.chars().next() {
                None => {
                    line.kind = if is_target {
                        AtCursor::Redirection
                    } else if word.has_expansion {
                        AtCursor::Expansion
                    } else {
                        AtCursor::Plain
                    };
                    line.push(word);
                    return line;
                }
                // Another command starts.
                Some('|' | ';') => {
                    (line.words, line.starts, is_target) = (Vec::new(), Vec::new(), false);
                    at += 1;
                }
                Some('<' | '>') => {
                    // The number of the redirected descriptor, or `&>`.
                    let is_number = word.text.bytes().all(|b| b.is_ascii_digit() || b == b'&');
                    if word.is_there && !is_number && !is_target {
                        line.push(word);
                    }
                    let operator = rest.trim_start_matches(['<', '>', '&', '|']);
                    at = text.len() - operator.trim_start_matches([' ', '\t', '\n']).len();
                    is_target = true;
                }
                Some(_) => {
                    if word.is_there && !is_target {
                        line.push(word);
                    } else if word.is_there {
                        is_target = false;
                    }
                    at += blanks;
                }
            }
        }
    }

    fn push(&mut self, word: Word) {
        self.starts.push(word.start);
        self.words.push(word.text);
    }

    /// How many characters come before a word.
    pub(super) fn characters_before(&self, word: usize) -> usize {
        let start = self.starts.get(word).copied().unwrap_or(self.text.len());
        self.text[..start].chars().count()
    }

    /// The text that must replace `replaced` (the end of the word at the cursor, where readline
    /// cuts it) so that the word becomes `wanted`, with the right quotes. None if that isn't
    /// possible.
    pub(super) fn replacement(&self, replaced: &str, wanted: &str) -> Option<String> {
        let raw = &self.text[*self.starts.last()?..];
        let mut whole = Word::default();
        whole.read(raw, 0);
        // The text before an open quote always stays, and so does the quote.
        let open = whole.quote.map_or(0, |_| whole.inside);
        let kept = raw.strip_suffix(replaced)?.len().max(open);
        let mut before = Word::default();
        before.read(&raw[..kept], 0);
        let rest = wanted.strip_prefix(before.text.as_str())?;
        Some(quoted(rest, before.quote))
    }
}

/// Quotes `text`, to be inserted after an open quote or without one.
fn quoted(text: &str, quote: Option<Quote>) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match (quote, c) {
            (Some(Quote::Single), '\'') => out.push_str("'\\''"),
            // History expansion also happens inside double quotes, and a backslash would stay
            // there.
            (Some(Quote::Double), '!') => out.push_str("\"'!'\""),
            (Some(Quote::Double), '$' | '`' | '"' | '\\') => out.extend(['\\', c]),
            (None, c) if c.is_ascii() && !is_plain(c) => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    // readline closes the quote itself, unless it takes the last character for the closing quote.
    match quote {
        Some(Quote::Single) if out.ends_with('\'') => out.push('\''),
        Some(Quote::Double) if out.ends_with('"') => out.push('"'),
        _ => {}
    }
    out
}

/// A word as Nushell passes it, without its quotes. The last quote may be open.
pub(super) fn nushell_word(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut quote = None;
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '"' | '\'' | '`') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (Some('"'), '\\') => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(line: &str) -> Vec<String> {
        CommandLine::parse(line).words
    }

    #[test]
    fn words_without_quotes() {
        assert_eq!(words("ssowrap -p "), ["ssowrap", "-p", ""]);
        assert_eq!(words("ssowrap  -p a:b=c@d"), ["ssowrap", "-p", "a:b=c@d"]);
        assert_eq!(words(r#"s "a b"'c d'\ e f"#), ["s", "a bc d e", "f"]);
        assert_eq!(words(r#"s "a\"\x$y""#), ["s", r#"a"\x$y"#]);
        assert_eq!(words("s 'open \"quote"), ["s", "open \"quote"]);
        assert_eq!(words("s half\\"), ["s", "half"]);
        assert_eq!(words("s ''"), ["s", ""]);
        assert_eq!(words("s 'a' "), ["s", "a", ""]);
        assert_eq!(words("a; b | s x"), ["s", "x"]);
        assert_eq!(words(""), [""]);
    }

    #[test]
    fn redirections_are_not_words() {
        for (line, expected, kind) in [
            ("s a >b c", &["s", "a", "c"][..], AtCursor::Plain),
            ("s a 2>/dev/null  c", &["s", "a", "c"], AtCursor::Plain),
            ("s a 2>&1 c", &["s", "a", "c"], AtCursor::Plain),
            ("s a &> x ", &["s", "a", ""], AtCursor::Plain),
            ("s a > fi", &["s", "a", "fi"], AtCursor::Redirection),
            ("s a >> ", &["s", "a", ""], AtCursor::Redirection),
            ("s a>fi", &["s", "a", "fi"], AtCursor::Redirection),
            ("s \"a>b", &["s", "a>b"], AtCursor::Plain),
            ("s $HO", &["s", "$HO"], AtCursor::Expansion),
            ("s \"`da", &["s", "`da"], AtCursor::Expansion),
            ("s '$HO", &["s", "$HO"], AtCursor::Plain),
        ] {
            let parsed = CommandLine::parse(line);
            assert_eq!(
                (parsed.words.as_slice(), parsed.kind),
                (&expected.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>()[..], kind),
                "{line}"
            );
        }
    }

    #[test]
    fn replacements() {
        for (line, replaced, wanted, expected) in [
            ("s ", "", "my prof", r"my\ prof"),
            ("s corp:a", "a", "corp:a b", r"a\ b"),
            ("s corp:", "", "corp:x", "x"),
            // readline keeps the @ together with what it replaces.
            ("s me@c", "@c", "me@corp", "@corp"),
            ("s --profile=a:", "", "--profile=a:b", "b"),
            ("s \"my p", "my p", "my $p!\"`\\", "my \\$p\"'!'\"\\\"\\`\\\\"),
            ("s 'it", "it", "it's", r"it'\''s"),
            ("s x:'it", "it", "x:it's", r"it'\''s"),
            ("s it\\", r"it\", "it's", r"it\'s"),
            ("s 'my 'pr", "'my 'pr", "my prof", r"my\ prof"),
            // Another completer calls with the quote included.
            ("s \"my p", "\"my p", "my prof", "my prof"),
        ] {
            let line_of = CommandLine::parse(line);
            let found = line_of.replacement(replaced, wanted);
            assert_eq!(found.as_deref(), Some(expected), "{line}");
        }
        assert_eq!(CommandLine::parse("s ab").replacement("xy", "abc"), None);
    }

    #[test]
    fn words_of_nushell() {
        for (raw, word) in [
            ("plain", "plain"),
            ("\"my p", "my p"),
            (r#""a\"b\\c""#, r#"a"b\c"#),
            ("'a\\\"b'", "a\\\"b"),
            ("`a b`", "a b"),
            ("--profile='a b", "--profile=a b"),
        ] {
            assert_eq!(nushell_word(raw), word);
        }
    }

    #[test]
    fn characters() {
        let line = CommandLine::parse("é ssowrap exec 'ü' x");
        assert_eq!(line.characters_before(3), 15);
        assert_eq!(line.characters_before(4), 19);
    }

    proptest! {
        #[test]
        fn what_is_inserted_reads_back(
            // The x keeps a quote open.
            typed in "[a-c'\"\\\\ $`!:=@é~#*]{0,8}x",
            rest in "[a-c'\"\\\\ $`!:=@é~#*]{0,8}",
            quote in proptest::sample::select(vec!["", "'", "\""]),
        ) {
            let wanted = format!("{typed}{rest}");
            let style = match quote {
                "'" => Some(Quote::Single),
                "\"" => Some(Quote::Double),
                _ => None,
            };
            let before = format!("s {quote}{}", quoted(&typed, style));
            // readline replaces the text after the last open quote, else the whole word.
            let mut word = Word::default();
            word.read(&before[2..], 0);
            let (kept, replaced) = before.split_at(2 + word.quote.map_or(0, |_| word.inside));
            let replacement = CommandLine::parse(&before).replacement(replaced, &wanted);
            let replacement = replacement.expect("it fits");
            let is_closed = quote.is_empty() || replacement.ends_with(quote);
            let after = format!("{kept}{replacement}{} ", if is_closed { "" } else { quote });
            prop_assert_eq!(words(&after), ["s", wanted.as_str(), ""]);
        }
    }
}
