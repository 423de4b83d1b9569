//! Lets only one process at a time do something, by an OS file lock, which is released when its
//! holder dies.
//!
//! Locks are flocks on empty files in ssowrap's state directory, or on a directory itself. No lock
//! file is ever created where other tools look (SPEC 3.5).

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use super::state_file;
use crate::context::Context;
use crate::platform::access;
use crate::platform::pauses::Pauses;

/// How long to wait for the holder before continuing without the lock.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The same if the holder may be asking the user, who has to find the MFA device first: two
/// questions must not mix on one terminal. As long as the Go SDK waits for a `credential_process`.
pub(crate) const PATIENCE_WITH_PEOPLE: Duration = Duration::from_secs(60);

/// How long to wait before telling the user at the terminal.
const SILENCE: Duration = Duration::from_secs(1);

/// The pause between attempts if there is no thread to wait in. Nothing else reports that a lock is
/// released.
const PAUSE: Duration = Duration::from_millis(20);

/// A lock file that is older than this, and that nobody holds, is no longer used.
const LONG_GONE: Duration = Duration::from_secs(24 * 60 * 60);

/// Holds the lock until it is dropped, or nothing if locks don't work.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: Option<File>,
}

/// Another process held the lock the whole time.
#[derive(Debug)]
pub(crate) struct HeldByAnother;

impl Lock {
    /// Takes the lock of `key`, a file name without separators. Never blocks for long: after ten
    /// seconds, or if locks don't work, the caller continues without it, because two equal requests
    /// to AWS are better than no answer. `what` completes the notice "waiting for another ssowrap,
    /// which is ...".
    pub(crate) fn take(ctx: &Context, key: &str, what: &str) -> Self {
        Self::wait(ctx, key, what, PATIENCE).unwrap_or(Self { _file: None })
    }

    /// The same with another patience. The caller decides what to do then.
    ///
    /// # Errors
    /// [`HeldByAnother`] after `patience`.
    pub(crate) fn wait(
        ctx: &Context,
        key: &str,
        what: &str,
        patience: Duration,
    ) -> Result<Self, HeldByAnother> {
        let lock = Self::wait_for(ctx, &LockFile::of_key(ctx, key), what, patience);
        lock.inspect_err(|HeldByAnother| {
            ctx.printer
                .debug(|| format!("the lock {key} has been held for more than {patience:?}"));
        })
    }

    /// Takes the lock of `key` if it is free.
    pub(crate) fn try_take(ctx: &Context, key: &str) -> Option<Self> {
        Self::attempt(ctx, &LockFile::of_key(ctx, key))
    }

    /// Takes the lock on a directory, which also works in a read-only one, and between containers
    /// that share it. If that doesn't work, takes the lock of `key`.
    ///
    /// # Errors
    /// [`HeldByAnother`] after `patience`.
    pub(crate) fn take_directory(
        ctx: &Context,
        directory: &Path,
        key: &str,
        what: &str,
        patience: Duration,
    ) -> Result<Self, HeldByAnother> {
        Self::wait_for(ctx, &LockFile::Directory(directory.to_owned(), key), what, patience)
    }

    /// [`Self::take_directory`] without waiting.
    pub(crate) fn try_directory(ctx: &Context, directory: &Path, key: &str) -> Option<Self> {
        Self::attempt(ctx, &LockFile::Directory(directory.to_owned(), key))
    }

    fn wait_for(
        ctx: &Context,
        lock: &LockFile<'_>,
        what: &str,
        patience: Duration,
    ) -> Result<Self, HeldByAnother> {
        let started = Instant::now();
        let left = || patience.saturating_sub(started.elapsed());
        Self::obtain(ctx, lock, &|file| wait(ctx, file, what, left())).ok_or(HeldByAnother)
    }

    fn attempt(ctx: &Context, lock: &LockFile<'_>) -> Option<Self> {
        Self::obtain(ctx, lock, &|file| Ok(at_once(&file)?.then_some(file)))
    }

    /// Locks it with `attempt`, which returns none if another process holds it.
    fn obtain(
        ctx: &Context,
        lock: &LockFile<'_>,
        attempt: &dyn Fn(File) -> io::Result<Option<File>>,
    ) -> Option<Self> {
        loop {
            match lock.open().and_then(attempt) {
                Ok(Some(file)) if !lock.is(&file) => {}
                Ok(file) => return file.map(|file| Self { _file: Some(file) }),
                Err(e) => match lock.instead(ctx, &e) {
                    Some(other) => return Self::obtain(ctx, &other, attempt),
                    None => return Some(Self { _file: None }),
                },
            }
        }
    }
}

/// What is locked.
enum LockFile<'a> {
    /// None without a state directory.
    InState(Option<PathBuf>),
    /// With the key of the lock to use if the directory can't be locked: on Windows, and on NFS
    /// without its lock manager.
    Directory(PathBuf, &'a str),
}

