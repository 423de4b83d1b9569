//! The region of a written profile, and the one that was there before, which is given back.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::context::Context;
use crate::storage::memory::Memory;
use crate::text::hex::hex;

/// What to do with the region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RegionChange {
    /// Write this one.
    Set(String),
    /// Remove it.
    Remove,
    /// Leave it unchanged.
    Keep,
    /// Give back what was there before ssowrap wrote it, unless somebody has changed it since.
    GiveBack,
}

/// What ssowrap wrote last, and what it replaced; none stands for no region.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Written {
    region: Option<String>,
    before: Option<String>,
}

/// The region of a profile in one config file.
#[derive(Debug)]
pub(super) struct PresentRegion<'a> {
    memory: Memory<'a>,
    region: Option<String>,
    /// What ssowrap wrote, if it is still there.
    written: Option<Written>,
}

impl<'a> PresentRegion<'a> {
    pub(super) fn new(ctx: &'a Context, config: &Path, name: &str, region: Option<String>) -> Self {
        let mut place = config.as_os_str().as_encoded_bytes().to_vec();
        place.push(0);
        place.extend(name.as_bytes());
        let memory = Memory::new(ctx, "generate", &hex(&Sha256::digest(&place)));
        let written = memory.recall().filter(|written: &Written| written.region == region);
        Self { memory, region, written }
    }

    /// The change, with what [`RegionChange::GiveBack`] means here.
    pub(super) fn resolved(&self, change: &RegionChange) -> RegionChange {
        match (change, &self.written) {
            (RegionChange::GiveBack, Some(written)) if written.before != self.region => {
                written.before.clone().map_or(RegionChange::Remove, RegionChange::Set)
            }
            (RegionChange::GiveBack, _) => RegionChange::Keep,
            (change, _) => change.clone(),
        }
    }

    /// Remembers what will be written, and what it replaces. Must be called before writing: if
    /// that fails, the region in the file isn't the remembered one, so nobody takes it for ours.
    pub(super) fn remember(&self, change: &RegionChange) {
        let region = match change {
            RegionChange::Set(region) => Some(region.clone()),
            RegionChange::Remove => None,
            RegionChange::Keep | RegionChange::GiveBack => return,
        };
        let before = match &self.written {
            Some(written) => written.before.clone(),
            None => self.region.clone(),
        };
        self.memory.keep(&Written { region, before });
    }

    /// Forgets it, once it has been given back.
    pub(super) fn forget(&self) {
        self.memory.forget();
    }
}
