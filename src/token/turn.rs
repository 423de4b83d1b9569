//! Decides which process may change the token files in a directory: one at a time, among all
//! machines and containers that share the directory.

use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use sha1::{Digest, Sha1};

use super::location;
use crate::context::Context;
use crate::storage::links;
use crate::storage::lock::{HeldByAnother, Lock};
use crate::storage::memory::Memory;
use crate::text::hex::hex;

/// As long as one refresh may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Held until it is dropped.
pub(crate) struct Turn<'a> {
    _lock: Lock,
    holder: Memory<'a>,
    is_noted: bool,
}

/// Another process has held the lock for longer than anybody waits.
pub(super) struct Stuck {
    /// The other process, if it is on this machine.
    pub holder: Option<u32>,
}

impl<'a> Turn<'a> {
    /// Waits for the lock of the token file `path`, for as long as one refresh may take.
    pub(super) fn wait(ctx: &'a Context, path: &Path) -> Result<Self, Stuck> {
        let what = "refreshing the login";
        let directory = directory(path);
        let lock = Lock::take_directory(ctx, &directory, &location::key(path), what, PATIENCE);
        let holder = holder(ctx, &directory);
        let lock = lock.map_err(|HeldByAnother| Stuck { holder: holder.recall() })?;
        Ok(Self::new(lock, holder))
    }

    /// Takes the lock if nobody else holds it.
    pub(super) fn take(ctx: &'a Context, path: &Path) -> Option<Self> {
        let directory = directory(path);
        Lock::try_directory(ctx, &directory, &location::key(path))
            .map(|lock| Self::new(lock, holder(ctx, &directory)))
    }

    /// [`Self::wait`] for callers that continue without the lock if they don't get it.
    pub(crate) fn insist(ctx: &'a Context, path: &Path) -> Option<Self> {
        Self::wait(ctx, path).ok()
    }

    fn new(lock: Lock, holder: Memory<'a>) -> Self {
        Self { _lock: lock, holder, is_noted: false }
    }

    /// Notes which process holds the lock, for those that wait long.
    pub(super) fn note_holder(&mut self) {
        self.holder.keep(&process::id());
        self.is_noted = true;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.is_noted {
            self.holder.forget();
        }
    }
}

fn holder<'a>(ctx: &'a Context, directory: &Path) -> Memory<'a> {
    let name = hex(&Sha1::digest(directory.as_os_str().as_encoded_bytes()));
    Memory::new(ctx, "refresh", &format!("holder-{name}"))
}

/// The directory of the file itself, if `path` is a link to it.
fn directory(path: &Path) -> PathBuf {
    let target = links::follow(path).map(|(target, _)| target);
    let target = target.as_deref().unwrap_or(path);
    target.parent().unwrap_or(target).to_owned()
}
