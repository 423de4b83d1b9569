//! Logins during the walk: if one is missing and there is a user to sign in, the walk continues
//! after that.

use super::Walk;
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::login::{self, Want};
use crate::profile::plan::Source;
use crate::token;

/// What to do if a login is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Login {
    /// Fail.
    #[default]
    Never,
    /// Sign in if a user is at the terminal, see [`login::is_attended`].
    Attended,
    /// Sign in even if nobody is at the terminal: somebody may be at a browser.
    Auto,
}

impl Walk<'_> {
    /// The credentials of the last link, after signing in if necessary. No lock is held meanwhile,
    /// because the user may take long.
    pub(super) fn signing_in(&mut self) -> Result<Credentials> {
        let error = match self.walk_with_good_token() {
            Err(error) if self.makes_login(&error) => error,
            outcome => return outcome,
        };
        let Source::Sso(source) = &self.plan.source else { return Err(error) };
        self.login_tried = true;
        let refused = self.token.take().filter(|_| error.kind == Kind::TokenRefused);
        let want = Want { source, refused: refused.as_ref(), since: self.started, error };
        let made = login::make(self.ctx, &self.aws, want);
        self.aws.release_interrupts()?;
        match made {
            Ok(token) => {
                self.token = token.into();
                self.login.take();
            }
            // There are no cached credentials either.
            Err(error) if refused.is_some() => return Err(error),
            Err(error) => return self.last_resort(error),
        }
        self.resumed = self.ctx.now();
        let outcome = self.walk();
        if outcome.as_ref().is_err_and(|error| error.kind == Kind::TokenRefused) {
            login::note_refused(self.ctx, source);
        }
        outcome
    }

    /// The credentials of the last link. If the portal refuses a token that is valid according to
    /// its file, the token is replaced once: it may have been revoked when another tool refreshed
    /// it.
    fn walk_with_good_token(&mut self) -> Result<Credentials> {
        let error = match self.walk() {
            Err(error) if error.kind == Kind::TokenRefused => error,
            outcome => return outcome,
        };
        let Source::Sso(source) = &self.plan.source else { return Err(error) };
        let Some(refused) = self.token.take() else { return Err(error) };
        match token::replacement(self.ctx, &self.aws, source, self.started, &refused)? {
            Some(token) => {
                self.token = token.into();
                self.login.take();
                self.walk()
            }
            None => {
                self.token = refused.into();
                Err(error)
            }
        }
    }

    /// Whether to sign in because of `error`.
    fn makes_login(&self, error: &Error) -> bool {
        let is_missing = matches!(error.kind, Kind::LoginRequired | Kind::TokenRefused);
        is_missing
            && match self.options.login {
                Login::Never => false,
                Login::Attended => login::is_attended(self.ctx),
                Login::Auto => true,
            }
    }

    /// Whether to sign in although the credentials are valid for some minutes: a user at the
    /// terminal should sign in now rather than in the middle of their work. A program may not wait
    /// for a user, and gets what there is.
    pub(super) fn is_login_first(&self, error: &Error) -> bool {
        let is_sso = matches!(self.plan.source, Source::Sso(_));
        is_sso && !self.login_tried && self.makes_login(error) && login::is_attended(self.ctx)
    }

    /// What is cached, if it is still valid.
    fn last_resort(&self, error: Error) -> Result<Credentials> {
        let last = self.plan.hops.len();
        match self.slot(last) {
            Ok(Some(slot)) => self.fall_back(last, &slot, error),
            Ok(None) | Err(_) => Err(error),
        }
    }
}
