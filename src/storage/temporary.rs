//! Temporary files, in the directory of their final name.

use std::fs::{self, File, Metadata};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::platform::{IS_WINDOWS, access, disk, held, limits};

const PREFIX: &str = ".ssowrap-";
const SUFFIX: &str = ".tmp";

/// The age at which a temporary file counts as left behind. Used if locks don't work, or if they
/// would keep others from reading and replacing the file, as on Windows.
const STALE: Duration = Duration::from_secs(3600);

/// A temporary file with mode 0600 from its creation. It is removed if it never gets its final
/// name.
#[derive(Debug)]
pub(super) struct Temporary(NamedTempFile);

impl Temporary {
    /// Creates one in `directory`. As root, gives it to the owner of `model`, the file that it will
    /// replace, or else of the directory.
    pub(super) fn new(directory: &Path, model: Option<&Metadata>) -> io::Result<Self> {
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
        let file = file.map_err(|e| io::Error::from(e.kind()))?;
        if !IS_WINDOWS {
            // The lock shows that the file is still being written; it ends with the process. If
            // locks don't work, the age of the file decides.
            let _ = file.as_file().try_lock();
        }
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

/// Removes the temporary files that killed processes left in `directory`. Failures don't matter:
/// the next write tries again.
pub(super) fn sweep(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
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
    let is_old = || {
        let age = fs::metadata(path).and_then(|m| m.modified()).map(|at| at.elapsed());
        matches!(age, Ok(Ok(age)) if age > STALE)
    };
    if IS_WINDOWS {
        return is_old();
    }
    let Ok(file) = File::open(path) else { return false };
    match file.try_lock() {
        Ok(()) => true,
        Err(fs::TryLockError::WouldBlock) => false,
        Err(fs::TryLockError::Error(_)) => is_old(),
    }
}
