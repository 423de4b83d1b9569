//! JSON as Python's `json.dumps` writes it: what the AWS CLI hashes for its file names and puts
//! into its files (SPEC 3.2, 4.2). Non-ASCII text is escaped, so the bytes differ from what any
//! other writer makes of the same value.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// With Python's default separators, `", "` and `": "`, on one line.
pub(crate) fn spaced(value: &impl Serialize) -> serde_json::Result<String> {
    write(value, Python { separators: (b", ", b": ") })
}

/// Without blanks: `separators=(",", ":")`.
pub(crate) fn compact(value: &impl Serialize) -> serde_json::Result<String> {
    write(value, Python { separators: (b",", b":") })
}

fn write(value: &impl Serialize, python: Python) -> serde_json::Result<String> {
    let mut bytes = Vec::with_capacity(256);
    value.serialize(&mut Serializer::with_formatter(&mut bytes, python))?;
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
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
        for c in text.chars() {
            match c {
                // Python escapes everything but printable ASCII.
                ' '..='~' => out.write_all(&[c as u8])?,
                _ => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        write!(out, "\\u{unit:04x}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python_writes_it() {
        let value = serde_json::json!({"a": "é\u{1f600}\u{7f}\"\n", "b": [1, null, true], "c": {}});
        assert_eq!(
            spaced(&value).unwrap(),
            r#"{"a": "\u00e9\ud83d\ude00\u007f\"\n", "b": [1, null, true], "c": {}}"#
        );
        assert_eq!(compact(&serde_json::json!({"a": [1, 2]})).unwrap(), r#"{"a":[1,2]}"#);
    }
}
