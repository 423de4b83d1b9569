//! Writes the token of a new login, and checks what a login needs before and after.

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::registration::ClientRegistration;
use super::sso_token::SsoToken;
use super::turn::Turn;
use super::{encode, file, login};
use crate::aws::NewToken;
use crate::context::Context;
use crate::profile::plan::SsoSource;
use crate::storage::atomic;
use crate::storage::place::Place;

/// More than a token can grow by: a new one with all its keys takes less than 8 KiB.
const ROOM: usize = 16 << 10;

/// A token that a login obtained.
pub(crate) struct Granted {
    pub token: NewToken,
    /// When the token was requested: its lifetime counts from here at the latest.
    pub asked_at: DateTime<Utc>,
}

/// Checks that a token file can be written to `path`. Creates its directory.
pub(crate) fn check_place(path: &Path) -> io::Result<()> {
    prove(path, &[]).map(drop)
}

/// Writes the token file of `source` to `path`. Keys in the previous file that no token file has
/// are kept. `region` is the one that issued the token.
pub(crate) fn write(
    ctx: &Context,
    source: &SsoSource,
    path: &Path,
    registration: &ClientRegistration,
    granted: Granted,
    region: String,
) -> io::Result<SsoToken> {
    let token = SsoToken {
        access_token: granted.token.access_token,
        expires_at: granted.asked_at + granted.token.expires_in,
        start_url: source.start_url.clone(),
        region: Some(region),
    };
    let _turn = Turn::insist(ctx, path);
    let before = file::read(ctx, source, path).map(|found| found.contents).unwrap_or_default();
    let refresh_token = granted.token.refresh_token.as_ref();
    let text = encode::encode(&token, registration, refresh_token, &before)?;
    prove(path, &before)?.put(text.as_bytes(), || true)?;
    login::begin(ctx, path, &login::tokens_of_token(&token, refresh_token));
    Ok(token)
}

/// Verifies the place of the token file at `path`, whether or not it exists, and creates its
/// directory. `before` is the file's contents.
pub(super) fn prove(path: &Path, before: &[u8]) -> io::Result<Place> {
    atomic::make_directory(path.parent().ok_or(io::ErrorKind::InvalidInput)?)?;
    Place::prove(path, before.len() + ROOM)
}
