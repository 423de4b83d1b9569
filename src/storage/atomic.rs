//! Writes that leave either the old file or the new one, whatever happens in between.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

use super::private;

const PREFIX: &str = ".ssowrap-";
const SUFFIX: &str = ".tmp";

/// Age at which a temporary file counts as left behind where locks do not work.
const STALE: Duration = Duration::from_secs(3600);

/// Puts `bytes` at `path`: a temporary file beside it, 0600 from its creation, synced, renamed
/// over. Missing directories are made, 0700. What is there and is no plain file of ours (a
/// directory, a symbolic link, another user's file) is left alone and is an error.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    make_dir(dir)?;
    replaceable(path)?;
    let write_once = || prepare(dir, bytes)?.put(path);
    match write_once() {
        // A sweep took the temporary file in the instant before it was locked.
        Err(e) if e.kind() == io::ErrorKind::NotFound => write_once()?,
        result => result?,
    }
    sweep(dir);
    Ok(())
}

/// Bytes in a temporary file, synced, on their way to a name. Gone if they never get there.
#[derive(Debug)]
pub(crate) struct Prepared(NamedTempFile);

/// Writes `bytes` to a temporary file in `dir`, 0600.
pub(crate) fn prepare(dir: &Path, bytes: &[u8]) -> io::Result<Prepared> {
    let mut temporary = temporary(dir)?;
    // The lock says that somebody is still writing; it ends with the process. Without locks the
    // age of the file has to do.
    let _ = temporary.as_file().try_lock();
    temporary.as_file_mut().write_all(bytes)?;
    temporary.as_file().sync_all()?;
    Ok(Prepared(temporary))
}

impl Prepared {
    /// The file, to give it another mode or group.
    pub(crate) fn file(&self) -> &File {
        self.0.as_file()
    }

    /// Takes the place of whatever is at `path`, in the same directory.
    pub(crate) fn put(self, path: &Path) -> io::Result<()> {
        self.0.persist(path).map(|_| ()).map_err(|e| e.error)
    }
}

/// Puts `bytes` at `path`, where nothing may be yet, in one step and 0600 from the start. The file
/// that is given back holds a lock on it: the file counts as in use until that is dropped.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut temporary = temporary(path.parent().ok_or(io::ErrorKind::InvalidInput)?)?;
    let _ = temporary.as_file().try_lock();
    temporary.as_file_mut().write_all(bytes)?;
    temporary.persist_noclobber(path).map_err(|e| e.error)
}

/// Whether somebody holds the lock of a file that [`create`] made.
pub(crate) fn is_in_use(path: &Path) -> bool {
    // Opening a FIFO would hang.
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
        && File::open(path)
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock)))
}

/// Whether [`write()`] could put anything at `path`, as far as that shows beforehand.
pub(crate) fn check(path: &Path) -> io::Result<()> {
    replaceable(path)?;
    temporary(path.parent().ok_or(io::ErrorKind::InvalidInput)?).map(drop)
}

fn temporary(dir: &Path) -> io::Result<NamedTempFile> {
    let file = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(dir);
    // The error names the file, which nobody has heard of.
    file.map_err(|e| e.kind().into())
}

/// Makes a directory and its parents, 0700 where they are new.
pub(crate) fn make_dir(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn replaceable(path: &Path) -> io::Result<()> {
    let refuse = |why: &str| Err(io::Error::other(format!("{} {why}", path.display())));
    match fs::symlink_metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
        Ok(metadata) if metadata.is_symlink() => refuse("is a symbolic link"),
        Ok(metadata) if !metadata.is_file() => refuse("is not a file"),
        Ok(metadata) if !private::is_ours(&metadata) => refuse("belongs to another user"),
        Ok(_) => Ok(()),
    }
}

/// Removes the temporary files that killed processes left in `dir`. Failures do not matter: the
/// next write sweeps again.
pub(crate) fn sweep(dir: &Path) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && name.starts_with(PREFIX.as_bytes()) && name.ends_with(SUFFIX.as_bytes()) {
            let path = entry.path();
            if is_left_behind(&path) {
                let _ = fs::remove_file(&path);
            }
        }
    }
}

fn is_left_behind(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    match file.try_lock() {
        Ok(()) => true,
        Err(fs::TryLockError::WouldBlock) => false,
        Err(fs::TryLockError::Error(_)) => {
            let age = file.metadata().and_then(|m| m.modified()).map(|at| at.elapsed());
            matches!(age, Ok(Ok(age)) if age > STALE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sweeps_what_the_dead_left_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let dead = dir.path().join(".ssowrap-dead.tmp");
        let alive = dir.path().join(".ssowrap-alive.tmp");
        let foreign = dir.path().join("other.tmp");
        for path in [&dead, &alive, &foreign] {
            fs::write(path, "x").unwrap();
        }
        let writer = File::open(&alive).unwrap();
        writer.lock().unwrap();
        write(&dir.path().join("sub/new.json"), b"{}").unwrap();
        write(&dir.path().join("new.json"), b"{}").unwrap();
        assert!(!dead.exists() && alive.exists() && foreign.exists());
    }

    #[test]
    fn what_is_created_is_new_and_in_use() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new");
        let file = create(&path, b"ours").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"ours");
        assert!(is_in_use(&path));
        let error = create(&path, b"more").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"ours");
        drop(file);
        assert!(!is_in_use(&path) && !is_in_use(dir.path()));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn leaves_links_and_directories_alone() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("target");
        fs::write(&target, "theirs").unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(write(&link, b"ours").is_err());
        assert_eq!(fs::read(&target).unwrap(), b"theirs");
        assert!(link.is_symlink());
        assert!(write(dir.path(), b"ours").is_err());
    }
}
