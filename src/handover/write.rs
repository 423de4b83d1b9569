//! `ssowrap exec --write-credentials`: the command gets a credentials file of its own, with the
//! keys of one or more profiles, which exists as long as it runs.

use std::path::Path;

use super::orders::Orders;
use super::private_files::{self, PrivateFile, PrivateFiles, Purpose};
use super::{aws_files, companion};
use crate::context::Context;
use crate::error::{Result, usage};
use crate::output::caller::Caller;
use crate::output::environment::{Handover, Principal, of_profiles};
use crate::output::section::{self, CredentialsSection};
use crate::output::variable::Variable;
use crate::profile::Request;
use crate::profile::files::Files;
use crate::settings::{Obtained, Settings};

/// Checks what can be checked without the config, before any request.
///
/// # Errors
/// For what a credentials file can't hold, and if the file can't be created.
pub(crate) fn check(ctx: &Context, settings: &[Settings], path: Option<&Path>) -> Result<()> {
    if settings.len() > 1 && settings.iter().any(|settings| settings.mfa_code.is_some()) {
        return Err(usage(
            "--mfa-code cannot be used with several profiles: AWS accepts a code only once",
        )
        .hint("leave it out: ssowrap asks for the codes on the terminal"));
    }
    settings.iter().try_for_each(|settings| match &settings.request {
        Request::Profile { name, .. } => section::check_name(name),
        Request::Role(_) => Err(usage(
            "--write-credentials needs a profile: a role given by options has no profile name to \
             write",
        )),
    })?;
    path.map_or(Ok(()), |path| private_files::check(ctx, path))
}

/// Has the file written, at `path` or in a private directory, and returns the command's variables.
/// `role` contains the options that name the role if no profiles are given.
///
/// # Errors
/// For what the file can't hold, and if it can't be created.
pub(crate) fn start(
    ctx: &Context,
    files: &Files,
    obtained: &[Obtained],
    role: Option<&str>,
    path: Option<&Path>,
) -> Result<(Vec<Variable>, PrivateFiles)> {
    let sections: Vec<CredentialsSection<'_>> =
        obtained.iter().map(|one| CredentialsSection::new(&one.handover())).collect();
    let contents = section::text(&sections)?.as_str().into();
    let profiles: Vec<&str> = obtained.iter().filter_map(|one| one.profile.as_deref()).collect();
    aws_files::warn_of_decoy(ctx, files, &obtained[0].credentials);
    let config = aws_files::config_without(files, &profiles);
    let path = path.map(Path::to_owned);
    let credentials = PrivateFile { purpose: Purpose::Written, path, contents };
    let orders = Orders { endpoint: None, files: vec![config, credentials] };
    let (ready, held) = companion::start(ctx, orders)?;
    let mut variables = of_profiles(&handover(obtained, role), &Caller::new(ctx.environment()))?;
    if let [config, credentials] = &ready.paths[..] {
        variables.extend(aws_files::replaced(ctx, files, [config, credentials])?);
    }
    Ok((variables, held))
}

/// The command's variables for the first profile. A region variable would win over every profile's
/// region, so it is set only if all agree.
fn handover<'a>(obtained: &'a [Obtained], role: Option<&'a str>) -> Handover<'a> {
    let first = &obtained[0];
    let agree = obtained.iter().all(|one| one.region == first.region);
    let Handover { credentials, principal, region } = first.handover();
    let principal = match role {
        Some(options) => Principal::Role { options, profile: principal.name() },
        None => principal,
    };
    Handover { credentials, principal, region: region.filter(|_| agree) }
}
