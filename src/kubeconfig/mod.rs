//! kubectl's config file: entries for a cluster, and for whoever ssowrap gives tokens for.
//!
//! `kubectl config` does the writing: it knows which of several files an entry stands in.

mod edit;
pub(crate) mod entries;
mod kubectl;

pub(crate) use edit::{Edited, write};
