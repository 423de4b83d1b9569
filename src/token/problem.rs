//! Why a login cannot be used, in words, and what mends it.

use std::io;
use std::iter;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::{SsoToken, State, file, look};
use crate::context::Context;
use crate::error::{Error, Kind};
use crate::profile::plan::SsoSource;
use crate::text::escape::shell_word;
use crate::text::timestamp;

/// Why a token file gives no token.
#[derive(Debug)]
pub(crate) enum Problem {
    /// There is no such file.
    Missing,
    /// There is one, and it cannot be read.
    Unreadable(String),
    /// It holds something else than a token.
    Broken(String),
    /// It holds the token of another portal.
    OtherStartUrl { issued_for: String, configured: String, expires_at: DateTime<Utc> },
    /// It was a token, and cannot be refreshed.
    Expired {
        at: DateTime<Utc>,
        /// When the client registration ended, where that is why.
        registration: Option<DateTime<Utc>>,
    },
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Problem::Missing,
            _ => Problem::Unreadable(error.to_string()),
        }
    }
}

impl Problem {
    pub(crate) fn state(&self) -> State {
        match self {
            Problem::Missing => State::Missing,
            Problem::Unreadable(_) => State::Unreadable,
            Problem::Broken(_) | Problem::OtherStartUrl { .. } => State::Invalid,
            Problem::Expired { .. } => State::Expired,
        }
    }

    pub(crate) fn expires_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Problem::Expired { at, .. } | Problem::OtherStartUrl { expires_at: at, .. } => {
                Some(*at)
            }
            Problem::Missing | Problem::Unreadable(_) | Problem::Broken(_) => None,
        }
    }

    /// What the state does not say.
    pub(crate) fn detail(&self) -> Option<String> {
        match self {
            Problem::Unreadable(why) | Problem::Broken(why) => Some(why.clone()),
            Problem::OtherStartUrl { issued_for, configured, .. } => {
                Some(format!("it was issued for start URL `{issued_for}`, not for `{configured}`"))
            }
            Problem::Expired { registration: Some(end), .. } => Some(format!(
                "its client registration ended at {}, so it cannot be refreshed",
                timestamp::format(*end)
            )),
            Problem::Missing | Problem::Expired { .. } => None,
        }
    }

    /// What is wrong, as the rest of a sentence.
    fn words(&self, owner: &str, path: &Path, now: DateTime<Utc>) -> String {
        let path = path.display();
        match self {
            Problem::Missing => format!("there is no token of {owner} ({path} does not exist)"),
            Problem::Unreadable(why) => format!("cannot read the token of {owner}: {why} ({path})"),
            Problem::Broken(why) => format!("the token of {owner} is broken: {why} ({path})"),
            Problem::OtherStartUrl { issued_for, configured, .. } => format!(
                "the token of {owner} was issued for start URL `{issued_for}`, not for \
                 `{configured}`"
            ),
            Problem::Expired { at, registration } => {
                let registration = registration.map(|end| {
                    let end = timestamp::past(end, now);
                    format!(", and its client registration ended {end}")
                });
                format!(
                    "the token of {owner} expired {}{}",
                    timestamp::past(*at, now),
                    registration.unwrap_or_default()
                )
            }
        }
    }

    /// The error to show. The last hint is the login.
    pub(crate) fn into_error(
        self,
        ctx: &Context,
        source: &SsoSource,
        home: &Path,
        path: &Path,
    ) -> Error {
        let words = self.words(&owner(source), path, ctx.now());
        let profile = source.profile.as_ref();
        let error = match self {
            Problem::Unreadable(_) => {
                let subject = profile.map_or(String::new(), |name| format!("profile `{name}`: "));
                Error::new(Kind::UnreadableFile, subject + &words)
                    .hint("make that file readable or move it away")
            }
            _ => {
                let subject = profile.map_or("a login is needed".to_owned(), |name| {
                    format!("profile `{name}` needs a login")
                });
                Error::new(Kind::LoginRequired, format!("{subject}: {words}"))
            }
        };
        let hints = match self {
            Problem::Missing => logins_elsewhere(ctx, source, home),
            _ => Vec::new(),
        };
        let error = hints.into_iter().fold(error, Error::hint);
        error.hint(login_hint(source))
    }
}

/// The hint that names the login command for `source`.
pub(crate) fn login_hint(source: &SsoSource) -> String {
    format!("run `{}`", login_command(source, false))
}

/// The same where there is a login that has not ended: without `--force` it would stay.
pub(crate) fn new_login_hint(source: &SsoSource) -> String {
    format!("run `{}`", login_command(source, true))
}

/// The hint that names another cause of a refused token: AWS knows it only in the region that
/// issued it.
pub(crate) fn region_hint(source: &SsoSource, token: &SsoToken) -> Option<String> {
    let (asked, issued) = (source.sso_region.as_ref()?, token.region.as_ref()?);
    (asked != issued).then(|| {
        format!(
            "or correct `sso_region`: it says `{asked}`, and the token was issued in `{issued}`"
        )
    })
}

