//! Files that several processes share: whole or not at all, and one writer at a time.

pub mod append;
pub mod atomic;
pub mod lock;
pub mod memory;
pub mod private;
pub mod rewrite;
