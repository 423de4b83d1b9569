//! A permanent file of ssowrap's own that is changed in place, under a lock.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::atomic;
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
