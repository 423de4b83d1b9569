//! The files of both caches as they lie there.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind, Result};

/// More than any cache file.
const LARGEST: u64 = 1 << 20;

/// The bytes of a plain file of reasonable size.
pub(super) fn read(path: &Path) -> Option<Vec<u8>> {
    // Before it is opened: opening a pipe would wait for its writer.
    fs::metadata(path).ok().filter(|metadata| metadata.is_file() && metadata.len() <= LARGEST)?;
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The files of a cache directory, sorted.
pub(super) fn json_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let cannot = |e: io::Error| {
        Error::new(Kind::Other, format!("cannot read {}", directory.display())).source(e)
    };
    let entries = match fs::read_dir(directory) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(cannot)?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(cannot)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
