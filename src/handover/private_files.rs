//! Files for a single command, which exist as long as it runs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf, absolute};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::platform::{access, held};
use crate::storage::in_use::{self, Abandoned, InUse};
use crate::storage::look::is_old;
use crate::storage::private::{self, Found};
use crate::storage::{atomic, litter};
use crate::text::hex::hex;
use crate::text::serial;

/// How long the file of a command that has just ended may still exist.
const PATIENCE: Duration = Duration::from_secs(1);

/// The start of a private directory's name; a unique part follows.
const PREFIX: &str = "ssowrap-";

/// A private directory that contains no file and is this old was left by a process that was killed
/// while it wrote the first one.
const STALE: Duration = Duration::from_secs(3600);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Purpose {
    /// A copy of the config file.
    Config,
    /// A copy of the credentials file.
    Credentials,
    /// The credentials file of `--write-credentials`.
    Written,
    /// The token that clients of the endpoint must show.
    Token,
    /// A [`Record`].
    Record,
}

/// A file to write.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PrivateFile {
    pub purpose: Purpose,
    /// Its path; none for one in a private directory.
    pub path: Option<PathBuf>,
    #[serde(with = "serial::secret")]
    pub contents: SecretString,
}

impl Purpose {
    fn file_name(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Credentials | Self::Written => "credentials",
            Self::Token => "token",
            Self::Record => "record",
        }
    }

    /// Where its private directory may be, best first. Copies of the user's own files go to the
    /// state directory, which nobody cleans up while the command runs. Files that AWS or this
    /// program created go into memory if possible.
    fn places(self, ctx: &Context) -> Vec<PathBuf> {
        let state = state_dir(ctx);
        match self {
            Self::Config | Self::Credentials | Self::Record => {
                state.into_iter().chain(ctx.runtime_dirs()).collect()
            }
            Self::Written | Self::Token => ctx.runtime_dirs(),
        }
    }
}

/// Files that were written. They are removed when this is dropped.
#[derive(Debug, Default)]
pub(crate) struct PrivateFiles {
    written: Vec<WrittenFile>,
    /// Dropped last.
    _records: Vec<WrittenFile>,
}

#[derive(Debug)]
struct WrittenFile {
    path: PathBuf,
    _in_use: InUse,
    /// Its own directory, if it has one. Dropped last.
    _directory: Option<TempDir>,
}

impl Drop for WrittenFile {
    fn drop(&mut self) {
        // It may already be gone, and nobody would see a message.
        let _ = held::remove(&self.path);
    }
}

impl PrivateFiles {
    /// Removes files that killed processes left, then writes these.
    ///
    /// # Errors
    /// If a file already exists or can't be written.
    pub(super) fn write(ctx: &Context, files: &[PrivateFile]) -> Result<Self> {
        if !files.is_empty() {
            sweep(ctx);
        }
        // If there is no place for a record, it works without one.
        let records = files.iter().filter_map(Record::of);
        let records = records.filter_map(|file| WrittenFile::new(ctx, &file).ok()).collect();
        let written =
            files.iter().map(|file| WrittenFile::new(ctx, file)).collect::<Result<_>>()?;
        Ok(Self { written, _records: records })
    }

    /// Their paths, for variables, in the order of the request.
    ///
    /// # Errors
    /// If a path is not UTF-8.
    pub(super) fn paths(&self) -> Result<Vec<String>> {
        self.written.iter().map(|file| text_of(&file.path)).collect()
    }
}

/// A record of a file outside a private directory. With it, the file is removed even if its own
/// process is killed.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    path: PathBuf,
    sha256: String,
}

impl Record {
    #[expect(clippy::disallowed_methods, reason = "its digest tells nothing")]
    fn of(file: &PrivateFile) -> Option<PrivateFile> {
        let path = absolute(file.path.as_ref()?).ok()?;
        let record = Self { path, sha256: digest(file.contents.expose_secret().as_bytes()) };
        let contents = serde_json::to_string(&record).ok()?.into();
        Some(PrivateFile { purpose: Purpose::Record, path: None, contents })
    }