/// The shortest command that signs in for `source`.
fn login_command(source: &SsoSource, force: bool) -> String {
    let option = |name: &str, value: &str| {
        // A value that looks like an option has to be tied to its own.
        let tie = if value.starts_with('-') { '=' } else { ' ' };
        format!(" {name}{tie}{}", shell_word(value))
    };
    let mut command = format!("ssowrap login{}", if force { " --force" } else { "" });
    match (&source.session, &source.profile) {
        (Some(session), _) => command.push_str(&option("--sso-session", session)),
        (None, Some(profile)) => command.push_str(&option("-p", profile)),
        (None, None) => {}
    }
    // What is in no file has to be said in full.
    if source.unlisted || (source.session.is_none() && source.profile.is_none()) {
        let word = |value: &Option<String>, name: &str| value.clone().unwrap_or(name.to_owned());
        command.push_str(&option("--start-url", &word(&source.start_url, "URL")));
        command.push_str(&option("--sso-region", &word(&source.sso_region, "REGION")));
    }
    command
}

/// Whose token it is: the session, or the start URL.
pub(crate) fn owner(source: &SsoSource) -> String {
    match (&source.session, &source.start_url) {
        (Some(session), _) => format!("sso-session `{session}`"),
        (None, url) => format!("start URL `{}`", url.as_deref().unwrap_or_default()),
    }
}

/// Live logins for the same portal that `source` does not use because their key is another. Only
/// told, never used: what is under another key may have been issued to someone else.
fn logins_elsewhere(ctx: &Context, source: &SsoSource, home: &Path) -> Vec<String> {
    let with_key = |session: Option<&str>, start_url: &str| SsoSource {
        session: session.map(str::to_owned),
        start_url: Some(start_url.to_owned()),
        ..source.clone()
    };
    let is_live = |other: &SsoSource| {
        look(ctx, other, &file(home, other)).is_ok_and(|login| login.state(ctx.now()).is_ok())
    };
    let Some(url) = &source.start_url else {
        return Vec::new();
    };
    let mut spellings = other_spellings(url);
    if source.session.is_some() {
        let mut older = iter::once(url.clone()).chain(spellings);
        return if older.any(|spelling| is_live(&with_key(None, &spelling))) {
            vec![format!(
                "there is a token of its start URL `{url}`, left by a profile without a session; \
                 a session needs a login of its own"
            )]
        } else {
            Vec::new()
        };
    }
    let mut sessions = source.sibling_sessions.iter();
    let session = sessions.find(|name| is_live(&with_key(Some(name), url)));
    let spelling = spellings.find(|spelling| is_live(&with_key(None, spelling)));
    session
        .map(|name| use_session(source, name))
        .into_iter()
        .chain(spelling.map(|spelling| use_spelling(source, &spelling)))
        .collect()
}

/// Other spellings of a start URL that a login may have been made with: people copy it from mails
/// (`…/start`), from the address bar (`…/start/#/`) and from the console (`…/start#/`). All open
/// one portal, but as the key of a token file each is its own (SPEC 3.1).
fn other_spellings(url: &str) -> impl Iterator<Item = String> {
    let bare = url.trim_end_matches(['/', '#']);
    let spellings = ["", "/", "#/", "#", "/#/", "/#"].map(|ending| format!("{bare}{ending}"));
    spellings.into_iter().filter(move |spelling| spelling != url)
}

fn use_session(source: &SsoSource, name: &str) -> String {
    let found = format!("sso-session `{name}` has a token for this start URL");
    match &source.profile {
        Some(profile) => format!(
            "{found}: in profile `{profile}`, put `sso_session = {name}` in place of \
             `sso_start_url` and `sso_region`"
        ),
        None => format!("{found}: give `--sso-session {}`", shell_word(name)),
    }
}

fn use_spelling(source: &SsoSource, spelling: &str) -> String {
    let found = format!("there is a token under another spelling of it, `{spelling}`");
    match &source.profile {
        Some(profile) => {
            format!("{found}: set `sso_start_url = {spelling}` in profile `{profile}`")
        }
        None => format!("{found}: give `--start-url {}`", shell_word(spelling)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::sso::canonical_start_url;

    fn hint(profile: Option<&str>, session: Option<&str>, start_url: Option<&str>) -> String {
        login_hint(&SsoSource {
            profile: profile.map(str::to_owned),
            session: session.map(str::to_owned),
            start_url: start_url.map(str::to_owned),
            sso_region: None,
            account_id: "123456789012".into(),
            role_name: "Admin".into(),
            ..SsoSource::default()
        })
    }

    #[test]
    fn spellings() {
        let url = "https://corp.awsapps.com/start";
        assert_eq!(other_spellings(url).count(), 5);
        for other in other_spellings(url) {
            assert_eq!(canonical_start_url(&other), canonical_start_url(url));
            assert!(other_spellings(&other).any(|spelling| spelling == url), "{other}");
        }
    }

    #[test]
    fn login_commands() {
        let url = Some("https://corp.awsapps.com/start");
        assert_eq!(hint(Some("p"), Some("corp"), url), "run `ssowrap login --sso-session corp`");
        assert_eq!(
            hint(Some("p"), Some("My Corp"), url),
            "run `ssowrap login --sso-session 'My Corp'`"
        );
        assert_eq!(hint(Some("p"), Some("-x"), url), "run `ssowrap login --sso-session=-x`");
        assert_eq!(hint(Some("bob's"), None, url), "run `ssowrap login -p 'bob'\\''s'`");
        assert_eq!(
            hint(None, None, url),
            "run `ssowrap login --start-url https://corp.awsapps.com/start --sso-region REGION`"
        );
        let unlisted =
            SsoSource { session: Some("corp".into()), unlisted: true, ..SsoSource::default() };
        assert_eq!(
            login_hint(&unlisted),
            "run `ssowrap login --sso-session corp --start-url URL --sso-region REGION`"
        );
    }
}
