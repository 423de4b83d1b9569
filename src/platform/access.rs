//! Who may use a file or a directory.

use std::fs::{Metadata, Permissions};

/// Whether everybody may replace the files in a directory, whoever they belong to.
#[cfg(unix)]
pub(crate) fn is_open_to_all(directory: &Metadata) -> bool {
    const STICKY: u32 = 0o1000;
    let mode = std::os::unix::fs::MetadataExt::mode(directory);
    mode & 0o002 != 0 && mode & STICKY == 0
}

/// The permissions of a directory that only its owner may enter.
#[cfg(unix)]
pub(crate) fn owner_only() -> Option<Permissions> {
    Some(std::os::unix::fs::PermissionsExt::from_mode(0o700))
}

/// What is below the user's profile directory inherits its access list.
#[cfg(not(unix))]
pub(crate) fn is_open_to_all(_: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
pub(crate) fn owner_only() -> Option<Permissions> {
    None
}
