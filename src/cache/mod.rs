//! ROLE-CREDENTIAL CACHE: credentials of each link of a chain, kept until shortly before they end.
//!
//! The SSO link is kept in the AWS CLI's own file and form, so that each warms the other; roles
//! that were assumed are kept in a directory of ssowrap's own, for the CLI's key of those leaves
//! out the source below them (SPEC 4.2, trap 26).

pub(crate) mod aws_cli;
pub(crate) mod listing;
pub(crate) mod marks;
pub(crate) mod own;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::credentials::{Credentials, REFRESH_WINDOW};
use crate::storage::{atomic, private};

/// Credentials from the cache.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The credentials; they have an expiration.
    pub credentials: Credentials,
    /// When they end.
    pub expiration: DateTime<Utc>,
    /// When they were written, which is when they were issued; none where the system does not
    /// tell.
    pub written: Option<DateTime<Utc>>,
}

impl Entry {
    /// Whether they can be handed out as they are: more than the window is left, which is `window`
    /// or fifteen minutes but never more than half of their lifetime, and at least `min_ttl`.
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

    /// How long they last.
    pub(crate) fn left(&self, now: DateTime<Utc>) -> TimeDelta {
        self.expiration - now
    }
}

/// The place of one link's credentials.
#[derive(Debug)]
pub(crate) enum Slot {
    /// SSO role credentials, in the AWS CLI's form.
    Cli(aws_cli::Key, PathBuf, marks::Marks),
    /// An assumed role, in our own form.
    Own(own::Key, PathBuf),
}

impl Slot {
    /// The file.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Slot::Cli(_, path, _) | Slot::Own(_, path) => path,
        }
    }

    /// The name of the lock that keeps exchanges for this slot one at a time.
    pub(crate) fn lock_key(&self) -> String {
        let stem = self.path().file_stem().unwrap_or_default().to_string_lossy();
        match self {
            Slot::Cli(..) => format!("sso-{stem}"),
            Slot::Own(..) => format!("role-{stem}"),
        }
    }

    /// What is cached, whether or not it is still good. Whatever is wrong with the file is no
    /// more than a warning, handed to `warn`: the credentials can be had again.
    pub(crate) fn read(&self, ctx: &Context, warn: &dyn Fn(&str)) -> Option<Entry> {
        let (bytes, modified) = match private::read(self.path()) {
            private::Found::Nothing => return None,
            private::Found::Refused { why, exposed } => {
                let message = || format!("cached role credentials are not used: {why}");
                match exposed {
                    true => warn(&message()),
                    // If it cannot be replaced either, that is the warning.
                    false => ctx.printer.info(message),
                }
                return None;
            }
            private::Found::File { bytes, modified, repaired } => {
                if repaired {
                    warn(&format!(
                        "{} could be read by other users; its mode is now 0600",
                        self.path().display()
                    ));
                }
                (bytes, modified)
            }
        };
        let credentials = match self {
            Slot::Cli(key, ..) => aws_cli::decode(key, &bytes),
            Slot::Own(key, _) => own::decode(key, &bytes),
        };
        let Some(credentials) = credentials else {
            ctx.printer.info(|| {
                format!("{} holds no role credentials for this link", self.path().display())
            });
            return None;
        };
        let expiration = credentials.expiration?;
        if let (Slot::Cli(_, _, marks), Some(modified)) = (self, modified)
            && marks.is_of_another_portal(modified)
        {
            ctx.printer.info(|| {
                format!("{} was made for another portal and is not used", self.path().display())
            });
            return None;
        }
        Some(Entry { credentials, expiration, written: modified.map(SystemTime::into) })
    }

    /// Keeps `credentials`. Without an expiration they are not worth keeping.
    ///
    /// # Errors
    /// Why they could not be kept, for a warning.
    pub(crate) fn write(&self, ctx: &Context, credentials: &Credentials) -> Result<(), String> {
        let Some(expiration) = credentials.expiration else { return Ok(()) };
        let bytes = match self {
            Slot::Cli(..) => aws_cli::encode(credentials, expiration),
            Slot::Own(key, _) => own::encode(key, credentials, expiration),
        };
        let bytes = bytes.map_err(|e| e.to_string())?;
        atomic::write(self.path(), bytes.as_bytes()).map_err(|e| {
            format!("cannot cache role credentials in {}: {e}", self.path().display())
        })?;
        match (self, self.path().parent()) {
            (Self::Own(..), Some(directory)) => own::forget_ended(directory, ctx.now()),
            (Self::Cli(key, path, marks), _) => {
                if let Err(e) = marks.leave(key.login()) {
                    // Rather none than one that an edit of the session's start URL brings back.
                    let _ = fs::remove_file(path);
                    let shown = path.display();
                    return Err(format!(
                        "cannot cache role credentials in {shown}: cannot note their portal: {e}"
                    ));
                }
            }
            (Self::Own(..), None) => {}
        }
        Ok(())
    }

    /// Removes what is cached.
    pub(crate) fn forget(&self, ctx: &Context) {
        if let Err(e) = fs::remove_file(self.path()) {
            let path = self.path().display();
            ctx.printer.debug(|| format!("{path} stays: {e}"));
        }
        if let (Slot::Cli(..), Some(directory)) = (self, ctx.cache_dir()) {
            marks::forget(&directory, self.path());
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
            // Written after they ended, says the clock of another machine.
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
