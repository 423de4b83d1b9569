//! The `aws login` logins: files in `~/.aws/login/cache` that contain AWS credentials for 15
//! minutes, and what gets new ones for 12 hours (SPEC 2.3). Shared with the AWS CLI and the SDKs in
//! both directions.

use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use super::login_file::{LoginFile, Renewed};
use super::problem::{Elsewhere, Problem};
use super::refresh::{FileOf, LoginKind, Refresh};
use super::refusal::{self, Refused};
use super::report::{self, TokenReport};
use super::session_token::{SessionRefresh, SessionToken};
use super::whose::Whose;
use super::{file, members, session_parse};
use crate::aws::{Aws, DpopKey, Service, SessionGrant};
use crate::cache::login::LoginId;
use crate::context::Context;
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::profile::files;
use crate::profile::plan::LoginSession;
use crate::storage::foreign;
use crate::text::buffer::Buffer;
use crate::text::escape::shell_option;
use crate::text::hex::hex;
use crate::text::{json, timestamp};
use crate::variables;

/// With less than this left, other tools get new credentials at each request (SPEC 2.3).
const SPARE: TimeDelta = TimeDelta::minutes(5);

/// Half of their lifetime: everyone who gets credentials has at least this long.
const WINDOW: TimeDelta = TimeDelta::seconds(450);

/// The lifetime that AWS gives.
const LONGEST: TimeDelta = TimeDelta::minutes(15);

/// How to request the credentials of a login session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    /// The region of the sign-in service, if known.
    pub region: Option<&'a str>,
    /// How long they must last.
    pub min_ttl: Option<TimeDelta>,
    /// When this process first needed them.
    pub started: DateTime<Utc>,
}

/// The credentials of a login session, refreshed if due and possible.
///
/// # Errors
/// See [`Refresh::token`].
pub(crate) fn credentials(
    ctx: &Context,
    aws: &Aws<'_>,
    session: &LoginSession,
    wish: Wish<'_>,
) -> Result<SessionToken> {
    let path = path(ctx, session)?;
    let login = SessionLogin { ctx, aws, session, path, wish };
    Refresh { ctx, login, started: wish.started, refused: None }.token()
}

/// The login of a session, whether or not its credentials have expired; none if unknown.
///
/// # Errors
/// `LoginRequired` and `UnreadableFile` if there is no login.
pub(crate) fn login(ctx: &Context, session: &LoginSession) -> Result<Option<LoginId>> {
    let path = path(ctx, session)?;
    let found = read(ctx, session, &path);
    let found = found
        .map_err(|e| e.into_error(&whose(session), &path, ctx.clock(), Elsewhere::default()))?;
    Ok(found.token.login)
}

/// Inspects a login session without using it. Fails only if there is no home directory.
pub(crate) fn inspect(ctx: &Context, session: &LoginSession) -> Result<TokenReport> {
    let path = path(ctx, session)?;
    let found = read(ctx, session, &path);
    Ok(report::of(ctx, path, found))
}

/// Whether a file belongs to a login session, or is a truncated one: what `aws logout --all`
/// removes.
pub(crate) fn is_file_of_one(path: &Path) -> bool {
    foreign::read_regular(path)
        .is_ok_and(|file| memchr::memmem::find(&file.bytes, b"\"accessKeyId\"").is_some())
}

/// `~/.aws/login/cache`, or `AWS_LOGIN_CACHE_DIRECTORY`.
pub(crate) fn directory(ctx: &Context) -> Result<PathBuf> {
    match ctx.var_os(variables::AWS_LOGIN_CACHE_DIRECTORY) {
        Some(directory) => files::expand_path(ctx, Path::new(&directory)),
        None => Ok(ctx.home()?.join(".aws").join("login").join("cache")),
    }
}

/// The file of a session: named by the SHA-256 of its ARN, byte for byte.
pub(crate) fn path(ctx: &Context, session: &LoginSession) -> Result<PathBuf> {
    Ok(directory(ctx)?.join(hex(&Sha256::digest(session.arn.as_bytes())) + ".json"))
}

/// The name of a session's login: "login session `arn:...`".
pub(crate) fn owner(session: &LoginSession) -> String {
    format!("login session `{}`", session.arn)
}

/// The hint with the command that signs in.
pub(crate) fn login_hint(session: &LoginSession) -> String {
    format!("run `aws login {}`", shell_option("--profile", &session.profile))
}

