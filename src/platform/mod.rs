//! What differs between systems, behind small functions.

pub mod interrupt;
