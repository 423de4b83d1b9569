//! Text without any knowledge of AWS: escaping, quoting, digits, words, timestamps.

pub(crate) mod escape;
pub(crate) mod hex;
pub(crate) mod pyjson;
pub(crate) mod timestamp;
pub(crate) mod words;
