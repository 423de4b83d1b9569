//! Everything a person reads or types: the printer, escaping of foreign text, prompts, tables, the
//! browser.

pub(crate) mod browser;
pub(crate) mod diff;
mod hidden;
pub(crate) mod printer;
pub(crate) mod prompt;
pub(crate) mod qr;
pub(crate) mod table;
pub(crate) mod terminal;
