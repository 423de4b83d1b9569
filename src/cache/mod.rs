//! Role-credential cache: the credentials of each link of a chain, kept until shortly before they
//! expire.
//!
//! The Identity Center role is kept in the AWS CLI's own file and format, so that both tools share
//! it. Assumed roles are kept in ssowrap's own directory, because the CLI's cache key for them
//! leaves out their source (SPEC 4.2, trap 26).

mod aws_cli;
mod files;
pub(crate) mod link;
pub(crate) mod listing;
pub(crate) mod login;
mod note;
mod own;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::credentials::{Credentials, REFRESH_WINDOW};
use crate::storage::look::Seen;
use crate::storage::{atomic, private};
use crate::text::timestamp;
pub(crate) use aws_cli::directory as aws_cli_directory;
use link::{Link, LinkSource};
use note::{Notes, Owner};

/// Credentials from the cache.
#[derive(Debug)]
pub(crate) struct Entry {
    /// They have an expiration.
    pub credentials: Credentials,
    /// When they expire.
    pub expiration: DateTime<Utc>,
    /// When they were written, which is when they were issued; none if the system does not say.
    pub written: Option<DateTime<Utc>>,
}

impl Entry {
    /// Whether they can be handed out as they are, because more than the window is left. The window
    /// is `window`, or fifteen minutes, but at most half of their lifetime and at least `min_ttl`.
    pub(crate) fn is_fresh(
        &self,
        now: DateTime<Utc>,
        window: Option<TimeDelta>,
        min_ttl: Option<TimeDelta>,
    ) -> bool {
        let window = window.unwrap_or(REFRESH_WINDOW);
        let lifetime = self.written.map(|written| self.expiration - written);
        let half = lifetime.filter(|l| *l > TimeDelta::zero()).map(|lifetime| lifetime / 2);
        let window = half.map_or(window, |half| half.min(window)).max(min_ttl.unwrap_or_default());
        self.left(now) > window
    }

    /// Whether they are good for one more request.
    pub(crate) fn is_alive(&self, now: DateTime<Utc>) -> bool {
        self.left(now) > TimeDelta::seconds(30)
    }

    /// How long they are still valid.
    pub(crate) fn left(&self, now: DateTime<Utc>) -> TimeDelta {
        self.expiration - now
    }
}

/// Where one link's credentials are kept.
#[derive(Debug)]
pub(crate) struct Slot {
    link: Link,
    path: PathBuf,
    form: EntryForm,
    /// The token file of its login.
    token_file: Option<Seen>,
}

/// The two formats of entries.
#[derive(Debug)]
enum EntryForm {
    /// SSO role credentials, in the AWS CLI's format and place.
    Cli(aws_cli::CliKey, Notes),
    /// An assumed role, in ssowrap's own format.
    Own,
}

