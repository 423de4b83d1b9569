//! `ssowrap credential-process`: the JSON that SDKs read.

use std::time::Duration;

use crate::cli::Global;
use crate::context::Context;
use crate::error::Result;
use crate::exchange::Login;
use crate::output::json;
use crate::profile::files::Files;
use crate::settings::{GivenProfile, Settings, Wanted};

/// The Go SDK kills a helper after 60 s; an error that says why is better than that.
const PATIENCE: Duration = Duration::from_secs(55);

/// Prints one line of JSON.
pub(super) fn run(ctx: &Context, global: Global) -> Result<()> {
    let settings = Settings::new(ctx, global, GivenProfile::Ignored)?;
    let mut wanted = Wanted::new(ctx, &Files::load(ctx)?, &settings, Login::Never)?;
    wanted.options.patience = Some(PATIENCE);
    let obtained = wanted.get(ctx)?;
    ctx.printer.data(json::process(&obtained.credentials)?.as_bytes())
}
