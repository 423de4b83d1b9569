//! The login that gives the credentials: the current one, as long as it doesn't change.

use super::Walk;
use crate::aws::RequestError;
use crate::cache::Slot;
use crate::cache::link::Link;
use crate::cache::listing::{self, CacheFile};
use crate::cache::login::{LoginId, Person};
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::profile::plan::{Source, SsoSource};
use crate::token::{self, Changed, CurrentLogin, LoginState};

/// How often the login may change while ssowrap finds out whose it is.
const ATTEMPTS: usize = 3;

impl Walk<'_> {
    /// The source's login, if credentials obtained with it may be used from the cache and stored:
    /// none for a borrowed one.
    ///
    /// # Errors
    /// If nobody is signed in. Then nothing in the cache may be used either.
    pub(super) fn login(&self, sso: &SsoSource) -> Result<Option<&CurrentLogin>> {
        if let Some(login) = self.login.get() {
            return Ok(login.as_ref());
        }
        let login = match self.login_state(sso)? {
            _ if self.has_borrowed.get() => None,
            LoginState::Known(login) => Some(login),
            LoginState::Changed(_) => self.settled(sso)?,
            LoginState::Missing | LoginState::Unusable => None,
        };
        if let Some(login) = &login {
            self.check_binding(sso, login)?;
        }
        Ok(self.login.get_or_init(|| login).as_ref())
    }

    /// What is known about the source's login. If there is none, the token is borrowed.
    ///
    /// # Errors
    /// If there is no token either.
    pub(super) fn login_state(&self, sso: &SsoSource) -> Result<LoginState> {
        match token::current(self.ctx, sso) {
            LoginState::Missing | LoginState::Unusable => {
                self.token(sso)?;
                // Somebody may have signed in just before.
                Ok(token::current(self.ctx, sso))
            }
            state => Ok(state),
        }
    }

    /// The login after another program has written the token file. It may have refreshed the token,
    /// or another person may have signed in. If taking it for another login would lose something,
    /// one process asks AWS on behalf of all.
    fn settled(&self, sso: &SsoSource) -> Result<Option<CurrentLogin>> {
        let _lock = token::lock_question(self.ctx, sso);
        for _ in 0..ATTEMPTS {
            let changed = match self.login_state(sso)? {
                LoginState::Known(login) => return Ok(Some(login)),
                LoginState::Missing | LoginState::Unusable => return Ok(None),
                LoginState::Changed(changed) => *changed,
            };
            let before = self.entries_of(sso, &changed.noted.id);
            let is_missed = before.iter().any(|file| self.would_be_missed(sso, file));
            // Another portal may have a person of the same name.
            if !is_missed || !sso.is_at(changed.noted.start_url.as_deref()) {
                self.ctx.printer.info(|| "the login is not the same as before".to_owned());
                return Ok(Some(self.begin(sso, changed, before, None)));
            }
            // Read with the rest of the file: it could be the token of yet another login.
            if !changed.is_of(self.token(sso)?) {
                continue;
            }
            let credentials = self.source()?;
            let person = self.person_behind(&credentials);
            let noted = changed.noted.person.clone();
            let noted = noted.or_else(|| self.person_of_any(&before));
            let login = if person.is_some() && person == noted {
                self.ctx.printer.info(|| "the same person is signed in as before".to_owned());
                token::settle(self.ctx, sso, changed, true, person)
            } else {
                self.ctx.printer.info(|| "another person may be signed in".to_owned());
                self.begin(sso, changed, before, person)
            };
            self.keep_source(sso, &login, credentials);
            return Ok(Some(login));
        }
        // It isn't known who that is, so nothing in the cache counts as theirs.
        Ok(None)
    }

    /// Notes another login, and removes what was obtained with the previous one.
    fn begin(
        &self,
        sso: &SsoSource,
        changed: Changed,
        before: Vec<CacheFile>,
        person: Option<Person>,
    ) -> CurrentLogin {
        let login = token::settle(self.ctx, sso, changed, false, person);
        for file in before {
            if let Err(e) = listing::forget(self.ctx, &file.path) {
                self.ctx.printer.debug(|| e.lines().swap_remove(0));
            }
        }
        login
    }

    /// The cached entries that were obtained with a login.
    fn entries_of(&self, sso: &SsoSource, login: &LoginId) -> Vec<CacheFile> {
        let Ok(home) = self.ctx.home() else { return Vec::new() };
        let mut files = listing::all(self.ctx).unwrap_or_default();
        files.retain(|file| {
            let link = file.link().and_then(Link::sso);
            link.is_some_and(|link| link.is_of(sso, &home) && link.login == *login)
        });
        files
    }

    /// Whether losing an entry would cost something: it is still valid, and this walk won't request it
    /// again.
    fn would_be_missed(&self, sso: &SsoSource, file: &CacheFile) -> bool {
        let Some(entry) = &file.entry else { return false };
        let is_got_anew = file.link().and_then(Link::sso_role).is_some_and(|role| {
            role.account_id == sso.account_id && role.role_name == sso.role_name
        });
        entry.expiration > self.ctx.now() && !is_got_anew
    }

    pub(super) fn keep_source(
        &self,
        sso: &SsoSource,
        login: &CurrentLogin,
        credentials: Credentials,
    ) {
        if let Some(link) = self.sso_link(sso, login, 0)
            && let Some(slot) = Slot::new(self.ctx, link, login.file.clone())
        {
            self.keep_of(Some(login), &slot, &credentials);
        }
        self.source_credentials.replace(Some(credentials));
    }

    /// The person who signed in to get these role credentials; none if AWS doesn't say.
    pub(super) fn person_behind(&self, credentials: &Credentials) -> Option<Person> {
        let arn = self.sts_endpoint().and_then(|endpoint| {
            let answer = self.aws.caller_identity(&endpoint, credentials);
            answer.map_err(|failure: RequestError| failure.into_error("the person who signed in"))
        });
        match arn {
            Ok(arn) => Person::of_arn(&arn),
            Err(error) => {
                let why = error.lines().swap_remove(0);
                self.ctx.printer.info(|| format!("cannot find out who signed in: {why}"));
                None
            }
        }
    }

    /// The person behind the first of these entries of one login that is still valid.
    fn person_of_any(&self, files: &[CacheFile]) -> Option<Person> {
        let is_role = |file: &&CacheFile| file.link().and_then(Link::sso_role).is_some();
        let longest = files
            .iter()
            .filter(is_role)
            .max_by_key(|file| file.entry.as_ref().map(|entry| entry.expiration))?;
        let slot = Slot::new(self.ctx, longest.link()?.clone(), None)?;
        let entry = slot.read(self.ctx, &|why| self.warn_of_cache(why))?;
        self.person_behind(&entry.credentials).filter(|_| entry.is_alive(self.ctx.now()))
    }

    /// Notes who signed in, before the user types an MFA code. Otherwise, the credentials that show
    /// this could expire and a program could then refresh the token: the user would have to type
    /// another code.
    pub(super) fn note_person(&self) {
        let Source::Sso(sso) = &self.plan.source else { return };
        let Some(Some(login)) = self.login.get() else { return };
        if token::noted_person(self.ctx, sso, &login.id).is_some() {
            return;
        }
        let slot = self.sso_link(sso, login, 0).and_then(|link| Slot::new(self.ctx, link, None));
        let entry = slot.and_then(|slot| slot.read(self.ctx, &|why| self.warn_of_cache(why)));
        if let Some(person) = entry.and_then(|entry| self.person_behind(&entry.credentials)) {
            token::note_person(self.ctx, sso, &login.id, person);
        }
    }

    /// Checks that the token belongs to the login with which the walk began. The file may have been
    /// written since.
    pub(super) fn check_login(&self, sso: &SsoSource) -> Result<()> {
        let Some(Some(login)) = self.login.get() else { return Ok(()) };
        self.check_token(sso, &login.id)
    }

    /// Checks that the token belongs to a login.
    pub(super) fn check_token(&self, sso: &SsoSource, login: &LoginId) -> Result<()> {
        let Some(token) = self.token.get() else { return Ok(()) };
        if token::is_of(self.ctx, sso, token, login) {
            return Ok(());
        }
        self.has_login_changed.set(true);
        let owner = token::owner(sso);
        let message = format!("the login of {owner} keeps changing while it is used");
        Err(Error::new(Kind::LoginRequired, message).hint(token::login_hint(sso)))
    }

    /// Walks through the plan, and again if the login changed on the way.
    pub(super) fn walk(&mut self) -> Result<Credentials> {
        let attempt = |walk: &Self| {
            walk.check_uncached_binding()?;
            walk.credentials()
        };
        for _ in 1..ATTEMPTS {
            let outcome = attempt(self);
            if !self.has_login_changed.take() {
                return outcome;
            }
            self.token.take();
            self.login.take();
            self.session_login.take();
        }
        attempt(self)
    }

    /// Whether the login that this walk used is over, by a logout or because somebody has signed
    /// in, so that nothing obtained with it may be kept in `slot`.
    pub(super) fn is_login_over(&self, login: Option<&CurrentLogin>, slot: &Slot) -> bool {
        if let Source::LoginSession(session) = &self.plan.source {
            return self.is_session_over(session);
        }
        let (Source::Sso(sso), Some(login)) = (&self.plan.source, login) else { return false };
        match token::current(self.ctx, sso) {
            LoginState::Missing => true,
            LoginState::Known(now) => now.id != login.id,
            // Not known yet: the process that finds out removes the earlier login's credentials.
            // But an entry without a note counts as the AWS CLI's, and if it is newer than the
            // token file, as the next login's.
            LoginState::Changed(_) => slot.is_of_aws_cli(),
            LoginState::Unusable => false,
        }
    }
}
