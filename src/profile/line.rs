//! The grammar of one line: headers, properties, nested properties (SPEC 1.3, and 1.4 where the AWS
//! CLI accepts more). No state, no positions.

use std::borrow::Cow;

use crate::text::bytes;

/// What the SDKs call whitespace in these files.
const BLANK: [char; 2] = [' ', '\t'];

/// What a `[...]` line declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Header<'a> {
    /// One word: `[default]`, or a profile in the credentials file.
    Bare(&'a str),
    /// Type and name: `[profile x]`, `[sso-session x]`, `[services x]`; borrowed if no quotes had
    /// to be removed.
    Typed(&'a str, Cow<'a, str>),
}

/// Identifiers in the SDKs' common grammar: what every SDK accepts as a name or a key (SPEC 1.3.5).
pub fn is_identifier(text: &str) -> bool {
    let is_part = |b: u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'_' | b'-' | b'/' | b'.' | b'%' | b'@' | b':' | b'+')
    };
    !text.is_empty() && text.bytes().all(is_part)
}

/// Parses a line that starts with `[`, without blanks around it.
///
/// The SDKs cut at the first `#` or `;` and require a `]` at the end. If that fails, the AWS CLI's
/// rule is tried: everything up to the last `]`, with a quoted name.
pub fn header(line: &str) -> Result<Header<'_>, &'static str> {
    let cut = line.find(['#', ';']).map_or(line, |at| &line[..at]).trim_matches(BLANK);
    let standard = cut.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let inner = match standard {
        Some(inner) if !inner.contains(['"', '\'']) => inner,
        _ => {
            let rest = line.strip_prefix('[').unwrap_or(line);
            let end = rest.rfind(']').ok_or("the section header has no closing `]`")?;
            &rest[..end]
        }
    };
    let inner = inner.trim_matches(BLANK);
    let Some((kind, name)) = inner.split_once(BLANK) else {
        return match inner.trim() {
            "" => Err("the section has no name"),
            name => Ok(Header::Bare(name)),
        };
    };
    // Here the SDK asks Unicode what to trim, although it splits at space and tab.
    let name = unquote(name.trim()).ok_or("the section name has an open quote")?;
    Ok(Header::Typed(kind.trim(), name))
}

/// Removes shell quoting as the AWS CLI does (SPEC 1.4.5): `'my prof'`, `"a\"b"`. A name without
/// quotes is unchanged, including its blanks. `None` if a quote is never closed.
fn unquote(name: &str) -> Option<Cow<'_, str>> {
    if !name.starts_with(['"', '\'']) {
        return Some(Cow::Borrowed(name));
    }
    let mut out = String::with_capacity(name.len());
    let mut quote = None;
    let mut chars = name.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '\\') => out.push(chars.next()?),
            // Inside double quotes, a backslash escapes only itself and the quote.
            (Some('"'), '\\') => match chars.next()? {
                escaped @ ('"' | '\\') => out.push(escaped),
                other => out.extend(['\\', other]),
            },
            (_, c) => out.push(c),
        }
    }
    quote.is_none().then_some(Cow::Owned(out))
}

/// Splits `key = value`, without blanks around the line, and cuts off a trailing comment. The key
/// keeps its case.
pub fn property(line: &str) -> Result<(&str, &str), &'static str> {
    let line = without_comment(line);
    let equals = line.find('=');
    if let Some(at) = equals {
        let (key, value) = parts(line, at);
        if is_identifier(key) {
            return Ok((key, value));
        }
    }
    // The AWS CLI also accepts `:`, whichever comes first. This is tried only if `=` leaves no name
    // that an SDK would accept, because a colon may be part of a name.
    let colon = line.find(':').filter(|at| equals.is_none_or(|e| *at < e));
    let at = colon.or(equals).ok_or("there is no `=` between a name and a value")?;
    let (key, value) = parts(line, at);
    if key.is_empty() {
        return Err("there is no name before the `=`");
    }
    Ok((key, value))
}

/// Key and value around the delimiter, trimmed as in the AWS CLI: of all Unicode white space, which
/// text copied from web pages contains. Before the key, only blanks are trimmed: anything
/// else there is indentation.
fn parts(line: &str, delimiter: usize) -> (&str, &str) {
    let (key, value) = (&line[..delimiter], &line[delimiter + 1..]);
    (key.trim_start_matches(BLANK).trim_end(), value.trim())
}

