//! Reads ssowrap's own files that contain secrets: only regular files that belong to us and that
//! nobody else can read.

use std::io::{self, Read};
use std::path::Path;
use std::time::SystemTime;

use crate::platform::{access, held};

/// Larger than any real file: the listing of 5,000 accounts takes 2 MiB.
const LARGEST: u64 = 16 << 20;

/// What is at a path.
#[derive(Debug)]
pub(crate) enum Found {
    /// Nothing.
    Nothing,
    /// A file.
    File {
        /// Its contents.
        bytes: Vec<u8>,
        /// When it was written; none if the system does not say.
        modified: Option<SystemTime>,
        /// Whether others could read it until now; its mode has been fixed.
        repaired: bool,
    },
    /// Something that must not be used.
    Refused {
        /// Why.
        why: String,
        /// Whether other users may know it, or may have written it.
        exposed: bool,
    },
}

/// Reads `path` if it is a regular file that belongs to us and that nobody else can write. If
/// others can read it, its mode is set to 0600.
pub(crate) fn read(path: &Path) -> Found {
    match read_file(path) {
        Ok(found) => found,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Found::Nothing
        }
        Err(e) => {
            Found::Refused { why: format!("cannot read {}: {e}", path.display()), exposed: false }
        }
    }
}

fn read_file(path: &Path) -> io::Result<Found> {
    let refused = |why: &str, exposed| {
        Ok(Found::Refused { why: format!("{} {why}", path.display()), exposed })
    };
    let refuse = |why| refused(why, false);
    // The file is checked by name before it is opened, because opening a FIFO would hang.
    let metadata = std::fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        return refuse("is a symbolic link");
    }
    if !metadata.is_file() {
        return refuse("is not a file");
    }
    if !access::belongs_to_us(path, &metadata) {
        return refuse("belongs to another user");
    }
    if metadata.len() > LARGEST {
        return refuse("is too large");
    }
    // Its mode is not fixed, or the next reader would trust what others wrote.
    if access::is_writable_by_others(&metadata) {
        return refused("can be written by other users", true);
    }
    let mut file = held::open(path)?;
    let repaired = access::is_open_to_others(&metadata);
    if repaired && access::repair(&file).is_err() {
        return refused("can be read by other users, and its mode cannot be changed", true);
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    (&mut file).take(LARGEST).read_to_end(&mut bytes)?;
    Ok(Found::File { bytes, modified: metadata.modified().ok(), repaired })
}
