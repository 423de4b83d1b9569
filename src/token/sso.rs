//! What is special about refreshing an Identity Center login.

use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use super::advice::{owner, region_hint};
use super::attempts::Attempts;
use super::login_file::Renewed;
use super::problem::{Elsewhere, Problem};
use super::refresh::{LoginKind, Refresh};
use super::refusal::{self, Refused};
use super::sso_token::{RefreshGrant, SsoToken, TokenFile};
use super::whose::Whose;
use super::{elsewhere, encode, file, location, login};
use crate::aws::{Aws, Service, TokenGrant};
use crate::context::Context;
use crate::credentials::REFRESH_WINDOW;
use crate::error::{Error, Kind, Result};
use crate::profile::plan::SsoSource;
use crate::text::buffer::Buffer;

/// The login of a source.
pub(super) struct SsoLogin<'a> {
    ctx: &'a Context,
    aws: &'a Aws<'a>,
    source: &'a SsoSource,
    home: PathBuf,
    path: PathBuf,
}

impl<'a> SsoLogin<'a> {
    pub(super) fn new(ctx: &'a Context, aws: &'a Aws<'a>, source: &'a SsoSource) -> Result<Self> {
        let home = ctx.home()?;
        let path = location::file(&home, source);
        Ok(Self { ctx, aws, source, home, path })
    }
}

/// The token of `source`, refreshed if 15 minutes or less of it are left and that is possible (SPEC
/// 3.3). If another process's refresh has failed since `started`, the start of this one, it is not
/// tried again.
///
/// # Errors
/// See [`Refresh::token`].
pub(crate) fn usable(
    ctx: &Context,
    aws: &Aws<'_>,
    source: &SsoSource,
    started: DateTime<Utc>,
) -> Result<SsoToken> {
    let login = SsoLogin::new(ctx, aws, source)?;
    Refresh { ctx, login, started, refused: None }.token()
}

/// Another token instead of `refused`, which the portal refuses although it is valid according to
/// its file: the one that is in the file by now, or a refreshed one. None if only signing in helps,
/// as for every legacy profile.
///
/// # Errors
/// See [`usable`], except where signing in would help.
pub(crate) fn replacement(
    ctx: &Context,
    aws: &Aws<'_>,
    source: &SsoSource,
    started: DateTime<Utc>,
    refused: &SsoToken,
) -> Result<Option<SsoToken>> {
    let login = SsoLogin::new(ctx, aws, source)?;
    match (Refresh { ctx, login, started, refused: Some(refused) }).token() {
        Ok(token) => Ok(Some(token)),
        Err(error) if matches!(error.kind, Kind::LoginRequired | Kind::AccessDenied) => {
            ctx.printer.info(|| error.message.clone());
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Removes the records of the last refresh of the token file at `path` and of its login, because
/// the file is gone.
pub(crate) fn forget(ctx: &Context, path: &Path) {
    Attempts::of(ctx, path).forget();
    login::end(ctx, path);
}

impl LoginKind for SsoLogin<'_> {
    type Token = SsoToken;
    type Grant = RefreshGrant;

    const SPARE: TimeDelta = TimeDelta::minutes(1);

    fn window(&self) -> TimeDelta {
        REFRESH_WINDOW
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn whose(&self) -> Whose {
        Whose::of_sso(self.source)
    }

    fn read(&self) -> Result<TokenFile, Problem> {
        file::read(self.ctx, self.source, &self.path)
    }

    fn ask(&self, found: &TokenFile, grant: &RefreshGrant) -> Result<Renewed<SsoToken>, Refused> {
        // A vanity start URL may have led to a different region from the config's.
        let region = found.token.region.as_ref().or(self.source.sso_region.as_ref());
        let region = region.ok_or_else(|| no_region(self.source))?;
        let endpoint = self.aws.endpoint(Service::SsoOidc, region)?;
        let client = grant.registration.client();
        let refresh_token = TokenGrant::RefreshToken(&grant.refresh_token);
        let asked_at = self.ctx.now();
        let answer = self.aws.create_token(&endpoint, client, refresh_token);
        let new = answer.map_err(|failure| refusal::of(&owner(self.source), failure))?;
        let old = &found.token;
        let token = SsoToken {
            access_token: new.access_token,
            expires_at: asked_at + new.expires_in,
            start_url: self.source.start_url.clone().or_else(|| old.start_url.clone()),
            region: old.region.clone().or_else(|| self.source.sso_region.clone()),
        };
        Ok(Renewed { token, refresh_token: new.refresh_token })
    }

    fn carry_on(&self, old: &TokenFile, new: &Renewed<SsoToken>) {
        let new = login::tokens_of_token(&new.token, new.refresh_token.as_ref());
        login::carry_on(self.ctx, &self.path, &login::tokens_of(old), &new);
    }

    fn encode(
        &self,
        new: &Renewed<SsoToken>,
        grant: &RefreshGrant,
        before: &[u8],
    ) -> io::Result<Buffer> {
        let Renewed { token, refresh_token } = new;
        Ok(encode::encode(token, &grant.registration, refresh_token.as_ref(), before)?)
    }

    fn elsewhere(&self) -> Elsewhere {
        elsewhere::hints(self.ctx, self.source, &self.home)
    }

    fn other_causes(&self, old: &SsoToken) -> Option<String> {
        region_hint(self.source, old.region.as_deref())
    }
}

/// The region of the Identity Center instance is unknown.
fn no_region(source: &SsoSource) -> Error {
    let message = format!("{} has no region", owner(source));
    Error::new(Kind::NoRegion, message).hint("give `--sso-region`")
}
