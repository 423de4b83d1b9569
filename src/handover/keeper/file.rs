//! The file itself.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::cannot_write;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::storage::atomic;

/// How long the file of a command that has ended may still be there.
const PATIENCE: Duration = Duration::from_secs(1);

const TICK: Duration = Duration::from_millis(10);

/// A credentials file, which is there as long as this.
#[derive(Debug)]
pub(crate) struct Kept {
    path: PathBuf,
    /// Where the file is alone.
    _directory: Option<TempDir>,
    /// Its lock says that it is in use.
    _file: File,
}

impl Drop for Kept {
    fn drop(&mut self) {
        // It may be gone already, and nobody is there to be told anything.
        let _ = fs::remove_file(&self.path);
    }
}

impl Kept {
    /// Writes the file, at `path` or in a directory of its own.
    ///
    /// # Errors
    /// Where there is something already, or nothing can be written.
    pub(crate) fn new(ctx: &Context, path: Option<&Path>, contents: &[u8]) -> Result<Self> {
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

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Writes the file for the ssowrap that waits for the command.
///
/// # Errors
/// Those of [`Kept::new`], and for a path that no variable can hold.
#[cfg(not(unix))]
pub(super) fn keep(
    ctx: &Context,
    path: Option<&Path>,
    text: &str,
) -> Result<(Option<Kept>, String)> {
    let kept = Kept::new(ctx, path, text.as_bytes())?;
    let path = text_of(kept.path())?;
    Ok((Some(kept), path))
}

/// The path for a variable.
///
/// # Errors
/// For one that is not UTF-8.
pub(super) fn text_of(path: &Path) -> Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| cannot_write(path).source("its path is not UTF-8"))
}

/// Whether a file could be made at `path`, as far as that shows beforehand: before anybody is asked
/// for credentials.
///
/// # Errors
/// Where something is there, or others could put something else there.
pub(super) fn check(path: &Path) -> Result<()> {
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
    if is_open_to_all(&metadata) {
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

/// Where everybody may write, and not only to what is theirs.
#[cfg(unix)]
fn is_open_to_all(directory: &fs::Metadata) -> bool {
    const STICKY: u32 = 0o1000;
    let mode = std::os::unix::fs::MetadataExt::mode(directory);
    mode & 0o002 != 0 && mode & STICKY == 0
}

#[cfg(not(unix))]
fn is_open_to_all(_: &fs::Metadata) -> bool {
    false
}

fn private_directory(ctx: &Context) -> Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("ssowrap-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
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
