//! Percent-encoding, query strings and form bodies, parsed strictly.

/// Decoded `name=value` pairs in the order sent.
pub(crate) type Pairs = Vec<(String, String)>;

/// Parses a query string or form body. `+` is a space. `None` if an escape or the UTF-8 is invalid.
pub(crate) fn parse(text: &str) -> Option<Pairs> {
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Some((decode(name, true)?, decode(value, true)?))
        })
        .collect()
}

/// The value of `name`, if it was sent exactly once.
pub(crate) fn get<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    let mut found = pairs.iter().filter(|(key, _)| key == name);
    let (_, value) = found.next()?;
    found.next().is_none().then_some(value.as_str())
}

/// Decodes percent-encoding; `plus` says whether `+` means a space.
pub(crate) fn decode(text: &str, plus: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let high = char::from(rest.next()?).to_digit(16)?;
                let low = char::from(rest.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            b'+' if plus => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Percent-encodes every byte except the unreserved ones of RFC 3986, with upper-case digits.
pub(crate) fn encode(text: &str) -> String {
    let mut coded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            coded.push(byte as char);
        } else {
            coded.push('%');
            coded.push(char::from(b"0123456789ABCDEF"[usize::from(byte >> 4)]));
            coded.push(char::from(b"0123456789ABCDEF"[usize::from(byte & 15)]));
        }
    }
    coded
}

/// Text made safe for an HTML document, attributes included.
pub(crate) fn escape(text: &str) -> String {
    escape_text(text).replace('"', "&quot;").replace('\'', "&#39;")
}

/// Text made safe between the tags of an XML document.
pub(crate) fn escape_text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read() {
        let pairs = parse("a=1&b=x+y%2Bz&c&&d=%C3%A9").expect("a form");
        let expected = [("a", "1"), ("b", "x y+z"), ("c", ""), ("d", "é")];
        let expected: Pairs =
            expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        assert_eq!(pairs, expected);
    }

    #[test]
    fn broken_escapes_are_refused() {
        for text in ["a=%", "a=%2", "a=%zz", "a=%ff"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_sent_twice_is_not_found() {
        let pairs = parse("a=1&a=2").expect("a form");
        assert_eq!(get(&pairs, "a"), None);
    }

    #[test]
    fn coding_round_trips() {
        let text = "a b/c+d=é~-._";
        assert_eq!(encode(text), "a%20b%2Fc%2Bd%3D%C3%A9~-._");
        assert_eq!(decode(&encode(text), false).as_deref(), Some(text));
    }
}
