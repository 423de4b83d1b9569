//! `ssowrap cache`: what role credentials are kept, and forgetting them. Offline.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::cache;
use crate::cache::link::Link;
use crate::cache::listing::{self, CacheFile, Listed};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::exchange;
use crate::organisation;
use crate::profile::files::Files;
use crate::profile::plan::Source;
use crate::profile::{Request, Resolver};
use crate::settings::Settings;
use crate::storage::litter;
use crate::text::timestamp;
use crate::token;
use crate::ui::table;

/// One entry as `cache list --json` prints it. Nothing in it is secret.
#[derive(Serialize)]
struct Row {
    /// `sso` for role credentials of Identity Center, `role` for an assumed role.
    kind: &'static str,
    /// The profiles of the config it serves.
    profiles: Vec<String>,
    account_id: Option<String>,
    /// The permission set. The AWS CLI's own files don't say it, but a profile of the config may.
    role_name: Option<String>,
    /// `role_arn` of an assumed role.
    role_arn: Option<String>,
    /// What decides whose credentials these are; null for what the AWS CLI wrote.
    link: Option<Link>,
    access_key_id: String,
    expires_at: String,
    expired: bool,
    file: String,
}

/// Lists what is cached.
pub(super) fn list(ctx: &Context, json: bool) -> Result<()> {
    let served = served_by_file(ctx)?;
    let mut rows: Vec<Row> =
        listing::all(ctx)?.into_iter().filter_map(|file| Row::new(ctx, file, &served)).collect();
    rows.sort_by(|a, b| (&a.profiles, &a.file).cmp(&(&b.profiles, &b.file)));
    if json {
        return ctx.printer.json(&rows);
    }
    let header = ["PROFILES", "KIND", "PRINCIPAL", "ACCESS KEY", "UNTIL"].map(str::to_owned);
    let mut lines = vec![header.to_vec()];
    lines.extend(rows.into_iter().map(Row::cells));
    ctx.printer.data(table::render(&lines).as_bytes())
}

/// Forgets what is cached for the chosen profile or role, or everything.
pub(super) fn clear(ctx: &Context, settings: &Settings, everything: bool) -> Result<()> {
    let files = match everything {
        true => listing::all(ctx)?.into_iter().map(|file| file.path).collect(),
        false => files_of(ctx, &Files::load(ctx)?, &settings.request)?,
    };
    let mut removed = 0;
    for file in files {
        removed += u32::from(listing::forget(ctx, &file)?);
    }
    let home = ctx.home()?;
    litter::sweep(ctx, &[cache::aws_cli_directory(&home), token::directory(&home)]);
    if everything {
        organisation::forget_all(ctx).map_err(|e| {
            Error::new(Kind::Other, "cannot remove the cached list of accounts").source(e)
        })?;
    }
    ctx.printer.say(&format!("removed {removed} cached role credentials"));
    Ok(())
}

impl Row {
    /// None for a file without an entry that can be used.
    fn new(ctx: &Context, file: CacheFile, served: &BTreeMap<PathBuf, Served>) -> Option<Self> {
        let Listed { link, access_key_id, account_id, expiration } = file.entry?;
        let served = served.get(&file.path);
        let role = link.as_ref().and_then(Link::sso_role).map(|role| role.role_name);
        let role_arn = link.as_ref().and_then(|link| link.role_arn()).map(str::to_owned);
        Some(Self {
            kind: if role_arn.is_some() { "role" } else { "sso" },
            profiles: served.map(|served| served.profiles.clone()).unwrap_or_default(),
            role_name: role.or_else(|| served.and_then(|served| served.role_name.clone())),
            account_id,
            role_arn,
            link,
            access_key_id,
            expires_at: timestamp::format(expiration),
            expired: expiration <= ctx.now(),
            file: file.path.display().to_string(),
        })
    }

    fn cells(self) -> Vec<String> {
        let profiles = if self.profiles.is_empty() { "-".into() } else { self.profiles.join(", ") };
        let account = match (self.account_id, self.role_name) {
            (Some(account), Some(role)) => Some(format!("{account} {role}")),
            (account, _) => account,
        };
        let principal = self.role_arn.or(account).unwrap_or_else(|| "-".into());
        let until = if self.expired { "expired".into() } else { self.expires_at };
        vec![profiles, self.kind.into(), principal, self.access_key_id, until]
    }
}

/// Whom a cache file serves.
#[derive(Default)]
struct Served {
    profiles: Vec<String>,
    role_name: Option<String>,
}

/// Which profiles each cache file serves as the last link of.
fn served_by_file(ctx: &Context) -> Result<BTreeMap<PathBuf, Served>> {
    let files = Files::load(ctx)?;
    let resolver = Resolver::new(&files);
    let mut by_file: BTreeMap<PathBuf, Served> = BTreeMap::new();
    for name in files.profile_names() {
        let request = Request::Profile { name: name.to_owned(), origin: None };
        // A profile that does not resolve has nothing cached.
        let Ok(plan) = resolver.resolve(&request).plan else { continue };
        let Some(last) = exchange::slots(ctx, &plan).pop() else { continue };
        let served = by_file.entry(last.path().to_path_buf()).or_default();
        served.profiles.push(name.to_owned());
        if let (Source::Sso(sso), true) = (plan.source, plan.hops.is_empty()) {
            served.role_name = Some(sso.role_name);
        }
    }
    Ok(by_file)
}

/// The cache files of each link of a request, the source first.
fn files_of(ctx: &Context, files: &Files, request: &Request) -> Result<Vec<PathBuf>> {
    let plan = Resolver::new(files).resolve(request).plan?;
    Ok(exchange::slots(ctx, &plan).into_iter().map(|slot| slot.path().to_path_buf()).collect())
}