    /// Removes the file that the record in a private directory names, unless it has been replaced
    /// or is in use.
    fn sweep(ctx: &Context, directory: &Path) {
        let read = |path: &Path| match private::read(path) {
            Found::File { bytes, .. } => Some(Zeroizing::new(bytes)),
            Found::Nothing | Found::Refused { .. } => None,
        };
        let record = read(&directory.join(Purpose::Record.file_name()));
        let record = record.and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        let Some(Self { path, sha256 }) = record else { return };
        let is_the_same = || read(&path).is_some_and(|bytes| digest(&bytes) == sha256);
        if let Some(abandoned) = Abandoned::find(ctx, &path).filter(|_| is_the_same()) {
            abandoned.remove();
        }
    }
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

impl WrittenFile {
    #[expect(clippy::disallowed_methods, reason = "this is the file the user asked for")]
    fn new(ctx: &Context, file: &PrivateFile) -> Result<Self> {
        let (directory, path) = match &file.path {
            Some(path) => (None, path.clone()),
            None => {
                let directory = private_directory(ctx, file.purpose)?;
                let path = directory.path().join(file.purpose.file_name());
                (Some(directory), path)
            }
        };
        match in_use::create(ctx, &path, file.contents.expose_secret().as_bytes()) {
            Ok(in_use) => Ok(Self { path, _in_use: in_use, _directory: directory }),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(taken(&path)),
            Err(e) if file.purpose == Purpose::Written => Err(cannot_write(&path).source(e)),
            Err(e) => {
                let message = format!("cannot write {} for the command", path.display());
                Err(Error::new(Kind::Other, message).source(e))
            }
        }
    }
}

fn text_of(path: &Path) -> Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| cannot_write(path).source("its path is not UTF-8"))
}

/// Checks, before credentials are requested, whether a file can probably be created at `path`.
///
/// # Errors
/// If something exists there, or if others could replace the file.
pub(super) fn check(ctx: &Context, path: &Path) -> Result<()> {
    text_of(path)?;
    sweep(ctx);
    // The last command may have ended just now.
    if !in_use::ends_within(ctx, path, PATIENCE) {
        return Err(taken(path).hint("another command is still using it"));
    }
    match fs::symlink_metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(cannot_write(path).source(e)),
        Ok(_) => return Err(taken(path)),
    }
    let directory = path.parent().unwrap_or(path);
    let metadata = fs::metadata(directory).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => cannot_write(path).source(e).hint("create its directory first"),
        _ => cannot_write(path).source(e),
    })?;
    if access::is_open_to_all(&metadata) {
        let directory = directory.display();
        return Err(cannot_write(path)
            .source(format!("anyone can replace the files in {directory}"))
            .hint("leave out FILE: the file is then in a private directory"));
    }
    Ok(())
}

fn taken(path: &Path) -> Error {
    cannot_write(path)
        .source("it already exists, and is left alone")
        .hint("name a file that does not exist; it is removed when the command ends")
}

fn cannot_write(path: &Path) -> Error {
    Error::new(Kind::Other, format!("cannot write the credentials file {}", path.display()))
}

fn private_directory(ctx: &Context, purpose: Purpose) -> Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    if let Some(owner_only) = access::owner_only() {
        builder.permissions(owner_only);
    }
    let mut outcome = Err(io::ErrorKind::NotFound.into());
    for place in purpose.places(ctx) {
        if state_dir(ctx).is_some_and(|state| state == place)
            && atomic::make_directory(&place).is_err()
        {
            continue;
        }
        outcome = builder.tempdir_in(place);
        if outcome.is_ok() {
            break;
        }
    }
    outcome.map_err(|e| {
        let error = Error::new(Kind::Other, "no directory for the command's private files");
        match purpose {
            Purpose::Written => Error::new(Kind::Other, "no directory for the credentials file")
                .hint("set TMPDIR, or name a file: `--write-credentials FILE`"),
            _ => error.hint("set TMPDIR"),
        }
        .source(e)
    })
}

fn state_dir(ctx: &Context) -> Option<PathBuf> {
    ctx.state_dir().map(|state| state.join("commands"))
}

/// Removes the private directories of killed processes, and the files in their records. Failures
/// don't matter: the next start tries again.
pub(crate) fn sweep(ctx: &Context) {
    for place in state_dir(ctx).into_iter().chain(ctx.runtime_dirs()) {
        let entries = fs::read_dir(place).into_iter().flatten().flatten();
        for entry in entries {
            let is_named_so = entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes());
            if is_named_so && is_left_behind(ctx, &entry.path()) {
                Record::sweep(ctx, &entry.path());
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// Whether a directory is one of our private ones whose process is dead.
fn is_left_behind(ctx: &Context, directory: &Path) -> bool {
    let is_ours = fs::symlink_metadata(directory).is_ok_and(|metadata| {
        metadata.is_dir()
            && access::belongs_to_us(directory, &metadata)
            && !access::is_open_to_others(&metadata)
    });
    let Ok(entries) = fs::read_dir(directory) else { return false };
    if !is_ours {
        return false;
    }
    litter::sweep_directory(directory);
    let mut files = entries.flatten().map(|entry| entry.path()).peekable();
    if files.peek().is_none() {
        return fs::metadata(directory).is_ok_and(|metadata| is_old(&metadata, STALE));
    }
    let names = [Purpose::Config, Purpose::Credentials, Purpose::Token, Purpose::Record];
    files.all(|file| {
        names.iter().any(|purpose| file.file_name() == Some(purpose.file_name().as_ref()))
            && Abandoned::find(ctx, &file).is_some()
    })
}
