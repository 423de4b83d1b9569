//! Rewrites the user's files, which other programs write too: as a whole or not at all, and without
//! losing what another program writes meanwhile.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::links::follow;
use super::lock::Lock;
use super::temporary::{Temporary, sweep};
use super::{atomic, foreign};
use crate::context::Context;
use crate::platform::{IS_WINDOWS, access, disk, held, limits};
use crate::text::escape::shell_word;
use crate::text::hex::hex;

/// How often another program may change a file before ssowrap gives up.
const ATTEMPTS: usize = 10;

/// A file as it was read.
#[derive(Debug)]
pub(crate) struct Original {
    /// Where it is or would be, after following symbolic links.
    target: PathBuf,
    bytes: Zeroizing<Vec<u8>>,
    /// None if there is no file.
    metadata: Option<Metadata>,
}

impl Original {
    /// Reads the file at `path`; a missing one counts as empty.
    ///
    /// # Errors
    /// Also if it is not a regular file.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let (target, metadata) = follow(path)?;
        let Some(metadata) = metadata else {
            return Ok(Self { target, bytes: Zeroizing::default(), metadata });
        };
        if !metadata.is_file() && !metadata.is_dir() {
            return Err(io::Error::other("it is not a regular file"));
        }
        let bytes = foreign::read_regular(&target)?.bytes;
        Ok(Self { target, bytes, metadata: Some(metadata) })
    }

    /// Its contents.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the file exists.
    pub(crate) fn exists(&self) -> bool {
        self.metadata.is_some()
    }

    /// Whether anybody except its owner can read it.
    pub(crate) fn is_open_to_others(&self) -> bool {
        self.metadata.as_ref().is_some_and(access::is_open_to_others)
    }

    /// Checks whether it can probably be rewritten at `path`.
    pub(crate) fn check(&self, path: &Path) -> io::Result<()> {
        self.check_mode()?;
        let directory = self.directory()?;
        if !directory.exists() {
            // Directories are created if the user names them, not if a link leads there.
            return if self.target == path { Ok(()) } else { Err(self.leads_nowhere()) };
        }
        match self.temporary(directory) {
            Err(e) if self.exists() && has_no_place(&e) => self.writable().map(drop).map_err(|_| e),
            result => result.map(drop),
        }
    }

    fn directory(&self) -> io::Result<&Path> {
        self.target.parent().ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }

    fn leads_nowhere(&self) -> io::Error {
        let dir = self.target.parent().unwrap_or(&self.target).display();
        io::Error::other(format!("it is a link into {dir}, which does not exist"))
    }

    /// A rename would not check this.
    fn check_mode(&self) -> io::Result<()> {
        let is_read_only = |metadata: &Metadata| metadata.permissions().readonly();
        match self.metadata.as_ref().is_some_and(is_read_only) {
            true => Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only")),
            false => Ok(()),
        }
    }

    /// Replaces it with `bytes`. False if the file has changed meanwhile.
    ///
    /// A new file replaces the old one and keeps its owner, group and mode; a file that didn't
    /// exist gets mode 0600. If the old file can't be replaced (it is mounted, or its directory
    /// belongs to somebody else), it is overwritten.
    pub(crate) fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<bool> {
        self.check_mode()?;
        let directory = self.directory()?;
        match self.exists() {
            false if self.target == path => atomic::make_directory(directory)?,
            false if !directory.exists() => return Err(self.leads_nowhere()),
            _ => {}
        }
        // Before writing, as in `atomic::write`.
        sweep(directory);
        let prepared = self.temporary(directory).and_then(|mut temporary| {
            temporary.fill(bytes)?;
            Ok(temporary)
        });
        if !self.is_unchanged(path)? {
            return Ok(false);
        }
        let replaced = prepared.and_then(|temporary| temporary.replace(&self.target));
        match replaced {
            Err(e) if self.exists() && has_no_place(&e) => {
                self.overwrite(bytes).map_err(|_| e)?;
            }
            result => result?,
        }
        disk::sync_directory(directory);
        Ok(true)
    }

    fn temporary(&self, directory: &Path) -> io::Result<Temporary> {
        let Some(metadata) = &self.metadata else { return Temporary::new(directory, None) };
        access::may_replace(&self.target, metadata, &directory.metadata()?)?;
        let temporary = Temporary::new(directory, Some(metadata))?;
        access::keep_access(temporary.file(), metadata)?;
        Ok(temporary)
    }

    fn is_unchanged(&self, path: &Path) -> io::Result<bool> {
        let now = Self::read(path)?;
        Ok((&now.target, &now.bytes, now.exists()) == (&self.target, &self.bytes, self.exists()))
    }

    fn writable(&self) -> io::Result<File> {
        OpenOptions::new().write(true).open(&self.target)
    }

    /// Writes `bytes` over the old contents.
    fn overwrite(&self, bytes: &[u8]) -> io::Result<()> {
        limits::check_file_size(bytes.len())?;
        overwrite(self.writable()?, self.bytes.len(), bytes)
    }
}

