//! `ssowrap exec --renew`: instead of credentials the command is given the address of an endpoint,
//! which lives for as long as it does.

use super::companion;
use super::hidden_files;
use super::orders::Task;
use super::renewal::Renewal;
use crate::context::Context;
use crate::endpoint;
use crate::error::{Error, Kind, Result};
use crate::output::environment::{Caller, Variable, renewing};
use crate::profile::files::Files;
use crate::settings::{Obtained, Wanted};

/// Starts an endpoint that renews what was obtained, and returns what the command is told.
///
/// # Errors
/// Where the system doesn't let the endpoint start.
pub(crate) fn start(
    ctx: &Context,
    files: &Files,
    wanted: &Wanted,
    obtained: &Obtained,
) -> Result<Vec<Variable>> {
    let credentials = &obtained.credentials;
    let mut variables = if credentials.expiration.is_none() || credentials.session_token.is_none() {
        ctx.printer.info(|| "these credentials do not end: there is nothing to renew".to_owned());
        obtained.variables(ctx)?
    } else {
        let token = endpoint::new_token()?;
        let task = Task::Serve {
            renewal: Box::new(Renewal::of(ctx, wanted)),
            token: token.clone(),
            credentials: credentials.clone(),
        };
        let port = companion::start(ctx, task).map_err(|e| not_started(&e))?.answer;
        ctx.printer.info(|| format!("credentials are renewed at 127.0.0.1:{port}"));
        let url = format!("http://127.0.0.1:{port}/");
        renewing(&obtained.handover(), &Caller::new(ctx.environment()), &url, &token)?
    };
    variables.extend(hidden_files::hidden(ctx, files)?);
    Ok(variables)
}

fn not_started(why: &Error) -> Error {
    Error::new(Kind::Other, "the endpoint that renews the credentials cannot be started")
        .source(why.lines().join(" "))
        .hint("run the command without `--renew`: its credentials last until they end")
}
