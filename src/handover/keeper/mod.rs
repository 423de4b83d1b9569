//! `ssowrap exec --write-credentials`: the command gets a credentials file of its own, with the keys
//! of one profile or of several, for as long as it runs.
//!
//! The command takes the place of this process, as ever. The file is made, and removed, by a process
//! that is no child of the command's, and that watches for its end: see [`process`].

mod file;
#[cfg(unix)]
mod process;

use std::path::{Path, absolute};

#[cfg(not(unix))]
use file::keep;
#[cfg(unix)]
use process::keep;

use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::exchange::Login;
use crate::handover::renewer;
use crate::output::credentials_file::{self, Entry};
use crate::output::environment::{Handover, Region, Variable, of_profiles};
use crate::profile::Request;
use crate::profile::files::Files;
use crate::settings::{Obtained, Settings, Wanted};
pub(crate) use file::Kept;
#[cfg(unix)]
pub(crate) use process::run;

/// Gets the credentials of `profiles`, or of the profile of the settings where there are none, and
/// writes them to `path`, or into a private directory. Says what the command is told; and what
/// holds the file, where that is not another process.
///
/// # Errors
/// Those of plain `exec`; for what a file cannot hold or where it cannot be.
pub(crate) fn start(
    ctx: &Context,
    settings: &Settings,
    profiles: &[String],
    path: Option<&Path>,
) -> Result<(Option<Kept>, Vec<Variable>)> {
    let settings = settings.for_each(profiles);
    check(&settings)?;
    let path = path.map(|path| absolute(path).unwrap_or_else(|_| path.to_owned()));
    if let Some(path) = &path {
        file::check(path)?;
    }
    let files = Files::load(ctx)?;
    let wanted =
        settings.iter().map(|settings| Wanted::new(ctx, &files, settings, Login::Attended));
    // Nobody is asked for anything before all of them are known to be right.
    let wanted: Vec<Wanted> = wanted.collect::<Result<_>>()?;
    let obtained: Vec<Obtained> =
        wanted.iter().map(|wanted| wanted.get(ctx)).collect::<Result<_>>()?;
    let entries: Vec<Entry<'_>> = obtained.iter().map(entry).collect();
    let contents = credentials_file::text(&entries)?;
    let (kept, path) = keep(ctx, path.as_deref(), &contents)?;
    let mut variables = of_profiles(&handover(&obtained), &|name| ctx.has_var(name))?;
    variables.extend(renewer::written(ctx, &files, &path)?);
    Ok((kept, variables))
}

/// What needs no look at the config.
fn check(settings: &[Settings]) -> Result<()> {
    if settings.len() > 1 && settings.iter().any(|settings| settings.mfa_code.is_some()) {
        return Err(usage("--mfa-code does not go with several profiles: AWS takes a code once")
            .hint("leave it out: the codes are asked for on the terminal"));
    }
    settings.iter().try_for_each(|settings| match &settings.request {
        Request::Profile { name, .. } => credentials_file::check_name(name),
        Request::Role(_) => Err(usage(
            "--write-credentials needs a profile: a role that is given by flags has no name for \
             the file",
        )),
    })
}

fn entry(obtained: &Obtained) -> Entry<'_> {
    Entry {
        profile: obtained.profile.as_deref().unwrap_or_default(),
        credentials: &obtained.credentials,
        region: obtained.region.as_ref().map(Region::name),
    }
}

/// What the command is told of the first profile. A region variable wins over the region in any
/// profile: there is one only where all agree.
fn handover(obtained: &[Obtained]) -> Handover<'_> {
    let first = &obtained[0];
    let agree = obtained.iter().all(|one| one.region == first.region);
    Handover {
        credentials: &first.credentials,
        profile: first.profile.as_deref(),
        region: first.region.as_ref().filter(|_| agree),
    }
}

fn cannot_write(path: &Path) -> Error {
    Error::new(Kind::Other, format!("cannot write the credentials file {}", path.display()))
}
