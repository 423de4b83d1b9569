//! Everything a person reads or types: the printer, escaping of foreign text, prompts, tables, the
//! browser.

pub mod browser;
pub mod diff;
mod hidden;
pub mod printer;
pub mod prompt;
pub mod qr;
pub mod table;
pub mod terminal;
