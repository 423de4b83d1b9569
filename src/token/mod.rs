//! TOKEN CACHE: logins, in the AWS CLI's own files in `~/.aws/sso/cache` (SPEC 3): those that
//! `aws sso login` left there, and those made here.
//!
//! A login belongs to exactly one file. Its name is a digest of the sso-session's name or, for
//! profiles of the older form, of the start URL. There is no search for "some token of that start
//! URL": other tools keep tokens there that were issued for other people and other scopes.

mod anywhere;
pub(crate) mod attempts;
pub(crate) mod encode;
pub(crate) mod file;
pub(crate) mod problem;
mod refresh;
mod refusal;
pub(crate) mod registration;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use crate::aws::Aws;
use crate::context::Context;
use crate::error::Result;
use crate::profile::plan::SsoSource;
use crate::profile::sso::canonical_start_url;
use crate::text::timestamp;
pub(crate) use anywhere::of_any_key;
use problem::Problem;
pub(crate) use problem::{login_hint, new_login_hint, owner, region_hint};
use refresh::Refresh;
use registration::Registration;

/// A login, as its file holds it.
#[derive(Debug)]
pub(crate) struct SsoToken {
    /// The bearer token; printable ASCII, so that it can stand in an HTTP header.
    pub access_token: SecretString,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// The start URL it was issued for, as configured at that time.
    pub start_url: Option<String>,
    /// The region of the Identity Center instance that issued it.
    pub region: Option<String>,
}

impl SsoToken {
    /// How long it lasts.
    pub(crate) fn left(&self, now: DateTime<Utc>) -> TimeDelta {
        self.expires_at - now
    }

    pub(crate) fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expires_at > now
    }

    #[expect(clippy::disallowed_methods, reason = "they are compared with each other")]
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.access_token.expose_secret() == other.access_token.expose_secret()
    }
}

/// All that a token file holds.
pub(crate) struct Login {
    pub token: SsoToken,
    /// What a refresh takes; none where any part of it is missing, and for profiles without a
    /// session: their tokens are never refreshed (SPEC 3.4).
    pub grant: Option<Grant>,
    /// The file as it was read.
    pub contents: Zeroizing<Vec<u8>>,
    /// When it was written; none where the system does not tell.
    pub modified: Option<SystemTime>,
}

/// What a new token is asked for with: the refresh token, and the client registration it was
/// issued to.
pub(crate) struct Grant {
    pub registration: Registration,
    pub refresh_token: SecretString,
}

impl Login {
    /// Whether it can be used, now or after a refresh.
    fn state(&self, now: DateTime<Utc>) -> Result<State, Problem> {
        match &self.grant {
            _ if self.token.is_live(now) => Ok(State::Valid),
            Some(grant) if grant.is_live(now) => Ok(State::Refreshable),
            _ => Err(self.expired()),
        }
    }

    /// What to say of it once it has ended and cannot be refreshed.
    fn expired(&self) -> Problem {
        let registration = self.grant.as_ref().map(|grant| grant.registration.expires_at);
        Problem::Expired { at: self.token.expires_at, registration }
    }
}

impl Grant {
    pub(crate) fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.registration.is_live(now)
    }
}

/// What [`inspect`] found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TokenReport {
    /// The file of the login, whether or not it exists.
    #[serde(serialize_with = "as_text")]
    pub file: PathBuf,
    /// Whether it can be used.
    pub state: State,
    /// When the login ends or ended, where the file says so: `YYYY-MM-DDTHH:MM:SSZ`.
    #[serde(serialize_with = "as_timestamp")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it can be refreshed, now or later.
    #[serde(skip)]
    pub refreshable: bool,
    /// Why it cannot be used, in words, where the state alone does not say it.
    #[serde(skip)]
    pub problem: Option<String>,
}

impl TokenReport {
    /// The state for people, without the file.
    pub(crate) fn text(&self) -> String {
        let mut text = self.state.name().to_owned();
        if let Some(at) = self.expires_at {
            let verb = match self.state {
                State::Expired => " at",
                State::Refreshable => ", expired at",
                _ => " until",
            };
            text.push_str(&format!("{verb} {}", timestamp::format(at)));
        }
        if let Some(problem) = &self.problem {
            text.push_str(&format!(": {problem}"));
        }
        text
    }
}

/// Whether a login can be used. The names are stable: `explain --json` prints them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// It can.
    Valid,
    /// It has ended, and the next use gets a new one for it.
    Refreshable,
    /// It has ended, and only a login mends that.
    Expired,
    /// There is no file.
    Missing,
    /// There is a file that cannot be read.
    Unreadable,
    /// The file holds something else than a login for this start URL.
    Invalid,
}

impl State {
    /// The stable name, as in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            State::Valid => "valid",
            State::Refreshable => "refreshable",
            State::Expired => "expired",
            State::Missing => "missing",
            State::Unreadable => "unreadable",
            State::Invalid => "invalid",
        }
    }
}

/// The file of the login for `source` under the home directory `home` (SPEC 3.1): named by the
/// SHA-1 of the session's name, else of the start URL byte for byte.
pub(crate) fn file(home: &Path, source: &SsoSource) -> PathBuf {
    file_of_key(home, key(source))
}

/// The login for `source`, refreshed where a quarter of an hour or less is left of it and that can
/// be done (SPEC 3.3). Otherwise this costs one file read. A refresh of another process that has
/// failed since `started`, the beginning of this one, counts for this one too.
///
/// # Errors
/// `LoginRequired` where there is none, it has expired, its file is broken, or it is one for
/// another start URL; `UnreadableFile` where the file exists and cannot be read. Each ends in the
/// command that mends it. For an expired login also what stands in the way of its refresh: see
/// [`crate::aws::RequestError::into_error`].
pub(crate) fn usable(
    ctx: &Context,
    aws: &Aws<'_>,
    source: &SsoSource,
    started: DateTime<Utc>,
) -> Result<SsoToken> {
    Refresh::new(ctx, aws, source, started)?.token()
}

