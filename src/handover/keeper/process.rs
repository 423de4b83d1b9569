//! The process that makes the file, and removes it when the command has ended, however that came.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::file::{self, Kept};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::handover::detached;
use crate::handover::signals::Stop;

const VERB: &str = "keeper";

/// Before the path, in what the process says: anything else is why it cannot work.
const READY: &str = "file ";

/// The first line of the errand. What follows it is the file.
#[derive(Debug, Serialize, Deserialize)]
struct Orders {
    /// The process whose end is the end of the file.
    process: u32,
    path: Option<PathBuf>,
}

/// Has the file written. Says its path.
///
/// # Errors
/// Those of [`Kept::new`], and where the system does not let the process start.
pub(super) fn keep(
    ctx: &Context,
    path: Option<&Path>,
    text: &str,
) -> Result<(Option<Kept>, String)> {
    ctx.printer.debug(|| "starting the process that keeps the credentials file".to_owned());
    let orders = Orders { process: std::process::id(), path: path.map(Path::to_owned) };
    let orders = serde_json::to_vec(&orders).map_err(|e| cannot_start().source(e))?;
    let mut errand = Zeroizing::new(Vec::with_capacity(orders.len() + text.len() + 1));
    for part in [&orders, b"\n".as_slice(), text.as_bytes()] {
        errand.extend_from_slice(part);
    }
    let said = detached::start(VERB, &errand).map_err(|e| cannot_start().source(e))?;
    match said.strip_prefix(READY).and_then(|path| path.strip_suffix('\n')) {
        Some(path) => Ok((None, path.to_owned())),
        None => Err(Error::new(Kind::Other, detached::reason(&said))),
    }
}

fn cannot_start() -> Error {
    Error::new(Kind::Other, "the process that keeps the credentials file cannot be started")
}

/// The hidden verb: the process between, or the one that keeps the file.
pub(crate) fn run(ctx: &Context, detached: bool) -> Result<ExitCode> {
    if !detached {
        return detached::leave(VERB).map_err(|e| cannot_start().source(e));
    }
    detached::stay(|errand| hold(ctx, errand))
}

/// The file is there until the command has ended, or this process is asked to.
fn hold(ctx: &Context, errand: Zeroizing<Vec<u8>>) -> Result<ExitCode> {
    let mut parts = errand.splitn(2, |byte| *byte == b'\n');
    let (Some(orders), Some(contents)) = (parts.next(), parts.next()) else {
        return Err(cannot_start().source("it was not told what to do"));
    };
    let orders: Orders = serde_json::from_slice(orders).map_err(|e| cannot_start().source(e))?;
    let watch = detached::watch(orders.process)?;
    let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(1).build();
    let runtime = runtime.map_err(|e| cannot_start().source(e))?;
    let entered = runtime.enter();
    let stop = Stop::listen().and_then(Stop::or_hangup);
    let mut stop = stop.map_err(|e| cannot_start().source(e))?;
    let kept = Kept::new(ctx, orders.path.as_deref(), contents)?;
    drop(errand);
    let path = file::text_of(kept.path())?;
    detached::say(&format!("{READY}{path}")).map_err(|e| cannot_start().source(e))?;
    runtime.block_on(async {
        tokio::select! {
            () = stop.wait() => {}
            _ = spawn_blocking(|| watch.wait()) => {}
        }
    });
    drop((kept, entered));
    // The watch may still wait.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}