/// Splits one line of a nested block, `key = value`. Does not cut off comments, because the SDKs
/// keep them there. `None` if there is no `=`, or nothing before it.
pub fn sub_property(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once('=')?;
    let key = key.trim_matches(BLANK);
    (!key.is_empty()).then_some((key, value.trim_matches(BLANK)))
}

/// Checks that every reader gets `value` back unchanged from a line `key = value`.
///
/// # Errors
/// A message that does not quote the value.
pub fn check_value(key: &str, value: &str) -> Result<(), String> {
    // Python strips more than spaces and tabs.
    let is_whole = value.trim() == value && !value.is_empty();
    let is_plain = is_whole && !value.chars().any(char::is_control);
    if is_identifier(key) && is_plain && property(&format!("{key} = {value}")) == Ok((key, value)) {
        return Ok(());
    }
    Err(format!("the file cannot hold this value of `{key}`"))
}

/// `line` without blanks at its ends.
pub fn trim(line: &str) -> &str {
    line.trim_matches(BLANK)
}

/// Cuts off a comment: `#` or `;` after whitespace (SPEC 1.3.9), or at the very start.
fn without_comment(line: &str) -> &str {
    let mut from = 0;
    while let Some(at) =
        bytes::find_either([b'#', b';'], &line.as_bytes()[from..]).map(|i| i + from)
    {
        // The SDK accepts Unicode whitespace here, although it trims only spaces and tabs.
        if line[..at].chars().next_back().is_some_and(char::is_whitespace) {
            return line[..at].trim_matches(BLANK);
        }
        from = at + 1;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed<'a>(kind: &'a str, name: &'a str) -> Result<Header<'a>, &'static str> {
        Ok(Header::Typed(kind, name.into()))
    }

    #[test]
    fn headers_of_both_dialects() {
        assert_eq!(header("[default]"), Ok(Header::Bare("default")));
        assert_eq!(header("[ profile   foo ] ; c"), typed("profile", "foo"));
        assert_eq!(header("[profile\tfoo]#c"), typed("profile", "foo"));
        assert_eq!(header("[\u{b}profile foo\u{a0}]"), typed("profile", "foo"));
        assert_eq!(header("[\u{c}default]"), Ok(Header::Bare("default")));
        assert_eq!(header("[default]junk"), Ok(Header::Bare("default")));
        assert_eq!(header("[profile \"my prof\"]"), typed("profile", "my prof"));
        assert_eq!(header("[profile 'a#b']"), typed("profile", "a#b"));
        assert_eq!(header("[profile 'x]y'] # c"), typed("profile", "x]y"));
        assert_eq!(header(r#"[profile "a\"b"]"#), typed("profile", "a\"b"));
        assert_eq!(header("[profile my prof]"), typed("profile", "my prof"));
        assert_eq!(header("[profile bob's]"), typed("profile", "bob's"));
        assert!(header("[profile foo").is_err());
        assert!(header("[profile \"foo]").is_err());
        assert!(header("[]").is_err());
        assert!(header("[\u{b}]").is_err());
        assert!(header("[profile foo # ]").is_ok(), "the CLI reads up to the last bracket");
    }

    #[test]
    fn properties_of_both_dialects() {
        assert_eq!(property("a = b"), Ok(("a", "b")));
        assert_eq!(property("a=b # c"), Ok(("a", "b")));
        assert_eq!(property("a=b#c"), Ok(("a", "b#c")));
        assert_eq!(property("name = value; adj"), Ok(("name", "value; adj")));
        assert_eq!(property("a ="), Ok(("a", "")));
        assert_eq!(property("a : b"), Ok(("a", "b")));
        assert_eq!(property("u : https://x/?y=z"), Ok(("u", "https://x/?y=z")));
        assert_eq!(property("a:b = c"), Ok(("a:b", "c")));
        assert_eq!(property("a b = c"), Ok(("a b", "c")));
        assert!(property("nothing").is_err());
        assert!(property("= b").is_err());
    }
}
