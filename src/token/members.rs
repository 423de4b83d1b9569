//! The members of another program's JSON object, byte for byte. They are not parsed, because no
//! type keeps all digits of a number, and not copied, because most are secrets.

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use crate::text::buffer::Buffer;
use crate::text::json;

type Member<'a> = (String, &'a RawValue);

/// The members of the first JSON value, in order; none if it is not an object.
pub(super) fn of(json: &[u8]) -> Vec<Member<'_>> {
    Deserializer::from_slice(json).deserialize_map(Members).unwrap_or_default()
}

/// The value of a member.
pub(super) fn get<'a>(json: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let member = of(json).into_iter().find(|(name, _)| name == key)?;
    Some(member.1.get().as_bytes())
}

/// The object with new values for these members; missing ones are appended. A value of none leaves
/// the member unchanged. In Python's format.
pub(super) fn replace(
    json: Option<&[u8]>,
    new: &[(&str, Option<Buffer>)],
) -> serde_json::Result<Buffer> {
    let new = || new.iter().filter_map(|(key, value)| Some((*key, value.as_ref()?.as_str())));
    let old = of(json.unwrap_or_default());
    let mut text = Buffer::default();
    let mut add = |key: &str, value: &str| {
        text.push_str(if text.as_str().is_empty() { "{" } else { ", " });
        text.push_str(json::python(&key)?.as_str());
        text.push_str(": ");
        text.push_str(value);
        Ok::<_, serde_json::Error>(())
    };
    for (key, value) in &old {
        let replaced = new().find(|(name, _)| name == key).map(|(_, value)| value);
        add(key, replaced.unwrap_or(value.get()))?;
    }
    for (key, value) in new().filter(|(name, _)| old.iter().all(|(key, _)| key != name)) {
        add(key, value)?;
    }
    text.push_str(if text.as_str().is_empty() { "{}" } else { "}" });
    Ok(text)
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<Member<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            members.push((key, map.next_value()?));
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(before: &str, new: &[(&str, Option<&str>)]) -> String {
        let buffer = |text: &str| {
            let mut buffer = Buffer::default();
            buffer.push_str(text);
            buffer
        };
        let new: Vec<_> = new.iter().map(|(key, value)| (*key, value.map(buffer))).collect();
        replace(Some(before.as_bytes()), &new).expect("JSON").as_str().to_owned()
    }

    #[test]
    fn all_else_stays() {
        let before = "{\"a\":1.10,\n \"b\" : {\"x\": [null]}, \"é\": \"\\u00e9\"} stray";
        assert_eq!(
            replaced(before, &[("b", Some("2")), ("c", Some("3")), ("a", None)]),
            "{\"a\": 1.10, \"b\": 2, \"\\u00e9\": \"\\u00e9\", \"c\": 3}"
        );
        for nothing in ["", "[]", "5", "{\"a\":"] {
            assert_eq!(replaced(nothing, &[("a", Some("1"))]), "{\"a\": 1}");
            assert_eq!(replaced(nothing, &[]), "{}");
        }
        assert_eq!(get(before.as_bytes(), "b"), Some(&b"{\"x\": [null]}"[..]));
        assert_eq!(get(before.as_bytes(), "x"), None);
    }
}
