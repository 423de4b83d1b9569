//! Files that several processes share: written as a whole or not at all, by one process at a time.

pub(crate) mod append;
pub(crate) mod atomic;
pub(crate) mod directory;
pub(crate) mod foreign;
pub(crate) mod in_use;
pub(crate) mod links;
pub(crate) mod litter;
pub(crate) mod lock;
pub(crate) mod look;
pub(crate) mod memory;
pub(crate) mod place;
pub(crate) mod private;
pub(crate) mod recent;
pub(crate) mod rewrite;
pub(crate) mod shared;
mod state_file;
mod temporary;
