//! What differs between systems, behind small functions.

pub(crate) mod access;
pub(crate) mod cores;
#[cfg(unix)]
pub(crate) mod default_action;
pub(crate) mod deferral;
pub(crate) mod descendants;
pub(crate) mod disk;
pub(crate) mod hidden_line;
pub(crate) mod interrupt;
pub(crate) mod parent;
#[cfg(unix)]
pub(crate) mod process_end;
pub(crate) mod random;
pub(crate) mod signals;
pub(crate) mod terminal;