impl Slot {
    /// Where `link` is kept in this process's caches; none if there is no cache directory, and for
    /// keys that come from a file or elsewhere each time. `token_file` is the one in which its login
    /// was found.
    pub(crate) fn new(ctx: &Context, link: Link, token_file: Option<Seen>) -> Option<Self> {
        let cache_dir = ctx.cache_dir()?;
        match &link.source {
            LinkSource::Sso(sso) if link.hops.is_empty() => {
                let key = aws_cli::CliKey::of(sso);
                let path = key.path(&ctx.home().ok()?);
                let form = EntryForm::Cli(key, Notes::new(&cache_dir, &path));
                Some(Self { link, path, form, token_file })
            }
            LinkSource::LoginSession { .. } | LinkSource::Keys { .. } if link.hops.is_empty() => {
                None
            }
            LinkSource::Sso(_)
            | LinkSource::WebIdentity { .. }
            | LinkSource::LoginSession { .. }
            | LinkSource::Keys { .. } => {
                let path = own::path(&link, &cache_dir).ok()?;
                Some(Self { link, path, form: EntryForm::Own, token_file })
            }
        }
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is the AWS CLI's file, which doesn't say which login it came through.
    pub(crate) fn is_of_aws_cli(&self) -> bool {
        matches!(self.form, EntryForm::Cli(..))
    }

    /// The name of the lock that allows only one exchange at a time for this slot.
    pub(crate) fn lock_key(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        match self.form {
            EntryForm::Cli(..) => format!("sso-{stem}"),
            EntryForm::Own => format!("role-{stem}"),
        }
    }

    /// The cached credentials, valid or not. A bad file only causes a warning, passed to `warn`,
    /// because the credentials can be requested again.
    pub(crate) fn read(&self, ctx: &Context, warn: &dyn Fn(&str)) -> Option<Entry> {
        let (bytes, modified) = self.read_file(ctx, warn)?;
        let credentials = self.decode(ctx, &bytes, modified).or_else(|| {
            let path = self.path.display();
            ctx.printer.info(|| format!("{path} holds no credentials for this role"));
            if matches!(self.form, EntryForm::Own) {
                self.forget(ctx);
            }
            None
        })?;
        let expiration = credentials.expiration?;
        Some(Entry { credentials, expiration, written: modified.and_then(timestamp::of_system) })
    }

    fn read_file(
        &self,
        ctx: &Context,
        warn: &dyn Fn(&str),
    ) -> Option<(Vec<u8>, Option<SystemTime>)> {
        match private::read(&self.path) {
            private::Found::Nothing => None,
            private::Found::Refused { why, exposed } => {
                let message = || format!("cached role credentials are not used: {why}");
                if exposed {
                    warn(&message());
                } else {
                    // If it cannot be replaced either, that causes the warning.
                    ctx.printer.info(message);
                }
                None
            }
            private::Found::File { bytes, modified, repaired } => {
                if repaired {
                    warn(&format!(
                        "{} could be read by other users; its mode is now 0600",
                        self.path.display()
                    ));
                }
                Some((bytes, modified))
            }
        }
    }

    /// This link's credentials in a file written at `modified`.
    fn decode(
        &self,
        ctx: &Context,
        bytes: &[u8],
        modified: Option<SystemTime>,
    ) -> Option<Credentials> {
        match &self.form {
            EntryForm::Own => {
                let (link, credentials) = own::decode(bytes)?;
                (link == self.link).then_some(credentials)
            }
            EntryForm::Cli(key, notes) => {
                let credentials = aws_cli::decode(key, bytes)?;
                let access_key_id = &credentials.access_key_id;
                match notes.owner(&self.link, access_key_id) {
                    Owner::ThisLink => Some(credentials),
                    Owner::AwsCli if self.is_of_this_login(ctx, modified) => {
                        // From now on, the note decides instead of the times. If this fails, the
                        // next process compares the times again.
                        let _ = notes.leave(&self.link, access_key_id);
                        Some(credentials)
                    }
                    Owner::AwsCli | Owner::AnotherLink => None,
                }
            }
        }
    }

    /// Whether what the AWS CLI wrote at `modified` was obtained with the current login. The file
    /// does not mention logins, so only the times can tell, and only while the token file stays the
    /// one in which the login was found: this process may have waited since.
    fn is_of_this_login(&self, ctx: &Context, modified: Option<SystemTime>) -> bool {
        let (Some(modified), Some(token_file)) = (modified, &self.token_file) else { return false };
        modified <= SystemTime::from(ctx.now()) && token_file.is_older_than(modified)
    }

    /// Stores `credentials`. Without an expiration they are not worth storing.
    ///
    /// # Errors
    /// Why they could not be stored, for a warning.
    pub(crate) fn write(&self, credentials: &Credentials) -> Result<(), String> {
        let Some(expiration) = credentials.expiration else { return Ok(()) };
        let cannot = |why: &dyn std::fmt::Display| {
            format!("cannot cache role credentials in {}: {why}", self.path.display())
        };
        let bytes = match &self.form {
            EntryForm::Own => own::encode(&self.link, credentials, expiration),
            EntryForm::Cli(_, notes) => {
                // Written before the entry, which would otherwise count as the AWS CLI's.
                notes.leave(&self.link, &credentials.access_key_id).map_err(|e| {
                    let directory = notes.directory.display();
                    cannot(&format!("cannot record their login in {directory}: {e}"))
                })?;
                aws_cli::encode(credentials, expiration)
            }
        };
        let bytes = bytes.map_err(|e| cannot(&e))?;
        atomic::write(&self.path, bytes.as_bytes()).map_err(|e| cannot(&e))?;
        if let (EntryForm::Own, Some(directory)) = (&self.form, self.path.parent()) {
            own::forget_ended(files::json_files(directory).unwrap_or_default(), &self.path);
        }
        Ok(())
    }

    /// Removes what is cached.
    pub(crate) fn forget(&self, ctx: &Context) {
        if let Err(e) = listing::forget(ctx, &self.path) {
            ctx.printer.debug(|| e.lines().swap_remove(0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(lifetime: i64, left: i64) -> (Entry, DateTime<Utc>) {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let expiration = now + TimeDelta::seconds(left);
        let credentials = Credentials {
            access_key_id: "ASIA".into(),
            secret_access_key: "s".into(),
            session_token: None,
            expiration: Some(expiration),
            account_id: None,
        };
        let written = Some(expiration - TimeDelta::seconds(lifetime));
        (Entry { credentials, expiration, written }, now)
    }

    #[test]
    fn the_window_is_a_quarter_of_an_hour_or_half_the_lifetime() {
        for (lifetime, left, fresh) in [
            (3600, 901, true),
            (3600, 900, false),
            (900, 451, true),
            (900, 450, false),
            (90, 46, true),
            (90, 45, false),
            (43_200, 901, true),
            // Written after they expired, by the clock of another machine.
            (-5, 901, true),
            (-5, 900, false),
        ] {
            let (entry, now) = entry(lifetime, left);
            assert_eq!(entry.is_fresh(now, None, None), fresh, "{lifetime} {left}");
        }
        let (entry, now) = entry(3600, 1800);
        assert!(entry.is_fresh(now, None, Some(TimeDelta::seconds(1799))));
        assert!(!entry.is_fresh(now, None, Some(TimeDelta::seconds(1800))));
        assert!(!entry.is_fresh(now, None, Some(TimeDelta::seconds(3000))));
        assert!(
            entry.is_fresh(now, None, Some(TimeDelta::seconds(1))),
            "it only raises the window"
        );
    }

    #[test]
    fn another_window() {
        let window = Some(TimeDelta::minutes(20));
        for (lifetime, left, fresh) in
            [(3600, 1201, true), (3600, 1200, false), (1800, 901, true), (1800, 900, false)]
        {
            let (entry, now) = entry(lifetime, left);
            assert_eq!(entry.is_fresh(now, window, None), fresh, "{lifetime} {left}");
        }
    }
}
