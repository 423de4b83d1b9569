//! Gets a new access token for a login with the AWS CLI's algorithm (SPEC 3.3), for any number of
//! processes at once, while other tools write the same file.
//!
//! The rules beyond the CLI's:
//! - One process sends the request. The others wait for it, or continue with the old token while
//!   that is valid.
//! - A refresh token is worth a login, and sending it uses it up. So it is sent only once it is
//!   certain that the answer can be stored, and nothing interrupts the wait for the answer.
//! - What is written is never older than what is there. If another program writes a login to the
//!   file while we wait, that one stays and is used: it may be another session with a refresh token
//!   of its own, which nothing could bring back. Ours is then superfluous and dropped.
//! - If the file disappears while we wait, that is a logout. It is not written again.

use std::io;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use zeroize::Zeroizing;

use super::attempts::Attempts;
use super::login_file::{Grant, LoginFile, Renewed, Token};
use super::problem::{Elsewhere, Problem};
use super::refusal::{self, Fate, Refused};
use super::turn::Turn;
use super::whose::Whose;
use super::{file, store};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::platform::deferral::Deferral;
use crate::platform::pauses::Pauses;
use crate::storage::place::Place;
use crate::text::buffer::Buffer;

/// How long to wait for another process's token after AWS said that the refresh token is used up: the
/// process that used it has its answer and is about to write it.
const PATIENCE: Duration = Duration::from_millis(250);

/// The first of the pauses meanwhile, and the longest. A look costs much less than the shortest.
const PAUSES: [Duration; 2] = [Duration::from_millis(2), Duration::from_millis(20)];

/// How often another program may write the file while AWS's answer is on its way to the disk.
const ATTEMPTS: usize = 5;

/// A kind of login: what is different in its refresh.
pub(super) trait LoginKind {
    /// What it is used with.
    type Token: Token;
    /// What a new token is requested with.
    type Grant: Grant;

    /// With more than this left, a token outlasts whatever it is used for, so nobody needs to wait
    /// for another process's refresh.
    const SPARE: TimeDelta;

    /// With this much time left or less, a token is refreshed.
    fn window(&self) -> TimeDelta;

    fn path(&self) -> &Path;

    fn whose(&self) -> Whose;

    fn read(&self) -> Result<FileOf<Self>, Problem>;

    /// Sends the refresh token.
    fn ask(
        &self,
        found: &FileOf<Self>,
        grant: &Self::Grant,
    ) -> Result<Renewed<Self::Token>, Refused>;

    /// Notes that the login continues with another token, before that is written.
    fn carry_on(&self, _old: &FileOf<Self>, _new: &Renewed<Self::Token>) {}

    /// The file with a new token; `before` is its current contents.
    fn encode(
        &self,
        new: &Renewed<Self::Token>,
        grant: &Self::Grant,
        before: &[u8],
    ) -> io::Result<Buffer>;

    /// Hints about what could be used if there is no file.
    fn elsewhere(&self) -> Elsewhere {
        Elsewhere::default()
    }

    /// A hint about another cause if AWS refuses to refresh a token.
    fn other_causes(&self, _old: &Self::Token) -> Option<String> {
        None
    }
}

/// The contents of a login's file.
pub(super) type FileOf<L> = LoginFile<<L as LoginKind>::Token, <L as LoginKind>::Grant>;

/// A login whose token is being obtained.
pub(super) struct Refresh<'a, L: LoginKind> {
    pub ctx: &'a Context,
    pub login: L,
    /// When this process first needed a token. If another process's refresh has failed since, this
    /// one does not try again.
    pub started: DateTime<Utc>,
    /// A token that AWS refuses, whatever its file says.
    pub refused: Option<&'a L::Token>,
}

/// What to do about a login.
enum Step<L: LoginKind> {
    /// Nothing: this is the token.
    Use(L::Token),
    /// Refresh it with this.
    Ask(FileOf<L>, L::Grant),
}

/// What is in a login's file after its refresh.
enum There<T> {
    /// Another program's token, which lasts longer than the old one.
    Newer(T),
    /// No token for this login: it was removed.
    Gone,
    /// Something that may be replaced; none if it can't be read.
    Rest(Option<Zeroizing<Vec<u8>>>),
}

