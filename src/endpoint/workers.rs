//! The threads that wait for AWS. The runtime's own would panic if the system has no thread.

use std::thread;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

use crate::error::{Error, Kind, Result};

/// Exchanges at one time; more wait for each other.
const MOST: u32 = 4;

static FREE: Semaphore = Semaphore::const_new(MOST as usize);

/// Runs `work` in a thread of its own.
///
/// # Errors
/// Those of the work; if the system has no thread for it.
pub(super) async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let failed = || Error::new(Kind::Other, "getting credentials failed");
    let permit = FREE.acquire().await.map_err(|e| failed().source(e))?;
    let (sender, receiver) = oneshot::channel();
    let work = move || {
        let outcome = work();
        // Free before the result is sent, so that the next one need not wait.
        drop(permit);
        // If the endpoint has ended, there is no receiver.
        let _ = sender.send(outcome);
    };
    thread::Builder::new().name("exchange".into()).spawn(work).map_err(|e| failed().source(e))?;
    receiver.await.unwrap_or_else(|e| Err(failed().source(e)))
}

/// Waits until no work is under way, but not for longer than `patience`.
pub(crate) async fn finish(patience: Duration) {
    // However it ends.
    let _ = timeout(patience, FREE.acquire_many(MOST)).await;
}
