//! `ssowrap exec --renew`: instead of credentials, the command gets the address of an endpoint,
//! which exists as long as the command.

use super::orders::{Endpoint, Orders};
use super::private_files::{PrivateFile, PrivateFiles, Purpose};
use super::renewal::Renewal;
use super::{aws_files, companion};
use crate::context::Context;
use crate::endpoint;
use crate::error::{Error, Kind, Result};
use crate::output::caller::Caller;
use crate::output::environment::{ClientToken, renewing};
use crate::output::variable::Variable;
use crate::profile::files::Files;
use crate::settings::{Obtained, Wanted};

/// How the command gets the endpoint's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenIn {
    /// In a variable.
    Environment,
    /// In a file whose path is in a variable.
    File,
}

/// Starts an endpoint that renews the credentials, and returns the command's variables.
///
/// # Errors
/// If the system can't start the endpoint.
pub(crate) fn start(
    ctx: &Context,
    files: &Files,
    wanted: &Wanted,
    obtained: &Obtained,
    token_in: TokenIn,
) -> Result<(Vec<Variable>, PrivateFiles)> {
    let credentials = &obtained.credentials;
    if credentials.expiration.is_none() || credentials.session_token.is_none() {
        ctx.printer.info(|| "these credentials never expire: there is nothing to renew".to_owned());
        let mut variables = obtained.variables(ctx)?;
        variables.extend(aws_files::restored(ctx));
        return Ok((variables, PrivateFiles::default()));
    }
    let token = endpoint::new_token()?;
    let copies = aws_files::copies(ctx, files);
    if copies.is_some() {
        aws_files::warn_of_decoy(ctx, files, credentials);
    }
    let mut private: Vec<PrivateFile> = copies.into_iter().flatten().collect();
    let copied = private.len();
    if token_in == TokenIn::File {
        private.push(PrivateFile { purpose: Purpose::Token, path: None, contents: token.clone() });
    }
    let renewal = Renewal::of(ctx, wanted);
    let endpoint = Endpoint { renewal, token: token.clone(), credentials: credentials.clone() };
    let orders = Orders { endpoint: Some(endpoint), files: private };
    let (ready, held) = companion::start(ctx, orders).map_err(|e| not_started(&e))?;
    let port = ready.port.unwrap_or_default();
    ctx.printer.info(|| format!("credentials are renewed at 127.0.0.1:{port}"));
    let url = format!("http://127.0.0.1:{port}/");
    let (shown, rest) = ready.paths.split_at(copied);
    let token = rest.first().map_or(ClientToken::Inline(&token), |path| ClientToken::File(path));
    let caller = Caller::new(ctx.environment());
    let mut variables = renewing(&obtained.handover(), &caller, &url, token)?;
    variables.extend(match shown {
        [config, credentials] => aws_files::replaced(ctx, files, [config, credentials])?,
        _ => aws_files::restored(ctx),
    });
    Ok((variables, held))
}

fn not_started(why: &Error) -> Error {
    Error::new(Kind::Other, "cannot start the endpoint that renews the credentials")
        .source(why.lines().join(" "))
        .hint("run the command without `--renew`: then its credentials are not renewed")
}