impl<'a, L: LoginKind> Refresh<'a, L> {
    /// The token to use now. If there is nothing to do, this costs one file read.
    ///
    /// # Errors
    /// `LoginRequired` if there is none, it has expired, its file is broken or can't be replaced,
    /// or it belongs to another login; `UnreadableFile` if the file exists and cannot be read;
    /// `Network` if another process does not finish. Each ends in a hint. For an expired token,
    /// also whatever prevents its refresh: see [`crate::aws::RequestError::into_error`].
    pub(super) fn token(&self) -> Result<L::Token> {
        let found = match self.step()? {
            Step::Use(token) => return Ok(token),
            Step::Ask(found, _) => found,
        };
        let Some(turn) = self.turn(&found)? else { return Ok(found.token) };
        // The process that had the lock has probably done it.
        let (found, grant) = match self.step()? {
            Step::Use(token) => return Ok(token),
            Step::Ask(found, grant) => (found, grant),
        };
        // Trying again would mean the same request at almost the same time.
        if let Some(error) = self.attempts().failed_since(found.modified, self.started) {
            return self.old_or(found, |found| self.failed(found, error));
        }
        self.refresh(turn, found, &grant)
    }

    /// Reads the file and decides what to do.
    fn step(&self) -> Result<Step<L>> {
        let mut found = self.login.read().map_err(|problem| self.error(problem))?;
        if found.is_exposed {
            file::repair(self.ctx, self.login.path());
        }
        let now = self.ctx.now();
        if self.is_good(&found.token) && found.token.left(now) > self.login.window() {
            return Ok(Step::Use(found.token));
        }
        let grant = found.refresh.take_if(|grant| grant.is_live(now));
        // An expired token leaves no choice.
        let rests = || found.token.is_live(now) && self.attempts().is_recent(found.modified);
        match grant {
            Some(grant) if !rests() => Ok(Step::Ask(found, grant)),
            _ => self.old_or(found, |found| self.unusable(found)).map(Step::Use),
        }
    }

    /// Whether a token can be used as it is.
    fn is_good(&self, token: &L::Token) -> bool {
        token.is_live(self.ctx.now()) && !self.refused.is_some_and(|refused| token.is(refused))
    }

    /// The old token if it is good, else an error.
    fn old_or(
        &self,
        found: FileOf<L>,
        error: impl FnOnce(&FileOf<L>) -> Error,
    ) -> Result<L::Token> {
        if self.is_good(&found.token) { Ok(found.token) } else { Err(error(&found)) }
    }

