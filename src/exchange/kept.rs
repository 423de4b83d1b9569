//! Walks along a chain with the cache: looks up each link first, and lets only one process at a
//! time request it.

use std::time::Duration;

use chrono::TimeDelta;

use super::Walk;
use crate::aws::Service;
use crate::cache::{Entry, Slot};
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result, Subject};
use crate::profile::plan::Source;
use crate::storage::lock::{self, HeldByAnother, Lock};
use crate::token::{self, CurrentLogin};

/// What to do with cached role credentials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Caching {
    /// Use them while they are fresh, and store new ones.
    #[default]
    On,
    /// Ignore those that existed when this process started, and store new ones (`--refresh`).
    Refresh,
    /// Neither read nor write them (`--no-cache`).
    Off,
}

/// Links are counted from the source, which is 0; hop `i` of the plan is link `i + 1`.
impl Walk<'_> {
    /// The credentials of the last link, from the cache if they are fresh.
    pub(super) fn credentials(&self) -> Result<Credentials> {
        let last = self.plan.hops.len();
        // Cached credentials don't need the checks for a request.
        let slot = self.slot(last)?;
        if let Some(slot) = &slot
            && let Some(entry) = self.good(last, slot, None)
        {
            let left = entry.left(self.ctx.now());
            self.ctx.printer.info(|| {
                let file = slot.path().display();
                format!("cached credentials, which expire in {}: {file}", duration(left))
            });
            return Ok(entry.credentials);
        }
        self.check()?;
        let (credentials, _) = self.link_or_cached(last)?;
        self.check_lifetime(&credentials)?;
        Ok(credentials)
    }

    /// The credentials of a link, and whether they come from the cache.
    fn link_or_cached(&self, link: usize) -> Result<(Credentials, bool)> {
        let Some(slot) = self.slot(link)? else { return Ok((self.ask(link)?, false)) };
        if let Some(entry) = self.good(link, &slot, None) {
            return Ok((entry.credentials, true));
        }
        let before = self.key_to_replace(&slot);
        let key = slot.lock_key();
        let _lock = self.lock(link, &key);
        // The process that held the lock has probably stored them there.
        if let Some(entry) = self.good(link, &slot, before.as_deref()) {
            return Ok((entry.credentials, true));
        }
        match self.ask(link) {
            Ok(credentials) => {
                self.keep(&slot, &credentials);
                Ok((credentials, false))
            }
            Err(error) => self.fall_back(link, &slot, error).map(|credentials| (credentials, true)),
        }
    }

    /// The lock of a link; none if its holder takes too long. Waits for a holder that is itself
    /// waiting for the portal's quota: without the lock, this process would only be behind it in
    /// the queue.
    fn lock(&self, link: usize, key: &str) -> Option<Lock> {
        let mut patience = self.patience(link);
        loop {
            let left = self.aws.time_left();
            let most = left.map_or(patience, |left| left.min(patience));
            let lock = Lock::wait(self.ctx, key, "getting these credentials", most);
            match lock {
                Err(HeldByAnother) if most == patience => match self.queue() {
                    Duration::ZERO => return None,
                    queue => patience = queue + lock::PATIENCE,
                },
                lock => return lock.ok(),
            }
        }
    }

    /// How long a request to the portal would have to wait now.
    fn queue(&self) -> Duration {
        let Source::Sso(sso) = &self.plan.source else { return Duration::ZERO };
        let login = self.login.get().and_then(Option::as_ref);
        let region = login.and_then(|login| login.region.as_ref()).or(sso.sso_region.as_ref());
        let endpoint = region.and_then(|region| self.aws.endpoint(Service::Sso, region).ok());
        match (endpoint, self.ctx.home()) {
            (Some(endpoint), Ok(home)) => self.aws.queue(&endpoint, &token::file(&home, sso)),
            _ => Duration::ZERO,
        }
    }

    /// How long to wait for another process that is getting the credentials of a link.
    pub(super) fn patience(&self, link: usize) -> Duration {
        match self.plan.hops[..link].iter().any(|hop| hop.mfa_serial.is_some()) {
            true => lock::PATIENCE_WITH_PEOPLE,
            false => lock::PATIENCE,
        }
    }

    fn ask(&self, link: usize) -> Result<Credentials> {
        let Some(hop) = link.checked_sub(1) else {
            let credentials = self.source_once()?;
            self.remember_witness(&credentials);
            return Ok(credentials);
        };
        let (below, cached) = self.link_or_cached(hop)?;
        let assume = |below: &Credentials| {
            let role = || Subject::Role(self.plan.hops[hop].role_arn.clone());
            let credentials = self.hop(hop, below).map_err(|error| error.about(role()))?;
            if self.plan.hops[hop].mfa_serial.is_some() {
                self.note_person();
            }
            Ok::<_, Error>(credentials)
        };
        match assume(&below) {
            // They were revoked at AWS, or the role was replaced: new ones may work.
            Err(error) if cached && error.kind == Kind::CredentialsRefused => {
                let below = self.ask(hop)?;
                if let Some(slot) = self.slot(hop)? {
                    self.keep(&slot, &below);
                }
                assume(&below)
            }
            outcome => outcome,
        }
    }

    /// Stores new credentials of the walk's own login.
    fn keep(&self, slot: &Slot, credentials: &Credentials) {
        self.keep_of(self.login.get().and_then(Option::as_ref), slot, credentials);
    }

    /// Stores new credentials, unless the login that gave them is over.
    pub(super) fn keep_of(
        &self,
        login: Option<&CurrentLogin>,
        slot: &Slot,
        credentials: &Credentials,
    ) {
        let is_over = || {
            let is_over = self.is_login_over(login, slot);
            if is_over {
                self.ctx.printer.info(|| "the login ended in the meantime".to_owned());
            }
            is_over
        };
        // The next login's entry may be there by now.
        if is_over() {
            return;
        }
        match slot.write(credentials) {
            Err(why) => self.warn_of_cache(&why),
            // A logout removes the token first, and then its credentials. An entry written after
            // that would stay.
            Ok(()) if is_over() => slot.forget(self.ctx),
            Ok(()) => {}
        }
    }

    /// Warns once that the cache cannot be written, not once per link.
    pub(super) fn warn_of_cache(&self, why: &str) {
        if self.cache_warned.replace(true) {
            self.ctx.printer.info(|| why.to_owned());
        } else {
            self.ctx.printer.warn(why);
        }
    }

    fn read(&self, slot: &Slot) -> Option<Entry> {
        slot.read(self.ctx, &|why| self.warn_of_cache(why))
    }

    /// Gets the source's credentials once, unless they are refused later.
    fn source_once(&self) -> Result<Credentials> {
        match self.source_credentials.take() {
            Some(credentials) => Ok(credentials),
            None => self.source(),
        }
    }

    pub(super) fn access_key_of_source(&self) -> Result<String> {
        let mut known = self.source_credentials.borrow_mut();
        let credentials = match known.take() {
            Some(credentials) => credentials,
            None => self.source()?,
        };
        Ok(known.insert(credentials).access_key_id.clone())
    }

    /// What is cached for a link, if it can be used. The last link's credentials must outlast the
    /// window; those of a link on the way must be good for one more request.
    fn good(&self, link: usize, slot: &Slot, before: Option<&str>) -> Option<Entry> {
        let entry = self.read(slot)?;
        let now = self.ctx.now();
        let is_last = link == self.plan.hops.len();
        let good = match is_last {
            true => entry.is_fresh(now, self.options.window, self.options.min_ttl),
            false => entry.is_alive(now),
        };
        (good && !self.is_too_old(&entry, before)).then_some(entry)
    }

    /// With `--refresh`, only what another process got after this one started counts. If that was a
    /// moment ago, file times are too coarse to tell, but then its key differs from `before`.
    fn is_too_old(&self, entry: &Entry, before: Option<&str>) -> bool {
        self.options.caching == Caching::Refresh
            && entry.written.is_none_or(|written| written < self.started)
            && before.is_none_or(|key| key == entry.credentials.access_key_id)
    }

    /// The access key that `--refresh` must replace; empty if there is none.
    fn key_to_replace(&self, slot: &Slot) -> Option<String> {
        let is_refresh = self.options.caching == Caching::Refresh;
        let key = |entry: Entry| entry.credentials.access_key_id;
        is_refresh.then(|| self.read(slot).map(key).unwrap_or_default())
    }

    /// If an exchange fails, credentials that are still valid are used anyway, unless AWS denies
    /// them.
    pub(super) fn fall_back(&self, link: usize, slot: &Slot, error: Error) -> Result<Credentials> {
        let denied = matches!(
            error.kind,
            Kind::AccessDenied
                | Kind::TokenRefused
                | Kind::LoginChanged
                | Kind::CredentialsRefused
                | Kind::Interrupted
                | Kind::Usage
        );
        let denied = denied || self.is_login_first(&error);
        if denied || link != self.plan.hops.len() || self.options.caching == Caching::Refresh {
            return Err(error);
        }
        let Some(entry) = self.read(slot) else { return Err(error) };
        let left = entry.left(self.ctx.now());
        if left <= self.options.min_ttl.unwrap_or_default() {
            return Err(error);
        }
        let mut why = error.lines().swap_remove(0);
        // These last only minutes. The user should know now that they must sign in after that.
        if let (Kind::LoginRequired, Some(hint)) = (error.kind, error.hints.first()) {
            why.push_str(&format!("; {hint}"));
        }
        let left = duration(left);
        self.ctx
            .printer
            .warn(&format!("{why}; using the cached credentials, which expire in {left}"));
        Ok(entry.credentials)
    }

    /// Applies `--min-ttl` to whatever is handed out, cached or not.
    fn check_lifetime(&self, credentials: &Credentials) -> Result<()> {
        let (Some(min_ttl), Some(expiration)) = (self.options.min_ttl, credentials.expiration)
        else {
            return Ok(());
        };
        // The exchange's own time does not count, nor does AWS's rounding to whole seconds: a role of
        // one hour can give one hour.
        let given = expiration - self.resumed + TimeDelta::seconds(1);
        if given >= min_ttl {
            return Ok(());
        }
        let message = format!(
            "{} gives credentials that last {}, but --min-ttl asks for {}",
            self.requested(),
            duration(given),
            duration(min_ttl)
        );
        let hint = match (self.plan.hops.last(), &self.plan.source) {
            (Some(hop), _) => {
                let setting = match hop.profile {
                    Some(_) => "`duration_seconds` of the profile",
                    None => "`--duration`",
                };
                format!(
                    "raise {setting} (at most one hour for a role assumed with the credentials of \
                     another role), or lower --min-ttl"
                )
            }
            (None, Source::Sso(_)) => {
                "raise the session duration of the permission set, or lower --min-ttl".to_owned()
            }
            (None, _) => {
                "lower --min-ttl: whatever gives these credentials decides how long they last"
                    .to_owned()
            }
        };
        Err(Error::new(Kind::Other, message).hint(hint))
    }
}

/// A time span for people: `50 s`, `12 min`, `2 h 5 min`.
pub(super) fn duration(span: TimeDelta) -> String {
    match (span.num_hours(), span.num_minutes(), span.num_seconds()) {
        (0, 0, seconds) => format!("{} s", seconds.max(0)),
        (0, minutes, _) => format!("{minutes} min"),
        (hours, minutes, _) if minutes % 60 == 0 => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {} min", minutes % 60),
    }
}
