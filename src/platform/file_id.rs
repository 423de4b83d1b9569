//! Identifies a file, whatever its name.

use std::fs::Metadata;

/// Device and inode; zeros if the system doesn't say.
#[cfg(unix)]
pub(crate) fn of(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
pub(crate) fn of(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

/// When anything about it last changed, in seconds and nanoseconds since the epoch; none if the
/// system doesn't say.
#[cfg(unix)]
pub(crate) fn changed(metadata: &Metadata) -> Option<(i64, i64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.ctime(), metadata.ctime_nsec()))
}

#[cfg(not(unix))]
pub(crate) fn changed(_: &Metadata) -> Option<(i64, i64)> {
    None
}
