//! The profiles chosen last, so that the next list shows them first.

use std::path::PathBuf;

use super::atomic;
use super::private::{self, Found};
use crate::context::Context;

/// How many are remembered.
const MOST: usize = 50;

/// Their names, the latest first.
pub(crate) fn names(ctx: &Context) -> Vec<String> {
    let Some(Found::File { bytes, .. }) = path(ctx).map(|path| private::read(&path)) else {
        return Vec::new();
    };
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Remembers `name`. If that fails, only the order of the next list differs.
pub(crate) fn note(ctx: &Context, name: &str) {
    let mut names = names(ctx);
    names.retain(|known| known != name);
    names.insert(0, name.to_owned());
    names.truncate(MOST);
    if let (Some(path), Ok(bytes)) = (path(ctx), serde_json::to_vec(&names)) {
        let _ = atomic::write(&path, &bytes);
    }
}

fn path(ctx: &Context) -> Option<PathBuf> {
    Some(ctx.state_dir()?.join("recent.json"))
}
