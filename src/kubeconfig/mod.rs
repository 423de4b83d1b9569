//! kubectl's config file: entries for clusters, and for the principals that ssowrap gets tokens
//! for.
//!
//! `kubectl config` writes them, because it knows which of several files contains an entry.

mod edit;
pub(crate) mod entries;
mod kubectl;

pub(crate) use edit::{Edited, write};
