//! Getting a new access token for a login: the AWS CLI's algorithm (SPEC 3.3), for any number of
//! processes at once, with other tools writing the same file.
//!
//! The rules beyond the CLI's:
//! - One process asks; the others wait for it, or go on with the old token while that lives.
//! - A refresh token is worth a login, and sending it uses it up. So it is sent only once it is
//!   proved that the answer can be kept, and nothing cuts the wait for the answer short.
//! - What is written is never older than what is there. A login that somebody left in the file
//!   while we asked stays, and is used: it may be another session, with a refresh token of its own
//!   that nothing could bring back. Ours, which it makes superfluous, is dropped.
//! - A file that went away while we asked is a logout. It is not written again.

use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::attempts::Attempts;
use super::login_file::{Grant, LoginFile, Renewed, Token};
use super::problem::Problem;
use super::refusal::{self, Fate, Refused};
use super::turn::Turn;
use super::whose::Whose;
use super::{file, store};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::platform::deferral::Deferral;
use crate::storage::place::Place;
use crate::text::buffer::Buffer;

/// Pauses before the file is read again when AWS says that the refresh token is used up: the
/// process that used it has its answer and is about to write it. 250 ms together.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(10),
    Duration::from_millis(20),
    Duration::from_millis(40),
    Duration::from_millis(80),
    Duration::from_millis(100),
];

/// A login in a file, of one kind or another: what their refreshes do differently.
pub(super) trait LoginKind {
    /// What it is used with.
    type Token: Token;
    /// What a new token is asked for with.
    type Grant: Grant;

    /// With more than this left, a token outlives whatever it is for, so that nobody need wait for
    /// another process's refresh.
    const SPARE: TimeDelta;

    /// With so much left, or less, a token is refreshed.
    fn window(&self) -> TimeDelta;

    /// The file.
    fn path(&self) -> &Path;

    fn whose(&self) -> Whose;

    fn read(&self) -> Result<FileOf<Self>, Problem>;

    /// Sends the refresh token.
    fn ask(
        &self,
        found: &FileOf<Self>,
        grant: &Self::Grant,
    ) -> Result<Renewed<Self::Token>, Refused>;

    /// Notes that the login goes on with another token, before that is written.
    fn carry_on(&self, _old: &FileOf<Self>, _new: &Renewed<Self::Token>) {}

    /// The file with a new token in it; `before` is what it holds.
    fn encode(
        &self,
        new: &Renewed<Self::Token>,
        grant: &Self::Grant,
        before: &[u8],
    ) -> io::Result<Buffer>;

    /// Hints at what could be used if there is no file.
    fn elsewhere(&self) -> Vec<String> {
        Vec::new()
    }

    /// A hint at what else may be wrong where AWS refuses to refresh a token.
    fn other_causes(&self, _old: &Self::Token) -> Option<String> {
        None
    }
}

/// What the file of a login holds.
pub(super) type FileOf<L> = LoginFile<<L as LoginKind>::Token, <L as LoginKind>::Grant>;

/// A login while its token is being obtained.
pub(super) struct Refresh<'a, L: LoginKind> {
    pub ctx: &'a Context,
    pub login: L,
    /// When this process began to want a token: a refresh of another process that has failed since
    /// counts for this one too.
    pub started: DateTime<Utc>,
    /// A token that will not do, whatever its file says.
    pub refused: Option<&'a L::Token>,
}

/// What is to be done about a login.
enum Step<L: LoginKind> {
    /// Nothing: this is the token.
    Use(L::Token),
    /// A refresh, with this.
    Ask(FileOf<L>, L::Grant),
}

impl<'a, L: LoginKind> Refresh<'a, L> {
    /// The token to use now. Where nothing is to be done this costs one file read.
    ///
    /// # Errors
    /// `LoginRequired` if there is none, it has expired, its file is broken or can't be replaced,
    /// or it is somebody else's; `UnreadableFile` if the file exists and cannot be read;
    /// `Network` if another process does not finish. Each ends in a hint. For an expired
    /// token also what stands in the way of its refresh: see [`crate::aws::RequestError::into_error`].
    pub(super) fn token(&self) -> Result<L::Token> {
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
        if let Some(error) = self.attempts().failed_since(found.modified, self.started) {
            return self.old_or(found, |found| self.failed(found, error));
        }
        self.refresh(turn, found, &grant)
    }

    /// Reads the file and judges what it holds.
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

    /// The turn; none if the old token is better used as it is.
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
        // Dropped last: it may end the process.
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

    /// Writes AWS's answer for `old`, unless another program has written something newer.
    fn keep(
        &self,
        place: Place,
        old: FileOf<L>,
        grant: &L::Grant,
        new: Renewed<L::Token>,
    ) -> L::Token {
        let contents = match self.login.read() {
            Ok(there) if self.is_newer(&there, &old) => {
                self.ctx.printer.info(|| "another program wrote a newer login".to_owned());
                return there.token;
            }
            Ok(there) => there.contents,
            Err(Problem::Missing | Problem::NotFor { .. }) => {
                self.ctx.printer.info(|| "the login was removed during the refresh".to_owned());
                return new.token;
            }
            Err(_) => old.contents.clone(),
        };
        self.login.carry_on(&old, &new);
        let written = self.login.encode(&new, grant, &contents);
        let Renewed { token, .. } = new;
        match written.and_then(|text| place.put(text.as_bytes())) {
            Err(why) => self.warn_of_loss(&why),
            // Else each process from now on would do it again.
            Ok(())
                if self.refused.is_some() || token.left(self.ctx.now()) <= self.login.window() =>
            {
                if let Ok(written) = self.login.read() {
                    self.attempts().note(written.modified, None, None);
                }
            }
            Ok(()) => {}
        }
        token
    }

    fn warn_of_loss(&self, why: &io::Error) {
        self.ctx.printer.warn(&format!(
            "the refreshed token of {} cannot be saved: {why}; this run uses it, but its refresh \
             token is used up, so the next run may need a login",
            self.login.whose().owner
        ));
    }

    /// What is left when AWS gave no new token for `old`.
    fn fall_back(&self, old: FileOf<L>, refused: Refused) -> Result<L::Token> {
        // Somebody else may have used the refresh token first.
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
        let mut pauses = PAUSES.iter().filter(|_| patient);
        loop {
            match self.login.read() {
                Ok(there) if self.is_newer(&there, old) => return Some(there),
                _ => thread::sleep(*pauses.next()?),
            }
        }
    }

    fn is_newer(&self, there: &FileOf<L>, old: &FileOf<L>) -> bool {
        there.token.expires_at() > old.token.expires_at() && self.is_good(&there.token)
    }

    fn error(&self, problem: Problem) -> Error {
        let hints = match problem {
            Problem::Missing => self.login.elsewhere(),
            _ => Vec::new(),
        };
        problem.into_error(&self.login.whose(), self.login.path(), self.ctx.clock(), hints)
    }

    /// Why the token of a file that can't be refreshed isn't used.
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
        other_causes.into_iter().fold(error, Error::hint)
    }

    fn has_no_place(&self, old: &FileOf<L>, why: io::Error) -> Error {
        let (whose, path) = (self.login.whose(), self.login.path());
        refusal::no_place(&whose, &old.token, path, why, self.ctx.clock())
    }

    fn attempts(&self) -> Attempts<'_> {
        Attempts::of(self.ctx, self.login.path())
    }
}
