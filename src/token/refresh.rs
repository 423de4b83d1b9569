//! Getting a new access token for a login that ends: the AWS CLI's algorithm (SPEC 3.3), for any
//! number of processes at once, with other tools writing the same file.
//!
//! The rules beyond the CLI's:
//! - One process asks; the others wait for it, or go on with the old token while that lives.
//! - What is written is never older than what is there. A login that somebody left in the file
//!   while we asked stays, and is used: it may be another session, with a refresh token of its own
//!   that nothing could bring back. Ours, which it makes superfluous, is dropped.
//! - A file that went away while we asked is a logout. It is not written again.
//! - A refresh token that is used up is lost if the answer cannot be kept. So nothing is asked
//!   while the old token lives and the file cannot be written.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::advice::owner;
use super::attempts::Attempts;
use super::problem::Problem;
use super::sso_token::{RefreshGrant, SsoToken, TokenFile};
use super::{elsewhere, encode, file, location, refusal};
use crate::aws::{Aws, NewToken, Service, TokenGrant};
use crate::context::Context;
use crate::credentials::REFRESH_WINDOW;
use crate::error::{Error, Kind, Result};
use crate::profile::plan::SsoSource;
use crate::storage::atomic;
use crate::storage::lock::Lock;

/// With more than this left, a token outlives any request, so that nobody need wait for a refresh
/// that somebody else is at.
const SPARE: TimeDelta = TimeDelta::minutes(1);

/// Pauses before the file is read again when AWS says that the refresh token is used up: whoever
/// used it has had the answer, and is about to write it. 250 ms together.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(10),
    Duration::from_millis(20),
    Duration::from_millis(40),
    Duration::from_millis(80),
    Duration::from_millis(100),
];

/// The token of `source`, refreshed where a quarter of an hour or less is left of it and that can
/// be done (SPEC 3.3). Otherwise this costs one file read. A refresh of another process that has
/// failed since `started`, the beginning of this one, counts for this one too.
///
/// # Errors
/// `LoginRequired` where there is none, it has expired, its file is broken, or it is one for
/// another start URL; `UnreadableFile` where the file exists and cannot be read. Each ends in the
/// command that mends it. For an expired token also what stands in the way of its refresh: see
/// [`crate::aws::RequestError::into_error`].
pub(crate) fn usable(
    ctx: &Context,
    aws: &Aws<'_>,
    source: &SsoSource,
    started: DateTime<Utc>,
) -> Result<SsoToken> {
    Refresh::new(ctx, aws, source, started)?.token()
}

/// Keeps every ssowrap from refreshing the token file at `path` until the lock is dropped.
pub(crate) fn lock(ctx: &Context, path: &Path) -> Lock {
    Lock::take(ctx, &key(path), "refreshes the login")
}

/// Forgets what became of the last refresh of the token file at `path`: the file goes.
pub(crate) fn forget(ctx: &Context, path: &Path) {
    Attempts::new(ctx, &key(path)).forget();
}

/// Name of the lock and of the memory of the token file at `path`.
fn key(path: &Path) -> String {
    format!("token-{}", path.file_stem().unwrap_or_default().to_string_lossy())
}

/// A login on its way to a token that can be used.
struct Refresh<'a> {
    ctx: &'a Context,
    aws: &'a Aws<'a>,
    source: &'a SsoSource,
    home: PathBuf,
    path: PathBuf,
    /// Name of the lock and of the memory.
    key: String,
    /// When this process began to want a token.
    started: DateTime<Utc>,
}

/// What is to be done about a login.
enum Step {
    /// Nothing: this is the token.
    Use(SsoToken),
    /// A refresh, with this.
    Ask(TokenFile, RefreshGrant),
}

impl<'a> Refresh<'a> {
    fn new(
        ctx: &'a Context,
        aws: &'a Aws<'a>,
        source: &'a SsoSource,
        started: DateTime<Utc>,
    ) -> Result<Self> {
        let home = ctx.home()?;
        let path = location::file(&home, source);
        let key = key(&path);
        Ok(Self { ctx, aws, source, home, path, key, started })
    }

    /// The token to use now.
    fn token(&self) -> Result<SsoToken> {
        let login = match self.step()? {
            Step::Use(token) => return Ok(token),
            Step::Ask(login, _) => login,
        };
        let Some(_lock) = self.lock(&login) else { return Ok(login.token) };
        // Whoever held the lock has most likely done it.
        let (login, grant) = match self.step()? {
            Step::Use(token) => return Ok(token),
            Step::Ask(login, grant) => (login, grant),
        };
        // To ask again would be to ask the same at the same time.
        if let Some(error) = self.attempts().failed_since(&login, self.started) {
            return Err(refusal::final_error(self.source, &login, error, self.ctx.now()));
        }
        let asked_at = self.ctx.now();
        match self.ask(&login, &grant) {
            Ok(new) => Ok(self.keep(login, &grant, new, asked_at)),
            Err(refused) => self.fall_back(login, refused),
        }
    }

    /// Reads the file and judges what it holds.
    fn step(&self) -> Result<Step> {
        let mut login = self.look().map_err(|problem| self.error(problem))?;
        let now = self.ctx.now();
        if login.token.left(now) > REFRESH_WINDOW {
            return Ok(Step::Use(login.token));
        }
        let live = login.token.is_live(now);
        match login.refresh.take_if(|grant| grant.is_live(now)) {
            Some(_) if live && self.attempts().is_recent(&login) => Ok(Step::Use(login.token)),
            Some(grant) => Ok(Step::Ask(login, grant)),
            None if live => Ok(Step::Use(login.token)),
            None => Err(self.error(login.expired())),
        }
    }

