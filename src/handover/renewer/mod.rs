//! `ssowrap exec --renew`: the command is told where to get credentials instead of being given
//! some, and an endpoint lives for as long as it does.
//!
//! The command takes the place of this process, as ever. The endpoint is a process of its own that
//! is no child of the command's, and that watches for its end: see [`detached`].

#[cfg(unix)]
mod detached;
mod errand;
mod files;
mod thread;

#[cfg(unix)]
use detached::start;
pub(crate) use errand::renewal;
pub(crate) use files::{hidden, restored, written};
#[cfg(not(unix))]
use thread::start;

use crate::context::Context;
use crate::credentials::SERVE_WINDOW;
use crate::endpoint;
use crate::error::Result;
use crate::exchange::Login;
use crate::output::environment::{Handover, Variable, renewing};
use crate::settings::{Obtained, Settings};
use errand::Errand;

#[cfg(unix)]
pub(crate) use detached::run;

/// Gets the first credentials, starts the endpoint for them, and says what the command is told.
///
/// # Errors
/// Those of plain `exec`; and where the system does not let the endpoint start.
pub(crate) fn variables(ctx: &Context, settings: &Settings) -> Result<Vec<Variable>> {
    let mut settings = settings.clone();
    settings.window = Some(SERVE_WINDOW);
    let obtained = Obtained::get(ctx, &settings, Login::Attended)?;
    let credentials = &obtained.credentials;
    let mut variables = if credentials.expiration.is_none() || credentials.session_token.is_none() {
        ctx.printer.info(|| "these credentials do not end: there is nothing to renew".to_owned());
        obtained.variables(ctx)?
    } else {
        let token = endpoint::new_token()?;
        let region = obtained.region.as_ref();
        let port = start(ctx, Errand::new(&settings, &obtained, token.clone()))?;
        ctx.printer.info(|| format!("credentials are renewed at 127.0.0.1:{port}"));
        let profile = obtained.profile.as_deref();
        let handover = Handover { credentials, profile, region };
        let url = format!("http://127.0.0.1:{port}/");
        renewing(&handover, &|name| ctx.has_var(name), &url, &token)?
    };
    variables.extend(files::hidden(ctx)?);
    Ok(variables)
}
