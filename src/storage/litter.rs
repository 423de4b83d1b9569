//! Files left behind by killed processes.

use std::fs;
use std::path::{Path, PathBuf};

use super::{lock, temporary};
use crate::context::Context;

/// Removes temporary files and locks of dead processes: ssowrap's own, and the temporary files in
/// `directories`, which other programs use too. The next writer does the same.
pub(crate) fn sweep(ctx: &Context, directories: &[PathBuf]) {
    for directory in directories {
        temporary::sweep(directory);
    }
    for own in [ctx.state_dir(), ctx.cache_dir()].into_iter().flatten() {
        subdirectories(&own).for_each(|directory| temporary::sweep(&directory));
    }
    lock::sweep(ctx);
}

/// Removes the temporary files of dead processes in one directory.
pub(crate) fn sweep_directory(directory: &Path) {
    temporary::sweep(directory);
}

fn subdirectories(directory: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir())
}
