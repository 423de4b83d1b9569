//! `ssowrap cache`: what role credentials are kept, and forgetting them. Offline.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::cache::{aws_cli, listing, own};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::exchange;
use crate::profile::Request;
use crate::profile::files::Files;
use crate::profile::plan::Source;
use crate::profile::resolve::resolve;
use crate::settings::Settings;
use crate::storage::private::{self, Found};
use crate::text::timestamp;
use crate::ui::table;

/// One entry as `cache list --json` prints it. Nothing in it is secret.
#[derive(Serialize)]
struct Row {
    /// `sso` for role credentials of Identity Center, `role` for an assumed role.
    kind: &'static str,
    /// The profiles of the config it serves.
    profiles: Vec<String>,
    account_id: Option<String>,
    /// The permission set, where a profile of the config tells it: the file does not.
    role_name: Option<String>,
    /// `role_arn` of an assumed role.
    role_arn: Option<String>,
    access_key_id: String,
    expires_at: String,
    expired: bool,
    file: String,
}

/// Lists what is cached.
pub(super) fn list(ctx: &Context, json: bool) -> Result<()> {
    let served = served_by_file(ctx)?;
    let mut rows: Vec<Row> =
        entries(ctx)?.into_iter().filter_map(|path| row(ctx, path, &served)).collect();
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
        true => entries(ctx)?.into_iter().filter(|path| is_ours(path)).collect(),
        false => files_of(ctx, &Files::load(ctx)?, &settings.request)?,
    };
    let mut removed = 0;
    for file in files {
        match fs::remove_file(&file) {
            Ok(()) => removed += 1,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => {
                let message = format!("cannot remove {}", file.display());
                return Err(Error::new(Kind::Other, message).source(e));
            }
        }
    }
    ctx.printer.say(&format!("removed {removed} cached role credentials"));
    Ok(())
}

impl Row {
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

/// Every file of both caches.
fn entries(ctx: &Context) -> Result<Vec<PathBuf>> {
    let mut files = listing::cli_files(ctx)?;
    files.extend(listing::own_files(ctx)?);
    Ok(files)
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
    let mut by_file: BTreeMap<PathBuf, Served> = BTreeMap::new();
    for name in files.profile_names() {
        let request = Request::Profile { name: name.to_owned(), origin: None };
        // A profile that does not resolve has nothing cached.
        let Ok(plan) = resolve(&files, &request).plan else { continue };
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
    let plan = resolve(files, request).plan?;
    Ok(exchange::slots(ctx, &plan).into_iter().map(|slot| slot.path().to_path_buf()).collect())
}

/// Whether `cache clear` may remove a file: the AWS CLI keeps its assumed roles, and other things,
/// in the same directory.
fn is_ours(path: &Path) -> bool {
    summary(path).is_some()
}

/// What may be shown of an entry: chain (own entries only), access key, account, end.
struct Summary {
    chain: Option<Value>,
    access_key_id: String,
    account_id: Option<String>,
    expiration: DateTime<Utc>,
}

fn summary(path: &Path) -> Option<Summary> {
    let Found::File { bytes, .. } = private::read(path) else { return None };
    if let Some((access_key_id, account_id, expiration)) = aws_cli::summary(&bytes) {
        return Some(Summary { chain: None, access_key_id, account_id, expiration });
    }
    let (chain, access_key_id, account_id, expiration) = own::summary(&bytes)?;
    Some(Summary { chain: Some(chain), access_key_id, account_id, expiration })
}

fn row(ctx: &Context, file: PathBuf, served: &BTreeMap<PathBuf, Served>) -> Option<Row> {
    let Summary { chain, access_key_id, account_id, expiration } = summary(&file)?;
    let role_arn = chain.as_ref().and_then(|chain| chain.as_array()?.last()?.get("role_arn"));
    Some(Row {
        kind: if chain.is_some() { "role" } else { "sso" },
        profiles: served.get(&file).map(|s| s.profiles.clone()).unwrap_or_default(),
        role_name: served.get(&file).and_then(|s| s.role_name.clone()),
        account_id,
        role_arn: role_arn.and_then(Value::as_str).map(str::to_owned),
        access_key_id,
        expires_at: timestamp::format(expiration),
        expired: expiration <= ctx.now(),
        file: file.display().to_string(),
    })
}
