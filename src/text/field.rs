//! A member of another program's JSON object that should be text.

use std::fmt;
use std::mem;

use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

/// Accepts a value of any type: a typed parser's error about a wrong type would quote the value,
/// which may be a secret. For structs with `#[serde(default)]`.
#[derive(Default)]
pub(crate) enum Field {
    /// Missing, or `null`.
    #[default]
    Absent,
    Text(Zeroizing<String>),
    Number(f64),
    OtherType,
}

impl Field {
    /// The text. An empty one counts as missing.
    ///
    /// # Errors
    /// What is wrong with the field, as the end of a sentence about its owner.
    pub(crate) fn required(self, name: &str) -> Result<Zeroizing<String>, String> {
        self.optional(name)?.ok_or_else(|| format!("it has no `{name}`"))
    }

    /// The text, if there is one. A missing field, `null` and an empty text are the same.
    ///
    /// # Errors
    /// See [`Self::required`].
    pub(crate) fn optional(self, name: &str) -> Result<Option<Zeroizing<String>>, String> {
        match self {
            Field::Text(text) => Ok(Some(text).filter(|text| !text.is_empty())),
            Field::Absent => Ok(None),
            Field::Number(_) | Field::OtherType => Err(format!("its `{name}` is not text")),
        }
    }

    /// The text, if there is one. Another type counts as missing.
    pub(crate) fn text(self) -> Option<Zeroizing<String>> {
        self.optional("").ok().flatten()
    }
}

pub(crate) fn secret(mut text: Zeroizing<String>) -> SecretString {
    SecretString::from(mem::take(&mut *text))
}

/// Whether `json` begins like an object. A derived Deserialize would also accept an array for a
/// struct.
pub(crate) fn is_object(json: &[u8]) -> bool {
    json.trim_ascii_start().starts_with(b"{")
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Field, E> {
        Ok(Field::Text(Zeroizing::new(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Field, E> {
        Ok(Field::Text(Zeroizing::new(text)))
    }

    fn visit_unit<E>(self) -> Result<Field, E> {
        Ok(Field::Absent)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Field, E> {
        // Only compared with small numbers.
        Ok(Field::Number(number as f64))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Field, E> {
        Ok(Field::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Field, E> {
        Ok(Field::Number(number))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Field, E> {
        Ok(Field::OtherType)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Field, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::OtherType)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field::OtherType)
    }
}
