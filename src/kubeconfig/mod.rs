//! kubectl's config file: entries for clusters and for the principals that ssowrap gives tokens for.
//!
//! `kubectl config` writes them: it knows which of several files has an entry.

mod edit;
pub(crate) mod entries;
mod kubectl;

pub(crate) use edit::{Edited, write};
