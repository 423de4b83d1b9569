//! The credentials file of one command.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::platform::access;
use crate::storage::atomic;

/// How long the file of a command that has ended may still be there.
const PATIENCE: Duration = Duration::from_secs(1);

const TICK: Duration = Duration::from_millis(10);

/// A credentials file. It is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct WrittenFile {
    path: PathBuf,
    /// Its own directory, where it has one.
    _directory: Option<TempDir>,
    /// Its lock says that it is in use.
    _file: File,
}

impl Drop for WrittenFile {
    fn drop(&mut self) {
        // It may be gone already, and there is nobody to tell.
        let _ = fs::remove_file(&self.path);
    }
}

impl WrittenFile {
    /// Writes the file, at `path` or in a directory of its own.
    ///
    /// # Errors
    /// Where something is there already, or nothing can be written.
    pub(super) fn new(ctx: &Context, path: Option<&Path>, contents: &[u8]) -> Result<Self> {
        let (directory, path) = match path {
            Some(path) => (None, path.to_owned()),
            None => {
                let directory = private_directory(ctx)?;
                let path = directory.path().join("credentials");
                (Some(directory), path)
            }
        };
        match atomic::create(&path, contents) {
            Ok(file) => Ok(Self { path, _directory: directory, _file: file }),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(taken(&path)),
            Err(e) => Err(cannot_write(&path).source(e)),
        }
    }

    /// Its path, for a variable.
    ///
    /// # Errors
    /// For one that is not UTF-8.
    pub(super) fn path_text(&self) -> Result<String> {
        text_of(&self.path)
    }
}

fn text_of(path: &Path) -> Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| cannot_write(path).source("its path is not UTF-8"))
}

/// Checks, before anybody is asked for credentials, whether a file could be made at `path`, as far
/// as that shows beforehand.
///
/// # Errors
/// Where something is there, or others could put something else there.
pub(crate) fn check(path: &Path) -> Result<()> {
    text_of(path)?;
    let started = Instant::now();
    // The last command may have ended just now.
    while atomic::is_in_use(path) && started.elapsed() < PATIENCE {
        thread::sleep(TICK);
    }
    match fs::symlink_metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(cannot_write(path).source(e)),
        Ok(_) if atomic::is_in_use(path) => {
            return Err(taken(path).hint("it is that of another command, which still runs"));
        }
        Ok(_) => return Err(taken(path)),
    }
    let directory = path.parent().unwrap_or(path);
    let metadata = fs::metadata(directory).map_err(|e| cannot_write(path).source(e))?;
    if access::is_open_to_all(&metadata) {
        let directory = directory.display();
        return Err(cannot_write(path)
            .source(format!("everybody may replace the files in {directory}"))
            .hint("leave FILE out: the file then is in a private directory"));
    }
    Ok(())
}

fn taken(path: &Path) -> Error {
    cannot_write(path)
        .source("there is something already, which is left alone")
        .hint("name a file that is not there; it is removed at the end of the command")
}

fn cannot_write(path: &Path) -> Error {
    Error::new(Kind::Other, format!("cannot write the credentials file {}", path.display()))
}

fn private_directory(ctx: &Context) -> Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("ssowrap-");
    if let Some(owner_only) = access::owner_only() {
        builder.permissions(owner_only);
    }
    let mut outcome = Err(io::ErrorKind::NotFound.into());
    for directory in ctx.runtime_dirs() {
        outcome = builder.tempdir_in(directory);
        if outcome.is_ok() {
            break;
        }
    }
    outcome.map_err(|e| {
        Error::new(Kind::Other, "there is no place for the credentials file")
            .source(e)
            .hint("set TMPDIR, or name a file: `--write-credentials FILE`")
    })
}