    /// The lock, as far as it can be had; none if the old token is better used as it is.
    fn lock(&self, login: &TokenFile) -> Option<Lock> {
        if login.token.left(self.ctx.now()) <= SPARE {
            return Some(Lock::take(self.ctx, &self.key, "refreshes the login"));
        }
        if let Err(e) = atomic::check(&self.path) {
            self.ctx.printer.info(|| format!("the login is not refreshed yet: {e}"));
            return None;
        }
        let lock = Lock::try_take(self.ctx, &self.key);
        if lock.is_none() {
            self.ctx.printer.info(|| "another ssowrap refreshes the login".to_owned());
        }
        lock
    }

    fn ask(&self, login: &TokenFile, grant: &RefreshGrant) -> Result<NewToken, refusal::Refused> {
        let region = self.source.sso_region.as_ref().or(login.token.region.as_ref());
        let region = region.ok_or_else(|| refusal::no_region(self.source))?;
        let endpoint = self.aws.endpoint(Service::SsoOidc, region)?;
        let client = grant.registration.client();
        let refresh_token = TokenGrant::RefreshToken(&grant.refresh_token);
        let answer = self.aws.create_token(&endpoint, client, refresh_token);
        answer.map_err(|failure| refusal::of(self.source, failure))
    }

    /// Writes what AWS gave for `old`, unless somebody else did better meanwhile.
    fn keep(
        &self,
        old: TokenFile,
        grant: &RefreshGrant,
        new: NewToken,
        asked_at: DateTime<Utc>,
    ) -> SsoToken {
        let token = SsoToken {
            access_token: new.access_token,
            expires_at: asked_at + new.expires_in,
            start_url: self.source.start_url.clone().or(old.token.start_url),
            region: self.source.sso_region.clone().or(old.token.region),
        };
        let old_end = old.token.expires_at;
        let contents = match self.look() {
            Ok(there) if self.is_newer(&there, old_end) => {
                self.ctx.printer.info(|| "another program wrote a newer login".to_owned());
                return there.token;
            }
            Ok(there) => there.contents,
            Err(Problem::Missing | Problem::OtherStartUrl { .. }) => {
                self.ctx.printer.info(|| "the login went away while it was refreshed".to_owned());
                return token;
            }
            Err(_) => old.contents,
        };
        let written =
            encode::encode(&token, &grant.registration, new.refresh_token.as_ref(), &contents)
                .map_err(|e| e.to_string())
                .and_then(|text| {
                    atomic::write(&self.path, text.as_bytes()).map_err(|e| e.to_string())
                });
        match written {
            Err(why) => self.warn_of_loss(&why),
            // Else each process from now on would do it again.
            Ok(()) if token.left(self.ctx.now()) <= REFRESH_WINDOW => {
                if let Ok(written) = self.look() {
                    self.attempts().note(&written, None);
                }
            }
            Ok(()) => {}
        }
        token
    }

    fn warn_of_loss(&self, why: &str) {
        self.ctx.printer.warn(&format!(
            "the refreshed token of {} cannot be kept: {why}; this run goes on with it, but the \
             refresh token it came from is used up, so the next one may need a login",
            owner(self.source)
        ));
    }

    /// What is left when AWS gave no new token for `old`.
    fn fall_back(&self, old: TokenFile, refused: refusal::Refused) -> Result<SsoToken> {
        // Somebody else may have used the refresh token first.
        if let Some(newer) = self.newer(&old, refused.is_by_aws) {
            return Ok(newer.token);
        }
        let error = refused.error;
        self.attempts().note(&old, Some(&error));
        let now = self.ctx.now();
        if !old.token.is_live(now) {
            return Err(refusal::final_error(self.source, &old, error, now));
        }
        let needs_login = match error.kind {
            Kind::LoginRequired => ", then a login is needed",
            _ => "",
        };
        self.ctx.printer.warn(&format!(
            "the token of {} cannot be refreshed: {}; it is used until it ends at {}{needs_login}",
            owner(self.source),
            error.message,
            old.token.expires_at.format("%H:%M UTC"),
        ));
        Ok(old.token)
    }

    /// A login that was written after `old` was read.
    fn newer(&self, old: &TokenFile, patient: bool) -> Option<TokenFile> {
        let mut pauses = PAUSES.iter().filter(|_| patient);
        loop {
            match self.look() {
                Ok(there) if self.is_newer(&there, old.token.expires_at) => return Some(there),
                _ => thread::sleep(*pauses.next()?),
            }
        }
    }

    fn is_newer(&self, there: &TokenFile, old_end: DateTime<Utc>) -> bool {
        there.token.expires_at > old_end && there.token.is_live(self.ctx.now())
    }

    fn look(&self) -> Result<TokenFile, Problem> {
        file::read(self.ctx, self.source, &self.path)
    }

    fn error(&self, problem: Problem) -> Error {
        let hints = match problem {
            Problem::Missing => elsewhere::hints(self.ctx, self.source, &self.home),
            _ => Vec::new(),
        };
        problem.into_error(self.source, &self.path, self.ctx.now(), hints)
    }

    fn attempts(&self) -> Attempts<'_> {
        Attempts::new(self.ctx, &self.key)
    }
}
