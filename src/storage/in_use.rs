//! Files that exist only as long as the process that created them, and whether it is still alive.
//!
//! A lock on the file itself shows that. On Windows, that would keep other programs from reading the
//! file, so there the lock is on a file of ssowrap's own.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use sha1::{Digest, Sha1};

use super::lock::{self, Lock};
use super::temporary::Temporary;
use crate::context::Context;
use crate::platform::{IS_WINDOWS, access, held};
use crate::text::hex::hex;

/// The file counts as in use until this is dropped.
#[derive(Debug)]
pub(crate) struct InUse {
    _file: Option<File>,
    _lock: Option<Lock>,
}

/// Creates `path` with `bytes`, in one step and with mode 0600 from the start. Fails if it already
/// exists.
pub(crate) fn create(ctx: &Context, path: &Path, bytes: &[u8]) -> io::Result<InUse> {
    let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let lock = if IS_WINDOWS { Lock::try_take(ctx, &key(path)) } else { None };
    let mut temporary = Temporary::new(directory, None)?;
    temporary.fill(bytes)?;
    let file = temporary.take_name(path)?;
    Ok(InUse { _file: (!IS_WINDOWS).then_some(file), _lock: lock })
}

/// Waits for the end of the process that [`create`]d a file. Returns whether it ended within
/// `patience`. If nothing shows that there is such a process, it has ended.
pub(crate) fn ends_within(ctx: &Context, path: &Path, patience: Duration) -> bool {
    let what = "using this file";
    if IS_WINDOWS {
        return Lock::wait(ctx, &key(path), what, patience).is_ok();
    }
    // Opening a FIFO would hang.
    let file = is_file(path).then(|| File::open(path).ok()).flatten();
    file.is_none_or(|file| !matches!(lock::wait(ctx, file, what, patience), Ok(None)))
}

/// A file whose process is dead. No other process takes it for abandoned until this is dropped.
#[derive(Debug)]
pub(crate) struct Abandoned<'a> {
    path: &'a Path,
    _file: Option<File>,
    _lock: Option<Lock>,
}

impl<'a> Abandoned<'a> {
    /// The file at `path`, if the process that [`create`]d it is dead. Unknown if locks don't work.
    pub(crate) fn find(ctx: &Context, path: &'a Path) -> Option<Self> {
        // Opening a FIFO would hang.
        if !is_file(path) {
            return None;
        }
        if IS_WINDOWS {
            let lock = Lock::try_take(ctx, &key(path))?;
            return Some(Self { path, _file: None, _lock: Some(lock) });
        }
        Self::of(File::open(path).ok()?, path)
    }

    /// Locks `file`. Another process may have removed it since it was opened, and created a new one.
    fn of(file: File, path: &'a Path) -> Option<Self> {
        let is_free = file.try_lock().is_ok() && access::is_named(&file, path);
        is_free.then_some(Self { path, _file: Some(file), _lock: None })
    }

    /// Removes it.
    pub(crate) fn remove(self) {
        // The next start tries again.
        let _ = held::remove(self.path);
    }
}

fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

/// The lock for the file at `path`, which may not exist.
fn key(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    let directory = path.parent().map(|directory| fs::canonicalize(directory).ok());
    let path = directory.flatten().map_or_else(|| path.to_owned(), |found| found.join(name));
    format!("file-{}", hex(&Sha1::digest(path.as_os_str().as_encoded_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Fake;

    #[test]
    fn what_is_created_is_new_and_in_use() {
        let dir = tempfile::tempdir().unwrap();
        let ctx = Context::fake(&[], Fake { home: Some(dir.path().join("h")), ..Fake::default() });
        let path = dir.path().join("new");
        let file = create(&ctx, &path, b"ours").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"ours");
        let is_in_use = |path| !ends_within(&ctx, path, Duration::ZERO);
        assert!(is_in_use(&path) && Abandoned::find(&ctx, &path).is_none());
        let error = create(&ctx, &path, b"more").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"ours");
        drop(file);
        assert!(Abandoned::find(&ctx, &path).is_some());
        assert!(!is_in_use(&path) && !is_in_use(dir.path()));
        assert_eq!(
            fs::read_dir(dir.path())
                .unwrap()
                .filter(|e| e.as_ref().unwrap().path().is_file())
                .count(),
            1
        );
    }

    /// Several processes start after one that was killed, and use its path in turn.
    #[test]
    #[cfg(unix)]
    fn only_what_is_abandoned_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let fake = Fake { home: Some(dir.path().join("h")), ..Fake::default() };
        let ctx = Context::fake(&[], fake);
        let path = dir.path().join("credentials");
        drop(create(&ctx, &path, b"of a killed process").unwrap());
        let opened = File::open(&path).unwrap();
        let abandoned = Abandoned::find(&ctx, &path).unwrap();
        assert!(Abandoned::find(&ctx, &path).is_none(), "another one removes it");
        assert!(create(&ctx, &path, b"too early").is_err());
        abandoned.remove();
        let in_use = create(&ctx, &path, b"in use").unwrap();
        assert!(Abandoned::of(opened, &path).is_none(), "it is another file now");
        assert_eq!(fs::read(&path).unwrap(), b"in use");
        drop(in_use);
        assert!(Abandoned::find(&ctx, &path).is_some());
    }
}
