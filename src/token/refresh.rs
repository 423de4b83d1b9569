//! Getting a new access token for a login: the AWS CLI's algorithm (SPEC 3.3), for any number of
//! processes at once, with other tools writing the same file.
//!
//! The rules beyond the CLI's:
//! - One process asks; the others wait for it, or go on with the old token while that lives.
//! - A refresh token is worth a login, and is used up by being sent. So it is sent only once it is
//!   proved that the answer can be kept, and nothing cuts the wait for the answer short.
//! - What is written is never older than what is there. A login that somebody left in the file
//!   while we asked stays, and is used: it may be another session, with a refresh token of its own
//!   that nothing could bring back. Ours, which it makes superfluous, is dropped.
//! - A file that went away while we asked is a logout. It is not written again.

use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::advice::owner;
use super::attempts::Attempts;
use super::problem::Problem;
use super::refusal::{self, Refused};
use super::sso_token::{RefreshGrant, SsoToken, TokenFile};
use super::turn::Turn;
use super::{elsewhere, encode, file, location, login, store};
use crate::aws::{Aws, NewToken, Service, TokenGrant};
use crate::context::Context;
use crate::credentials::REFRESH_WINDOW;
use crate::error::{Error, Kind, Result};
use crate::platform::deferral::Deferral;
use crate::profile::plan::SsoSource;
use crate::storage::place::Place;

/// With more than this left, a token outlives any request, so that nobody need wait for a refresh
/// that somebody else is at.
const SPARE: TimeDelta = TimeDelta::minutes(1);

/// Pauses before the file is read again when AWS says that the refresh token is used up: the
/// process that used it has its answer and is about to write it. 250 ms together.
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
/// `LoginRequired` where there is none, it has expired, its file is broken or can't be replaced, or
/// it is one for another start URL; `UnreadableFile` where the file exists and cannot be read;
/// `Network` where another process does not finish. Each ends in a hint. For an expired
/// token also what stands in the way of its refresh: see [`crate::aws::RequestError::into_error`].
pub(crate) fn usable(
    ctx: &Context,
    aws: &Aws<'_>,
    source: &SsoSource,
    started: DateTime<Utc>,
) -> Result<SsoToken> {
    Refresh::new(ctx, aws, source, started, None)?.token()
}

