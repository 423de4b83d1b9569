//! `ssowrap credential-process`: the JSON that SDKs read.

use chrono::{DateTime, TimeDelta, Utc};

use crate::cli::Global;
use crate::context::Context;
use crate::credentials::HELPER_PATIENCE;
use crate::error::{Error, Result};
use crate::exchange::Login;
use crate::exit::Exit;
use crate::output::json;
use crate::platform::terminal;
use crate::profile::files::Files;
use crate::profile::plan::{Plan, Source};
use crate::settings::{GivenProfile, Settings, Wanted};
use crate::storage::lock::Lock;
use crate::storage::memory::Memory;
use crate::token;

/// How often the user is told that a login is missing.
const INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// Prints one line of JSON.
pub(super) fn run(ctx: &Context, global: Global) -> Result<()> {
    let settings = Settings::new(ctx, global, GivenProfile::Ignored)?;
    let mut wanted = Wanted::new(ctx, &Files::load(ctx)?, &settings, Login::Never)?;
    wanted.options.patience = Some(HELPER_PATIENCE);
    let obtained = wanted.get(ctx).inspect_err(|error| tell_person(ctx, &wanted.plan, error))?;
    ctx.printer.data(json::process(&obtained.credentials)?.as_bytes())
}

/// Says on the terminal that a login is missing, because the calling program may not: Terraform
/// shows only the exit code. Of all processes that need the same login, only one says so.
fn tell_person(ctx: &Context, plan: &Plan, error: &Error) {
    let Source::Sso(source) = &plan.source else { return };
    let is_missing = error.kind.exit() == Exit::LoginRequired;
    if !is_missing || !terminal::is_stderr_piped() || ctx.environment().is_ci() {
        return;
    }
    let printer = ctx.printer.at_terminal();
    let (true, Some(hint), Ok(home)) =
        (printer.reaches_terminal(), error.hints.first(), ctx.home())
    else {
        return;
    };
    let path = token::file(&home, source);
    let key = path.file_stem().unwrap_or_default().to_string_lossy();
    let Some(_lock) = Lock::try_take(ctx, &format!("told-{key}")) else { return };
    let memory = Memory::new(ctx, "told", &key);
    let told: Option<DateTime<Utc>> = memory.recall();
    let now = ctx.now();
    if told.is_some_and(|at| (now - at).abs() < INTERVAL) {
        return;
    }
    memory.keep(&now);
    printer.say(&format!("ssowrap: {}; {hint}", error.message));
}
