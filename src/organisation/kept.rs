//! The last listing of each login, stored in ssowrap's cache directory as one small file with mode
//! 0600. It is never used for another login, which may be another person's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Listing;
use crate::cache::login::LoginId;
use crate::context::Context;
use crate::profile::plan::SsoSource;
use crate::storage::atomic;
use crate::storage::private::{self, Found};
use crate::text::hex::hex;
use crate::token::{self, LoginState, SsoToken};

/// Version of the file format. Files of another version are ignored.
const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Kept<L> {
    version: u32,
    /// The login's token file, which may be in another home directory.
    token_file: PathBuf,
    login: LoginId,
    listing: L,
}

/// The last listing of the login of `source`; none if nothing is stored.
pub(crate) fn kept(ctx: &Context, source: &SsoSource) -> Option<Listing> {
    read(ctx, source, |kept| login(ctx, source).as_ref() == Some(kept))
}

/// The last listing of the login to which `token` belongs.
pub(super) fn kept_with(ctx: &Context, source: &SsoSource, token: &SsoToken) -> Option<Listing> {
    read(ctx, source, |kept| login_with(ctx, source, token).as_ref() == Some(kept))
}

fn read(ctx: &Context, source: &SsoSource, is_login: impl Fn(&LoginId) -> bool) -> Option<Listing> {
    let token_file = token_file(ctx, source)?;
    let Found::File { bytes, .. } = private::read(&path(ctx, &token_file)?) else { return None };
    let kept: Kept<Listing> = serde_json::from_slice(&bytes).ok()?;
    let is_it = kept.version == VERSION && kept.token_file == token_file;
    (is_it && is_login(&kept.login)).then_some(kept.listing)
}

/// Stores `listing`, obtained with `token`. Stores an incomplete one only if it contains more than
/// the stored one. A failure only costs some requests later.
pub(super) fn keep(ctx: &Context, source: &SsoSource, token: &SsoToken, listing: &Listing) {
    let tells_all = |kept: Listing| kept.has_all_accounts;
    if !listing.has_all_accounts && kept(ctx, source).is_some_and(tells_all) {
        return;
    }
    let Some(token_file) = token_file(ctx, source) else { return };
    let Some((path, login)) = path(ctx, &token_file).zip(login_with(ctx, source, token)) else {
        return;
    };
    let kept = Kept { version: VERSION, token_file, login, listing };
    let written = serde_json::to_vec(&kept)
        .map_err(|e| e.to_string())
        .and_then(|bytes| atomic::write(&path, &bytes).map_err(|e| e.to_string()));
    if let Err(why) = written {
        ctx.printer.info(|| format!("cannot save the listing in {}: {why}", path.display()));
    }
}

/// Removes the listing of the login in `token_file`.
pub(crate) fn forget(ctx: &Context, token_file: &Path) {
    if let Some(path) = path(ctx, token_file) {
        // It may not exist.
        let _ = fs::remove_file(path);
    }
}

/// Removes every listing.
///
/// # Errors
/// The system's error about the directory.
pub(crate) fn forget_all(ctx: &Context) -> io::Result<()> {
    match directory(ctx).map(fs::remove_dir_all) {
        Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The current login. If another program has written its file, it counts as new until it is known
/// to be the same.
fn login(ctx: &Context, source: &SsoSource) -> Option<LoginId> {
    match token::current(ctx, source) {
        LoginState::Known(login) => Some(login.id),
        LoginState::Changed(changed) => Some(changed.login.id),
        LoginState::Missing | LoginState::Unusable => None,
    }
}

/// The same if `token` belongs to it: somebody may have signed in since it was read.
fn login_with(ctx: &Context, source: &SsoSource, token: &SsoToken) -> Option<LoginId> {
    login(ctx, source).filter(|login| token::is_of(ctx, source, token, login))
}

fn token_file(ctx: &Context, source: &SsoSource) -> Option<PathBuf> {
    Some(token::file(&ctx.home().ok()?, source))
}

fn path(ctx: &Context, token_file: &Path) -> Option<PathBuf> {
    let digest = Sha256::digest(token_file.as_os_str().as_encoded_bytes());
    Some(directory(ctx)?.join(format!("{}.json", hex(&digest))))
}

fn directory(ctx: &Context) -> Option<PathBuf> {
    Some(ctx.cache_dir()?.join("organisations"))
}
