//! JSON in the forms that are needed: compact, harmless on a terminal, or as Python's `json.dumps`
//! writes it, which the AWS CLI hashes for its file names and writes to its files (SPEC 3.2, 4.2).
//!
//! Everything written may contain secrets, so it all goes into a [`Buffer`].

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};
use serde_json::{Result, Serializer};

use super::buffer::Buffer;
use super::escape::is_harmful;

/// Without whitespace, in UTF-8.
pub(crate) fn compact(value: &impl Serialize) -> Result<Buffer> {
    write(value, CompactFormatter)
}

/// [`compact`], with characters escaped that could control a terminal. This changes no value.
pub(crate) fn harmless(value: &impl Serialize) -> Result<Buffer> {
    write(value, Harmless)
}

/// As Python writes it by default: `", "` and `": "` as separators, ASCII only, on one line.
pub(crate) fn python(value: &impl Serialize) -> Result<Buffer> {
    write(value, Python { separators: (b", ", b": ") })
}

/// As Python writes it with `separators=(",", ":")`.
pub(crate) fn python_compact(value: &impl Serialize) -> Result<Buffer> {
    write(value, Python { separators: (b",", b":") })
}

/// A document without whitespace between its parts. Otherwise unchanged, except that characters
/// outside Latin-1 are escaped.
pub(crate) fn minified(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    let (mut is_string, mut is_escaped) = (false, false);
    for c in document.chars() {
        match c {
            ' ' | '\t' | '\n' | '\r' if !is_string => continue,
            '"' if !is_escaped => is_string = !is_string,
            _ => {}
        }
        is_escaped = is_string && c == '\\' && !is_escaped;
        if c <= '\u{ff}' {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

fn write(value: &impl Serialize, formatter: impl Formatter) -> Result<Buffer> {
    let mut buffer = Buffer::default();
    value.serialize(&mut Serializer::with_formatter(&mut buffer, formatter))?;
    Ok(buffer)
}

/// Writes a part of a string, with `\uXXXX` for special characters.
fn write_escaped<W: ?Sized + Write>(
    out: &mut W,
    text: &str,
    is_plain: impl Fn(char) -> bool,
) -> io::Result<()> {
    for c in text.chars() {
        if is_plain(c) {
            out.write_all(c.encode_utf8(&mut [0; 4]).as_bytes())?;
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(out, "\\u{unit:04x}")?;
        }
    }
    Ok(())
}

struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        write_escaped(out, text, |c| !is_harmful(c))
    }
}

struct Python {
    separators: (&'static [u8], &'static [u8]),
}

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(self.separators.0) }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(self.separators.0) }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(self.separators.1)
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        write_escaped(out, text, |c| matches!(c, ' '..='~'))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(written: Result<Buffer>) -> String {
        written.expect("JSON").as_str().to_owned()
    }

    #[test]
    fn as_python_writes_it() {
        let value = json!({"a": "é\u{1f600}\u{7f}\"\n", "b": [1, null, true], "c": {}});
        assert_eq!(
            text(python(&value)),
            r#"{"a": "\u00e9\ud83d\ude00\u007f\"\n", "b": [1, null, true], "c": {}}"#
        );
        assert_eq!(text(python_compact(&json!({"a": [1, 2]}))), r#"{"a":[1,2]}"#);
    }

    #[test]
    fn minified_is_the_same_value() {
        let document = "{ \"a b\" :\t[1,\r\n 2 ],\n\"x\\\" \\\\\": \" y \", \"é日\": {} }\n";
        let short = minified(document);
        assert_eq!(short, "{\"a b\":[1,2],\"x\\\" \\\\\":\" y \",\"é\\u65e5\":{}}");
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert_eq!(value(&short), value(document));
    }

    #[test]
    fn harmless_on_a_terminal() {
        let value = json!({"a": "é \"x\" \\ /\n", "b": null, "c": "\u{9b}\u{e0001}"});
        assert_eq!(
            text(harmless(&value)),
            r#"{"a":"é \"x\" \\ /\n","b":null,"c":"\u009b\udb40\udc01"}"#
        );
        assert_eq!(text(compact(&json!({"a": "é\u{9b}"}))), "{\"a\":\"é\u{9b}\"}");
    }
}
