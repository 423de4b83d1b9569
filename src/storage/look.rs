//! A file's metadata, which shows whether anybody has written the file since. It is not opened.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::platform::file_id;

/// File times are coarse: a file written this recently may be written again and look the same.
const ROUGHLY: Duration = Duration::from_secs(2);

/// The metadata of a file at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Look {
    device: u64,
    inode: u64,
    size: u64,
    /// When its contents were last written.
    modified: Option<SystemTime>,
    /// When anything about it last changed, in seconds and nanoseconds since the epoch; none if the
    /// system doesn't say.
    changed: Option<(i64, i64)>,
}

impl Look {
    /// Reads the metadata of the file that `path` leads to.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        Ok(Self::of(&fs::metadata(path)?))
    }

    /// When it was last written, or replaced by a file that had been written earlier.
    fn last_change(&self) -> Option<SystemTime> {
        let changed = self.changed.and_then(|(seconds, nanoseconds)| {
            let since = Duration::new(seconds.try_into().ok()?, nanoseconds.try_into().ok()?);
            SystemTime::UNIX_EPOCH.checked_add(since)
        });
        self.modified.max(changed)
    }

    /// Whether the same metadata after `now` proves that the file hasn't changed.
    pub(crate) fn is_settled(&self, now: SystemTime) -> bool {
        self.last_change().is_some_and(|at| is_later(now, at))
    }

    fn of(metadata: &Metadata) -> Self {
        let (device, inode) = file_id::of(metadata);
        let (size, modified) = (metadata.len(), metadata.modified().ok());
        Self { device, inode, size, modified, changed: file_id::changed(metadata) }
    }
}

/// A file, and how it looked when it was last read.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    path: PathBuf,
    look: Look,
}

impl Seen {
    pub(crate) fn new(path: PathBuf, look: Look) -> Self {
        Self { path, look }
    }

    /// Whether something written at `time` was written later than the file, which nobody has
    /// written since it was read.
    pub(crate) fn is_older_than(&self, time: SystemTime) -> bool {
        self.look.last_change().is_some_and(|at| is_later(time, at))
            && Look::at(&self.path).is_ok_and(|now| now == self.look)
    }
}

/// Whether nobody has written a file for this long, by this machine's clock. See [`was_old`] for a
/// better one.
pub(crate) fn is_old(metadata: &Metadata, age: Duration) -> bool {
    metadata.modified().is_ok_and(|at| at.elapsed().is_ok_and(|old| old >= age))
}

/// Whether, at the time `now`, nobody had written a file for this long. `now` is when a file next to
/// it was written: the clock of a file server may be days behind this machine's, by which a new file
/// would look old.
pub(crate) fn was_old(metadata: &Metadata, age: Duration, now: SystemTime) -> bool {
    metadata.modified().is_ok_and(|at| now.duration_since(at).is_ok_and(|old| old >= age))
}

/// Whether `one` is later than `other`, as far as file times can tell.
fn is_later(one: SystemTime, other: SystemTime) -> bool {
    other.checked_add(ROUGHLY).is_some_and(|other| one > other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_just_written_may_be_written_again() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let look = Look::at(file.path()).unwrap();
        let written = look.last_change().unwrap();
        assert!(!look.is_settled(written));
        assert!(!look.is_settled(written + ROUGHLY));
        assert!(look.is_settled(written + ROUGHLY + Duration::from_millis(1)));
        // Our clock is behind that of the file server.
        assert!(!look.is_settled(written - Duration::from_secs(9)));
    }

    #[test]
    fn another_file_in_its_place_looks_different() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (dir.path().join("one"), dir.path().join("other"));
        fs::write(&one, "x").unwrap();
        fs::write(&other, "y").unwrap();
        let look = Look::at(&one).unwrap();
        let written = fs::metadata(&one).unwrap().modified().unwrap();
        fs::File::options().write(true).open(&other).unwrap().set_modified(written).unwrap();
        assert_eq!(Look::at(&one).unwrap(), look);
        fs::rename(&other, &one).unwrap();
        assert_ne!(Look::at(&one).unwrap(), look);
    }
}