/// Writes `bytes` to a file of length `old`. The part beyond the old end is written first, so that
/// a full disk leaves the file as it was.
pub(super) fn overwrite(mut file: File, old: usize, bytes: &[u8]) -> io::Result<()> {
    if let Some(rest) = bytes.get(old..) {
        file.seek(SeekFrom::Start(old as u64))?;
        if let Err(e) = file.write_all(rest).and_then(|()| disk::sync(&file)) {
            file.set_len(old as u64)?;
            return Err(e);
        }
    }
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&bytes[..bytes.len().min(old)])?;
    file.set_len(bytes.len() as u64)?;
    disk::sync(&file)
}

/// Whether the old file can't be replaced although it may be writable: it is mounted, its directory
/// belongs to somebody else, or another program has it open.
fn has_no_place(error: &io::Error) -> bool {
    let kinds = [io::ErrorKind::PermissionDenied, io::ErrorKind::ResourceBusy];
    kinds.contains(&error.kind()) || held::is_held(error)
}

/// What to check if the file at `path` can't be written.
pub(crate) fn hint(path: &Path) -> String {
    let file = shell_word(&path.to_string_lossy());
    let directory = shell_word(&path.parent().unwrap_or(path).to_string_lossy());
    let what = "the file and its directory must be writable";
    match IS_WINDOWS {
        true => format!("{what}, and no other program may have it open: {file}"),
        false => format!("{what}: check with `ls -ld {directory} {file}`"),
    }
}

/// Keeps other ssowraps from changing the files at `paths`, after following links, until it is
/// dropped.
pub(crate) fn lock(ctx: &Context, paths: &[&Path]) -> Vec<Lock> {
    let mut keys: Vec<String> = paths.iter().map(|path| lock_key(path)).collect();
    // In a fixed order, or two processes that lock the same files would wait for each other.
    keys.sort();
    keys.dedup();
    keys.iter().map(|key| Lock::take(ctx, key, "changing the same file")).collect()
}

fn lock_key(path: &Path) -> String {
    let target = follow(path).map_or_else(|_| path.to_owned(), |(target, _)| target);
    let target = fs::canonicalize(&target).unwrap_or(target);
    format!("edit-{}", hex(&Sha1::digest(target.as_os_str().as_encoded_bytes())))
}

/// Replaces the contents of the file at `path` with what `change` returns, and repeats this if
/// another program changes the file meanwhile. Writes nothing if nothing changes.
///
/// # Errors
/// Those of `change`, and `failed` for the system's errors.
pub(crate) fn rewrite<E>(
    path: &Path,
    mut change: impl FnMut(&Original) -> Result<Zeroizing<Vec<u8>>, E>,
    failed: impl Fn(io::Error) -> E,
) -> Result<(), E> {
    for _ in 0..ATTEMPTS {
        let original = Original::read(path).map_err(&failed)?;
        let bytes = change(&original)?;
        if *bytes == *original.bytes {
            return Ok(());
        }
        match original.replace(path, &bytes) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            // A sweep removed the temporary file just before it was locked.
            Err(e) if e.kind() == io::ErrorKind::NotFound && original.exists() => {}
            Err(e) => return Err(failed(e)),
        }
    }
    Err(failed(io::Error::other("some other program keeps changing it")))
}
