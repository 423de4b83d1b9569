//! `ssowrap cache`: lists and removes cached role credentials, offline.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::cache;
use crate::cache::link::Link;
use crate::cache::listing::{self, CacheFile, Listed};
use crate::cli::Global;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::exchange;
use crate::handover;
use crate::organisation;
use crate::profile::files::Files;
use crate::profile::{Request, Resolver};
use crate::settings::{GivenProfile, Settings};
use crate::storage::litter;
use crate::text::timestamp;
use crate::token;
use crate::ui::table::{self, Cell, Tone};

/// One entry as `cache list --json` prints it. Nothing in it is secret.
#[derive(Serialize)]
struct EntryRow {
    /// `sso` for Identity Center role credentials, `role` for an assumed role.
    kind: &'static str,
    /// The profiles in the config that use it.
    profiles: Vec<String>,
    account_id: Option<String>,
    /// The permission set. The AWS CLI's own files don't contain it, but a profile in the config
    /// may.
    role_name: Option<String>,
    /// `role_arn` of an assumed role.
    role_arn: Option<String>,
    /// What decides whose credentials these are; null if the AWS CLI wrote them.
    link: Option<Link>,
    access_key_id: String,
    expires_at: String,
    expired: bool,
    file: String,
    /// The expiration, for people.
    #[serde(skip)]
    until: String,
}

/// Lists what is cached for the chosen profile or role, or everything.
pub(super) fn list(ctx: &Context, global: Global, json: bool) -> Result<()> {
    let chosen = Chosen::new(ctx, global)?;
    let served = served_by_name(ctx)?;
    let mut rows: Vec<EntryRow> = listing::all(ctx)?
        .into_iter()
        .filter(|file| chosen.has(file))
        .filter_map(|file| EntryRow::new(ctx, file, &served))
        .collect();
    rows.sort_by(|a, b| (&a.profiles, &a.file).cmp(&(&b.profiles, &b.file)));
    if json {
        return ctx.printer.json(&rows);
    }
    if rows.is_empty() {
        ctx.printer.say("nothing is cached");
        return Ok(());
    }
    let heading = ["PROFILES", "PRINCIPAL", "ACCESS KEY", "UNTIL"];
    let rows = rows.into_iter().map(EntryRow::cells).collect();
    ctx.printer.data(table::columns_after_list(&ctx.printer, &heading, rows).as_bytes())
}

/// Removes what is cached for the chosen profile or role, or everything.
pub(super) fn clear(ctx: &Context, global: Global) -> Result<()> {
    let chosen = Chosen::new(ctx, global)?;
    let mut removed = 0;
    for file in listing::all(ctx)?.iter().filter(|file| chosen.has(file)).map(|file| &file.path) {
        removed += u32::from(listing::forget(ctx, file)?);
    }
    let home = ctx.home()?;
    litter::sweep(
        ctx,
        &[
            cache::aws_cli_directory(&home),
            token::directory(&home),
            token::session::directory(ctx)?,
        ],
    );
    handover::sweep(ctx);
    if chosen.names.is_none() {
        organisation::forget_all(ctx).map_err(|e| {
            Error::new(Kind::Other, "cannot remove the cached list of accounts").source(e)
        })?;
    }
    ctx.printer.say(&listing::removed(removed));
    Ok(())
}

/// The entries that the command line chooses.
struct Chosen {
    /// The names of all entries on the way to the profile or role; none if all entries are meant.
    names: Option<HashSet<String>>,
}

impl Chosen {
    /// Only the command line chooses: AWS_PROFILE is usually set for other commands.
    fn new(ctx: &Context, global: Global) -> Result<Self> {
        let is_named = global.profile.is_some() || global.account_id.is_some();
        let settings = Settings::new(ctx, global, GivenProfile::Ignored)?;
        if !is_named && settings.on_top.is_empty() {
            return Ok(Self { names: None });
        }
        let plan = Resolver::new(&Files::load(ctx)?).resolve(&settings.request).plan?;
        let plan = settings.on_top.put_on(plan)?;
        let names = exchange::links(ctx, &plan).iter().flat_map(listing::names).collect();
        Ok(Self { names: Some(names) })
    }

    fn has(&self, file: &CacheFile) -> bool {
        self.names.as_ref().is_none_or(|names| names.contains(&file.name()))
    }
}

impl EntryRow {
    /// None if the file has no usable entry.
    fn new(ctx: &Context, file: CacheFile, served: &HashMap<String, Served>) -> Option<Self> {
        let served = served.get(&file.name());
        let Listed { link, access_key_id, account_id, expiration } = file.entry?;
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
            until: ctx.clock().until(expiration),
        })
    }

    fn cells(self) -> Vec<Cell<'static>> {
        let profiles = if self.profiles.is_empty() { "-".into() } else { self.profiles.join(", ") };
        let account = match (self.account_id, self.role_name) {
            (Some(account), Some(role)) => Some(format!("{account} {role}")),
            (account, _) => account,
        };
        let role = self.link.and_then(|link| link.role_text());
        let principal = role.or(account).unwrap_or_else(|| "-".into());
        let until = match self.expired {
            true => Cell::new("expired", Tone::Bad),
            false => self.until.into(),
        };
        vec![profiles.into(), principal.into(), self.access_key_id.into(), until]
    }
}

/// The profiles that use cached credentials.
#[derive(Default)]
struct Served {
    profiles: Vec<String>,
    role_name: Option<String>,
}

/// The profiles that use the entries of each name as their last link.
fn served_by_name(ctx: &Context) -> Result<HashMap<String, Served>> {
    let files = Files::load(ctx)?;
    let resolver = Resolver::new(&files);
    let mut by_name: HashMap<String, Served> = HashMap::new();
    for profile in files.profile_names() {
        let request = Request::Profile { name: profile.to_owned(), origin: None };
        // A profile that does not resolve has nothing cached.
        let Ok(plan) = resolver.resolve(&request).plan else { continue };
        let Some(last) = exchange::links(ctx, &plan).pop() else { continue };
        for name in listing::names(&last) {
            let served = by_name.entry(name).or_default();
            served.profiles.push(profile.to_owned());
            served.role_name = last.sso_role().map(|role| role.role_name);
        }
    }
    Ok(by_name)
}
