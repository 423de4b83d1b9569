//! What ssowrap remembers from one process to the next, in small JSON files in its state directory.
//! Nothing depends on them: a file that is missing, broken or another user's is ignored, and so is
//! a failed write.

use std::fs;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{atomic, private};
use crate::context::Context;

/// The place of one thing to remember.
#[derive(Debug)]
pub(crate) struct Memory<'a> {
    ctx: &'a Context,
    /// None without a home directory.
    path: Option<PathBuf>,
}

impl<'a> Memory<'a> {
    /// The place named `key` in `room`; both are file names without separators.
    pub(crate) fn new(ctx: &'a Context, room: &str, key: &str) -> Self {
        let path = ctx.state_dir().map(|dir| dir.join(room).join(format!("{key}.json")));
        Self { ctx, path }
    }

    /// What was stored last.
    pub(crate) fn recall<T: DeserializeOwned>(&self) -> Option<T> {
        let private::Found::File { bytes, .. } = private::read(self.path.as_ref()?) else {
            return None;
        };
        serde_json::from_slice(&bytes).ok()
    }

    /// Stores `what`, replacing what was stored before.
    pub(crate) fn keep<T: Serialize>(&self, what: &T) {
        let Some(path) = &self.path else { return };
        let kept = serde_json::to_vec(what)
            .map_err(|e| e.to_string())
            .and_then(|bytes| atomic::write(path, &bytes).map_err(|e| e.to_string()));
        if let Err(e) = kept {
            self.ctx.printer.debug(|| format!("cannot write {}: {e}", path.display()));
        }
    }

    /// Removes it.
    pub(crate) fn forget(&self) {
        if let Some(path) = &self.path {
            // Usually there is none.
            let _ = fs::remove_file(path);
        }
    }
}
