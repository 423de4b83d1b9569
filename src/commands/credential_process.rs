//! `ssowrap credential-process`: the JSON that SDKs read.

use super::Obtained;
use super::settings::Settings;
use crate::context::Context;
use crate::error::Result;
use crate::exchange::Login;
use crate::output::process_json;

/// Prints one line of JSON.
pub fn run(ctx: &Context, settings: &Settings) -> Result<()> {
    let obtained = Obtained::get(ctx, settings, Login::Never)?;
    ctx.printer.data(&process_json::line(&obtained.credentials)?)
}
