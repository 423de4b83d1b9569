//! Looks for a token in every token file, as aws2-wrap does.

use std::fs;

use super::file;
use super::location::directory;
use super::login_file::Token;
use super::sso_token::SsoToken;
use crate::context::Context;
use crate::profile::plan::SsoSource;

/// Of the valid tokens for exactly this start URL and region, under any file name, the one that
/// lasts longest. It may have been issued to another person than the token of `source`.
pub(crate) fn of_any_key(ctx: &Context, source: &SsoSource) -> Option<SsoToken> {
    let entries = fs::read_dir(directory(&ctx.home().ok()?)).ok()?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    // Sorted, so that the choice between equal ones does not depend on the file system.
    paths.sort();
    let now = ctx.now();
    let is_for = |token: &SsoToken| {
        source.start_url.is_some()
            && (&token.start_url, &token.region) == (&source.start_url, &source.sso_region)
            && token.is_live(now)
    };
    let tokens = paths.iter().filter_map(|path| file::read_any(ctx, path).ok());
    tokens.map(|found| found.token).filter(is_for).max_by_key(|token| token.expires_at)
}
