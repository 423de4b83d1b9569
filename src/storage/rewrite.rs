//! Files of the user's own, which other programs write too, rewritten: whole or not at all, and
//! without losing what somebody else has written meanwhile.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::lock::Lock;
use super::{atomic, foreign, private};
use crate::context::Context;

/// As many links as systems follow.
const MOST_LINKS: usize = 40;

/// How often a file may be changed by somebody else before ssowrap gives up on it.
const ATTEMPTS: usize = 10;

/// A file as it was found.
#[derive(Debug)]
pub(crate) struct Original {
    /// Where it is, or would be: symbolic links are followed.
    target: PathBuf,
    bytes: Zeroizing<Vec<u8>>,
    /// None where there is no file.
    metadata: Option<Metadata>,
}

impl Original {
    /// Reads the file at `path`; one that does not exist is an empty one.
    ///
    /// # Errors
    /// Also for what must not be replaced: a directory or device, a file of another user, one that
    /// is marked read-only.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let (target, metadata) = follow(path)?;
        let Some(metadata) = metadata else {
            return Ok(Self { target, bytes: Zeroizing::default(), metadata });
        };
        let refuse = |why: &str| Err(io::Error::other(why.to_owned()));
        // Before it is opened: opening a pipe would wait for its writer.
        if !metadata.is_file() {
            return refuse("it is not a file");
        }
        if !private::is_ours(&metadata) {
            return refuse("it belongs to another user");
        }
        let bytes = foreign::read_regular(&target)?.bytes;
        Ok(Self { target, bytes, metadata: Some(metadata) })
    }

    /// What it holds.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether there is a file.
    pub(crate) fn exists(&self) -> bool {
        self.metadata.is_some()
    }

    /// Whether others than its owner can read it.
    pub(crate) fn is_open_to_others(&self) -> bool {
        self.metadata.as_ref().is_some_and(private::is_open_to_others)
    }

    /// Whether it could be replaced at `path`, as far as that shows beforehand.
    pub(crate) fn check(&self, path: &Path) -> io::Result<()> {
        self.check_mode()?;
        match self.target.parent() {
            Some(dir) if dir.exists() => atomic::check(&self.target),
            // Directories are made where somebody names them, not where a link leads.
            _ if self.target != path => Err(self.leads_nowhere()),
            _ => Ok(()),
        }
    }

    fn leads_nowhere(&self) -> io::Error {
        let dir = self.target.parent().unwrap_or(&self.target).display();
        io::Error::other(format!("it is a link into {dir}, which is not there"))
    }

    /// A rename would not ask.
    fn check_mode(&self) -> io::Result<()> {
        let is_read_only = |metadata: &Metadata| metadata.permissions().readonly();
        match self.metadata.as_ref().is_some_and(is_read_only) {
            true => Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only")),
            false => Ok(()),
        }
    }

    /// Puts `bytes` in its place: a temporary file beside it, synced, renamed over. It keeps mode
    /// and group; a new one is 0600. False if the file is another one by now.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<bool> {
        self.check_mode()?;
        let dir = self.target.parent().ok_or(io::ErrorKind::InvalidInput)?;
        match self.exists() {
            false if self.target == path => atomic::make_dir(dir)?,
            false if !dir.exists() => return Err(self.leads_nowhere()),
            _ => {}
        }
        let prepared = atomic::prepare(dir, bytes)?;
        if let Some(metadata) = &self.metadata {
            keep_access(prepared.file(), metadata)?;
        }
        let now = Self::read(path)?;
        if (&now.target, &now.bytes, now.exists()) != (&self.target, &self.bytes, self.exists()) {
            return Ok(false);
        }
        prepared.put(&self.target)?;
        atomic::sweep(dir);
        Ok(true)
    }
}

/// Keeps other ssowraps from changing the files at `paths`, links followed, until it is dropped.
pub(crate) fn lock(ctx: &Context, paths: &[&Path]) -> Vec<Lock> {
    let mut keys: Vec<String> = paths.iter().map(|path| lock_key(path)).collect();
    // In one order, or two that lock the same files would wait for each other.
    keys.sort();
    keys.dedup();
    keys.iter().map(|key| Lock::take(ctx, key, "changes the same file")).collect()
}

fn lock_key(path: &Path) -> String {
    let target = follow(path).map_or_else(|_| path.to_owned(), |(target, _)| target);
    let target = fs::canonicalize(&target).unwrap_or(target);
    let digest = Sha1::digest(target.as_os_str().as_encoded_bytes());
    digest.iter().fold("edit-".to_owned(), |key, byte| key + &format!("{byte:02x}"))
}

/// Replaces the file at `path` by what `change` makes of it, as often as somebody else changes it
/// meanwhile. Nothing is written where nothing is changed.
///
/// # Errors
/// Those of `change`, and `failed` of what the system says.
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
            // A sweep took the temporary file in the instant before it was locked.
            Err(e) if e.kind() == io::ErrorKind::NotFound && original.exists() => {}
            Err(e) => return Err(failed(e)),
        }
    }
    Err(failed(io::Error::other("some other program keeps changing it")))
}

/// What is at the end of the links that begin at `path`; no metadata where nothing is.
fn follow(path: &Path) -> io::Result<(PathBuf, Option<Metadata>)> {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::symlink_metadata(&target) {
            Ok(metadata) if metadata.is_symlink() => {
                let link = fs::read_link(&target)?;
                target = target.parent().unwrap_or(Path::new("")).join(link);
            }
            Ok(metadata) => return Ok((target, Some(metadata))),
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok((target, None)),
            Err(e) => return Err(e),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Gives a new file the group and mode of the old one. Where the group cannot be had, another group
/// gets nothing in its place.
#[cfg(unix)]
fn keep_access(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let has_group =
        file.metadata()?.gid() == old.gid() || fchown(file, None, Some(old.gid())).is_ok();
    let mode = old.mode() & if has_group { 0o7777 } else { 0o7707 };
    file.set_permissions(fs::Permissions::from_mode(mode))
}

/// Files inherit the access list of their directory.
#[cfg(not(unix))]
fn keep_access(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}
