//! The source that `aws login` signs in to: its file holds the credentials themselves.

use super::Walk;
use crate::cache::login::LoginId;
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::profile::plan::LoginSession;
use crate::token::session::{self, Wish};

impl Walk<'_> {
    pub(super) fn session_credentials(&self, session: &LoginSession) -> Result<Credentials> {
        let wish = Wish {
            region: self.region_of_plan(),
            // What is obtained with them lasts as long as the login.
            min_ttl: self.options.min_ttl.filter(|_| self.plan.hops.is_empty()),
            started: self.started,
        };
        let token = session::credentials(self.ctx, &self.aws, session, wish)?;
        // Somebody may have signed in since the cache was looked at.
        if self.session_login.get().is_some_and(|login| *login != token.login) {
            self.has_login_changed.set(true);
            let owner = session::owner(session);
            let message = format!("{owner} keeps changing while it is used");
            return Err(Error::new(Kind::LoginRequired, message).hint(session::login_hint(session)));
        }
        Ok(token.credentials)
    }

    /// Which login it is, if that can be told: then credentials obtained with it may be served and
    /// kept.
    ///
    /// # Errors
    /// If nobody is logged in: then nothing that is cached may be served either.
    pub(super) fn session_login(&self, session: &LoginSession) -> Result<Option<&LoginId>> {
        if self.session_login.get().is_none() {
            let login = session::login(self.ctx, session)?;
            // It was not there a moment ago.
            let _ = self.session_login.set(login);
        }
        Ok(self.session_login.get().and_then(Option::as_ref))
    }

    /// Whether the login that this walk used has ended: by a logout, or because somebody has signed
    /// in.
    pub(super) fn is_session_over(&self, session: &LoginSession) -> bool {
        let Some(login) = self.session_login.get() else { return false };
        session::login(self.ctx, session).map_or_else(
            // Only a file that is gone is a logout.
            |_| session::path(self.ctx, session).is_ok_and(|path| !path.exists()),
            |now| now != *login,
        )
    }
}
