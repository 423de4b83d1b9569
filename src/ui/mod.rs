//! What the user sees and types, apart from messages: prompts, tables, diffs, QR codes, the
//! browser.

pub(crate) mod browser;
pub(crate) mod diff;
pub(crate) mod picker;
pub(crate) mod prompt;
pub(crate) mod qr;
pub(crate) mod surroundings;
pub(crate) mod table;