/// Another token for `refused`, which the portal refuses although its file calls it valid: the one
/// that is in the file by now, else a refreshed one. None where only a login helps, as for every
/// legacy profile.
///
/// # Errors
/// As [`usable`], except where a login would help.
pub(crate) fn replacement(
    ctx: &Context,
    aws: &Aws<'_>,
    source: &SsoSource,
    started: DateTime<Utc>,
    refused: &SsoToken,
) -> Result<Option<SsoToken>> {
    match Refresh::new(ctx, aws, source, started, Some(refused))?.token() {
        Ok(token) => Ok(Some(token)),
        Err(error) if matches!(error.kind, Kind::LoginRequired | Kind::AccessDenied) => {
            ctx.printer.info(|| error.message.clone());
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// A login on its way to a token that can be used.
struct Refresh<'a> {
    ctx: &'a Context,
    aws: &'a Aws<'a>,
    source: &'a SsoSource,
    home: PathBuf,
    path: PathBuf,
    /// When this process began to want a token.
    started: DateTime<Utc>,
    /// A token that will not do, whatever its file says.
    refused: Option<&'a SsoToken>,
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
        refused: Option<&'a SsoToken>,
    ) -> Result<Self> {
        let home = ctx.home()?;
        let path = location::file(&home, source);
        Ok(Self { ctx, aws, source, home, path, started, refused })
    }

    /// The token to use now.
    fn token(&self) -> Result<SsoToken> {
        let found = match self.step()? {
            Step::Use(token) => return Ok(token),
            Step::Ask(found, _) => found,
        };
        let Some(turn) = self.turn(&found)? else { return Ok(found.token) };
        // The process that had the turn has most likely done it.
        let (found, grant) = match self.step()? {
            Step::Use(token) => return Ok(token),
            Step::Ask(found, grant) => (found, grant),
        };
        // To ask again would be to ask the same at the same time.
        if let Some(error) = self.attempts().failed_since(&found, self.started) {
            return self.old_or(found, |found| self.failed(found, error));
        }
        self.refresh(turn, found, &grant)
    }

    /// Reads the file and judges what it holds.
    fn step(&self) -> Result<Step> {
        let mut found = self.read().map_err(|problem| self.error(problem))?;
        if found.is_exposed {
            file::repair(self.ctx, &self.path);
        }
        let now = self.ctx.now();
        if self.is_good(&found.token) && found.token.left(now) > REFRESH_WINDOW {
            return Ok(Step::Use(found.token));
        }
        let grant = found.refresh.take_if(|grant| grant.is_live(now));
        // An expired token leaves no choice.
        let rests = || found.token.is_live(now) && self.attempts().is_recent(&found);
        match grant {
            Some(grant) if !rests() => Ok(Step::Ask(found, grant)),
            _ => self.old_or(found, |found| self.unusable(found)).map(Step::Use),
        }
    }

    /// Whether a token can be used as it is.
    fn is_good(&self, token: &SsoToken) -> bool {
        token.is_live(self.ctx.now()) && !self.refused.is_some_and(|refused| token.is(refused))
    }

    /// The old token if it is good, else an error.
    fn old_or(
        &self,
        found: TokenFile,
        error: impl FnOnce(&TokenFile) -> Error,
    ) -> Result<SsoToken> {
        if self.is_good(&found.token) { Ok(found.token) } else { Err(error(&found)) }
    }

    /// The turn; none if the old token is better used as it is.
    fn turn(&self, found: &TokenFile) -> Result<Option<Turn<'a>>> {
        if self.is_good(&found.token) && found.token.left(self.ctx.now()) > SPARE {
            let turn = Turn::take(self.ctx, &self.path);
            if turn.is_none() {
                self.ctx.printer.info(|| "another ssowrap refreshes the login".to_owned());
            }
            return Ok(turn);
        }
        match Turn::wait(self.ctx, &self.path) {
            Ok(turn) => Ok(Some(turn)),
            Err(_) if self.is_good(&found.token) => Ok(None),
            Err(stuck) => Err(refusal::stuck(self.source, &found.token, &stuck, self.ctx.clock())),
        }
    }

    fn refresh(
        &self,
        mut turn: Turn<'_>,
        found: TokenFile,
        grant: &RefreshGrant,
    ) -> Result<SsoToken> {
        let place = match store::prove(&self.path, &found.contents) {
            Ok(place) => place,
            Err(e) => {
                self.ctx.printer.info(|| format!("the login is not refreshed yet: {e}"));
                return self.old_or(found, |found| self.has_no_place(found, e));
            }
        };
        turn.note_holder();
        let printer = self.ctx.printer.clone();
        // Dropped last: it may end the process.
        let _deferral = Deferral::new(move || {
            printer.say("finishing, at most 30 s; again to give the login up");
        });
        let asked_at = self.ctx.now();
        match self.ask(&found, grant) {
            Ok(new) => Ok(self.keep(place, found, grant, new, asked_at)),
            Err(refused) => {
                drop(place);
                self.fall_back(found, refused)
            }
        }
    }

    fn ask(&self, found: &TokenFile, grant: &RefreshGrant) -> Result<NewToken, Refused> {
        let region = self.source.sso_region.as_ref().or(found.token.region.as_ref());
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
        place: Place,
        old: TokenFile,
        grant: &RefreshGrant,
        new: NewToken,
        asked_at: DateTime<Utc>,
    ) -> SsoToken {
        let old_tokens = login::tokens_of(&old);
        let token = SsoToken {
            access_token: new.access_token,
            expires_at: asked_at + new.expires_in,
            start_url: self.source.start_url.clone().or(old.token.start_url),
            region: self.source.sso_region.clone().or(old.token.region),
        };
        let old_end = old.token.expires_at;
        let contents = match self.read() {
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
        let new_tokens = login::tokens_of_token(&token, new.refresh_token.as_ref());
        login::carry_on(self.ctx, &self.path, &old_tokens, &new_tokens);
        let written =
            encode::encode(&token, &grant.registration, new.refresh_token.as_ref(), &contents)
                .map_err(io::Error::from)
                .and_then(|text| place.put(text.as_bytes()));
        match written {
            Err(why) => self.warn_of_loss(&why),
            // Else each process from now on would do it again.
            Ok(()) if self.refused.is_some() || token.left(self.ctx.now()) <= REFRESH_WINDOW => {
                if let Ok(written) = self.read() {
                    self.attempts().note(&written, None);
                }
            }
            Ok(()) => {}
        }
        token
    }

    fn warn_of_loss(&self, why: &io::Error) {
        self.ctx.printer.warn(&format!(
            "the refreshed token of {} cannot be kept: {why}; this run goes on with it, but the \
             refresh token it came from is used up, so the next one may need a login",
            owner(self.source)
        ));
    }

    /// What is left when AWS gave no new token for `old`.
    fn fall_back(&self, old: TokenFile, refused: Refused) -> Result<SsoToken> {
        // Somebody else may have used the refresh token first.
        if let Some(newer) = self.newer(&old, refused.is_by_aws) {
            return Ok(newer.token);
        }
        let error = *refused.error;
        self.attempts().note(&old, Some(&error));
        if !self.is_good(&old.token) {
            return Err(self.failed(&old, error));
        }
        let needs_login = match error.kind {
            Kind::LoginRequired => ", then a login is needed",
            _ => "",
        };
        self.ctx.printer.warn(&format!(
            "the token of {} cannot be refreshed: {}; it is used until {}{needs_login}",
            owner(self.source),
            error.message,
            self.ctx.clock().until(old.token.expires_at),
        ));
        Ok(old.token)
    }

    /// A login that was written after `old` was read.
    fn newer(&self, old: &TokenFile, patient: bool) -> Option<TokenFile> {
        let mut pauses = PAUSES.iter().filter(|_| patient);
        loop {
            match self.read() {
                Ok(there) if self.is_newer(&there, old.token.expires_at) => return Some(there),
                _ => thread::sleep(*pauses.next()?),
            }
        }
    }

    fn is_newer(&self, there: &TokenFile, old_end: DateTime<Utc>) -> bool {
        there.token.expires_at > old_end && self.is_good(&there.token)
    }

    fn read(&self) -> Result<TokenFile, Problem> {
        file::read(self.ctx, self.source, &self.path)
    }

    fn error(&self, problem: Problem) -> Error {
        let hints = match problem {
            Problem::Missing => elsewhere::hints(self.ctx, self.source, &self.home),
            _ => Vec::new(),
        };
        problem.into_error(self.source, &self.path, self.ctx.clock(), hints)
    }

    /// Why the token of a file that can't be refreshed isn't used.
    fn unusable(&self, found: &TokenFile) -> Error {
        if found.token.is_live(self.ctx.now()) {
            return refusal::refused_by_portal(self.source);
        }
        self.error(found.expired())
    }

    fn failed(&self, old: &TokenFile, why: Error) -> Error {
        refusal::final_error(self.source, &old.token, why, self.ctx.clock())
    }

    fn has_no_place(&self, old: &TokenFile, why: io::Error) -> Error {
        refusal::no_place(self.source, &old.token, &self.path, why, self.ctx.clock())
    }

    fn attempts(&self) -> Attempts<'_> {
        Attempts::of(self.ctx, &self.path)
    }
}

/// Forgets what became of the last refresh of the token file at `path`, and whose it was: the file
/// is gone.
pub(crate) fn forget(ctx: &Context, path: &Path) {
    Attempts::of(ctx, path).forget();
    login::end(ctx, path);
}
