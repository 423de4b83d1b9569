//! The threads that wait for AWS. The runtime's own thread pool would panic if the system could not
//! start a thread.

use std::thread;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

use crate::error::{Error, Kind, Result};

/// How many exchanges may run at once; further ones wait.
const MOST: u32 = 4;

static FREE: Semaphore = Semaphore::const_new(MOST as usize);

/// Runs `work` in a thread of its own.
///
/// # Errors
/// Those of `work`, and if the system cannot start a thread.
pub(super) async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let failed = || Error::new(Kind::Other, "getting credentials failed");
    let permit = FREE.acquire().await.map_err(|e| failed().source(e))?;
    let (sender, receiver) = oneshot::channel();
    let work = move || {
        let outcome = work();
        // Released before the result is sent, so that the next one need not wait.
        drop(permit);
        // If the endpoint has stopped, nobody receives it.
        let _ = sender.send(outcome);
    };
    thread::Builder::new().name("exchange".into()).spawn(work).map_err(|e| failed().source(e))?;
    receiver.await.unwrap_or_else(|e| Err(failed().source(e)))
}

/// Waits until no work is running, but at most for `patience`.
pub(crate) async fn finish(patience: Duration) {
    // It doesn't matter how this ends.
    let _ = timeout(patience, FREE.acquire_many(MOST)).await;
}
