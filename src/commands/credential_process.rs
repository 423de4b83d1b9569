//! `ssowrap credential-process`: the JSON that SDKs read.

use crate::context::Context;
use crate::error::Result;
use crate::exchange::Login;
use crate::output::json;
use crate::settings::Obtained;
use crate::settings::Settings;

/// Prints one line of JSON.
pub(super) fn run(ctx: &Context, settings: &Settings) -> Result<()> {
    let obtained = Obtained::get(ctx, settings, Login::Never)?;
    ctx.printer.data(json::process(&obtained.credentials)?.as_bytes())
}
