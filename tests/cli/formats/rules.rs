//! The lines for PowerShell and cmd.exe, read by those languages' rules as they are written down
//! here, because the interpreters are not available.

use proptest::prelude::*;

use super::{Triple, few_cases, home_with, printed, softened, triples};

/// A variable and its value; none if it is removed.
type Assigned = (String, Option<String>);

const NAMES: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// What PowerShell does with `text`, for the parts of the language that `export` uses:
///
/// 1. A statement ends with `;`. Spaces and line breaks around statements are ignored.
/// 2. `$Env:NAME = EXPRESSION` sets an environment variable, `$null` removes it.
/// 3. `+` appends the text on its right to the text on its left.
/// 4. `[char]N` is one UTF-16 code unit.
/// 5. A text begins with any of `'` and U+2018 to U+201B. Any of them ends it, unless another one
///    follows: the second of such a pair is part of the text. Everything else is literal.
fn powershell(text: &str) -> Vec<Assigned> {
    let mut rest = text.trim_start();
    let mut all = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.strip_prefix("$Env:").expect("2").split_once(" = ").expect("2");
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{name}");
        if let Some(after) = after.strip_prefix("$null;") {
            all.push((name.to_owned(), None));
            rest = after.trim_start();
            continue;
        }
        let mut units = Vec::new();
        rest = after;
        assert!(rest.starts_with(is_quote), "3: only a text joins as text");
        loop {
            rest = term(rest, &mut units);
            match rest.strip_prefix(" + ") {
                Some(after) => rest = after,
                None => break,
            }
        }
        rest = rest.strip_prefix(';').expect("1").trim_start();
        all.push((name.to_owned(), Some(String::from_utf16(&units).expect("whole characters"))));
    }
    all
}

fn term<'a>(text: &'a str, units: &mut Vec<u16>) -> &'a str {
    if let Some(number) = text.strip_prefix("[char]") {
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        units.push(number[..digits].parse().expect("4"));
        return &number[digits..];
    }
    let mut chars = text.chars();
    assert!(chars.next().is_some_and(is_quote), "5");
    loop {
        let mut c = chars.next().expect("5: the end of the text");
        if is_quote(c) {
            match chars.as_str().chars().next() {
                Some(next) if is_quote(next) => c = chars.next().expect("just seen"),
                _ => return chars.as_str(),
            }
        }
        units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
    }
}

fn is_quote(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}'..='\u{201b}')
}

/// How a line reaches cmd.exe.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// As a line of a batch file, and not through `for /f`.
    batch: bool,
    /// With delayed expansion.
    delayed: bool,
}

/// What cmd.exe does with a line, for the parts of the language that `export` uses. None if it
/// contains anything else.
///
/// 1. In a batch file, `%%` becomes `%`, `%NAME%` the value of a variable, and any other `%`
///    nothing.
///    The value of a `for` variable is not expanded again.
/// 2. Outside quotes, `& | < > ^ ( )` are special; a quote starts and ends quoting.
/// 3. With delayed expansion, and if the line contains a `!`, `^` removes the special meaning of
///    the
///    next character and itself, `!NAME!` becomes a value, and any other `!` nothing.
/// 4. `set "NAME=VALUE"` sets what is between the first quote and the last. An empty value removes.
/// 5. A line has at most 8191 characters, none of which ends it.
fn cmd(line: &str, way: Way) -> Option<Assigned> {
    if (way.batch && line.contains('%')) || (way.delayed && line.contains('!')) {
        return None;
    }
    let quoted = line.strip_prefix("set \"")?.strip_suffix('"')?;
    let is_line = !quoted.contains(['\n', '\r', '\u{1a}', '\0', '"']);
    if !is_line || line.encode_utf16().count() > 8191 {
        return None;
    }
    let (name, value) = quoted.split_once('=')?;
    Some((name.to_owned(), Some(value.to_owned()).filter(|value| !value.is_empty())))
}

const WAYS: [Way; 4] = [
    Way { batch: true, delayed: true },
    Way { batch: true, delayed: false },
    Way { batch: false, delayed: true },
    Way { batch: false, delayed: false },
];

/// Checks that the three variables have these values.
fn holds(assigned: &[Assigned], values: &Triple) {
    for (name, value) in NAMES.iter().zip(values) {
        let found: Vec<_> = assigned.iter().filter(|(n, _)| n == name).map(|(_, v)| v).collect();
        assert_eq!(found, [&Some(value.clone())], "{name}");
    }
}

fn check(values: &[Triple]) {
    let home = home_with(values);
    for (i, values) in values.iter().enumerate() {
        let text = printed(&home, i, "powershell", values).expect("PowerShell takes any text");
        // In any code page, and however its lines are joined.
        assert!(text.bytes().all(|b| b == b'\n' || (b' '..=b'~').contains(&b)), "{text}");
        assert!(text.lines().all(|line| line.ends_with(';')), "{text}");
        holds(&powershell(&text), values);
        holds(&powershell(&text.replace('\n', " ")), values);
        let cannot = |c: char| c.is_control() || "\"%!".contains(c);
        let text = printed(&home, i, "cmd", values);
        assert_eq!(text.is_none(), values.iter().any(|value| value.contains(cannot)), "{values:?}");
        for way in WAYS {
            let Some(text) = &text else { continue };
            let read = |line| cmd(line, way).unwrap_or_else(|| panic!("{line} {way:?}"));
            holds(&text.lines().map(read).collect::<Vec<_>>(), values);
        }
    }
}

#[test]
fn the_rules_tell_right_from_wrong() {
    let value = |text: &str| powershell(text).remove(0).1;
    assert_eq!(value("$Env:A = 'it''s';"), Some("it's".to_owned()));
    assert_eq!(value("$Env:A = 'a\u{2019}\u{2019}b';"), Some("a\u{2019}b".to_owned()));
    assert_eq!(value("$Env:A = $null;"), None);
    for text in ["$Env:A = 'it's';", "$Env:A = 'a\u{2019}; calc; \u{2019}';", "$Env:A = 'x"] {
        std::panic::catch_unwind(|| value(text)).expect_err(text);
    }
    let way = Way { batch: true, delayed: false };
    assert!(cmd("set \"A=100%\"", way).is_none());
    assert!(cmd("set \"A=\" & calc & \"\"", way).is_none());
    assert!(cmd("set \"A=a&b\"", way).is_some());
}

#[test]
fn what_aws_gives() {
    check(&[["ASIAEXAMPLE", "a/b+c", "IQoJb3JpZ2luX2VjE/+=="].map(str::to_owned)]);
}

#[test]
fn typographic_quotes_and_code_pages() {
    // In code page 1252, the last ones become quotes.
    let values = ["‘; calc; ’", "‚‛''’", "\u{111}\u{2011}'; calc; '"].map(str::to_owned);
    check(&[values]);
}

proptest! {
    #![proptest_config(few_cases())]

    #[test]
    fn whatever_the_values_are(values in triples(1..24)) {
        check(&values);
        check(&softened(&values, |c| c.is_control() || "\"%!".contains(c)));
    }
}
