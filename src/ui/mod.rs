//! Everything a person reads or types: the printer, escaping of foreign text, prompts, tables.

pub mod escape;
pub mod printer;
pub mod prompt;
pub mod table;
