//! `ssowrap export`: lines for the shell.

use super::Obtained;
use super::settings::Settings;
use crate::context::Context;
use crate::error::Result;
use crate::exchange::Login;
use crate::output::environment::Variable;
use crate::output::sh;

/// Prints the lines.
pub fn run(ctx: &Context, settings: &Settings) -> Result<()> {
    let mut variables = Obtained::get(ctx, settings, Login::Attended)?.variables(ctx)?;
    variables.retain(|variable| is_worth_a_line(ctx, variable));
    ctx.printer.data(sh::lines(&variables).as_bytes())
}

/// What the caller does not have needs no removing. Token and expiry are removed anyway: beside
/// keys without them they do harm, and the lines may be meant for another shell.
fn is_worth_a_line(ctx: &Context, variable: &Variable) -> bool {
    variable.value.is_some()
        || matches!(variable.name, "AWS_SESSION_TOKEN" | "AWS_CREDENTIAL_EXPIRATION")
        || ctx.has_var(variable.name)
}
