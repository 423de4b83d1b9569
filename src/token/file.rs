//! Reads one token file, which other programs rewrite in place while it is read.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use super::login_file::LoginFile;
use super::parse::{self, Bearer, first_value};
use super::problem::Problem;
use super::sso_token::TokenFile;
use crate::context::Context;
use crate::platform::access;
use crate::platform::pauses::Pauses;
use crate::profile::plan::SsoSource;
use crate::profile::value::canonical_start_url;
use crate::storage::foreign::{self, Foreign};

/// How long to wait for the rest of a file that looks half-written. The AWS CLI truncates and
/// rewrites in place (SPEC 3.5), which takes well under a millisecond unless the machine is busy.
const PATIENCE: Duration = Duration::from_millis(155);

/// The first of the pauses meanwhile, and the longest. A look costs much less than the shortest.
const PAUSES: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(20)];

/// A file last written this long ago is not being written now. Without this, every call would wait
/// for a permanently broken file.
const AT_REST: Duration = Duration::from_secs(5);

/// The token file at `path`, if it is one for `source`, whether or not its token has expired.
pub(crate) fn read(ctx: &Context, source: &SsoSource, path: &Path) -> Result<TokenFile, Problem> {
    let mut found = read_any(ctx, path)?;
    found.refresh.take_if(|_| source.session.is_none());
    let token = &found.token;
    // A session's name says nothing about the portal: the section may have been edited since the
    // login, or two config files may use one name for two portals. Such a token would silently give
    // another organisation's credentials.
    if let (Some(configured), Some(issued_for)) = (&source.start_url, &token.start_url)
        && canonical_start_url(configured) != canonical_start_url(issued_for)
    {
        return Err(Problem::NotFor {
            issued_for: format!("start URL `{issued_for}`"),
            wanted: format!("`{configured}`"),
            expires_at: token.expires_at,
        });
    }
    Ok(found)
}

/// The token file at `path`, whoever it belongs to.
pub(super) fn read_any(ctx: &Context, path: &Path) -> Result<TokenFile, Problem> {
    read_as(ctx, path, parse::parse)
}

/// A login's file at `path`, whose JSON `parse` understands.
///
/// A file that looks half-written is read again for a moment. After that, bytes after the first
/// JSON value, left by concurrent writers (SPEC 3.5), are dropped.
pub(super) fn read_as<T, G>(
    ctx: &Context,
    path: &Path,
    parse: impl Fn(&[u8]) -> Result<(T, Option<G>), Problem>,
) -> Result<LoginFile<T, G>, Problem> {
    let mut pauses = Pauses::new(PAUSES[0], PAUSES[1], PATIENCE);
    loop {
        let contents = contents(path)?;
        let (token, refresh) = match first_value(&contents.bytes) {
            Ok(whole) if whole.tail.is_empty() => parse(whole.json)?,
            _ if !contents.is_at_rest(ctx) && pauses.pause() => continue,
            torn => {
                let salvaged = torn?;
                ctx.printer.info(|| {
                    let stray = salvaged.tail.len();
                    format!("dropped {stray} stray bytes at the end of {}", path.display())
                });
                parse(salvaged.json)?
            }
        };
        let Contents { bytes, is_exposed, modified } = contents;
        return Ok(LoginFile { token, refresh, contents: bytes, is_exposed, modified });
    }
}

/// Removes other users' access to the token file at `path`, and says so.
pub(super) fn repair(ctx: &Context, path: &Path) {
    let shown = path.display();
    match File::open(path).and_then(|file| access::repair(&file)) {
        Ok(()) => {
            ctx.printer.warn(&format!("{shown} could be read by other users; its mode is now 0600"))
        }
        // If it can't be fixed, saying so at every call doesn't help.
        Err(e) => ctx.printer.info(|| format!("{shown} can be read by other users: {e}")),
    }
}

/// What a logout needs from the file at `path`; none if it is not a token file.
pub(crate) fn bearer(path: &Path) -> Result<Option<Bearer>, Problem> {
    let contents = contents(path)?;
    Ok(first_value(&contents.bytes).ok().and_then(|value| parse::bearer(value.json)))
}

/// Whether the file at `path` was meant to be a token file. What a killed writer left of it may
/// still contain the secret.
pub(crate) fn is_torn(path: &Path) -> bool {
    contents(path).is_ok_and(|contents| {
        first_value(&contents.bytes).is_err()
            && memchr::memmem::find(&contents.bytes, b"\"accessToken\"").is_some()
    })
}

/// A file's contents at one moment.
struct Contents {
    bytes: Zeroizing<Vec<u8>>,
    is_exposed: bool,
    modified: Option<SystemTime>,
}

impl Contents {
    /// Whether the last write was long ago. A time in the future says nothing, because file
    /// servers' clocks differ.
    fn is_at_rest(&self, ctx: &Context) -> bool {
        let now = SystemTime::from(ctx.now());
        let age = self.modified.and_then(|at| now.duration_since(at).ok());
        age.is_some_and(|age| age > AT_REST)
    }
}

fn contents(path: &Path) -> Result<Contents, Problem> {
    let Foreign { bytes, metadata } = foreign::read_regular(path)?;
    let is_exposed = access::is_open_to_others(&metadata);
    Ok(Contents { bytes, is_exposed, modified: metadata.modified().ok() })
}
