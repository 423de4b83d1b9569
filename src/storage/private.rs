//! Reading files that hold secrets: only plain files of ours that nobody else can read.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
use std::time::SystemTime;

/// Far beyond any real cache file.
const LARGEST: u64 = 1 << 20;

/// What was found at a path.
#[derive(Debug)]
pub(crate) enum Found {
    /// Nothing.
    Nothing,
    /// A file.
    File {
        /// Its text.
        bytes: Vec<u8>,
        /// When it was written; none where the system does not tell.
        modified: Option<SystemTime>,
        /// Whether others could read it until now; its mode has been put right.
        repaired: bool,
    },
    /// Something that must not be used.
    Refused {
        /// Why.
        why: String,
        /// Whether it may be known to other users, or theirs.
        exposed: bool,
    },
}

/// Reads `path` if it is a plain file of ours that only we could write. A mode that lets others
/// read it is put right.
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
    // One look at the name before the file is opened: opening a FIFO would hang.
    let metadata = std::fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        return refuse("is a symbolic link");
    }
    if !metadata.is_file() {
        return refuse("is not a file");
    }
    if !is_ours(&metadata) {
        return refuse("belongs to another user");
    }
    if metadata.len() > LARGEST {
        return refuse("is too large");
    }
    // Its mode stays as it is: whoever looks next must not take what others wrote for ours.
    if is_writable_by_others(&metadata) {
        return refused("can be written by other users", true);
    }
    let mut file = OpenOptions::new().read(true).open(path)?;
    let repaired = is_open_to_others(&metadata);
    if repaired && close_to_others(&file).is_err() {
        return refused("can be read by other users, and its mode cannot be changed", true);
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    (&mut file).take(LARGEST).read_to_end(&mut bytes)?;
    Ok(Found::File { bytes, modified: metadata.modified().ok(), repaired })
}

/// Whether a file belongs to the user this process runs as.
#[cfg(unix)]
pub(crate) fn is_ours(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(metadata) == rustix::process::geteuid().as_raw()
}

/// Whether others than the owner can do anything with a file.
#[cfg(unix)]
pub(crate) fn is_open_to_others(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o077 != 0
}

#[cfg(unix)]
fn is_writable_by_others(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o022 != 0
}

#[cfg(unix)]
fn close_to_others(file: &File) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

/// Files below the user's profile directory inherit its access list.
#[cfg(not(unix))]
pub(crate) fn is_ours(_: &Metadata) -> bool {
    true
}

/// See above.
#[cfg(not(unix))]
pub(crate) fn is_open_to_others(_: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn is_writable_by_others(_: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn close_to_others(_: &File) -> io::Result<()> {
    Ok(())
}
