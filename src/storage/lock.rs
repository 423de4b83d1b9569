//! One process at a time per key, by an OS file lock: the death of its holder frees it.
//!
//! The lock files are ssowrap's own and stay empty; none is ever put where other tools look
//! (SPEC 3.5). A lock that cannot be had never stands in the way: two processes asking AWS the
//! same question is better than no answer.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::atomic;
use crate::context::Context;

/// How long to wait for the holder before going on without the lock.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The same where the holder may be asking a person, who has to find the device first: two
/// questions on one terminal help nobody. As long as the Go SDK waits for a `credential_process`.
pub(crate) const PATIENCE_WITH_PEOPLE: Duration = Duration::from_secs(60);

/// How long to wait before a person at the terminal is told.
const SILENCE: Duration = Duration::from_secs(1);

/// Holds the lock until it is dropped, or nothing where it could not be had.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: Option<File>,
}

impl Lock {
    /// Takes the lock of `key`, a file name without separators. `what` completes the notice
    /// "waiting for another ssowrap that ...".
    pub(crate) fn take(ctx: &Context, key: &str, what: &str) -> Self {
        Self::take_within(ctx, key, what, PATIENCE)
    }

    /// The same with another patience, which is more than a second.
    pub(crate) fn take_within(ctx: &Context, key: &str, what: &str, patience: Duration) -> Self {
        let file = match open(ctx, key).and_then(|file| wait(ctx, file, what, patience)) {
            Ok(file) => file,
            Err(e) => {
                ctx.printer.debug(|| format!("going on without the lock {key}: {e}"));
                None
            }
        };
        Self { _file: file }
    }

    /// Takes the lock of `key` if nobody else holds it.
    pub(crate) fn try_take(ctx: &Context, key: &str) -> Option<Self> {
        let file = open(ctx, key).and_then(|file| match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(e),
        });
        match file {
            Ok(file) => file.map(|file| Self { _file: Some(file) }),
            Err(e) => {
                ctx.printer.debug(|| format!("going on without the lock {key}: {e}"));
                Some(Self { _file: None })
            }
        }
    }
}

fn open(ctx: &Context, key: &str) -> io::Result<File> {
    let dir = ctx.state_dir().ok_or(io::ErrorKind::NotFound)?.join("locks");
    let path = dir.join(key);
    match create(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            atomic::make_dir(&dir)?;
            create(&path)
        }
        result => result,
    }
}

fn create(path: &Path) -> io::Result<File> {
    // Opening a FIFO would hang.
    if std::fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("it is not a file"));
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn wait(ctx: &Context, file: File, what: &str, patience: Duration) -> io::Result<Option<File>> {
    match file.try_lock() {
        Ok(()) => return Ok(Some(file)),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(e)) => return Err(e),
    }
    let (sender, receiver) = mpsc::channel();
    // There is no lock call with a time limit. If nobody waits for this thread any more, sending
    // fails, the file is dropped, and with it a lock that came too late.
    thread::Builder::new().name("lock".into()).spawn(move || {
        let _ = sender.send(file.lock().map(|()| file));
    })?;
    match receiver.recv_timeout(SILENCE) {
        Err(RecvTimeoutError::Timeout) => {
            ctx.printer.notice(|| format!("waiting for another ssowrap that {what}"))
        }
        Err(RecvTimeoutError::Disconnected) => return Ok(None),
        Ok(result) => return result.map(Some),
    }
    match receiver.recv_timeout(patience.saturating_sub(SILENCE)) {
        Ok(result) => result.map(Some),
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "its holder takes too long")),
    }
}
