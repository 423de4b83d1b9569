//! What differs between systems, behind small functions.

pub(crate) mod interrupt;