impl LockFile<'_> {
    fn of_key(ctx: &Context, key: &str) -> Self {
        Self::InState(directory(ctx).map(|directory| directory.join(key)))
    }

    /// The lock to use instead of one that is unavailable.
    fn instead(&self, ctx: &Context, error: &io::Error) -> Option<Self> {
        match self {
            Self::InState(path) => {
                let name = path.as_ref().and_then(|path| path.file_name());
                let name = name.unwrap_or_default().display();
                ctx.printer.debug(|| format!("continuing without the lock {name}: {error}"));
                None
            }
            Self::Directory(path, key) => {
                ctx.printer.debug(|| format!("{} cannot be locked: {error}", path.display()));
                Some(Self::of_key(ctx, key))
            }
        }
    }

    fn open(&self) -> io::Result<File> {
        match self {
            Self::InState(None) => Err(ErrorKind::NotFound.into()),
            Self::InState(Some(path)) => open(path),
            Self::Directory(path, _) => File::open(path),
        }
    }

    /// Whether `file` still has this name: it may have been swept before it was locked.
    fn is(&self, file: &File) -> bool {
        match self {
            Self::InState(Some(path)) => access::is_named(file, path),
            Self::InState(None) | Self::Directory(..) => true,
        }
    }
}

fn directory(ctx: &Context) -> Option<PathBuf> {
    Some(ctx.state_dir()?.join("locks"))
}

fn open(path: &Path) -> io::Result<File> {
    let (file, is_new) = state_file::open(path)?;
    if is_new && let Some(directory) = path.parent() {
        // Only a new file increases their number.
        state_file::sweep_around(&file, directory, LONG_GONE);
    }
    Ok(file)
}

/// Removes lock files that nobody holds.
pub(super) fn sweep(ctx: &Context) {
    if let Some(directory) = directory(ctx) {
        state_file::sweep(&directory, &|_| true);
    }
}

/// Waits until `file` is locked, and says so at the terminal if that takes long. None after
/// `patience`.
///
/// # Errors
/// If locks don't work.
pub(super) fn wait(
    ctx: &Context,
    file: File,
    what: &str,
    patience: Duration,
) -> io::Result<Option<File>> {
    if at_once(&file)? {
        return Ok(Some(file));
    }
    if patience.is_zero() {
        return Ok(None);
    }
    let queued = Queued::behind_others(file)?;
    let locked = queued.within(SILENCE.min(patience))?;
    if locked.is_some() || patience <= SILENCE {
        return Ok(locked);
    }
    ctx.printer.notice(|| format!("waiting for another ssowrap, which is {what}"));
    queued.within(patience.saturating_sub(SILENCE))
}

/// The same without a word.
///
/// # Errors
/// If locks don't work.
pub(super) fn within(file: File, patience: Duration) -> io::Result<Option<File>> {
    if at_once(&file)? {
        return Ok(Some(file));
    }
    Queued::behind_others(file)?.within(patience)
}

/// Locks `file` if no other process holds it.
fn at_once(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

/// A file whose lock another process holds. No lock call has a time limit.
enum Queued {
    /// A thread waits in the system's queue. If nobody waits for that thread any more, sending
    /// fails, and the file is dropped together with the late lock.
    InThread(Receiver<io::Result<File>>),
    /// No thread could be started.
    Polled(File),
}

impl Queued {
    fn behind_others(file: File) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel();
        let copy = file.try_clone()?;
        let thread = thread::Builder::new().name("lock".into()).spawn(move || {
            let _ = sender.send(copy.lock().map(|()| copy));
        });
        Ok(if thread.is_ok() { Self::InThread(receiver) } else { Self::Polled(file) })
    }

    /// The locked file. None if the other process has not released it in this time.
    fn within(&self, time: Duration) -> io::Result<Option<File>> {
        match self {
            Self::InThread(receiver) => receiver.recv_timeout(time).ok().transpose(),
            Self::Polled(file) => {
                let mut pauses = Pauses::new(PAUSE, PAUSE, time);
                while !at_once(file)? {
                    if !pauses.pause() {
                        return Ok(None);
                    }
                }
                file.try_clone().map(Some)
            }
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::context::Fake;

    /// Another process may sweep a lock file after it was opened, and a third one create it anew.
    #[test]
    fn a_lock_has_one_holder_whoever_sweeps() {
        let dir = tempfile::tempdir().unwrap();
        let fake = Fake { home: Some(dir.path().to_owned()), ..Fake::default() };
        let ctx = Context::fake(&[], fake);
        let is_swept = Cell::new(false);
        let taken = Lock::obtain(&ctx, &LockFile::of_key(&ctx, "key"), &|file| {
            if !is_swept.replace(true) {
                sweep(&ctx);
            }
            wait(&ctx, file, "testing", PATIENCE)
        });
        assert!(taken.is_some() && Lock::try_take(&ctx, "key").is_none());
        sweep(&ctx);
        assert!(Lock::try_take(&ctx, "key").is_none());
        drop(taken);
        assert!(Lock::try_take(&ctx, "key").is_some());
    }
}
