//! A file of ssowrap's own that processes lock, and may change in place meanwhile.
//!
//! It stays until nobody needs it any more. So whoever has locked it checks that it still has its
//! name: it may have been swept just before.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use super::atomic;
use super::look::is_old;
use crate::platform::{access, held};

/// Opens the file at `path` to read and write it. `is_new` if it didn't exist: then it is created
/// with mode 0600, together with its directories. As root, gives it to the owner of its directory.
pub(super) fn open(path: &Path) -> io::Result<(File, bool)> {
    // Opening a FIFO would hang.
    if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("it is not a file"));
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match held::patiently(|| options.open(path)) {
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        result => return result.map(|file| (file, false)),
    }
    let directory = path.parent().ok_or(ErrorKind::InvalidInput)?;
    atomic::make_directory(directory)?;
    access::make_private(&mut options);
    options.create(true).truncate(false);
    let file = held::patiently(|| options.open(path))?;
    access::give_to(&file, &directory.metadata()?)?;
    Ok((file, true))
}

/// Removes the files in `directory` that nobody has written for `age` and that nobody holds locked.
/// Failures don't matter.
pub(super) fn sweep(directory: &Path, age: Duration) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        // Opening a FIFO would hang.
        if entry.metadata().is_ok_and(|metadata| metadata.is_file() && is_old(&metadata, age)) {
            remove_if_free(&entry.path(), age);
        }
    }
}

fn remove_if_free(path: &Path, age: Duration) {
    let Ok(file) = held::open_alone(path) else { return };
    // Another sweep may have come first. Then another process may hold a new file of this name.
    let is_free = file.try_lock().is_ok() && access::is_named(&file, path);
    if is_free && file.metadata().is_ok_and(|metadata| is_old(&metadata, age)) {
        let _ = fs::remove_file(path);
    }
}
