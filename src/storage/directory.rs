//! Lists a directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind, Result};

/// The paths in a directory, sorted; none if it doesn't exist.
///
/// # Errors
/// `Other` if it cannot be read.
pub(crate) fn paths(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = match unsorted(directory) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
        read => read.map_err(|e| {
            Error::new(Kind::Other, format!("cannot read {}", directory.display())).source(e)
        })?,
    };
    paths.sort();
    Ok(paths)
}

fn unsorted(directory: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect()
}