    /// The lock; none if the old token should be used as it is.
    fn turn(&self, found: &FileOf<L>) -> Result<Option<Turn<'a>>> {
        if self.is_good(&found.token) && found.token.left(self.ctx.now()) > L::SPARE {
            let turn = Turn::take(self.ctx, self.login.path());
            if turn.is_none() {
                self.ctx.printer.info(|| "another ssowrap is refreshing the login".to_owned());
            }
            return Ok(turn);
        }
        match Turn::wait(self.ctx, self.login.path()) {
            Ok(turn) => Ok(Some(turn)),
            Err(_) if self.is_good(&found.token) => Ok(None),
            Err(stuck) => {
                Err(refusal::stuck(&self.login.whose(), &found.token, &stuck, self.ctx.clock()))
            }
        }
    }

    fn refresh(&self, mut turn: Turn<'_>, found: FileOf<L>, grant: &L::Grant) -> Result<L::Token> {
        let place = match store::prove(self.login.path(), &found.contents) {
            Ok(place) => place,
            Err(e) => {
                self.ctx.printer.info(|| format!("the login is not refreshed yet: {e}"));
                return self.old_or(found, |found| self.has_no_place(found, e));
            }
        };
        turn.note_holder();
        let printer = self.ctx.printer.clone();
        // Dropped last, because that may end the process.
        let _deferral = Deferral::new(move || {
            printer.say("finishing the refresh (at most 30 s); a second Ctrl-C may lose the login");
        });
        match self.login.ask(&found, grant) {
            Ok(new) => Ok(self.keep(place, found, grant, new)),
            Err(refused) => {
                drop(place);
                self.fall_back(found, refused)
            }
        }
    }

    /// Writes AWS's answer for `old`, unless another program has written something newer, even while
    /// the answer was on its way to the disk.
    fn keep(
        &self,
        mut place: Place,
        old: FileOf<L>,
        grant: &L::Grant,
        new: Renewed<L::Token>,
    ) -> L::Token {
        for attempt in 1.. {
            let contents = match self.there(&old) {
                There::Newer(token) => {
                    self.ctx.printer.info(|| "another program wrote a newer login".to_owned());
                    return token;
                }
                There::Gone => {
                    self.ctx.printer.info(|| "the login was removed during the refresh".to_owned());
                    return new.token;
                }
                There::Rest(contents) => contents,
            };
            self.login.carry_on(&old, &new);
            let is_unchanged = || {
                attempt == ATTEMPTS
                    || matches!(self.there(&old), There::Rest(now) if now == contents)
            };
            let before = contents.as_ref().unwrap_or(&old.contents);
            let text = self.login.encode(&new, grant, before);
            match text.and_then(|text| place.put(text.as_bytes(), is_unchanged)) {
                Ok(Some(again)) => place = again,
                Ok(None) => {
                    self.note_short(&new.token);
                    break;
                }
                Err(why) => {
                    self.warn_of_loss(&why);
                    break;
                }
            }
        }
        new.token
    }

    /// What other programs have made of the file that contained `old`.
    fn there(&self, old: &FileOf<L>) -> There<L::Token> {
        match self.login.read() {
            Ok(there) if self.is_newer(&there, old) => There::Newer(there.token),
            Ok(there) => There::Rest(Some(there.contents)),
            Err(Problem::Missing | Problem::NotFor { .. }) => There::Gone,
            Err(_) => There::Rest(None),
        }
    }

    /// Notes that the file is the result of an attempt if its token is already due again. Otherwise
    /// every process would do it again from now on.
    fn note_short(&self, token: &L::Token) {
        let is_due = token.left(self.ctx.now()) <= self.login.window();
        if (self.refused.is_some() || is_due)
            && let Ok(written) = self.login.read()
        {
            self.attempts().note(written.modified, None, None);
        }
    }

    fn warn_of_loss(&self, why: &io::Error) {
        self.ctx.printer.warn(&format!(
            "the refreshed token of {} cannot be saved: {why}; this run uses it, but its refresh \
             token is used up, so the next run may need a login",
            self.login.whose().owner
        ));
    }

    /// What to do if AWS gave no new token for `old`.
    fn fall_back(&self, old: FileOf<L>, refused: Refused) -> Result<L::Token> {
        // Another process may have used the refresh token first.
        if let Some(newer) = self.newer(&old, refused.fate == Fate::Refused) {
            return Ok(newer.token);
        }
        let mut error = *refused.error;
        let unanswered_at = match refused.fate {
            Fate::Unanswered => Some(self.ctx.now()),
            Fate::Unused | Fate::Refused => self.attempts().unanswered_at(old.modified),
        };
        if let (Fate::Refused, Kind::LoginRequired, Some(at)) =
            (refused.fate, error.kind, unanswered_at)
        {
            error = error.hint(format!(
                "the answer to an earlier refresh was lost ({}), and the next refresh token with it",
                self.ctx.clock().since(at)
            ));
        }
        self.attempts().note(old.modified, Some(&error), unanswered_at);
        if !self.is_good(&old.token) {
            return Err(self.failed(&old, error));
        }
        let needs_login = match error.kind {
            Kind::LoginRequired => ", then a login is needed",
            _ => "",
        };
        self.ctx.printer.warn(&format!(
            "the token of {} cannot be refreshed: {}; it is used until {}{needs_login}",
            self.login.whose().owner,
            error.message,
            self.ctx.clock().until(old.token.expires_at()),
        ));
        Ok(old.token)
    }

    /// A login that was written after `old` was read.
    fn newer(&self, old: &FileOf<L>, patient: bool) -> Option<FileOf<L>> {
        let mut pauses = Pauses::new(PAUSES[0], PAUSES[1], PATIENCE);
        loop {
            match self.login.read() {
                Ok(there) if self.is_newer(&there, old) => return Some(there),
                _ if patient && pauses.pause() => {}
                _ => return None,
            }
        }
    }

    fn is_newer(&self, there: &FileOf<L>, old: &FileOf<L>) -> bool {
        there.token.expires_at() > old.token.expires_at() && self.is_good(&there.token)
    }

    fn error(&self, problem: Problem) -> Error {
        let hints = match problem {
            Problem::Missing => self.login.elsewhere(),
            _ => Elsewhere::default(),
        };
        problem.into_error(&self.login.whose(), self.login.path(), self.ctx.clock(), hints)
    }

    /// Why the token in a file that can't be refreshed isn't used.
    fn unusable(&self, found: &FileOf<L>) -> Error {
        if found.token.is_live(self.ctx.now()) {
            return refusal::refused_by_portal(&self.login.whose());
        }
        self.error(found.expired())
    }

    fn failed(&self, old: &FileOf<L>, why: Error) -> Error {
        let other_causes = match why.kind {
            Kind::LoginRequired => self.login.other_causes(&old.token),
            _ => None,
        };
        let whose = self.login.whose();
        let error = refusal::final_error(&whose, &old.token, why, self.ctx.clock());
        other_causes.into_iter().fold(error, Error::or_hint)
    }

    fn has_no_place(&self, old: &FileOf<L>, why: io::Error) -> Error {
        let (whose, path) = (self.login.whose(), self.login.path());
        refusal::no_place(&whose, &old.token, path, why, self.ctx.clock())
    }

    fn attempts(&self) -> Attempts<'_> {
        Attempts::of(self.ctx, self.login.path())
    }
}
