//! Text without any knowledge of AWS: escaping, quoting, digits, words, timestamps.

pub mod escape;
pub mod hex;
pub mod pyjson;
pub mod timestamp;
pub mod words;
