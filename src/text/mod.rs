//! Text functions that know nothing about AWS: escaping, quoting, digits, words, timestamps.

pub(crate) mod arn;
pub(crate) mod buffer;
pub(crate) mod bytes;
pub(crate) mod clock;
pub(crate) mod ends;
pub(crate) mod escape;
pub(crate) mod field;
pub(crate) mod hex;
pub(crate) mod json;
pub(crate) mod number;
pub(crate) mod percent;
pub(crate) mod serial;
pub(crate) mod server;
pub(crate) mod timestamp;
pub(crate) mod words;
