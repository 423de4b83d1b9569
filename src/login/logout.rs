//! Ends a login: first at AWS; then the token is removed, whatever AWS said.
//!
//! Holding the token's lock keeps other ssowraps from refreshing the login. A process that is
//! already refreshing finds the file missing and does not write it again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::aws::{Aws, PortalSession, Service};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::organisation;
use crate::platform::held;
use crate::storage::directory;
use crate::token::{self, Bearer, Problem, session};

/// A login to end.
#[derive(Debug)]
pub(crate) struct EndingLogin<'a> {
    /// The token file.
    pub path: PathBuf,
    /// The login's name, see [`super::owner`]; none if only the token itself tells.
    pub owner: Option<String>,
    /// The region of the Identity Center instance, for a token that does not contain it.
    pub sso_region: Option<&'a str>,
}

/// The result.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The login's name.
    pub owner: String,
    /// Whether there was a file.
    pub existed: bool,
    /// The failures: AWS could not be reached, or the file could not be removed.
    pub errors: Vec<Error>,
}

/// The token files of all logins, whether or not they are in the config: those that `aws sso
/// logout` recognises, and truncated ones.
///
/// # Errors
/// `Other` if the directory cannot be read.
pub(crate) fn token_files(ctx: &Context) -> Result<Vec<PathBuf>> {
    let mut files = directory::paths(&token::directory(&ctx.home()?))?;
    files.retain(|path| matches!(token::bearer(path), Ok(Some(_))) || token::is_torn(path));
    Ok(files)
}

/// The files of all `aws login` logins, whether or not they are in the config.
///
/// # Errors
/// `Other` if their directory cannot be read.
pub(crate) fn session_files(ctx: &Context) -> Result<Vec<PathBuf>> {
    let mut files = directory::paths(&session::directory(ctx)?)?;
    files.retain(|path| session::is_file_of_one(path));
    Ok(files)
}

/// Ends a login.
pub(crate) fn end(ctx: &Context, aws: &Aws<'_>, ending: &EndingLogin<'_>) -> Ended {
    let path = &ending.path;
    let _turn = token::Turn::insist(ctx, path);
    // Read after locking, because the holder of the lock may have written a new token.
    let found = token::bearer(path);
    let owner = ending.owner.clone().unwrap_or_else(|| owner(path, &found));
    let told = match &found {
        Err(Problem::Missing) => {
            token::forget(ctx, path);
            return Ended { owner, existed: false, errors: Vec::new() };
        }
        Ok(Some(bearer)) => tell(ctx, aws, ending, bearer, &owner),
        Ok(None) => {
            ctx.printer
                .warn(&format!("cannot sign out at AWS: there is no token in {}", path.display()));
            Ok(())
        }
        Err(problem) => Err(unread(&owner, path, problem)),
    };
    let removed = remove(ctx, path);
    token::forget(ctx, path);
    organisation::forget(ctx, path);
    let until = found.ok().flatten().and_then(|bearer| bearer.expires_at);
    let told = told.map_err(|error| match removed {
        Ok(()) => error.hint(lives_on(ctx, until)),
        Err(_) => error,
    });
    let errors = told.err().into_iter().chain(removed.err()).collect();
    Ended { owner, existed: true, errors }
}

/// Ends the `aws login` login whose file is at `path` as `aws logout` does, without a request to
/// AWS. Credentials already handed out last 15 minutes at most.
pub(crate) fn end_session(ctx: &Context, path: &Path, owner: String) -> Ended {
    let _turn = token::Turn::insist(ctx, path);
    let existed = fs::symlink_metadata(path).is_ok();
    let removed = remove(ctx, path);
    token::forget(ctx, path);
    Ended { owner, existed, errors: removed.err().into_iter().collect() }
}

/// Sends the logout to the portal, which knows the token only in the region that issued it.
fn tell(
    ctx: &Context,
    aws: &Aws<'_>,
    ending: &EndingLogin<'_>,
    bearer: &Bearer,
    owner: &str,
) -> Result<()> {
    let Some(region) = bearer.region.as_deref().or(ending.sso_region) else {
        let message = format!("cannot sign out of {owner} at AWS: its token has no region");
        return Err(Error::new(Kind::NoRegion, message));
    };
    let endpoint = aws.endpoint(Service::Sso, region)?;
    let session = PortalSession {
        endpoint: &endpoint,
        access_token: &bearer.access_token,
        token_file: &ending.path,
    };
    let Err(failure) = aws.logout(session) else { return Ok(()) };
    if let Some(response) = failure.refusal().filter(|response| response.status == 401) {
        ctx.printer.info(|| format!("AWS no longer knows the token: {}", response.text()));
        return Ok(());
    }
    Err(failure.into_error(owner))
}

/// Explains what it means if the logout did not reach AWS.
fn lives_on(ctx: &Context, until: Option<DateTime<Utc>>) -> String {
    let end = until.map_or("it expires".to_owned(), |at| ctx.clock().until(at));
    format!(
        "the token is removed here anyway; at AWS it stays valid until {end}, unless an administrator \
         ends the session"
    )
}

fn unread(owner: &str, path: &Path, problem: &Problem) -> Error {
    let why = problem.detail().unwrap_or_default();
    let message = format!(
        "cannot sign out of {owner} at AWS: cannot read its token: {why} ({})",
        path.display()
    );
    Error::new(Kind::UnreadableFile, message)
}

fn remove(ctx: &Context, path: &Path) -> Result<()> {
    let target = fs::read_link(path).ok();
    match held::remove(path) {
        Ok(()) => {
            if let Some(target) = target {
                ctx.printer.warn(&format!(
                    "{} was a symbolic link; its target stays: {}",
                    path.display(),
                    target.display()
                ));
            }
            Ok(())
        }
        // Another logout removed it.
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(Error::new(Kind::Other, format!("cannot remove {}", path.display()))
            .source(e)
            .hint("make its directory writable, or remove it yourself")),
    }
}

/// The name for a token that belongs to no section in the config.
fn owner(path: &Path, found: &Result<Option<Bearer>, Problem>) -> String {
    match found {
        Ok(Some(Bearer { start_url: Some(url), .. })) => format!("start URL `{url}`"),
        _ => path.display().to_string(),
    }
}
