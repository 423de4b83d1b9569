//! Temporary files, in the directory of their final name.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

use super::look::is_old;
use crate::platform::{IS_WINDOWS, access, disk, held, limits};

const PREFIX: &str = ".ssowrap-";
const SUFFIX: &str = ".tmp";

/// The age at which a temporary file counts as left behind. Used if locks don't work, or if they
/// would keep others from reading and replacing the file, as on Windows.
const STALE: Duration = Duration::from_secs(3600);

/// How many sweeps in a row may hit a file between its creation and its lock. After that, something
/// else is wrong with the locks.
const SWEEPS: usize = 100;

/// A temporary file with mode 0600 from its creation. It is removed if it never gets its final
/// name.
#[derive(Debug)]
pub(super) struct Temporary(NamedTempFile);

impl Temporary {
    /// Creates one in `directory`. As root, gives it to the owner of `model`, the file that it will
    /// replace, or else of the directory.
    pub(super) fn new(directory: &Path, model: Option<&Metadata>) -> io::Result<Self> {
        let file = kept(|| create(directory))?;
        match model {
            Some(model) => access::give_to(file.as_file(), model)?,
            None => access::give_to(file.as_file(), &directory.metadata()?)?,
        }
        Ok(Self(file))
    }

    /// Writes `bytes` as its only contents, and syncs it to the disk.
    pub(super) fn fill(&mut self, bytes: &[u8]) -> io::Result<()> {
        limits::check_file_size(bytes.len())?;
        let file = self.0.as_file_mut();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)?;
        disk::sync(file)
    }

    pub(super) fn file(&self) -> &File {
        self.0.as_file()
    }

    /// Replaces whatever is at `path`, in the same directory.
    pub(super) fn replace(mut self, path: &Path) -> io::Result<()> {
        held::replace(self.0.path(), path)?;
        self.0.disable_cleanup(true);
        Ok(())
    }

    /// Takes the name `path`, which must not exist yet.
    pub(super) fn take_name(self, path: &Path) -> io::Result<File> {
        self.0.persist_noclobber(path).map_err(|e| e.error)
    }
}

fn create(directory: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    let file = if IS_WINDOWS {
        // The builder would mark the file as temporary forever.
        builder.make_in(directory, |path| {
            File::options().read(true).write(true).create_new(true).open(path)
        })
    } else {
        builder.tempfile_in(directory)
    };
    // The error would name the file, which would help nobody.
    file.map_err(|e| io::Error::from(e.kind()))
}

/// The first new file that no sweep has hit.
fn kept(create: impl Fn() -> io::Result<NamedTempFile>) -> io::Result<NamedTempFile> {
    let mut file = create()?;
    for _ in 0..SWEEPS {
        if is_kept(&file) {
            break;
        }
        file = create()?;
    }
    Ok(file)
}

/// Locks a new file, unless another process's sweep came first. The lock shows that the file is
/// still being written; it ends with the process. If locks don't work, the age of the file decides.
fn is_kept(file: &NamedTempFile) -> bool {
    if IS_WINDOWS {
        return true;
    }
    match file.as_file().try_lock() {
        Ok(()) => access::is_named(file.as_file(), file.path()),
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => true,
    }
}

/// Removes the temporary files that killed processes left in `directory`. Failures don't matter:
/// the next write tries again.
pub(super) fn sweep(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && name.starts_with(PREFIX.as_bytes()) && name.ends_with(SUFFIX.as_bytes()) {
            remove_if_left_behind(&entry.path());
        }
    }
}

fn remove_if_left_behind(path: &Path) {
    if IS_WINDOWS {
        if is_stale(path) {
            let _ = fs::remove_file(path);
        }
        return;
    }
    if let Some(_locked) = left_behind(path) {
        let _ = fs::remove_file(path);
    }
}

/// A file that nobody writes any more. It stays locked: its writer may be about to lock it.
fn left_behind(path: &Path) -> Option<File> {
    let file = File::open(path).ok()?;
    let is_left_behind = match file.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => is_stale(path),
    };
    is_left_behind.then_some(file)
}

fn is_stale(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| is_old(&metadata, STALE))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Whether a file that is being written survives sweeps that begin before it is locked. Each
    /// removes what it returns once the writer has tried to lock it.
    fn survives(begin: impl Fn(&Path) -> Option<File>) -> bool {
        let dir = tempfile::tempdir().unwrap();
        let sweeps = RefCell::new(Vec::new());
        let file = kept(|| {
            let file = create(dir.path())?;
            if sweeps.borrow().len() < 2 {
                sweeps.borrow_mut().push((file.path().to_owned(), begin(file.path())));
            }
            Ok(file)
        });
        let mut temporary = Temporary(file.unwrap());
        for (path, found) in sweeps.into_inner() {
            if found.is_some() {
                let _ = fs::remove_file(path);
            }
        }
        sweep(dir.path());
        let name = dir.path().join("token.json");
        temporary.fill(b"token").and_then(|()| temporary.replace(&name)).is_ok()
    }

    #[test]
    fn no_file_is_swept_while_it_is_written() {
        assert!(survives(|path| {
            sweep(path.parent().unwrap());
            assert!(!path.exists());
            None
        }));
        assert!(survives(|path| {
            let found = left_behind(path);
            assert!(found.is_some());
            found
        }));
    }
}