/// Whether there is no file of the login for `source`.
pub(crate) fn is_gone(ctx: &Context, source: &SsoSource) -> bool {
    let file = ctx.home().map(|home| file(&home, source));
    file.is_ok_and(|file| {
        let found = std::fs::symlink_metadata(file);
        found.is_err_and(|e| e.kind() == std::io::ErrorKind::NotFound)
    })
}

/// Looks at the login for `source` without using it. Fails only where there is no home directory.
pub(crate) fn inspect(ctx: &Context, source: &SsoSource) -> Result<TokenReport> {
    let file = file(&ctx.home()?, source);
    let found = look(ctx, source, &file).and_then(|login| {
        let now = ctx.now();
        let refreshable = login.grant.as_ref().is_some_and(|grant| grant.is_live(now));
        Ok((login.state(now)?, Some(login.token.expires_at), refreshable, None))
    });
    let (state, expires_at, refreshable, problem) = found
        .unwrap_or_else(|problem| (problem.state(), problem.expires_at(), false, problem.detail()));
    Ok(TokenReport { file, state, expires_at, refreshable, problem })
}

/// Start URL and region that the login for `source` was issued for, as far as its file says so.
pub(crate) fn portal(ctx: &Context, source: &SsoSource) -> (Option<String>, Option<String>) {
    let login = ctx.home().ok().and_then(|home| look(ctx, source, &file(&home, source)).ok());
    login.map_or((None, None), |login| (login.token.start_url, login.token.region))
}

/// The login in `path`, if it is one for `source`, whatever its expiry.
pub(crate) fn look(ctx: &Context, source: &SsoSource, path: &Path) -> Result<Login, Problem> {
    let mut login = file::read(ctx, path)?;
    login.grant.take_if(|_| source.session.is_none());
    let token = &login.token;
    // A session's name says nothing about the portal: the section may have been edited since the
    // login, and two config files may use one name for two portals. Such a token would silently
    // give the credentials of another organisation.
    if let (Some(configured), Some(issued_for)) = (&source.start_url, &token.start_url)
        && canonical_start_url(configured) != canonical_start_url(issued_for)
    {
        return Err(Problem::OtherStartUrl {
            issued_for: issued_for.clone(),
            configured: configured.clone(),
            expires_at: token.expires_at,
        });
    }
    Ok(login)
}

fn key(source: &SsoSource) -> &str {
    source.session.as_deref().or(source.start_url.as_deref()).unwrap_or_default()
}

fn file_of_key(home: &Path, key: &str) -> PathBuf {
    let digest = Sha1::digest(key.as_bytes());
    let name: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    directory(home).join(name + ".json")
}

/// `~/.aws/sso/cache`
pub(crate) fn directory(home: &Path) -> PathBuf {
    home.join(".aws").join("sso").join("cache")
}

/// A path need not be UTF-8, JSON must be.
fn as_text<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

fn as_timestamp<S: Serializer>(
    time: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.map(timestamp::format).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(session: Option<&str>, start_url: Option<&str>) -> SsoSource {
        SsoSource {
            profile: None,
            session: session.map(str::to_owned),
            start_url: start_url.map(str::to_owned),
            sso_region: None,
            account_id: "123456789012".into(),
            role_name: "Admin".into(),
            ..SsoSource::default()
        }
    }

    /// The vectors of SPEC 3.1 and 10.
    #[test]
    fn file_names() {
        let url = "https://d-1234567890.awsapps.com/start";
        for (key, digest) in [
            ("my-sso", "0ad374308c5a4e22f723adf10145eafad7c4031c"),
            ("My Corp", "204ad4b9731f737f3f80683e2c37a7c6ad58355d"),
            ("équipe", "e85e3a0d6d7c5e4114d817fccf50b403c11e9b7f"),
            (url, "7487b5b67d5fa1132cf33fa93ae51ef38cc37752"),
            (&format!("{url}/"), "ae4321de83751a696d13fbefb87d776773c41e1c"),
            (&format!("{url}#/"), "a1c75994a810c1c468d3bd565eda2836303e6659"),
            ("admin", "d033e22ae348aeb5660fc2140aec35850c4da997"),
            ("dev", "34c6fceca75e456f25e7e99531e2425c6c1de443"),
            ("dev-scopes", "75e4d41276d8bd17f85986fc6cccef29fd725ce3"),
            ("test", "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"),
            ("https://ssotest.awsapps.com/start", "dace00cba5f8355ec9d274ceb2bcebdfbeed0e12"),
            ("https://d-92671207e4.awsapps.com/start", "13f9d35043871d073ab260e020f0ffde092cb14b"),
        ] {
            let expected = PathBuf::from(format!("/h/.aws/sso/cache/{digest}.json"));
            assert_eq!(file(Path::new("/h"), &source(Some(key), None)), expected);
            assert_eq!(file(Path::new("/h"), &source(None, Some(key))), expected);
            // The session's name wins over the start URL it comes with.
            assert_eq!(file(Path::new("/h"), &source(Some(key), Some("x"))), expected);
        }
    }

    #[test]
    fn state_names_are_those_of_the_json() {
        for state in [
            State::Valid,
            State::Refreshable,
            State::Expired,
            State::Missing,
            State::Unreadable,
            State::Invalid,
        ] {
            assert_eq!(serde_json::to_value(state).expect("JSON"), state.name());
        }
    }
}