fn whose(session: &LoginSession) -> Whose {
    Whose {
        profile: Some(session.profile.clone()),
        owner: owner(session),
        login: login_hint(session),
        denied: "you need the permission `signin:CreateOAuth2Token`, which the policy \
                 SignInLocalDevelopmentAccess grants",
    }
}

fn read(
    ctx: &Context,
    session: &LoginSession,
    path: &Path,
) -> Result<LoginFile<SessionToken, SessionRefresh>, Problem> {
    file::read_as(ctx, path, |json| session_parse::parse(json, session))
}

/// A login session whose credentials are being obtained.
struct SessionLogin<'a> {
    ctx: &'a Context,
    aws: &'a Aws<'a>,
    session: &'a LoginSession,
    path: PathBuf,
    wish: Wish<'a>,
}

impl LoginKind for SessionLogin<'_> {
    type Token = SessionToken;
    type Grant = SessionRefresh;

    const SPARE: TimeDelta = SPARE;

    fn window(&self) -> TimeDelta {
        // A refresh can't give more than that.
        let min_ttl = self.wish.min_ttl.filter(|least| *least <= LONGEST);
        min_ttl.unwrap_or_default().max(WINDOW)
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn whose(&self) -> Whose {
        whose(self.session)
    }

    fn read(&self) -> Result<FileOf<Self>, Problem> {
        read(self.ctx, self.session, &self.path)
    }

    #[expect(clippy::disallowed_methods, reason = "requests are signed with it")]
    fn ask(
        &self,
        found: &FileOf<Self>,
        grant: &SessionRefresh,
    ) -> Result<Renewed<SessionToken>, Refused> {
        let owner = owner(self.session);
        let region = self.wish.region.ok_or_else(|| no_region(self.session))?;
        let endpoint = self.aws.endpoint(Service::Login, region)?;
        let key = DpopKey::of_pem(grant.dpop_key.expose_secret());
        let key = key.ok_or_else(|| {
            Error::new(Kind::LoginRequired, "its `dpopKey` is not a P-256 private key")
        })?;
        let SessionRefresh { client_id, refresh_token, .. } = grant;
        let grant = SessionGrant { client_id, refresh_token, key };
        let new = self.aws.refresh_session(&endpoint, grant);
        let mut new = new.map_err(|failure| refusal::of(&owner, failure))?;
        new.credentials.account_id.clone_from(&found.token.credentials.account_id);
        // It always has one.
        let expires_at = new.credentials.expiration.unwrap_or_default();
        let login = found.token.login.clone();
        let token = SessionToken { credentials: new.credentials, expires_at, login };
        Ok(Renewed { token, refresh_token: new.refresh_token })
    }

    fn encode(
        &self,
        new: &Renewed<SessionToken>,
        _: &SessionRefresh,
        before: &[u8],
    ) -> io::Result<Buffer> {
        Ok(encode(new, before)?)
    }
}

/// The region of the sign-in service is unknown.
fn no_region(session: &LoginSession) -> Error {
    let message = format!("profile `{}` has no region", session.profile);
    Error::new(Kind::NoRegion, message)
        .at(session.location.clone())
        .hint("add `region = ...` to the profile, or give `--region`")
}

/// The file with new credentials. Everything else stays unchanged, byte for byte, because the next
/// refresh needs most of it. If there is no new refresh token, the old one stays too.
#[expect(clippy::disallowed_methods, reason = "a cache file is written")]
fn encode(new: &Renewed<SessionToken>, before: &[u8]) -> serde_json::Result<Buffer> {
    let text = |text: &str| json::python(&text);
    let optional = |text: Option<&str>| text.map(|text| json::python(&text)).transpose();
    let Credentials { access_key_id, secret_access_key, session_token, account_id, .. } =
        &new.token.credentials;
    let token = session_token.as_ref().map(ExposeSecret::expose_secret);
    let keys = [
        ("accessKeyId", Some(text(access_key_id)?)),
        ("secretAccessKey", Some(text(secret_access_key.expose_secret())?)),
        ("sessionToken", optional(token)?),
        ("accountId", optional(account_id.as_deref())?),
        ("expiresAt", Some(text(&timestamp::format(new.token.expires_at))?)),
    ];
    let refresh_token = new.refresh_token.as_ref().map(ExposeSecret::expose_secret);
    let access_token = members::replace(members::get(before, "accessToken"), &keys)?;
    let parts = [("accessToken", Some(access_token)), ("refreshToken", optional(refresh_token)?)];
    members::replace(Some(before), &parts)
}
