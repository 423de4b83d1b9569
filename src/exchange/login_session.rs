//! The source for `aws login`: its file contains the credentials themselves.

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
            // Roles assumed with them last as long as the login.
            min_ttl: self.options.min_ttl.filter(|_| self.plan.hops.is_empty()),
            started: self.started,
        };
        let token = session::credentials(self.ctx, &self.aws, session, wish)?;
        // Somebody may have signed in since the cache was read.
        if self.session_login.get().is_some_and(|login| *login != token.login) {
            self.has_login_changed.set(true);
            let owner = session::owner(session);
            let message = format!("{owner} keeps changing while it is used");
            return Err(Error::new(Kind::LoginRequired, message).hint(session::login_hint(session)));
        }
        Ok(token.credentials)
    }

    /// The login, if known. Then credentials obtained with it may be used from the cache and
    /// stored.
    ///
    /// # Errors
    /// If nobody is signed in. Then nothing in the cache may be used either.
    pub(super) fn session_login(&self, session: &LoginSession) -> Result<Option<&LoginId>> {
        if self.session_login.get().is_none() {
            let login = session::login(self.ctx, session)?;
            // It didn't exist a moment ago.
            let _ = self.session_login.set(login);
        }
        Ok(self.session_login.get().and_then(Option::as_ref))
    }

    /// Whether the login that this walk used is over, by a logout or because somebody has signed
    /// in.
    pub(super) fn is_session_over(&self, session: &LoginSession) -> bool {
        let Some(login) = self.session_login.get() else { return false };
        session::login(self.ctx, session).map_or_else(
            // Only a missing file means a logout.
            |_| session::path(self.ctx, session).is_ok_and(|path| !path.exists()),
            |now| now != *login,
        )
    }
}
