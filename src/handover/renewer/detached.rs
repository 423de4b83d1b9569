//! The endpoint as a process of its own, which watches for the end of the command.

use std::process::ExitCode;

use zeroize::Zeroizing;

use super::errand::Errand;
use super::thread;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::handover::detached;

const VERB: &str = "renewer";

/// Starts the endpoint. Says its port.
pub(super) fn start(ctx: &Context, errand: Errand) -> Result<u16> {
    ctx.printer.debug(|| "starting the process of the endpoint".to_owned());
    let errand = errand.to_bytes()?;
    let said = detached::start(VERB, &errand).map_err(|e| cannot_start().source(e))?;
    said.trim_end().parse().map_err(|_| cannot_start().source(detached::reason(&said)))
}

fn cannot_start() -> Error {
    Error::new(Kind::Other, "the endpoint that renews the credentials cannot be started")
        .hint("run the command without `--renew`: its credentials last until they end")
}

/// The hidden verb: the process between, or the endpoint.
pub(crate) fn run(ctx: &Context, detached: bool) -> Result<ExitCode> {
    if !detached {
        return detached::leave(VERB).map_err(|e| cannot_start().source(e));
    }
    detached::stay(|errand| serve(ctx, errand))
}

/// Serves until the process it serves has ended. This thread does nothing but wait for that.
fn serve(ctx: &Context, bytes: Zeroizing<Vec<u8>>) -> Result<ExitCode> {
    let errand = Errand::from_bytes(ctx, &bytes)?;
    drop(bytes);
    let watch = detached::watch(errand.orders.process)?;
    let port = thread::start(ctx, errand)?;
    detached::say(&port.to_string()).map_err(|e| cannot_start().source(e))?;
    watch.wait().map_err(|e| cannot_start().source(e))?;
    Ok(ExitCode::SUCCESS)
}
