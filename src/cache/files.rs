//! The files of both caches.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::storage::directory;

/// Larger than any cache file.
const LARGEST: u64 = 1 << 20;

/// The bytes of a regular file of reasonable size.
pub(super) fn read(path: &Path) -> Option<Vec<u8>> {
    // Checked before opening, because opening a pipe would wait for its writer.
    fs::metadata(path).ok().filter(|metadata| metadata.is_file() && metadata.len() <= LARGEST)?;
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The files of a cache directory, sorted.
pub(super) fn json_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = directory::paths(directory)?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    Ok(files)
}
