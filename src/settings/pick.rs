//! If no profile is named, the user at the terminal chooses one.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::cache::listing as cached;
use crate::cli::Global;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::organisation;
use crate::profile::Resolver;
use crate::profile::files::Files;
use crate::profile::listing::ListedProfile;
use crate::profile::logins::Role;
use crate::storage::recent;
use crate::text::clock::Clock;
use crate::ui::picker::{self, Picker, Row};
use crate::variables;

use super::{default_gives_credentials, request};

/// The options, with the user's choice of a profile in `files` if none is named, `default` gives no
/// credentials, and a user is at the terminal. Not for verbs that write files or run for programs.
///
/// # Errors
/// `Interrupted` if nothing is chosen.
pub(crate) fn where_none_is_named(
    ctx: &Context,
    mut global: Global,
    files: &Files,
) -> Result<Global> {
    if request::is_named(ctx, &global) || global.unattended || !picker::is_possible(ctx) {
        return Ok(global);
    }
    if default_gives_credentials(files) || files.profile_names().is_empty() {
        return Ok(global);
    }
    let name = profile(ctx, files)?;
    global.profiles = vec![name.clone()];
    global.profile = Some(name);
    Ok(global)
}

/// Lets the user choose a profile in these files.
///
/// # Errors
/// `ProfileNotFound` if there is none, `Interrupted` if nothing is chosen.
pub(crate) fn profile(ctx: &Context, files: &Files) -> Result<String> {
    let current = ctx.var(variables::SSOWRAP_PROFILE);
    let header = current.map(|name| format!("now: {name}")).unwrap_or_default();
    choose(ctx, files, header, "")?.ok_or_else(|| {
        let message = format!("there is no profile in {}", files.config.path.display());
        Error::new(Kind::ProfileNotFound, message)
            .hint("`ssowrap configure` writes profiles for the roles of your organisation")
    })
}

/// Lets the user at the terminal choose among the profiles that match what was typed as a name.
/// None if there is no user or no such profile.
///
/// # Errors
/// `Interrupted` if nothing is chosen.
pub(crate) fn matching(ctx: &Context, files: &Files, typed: &str) -> Result<Option<String>> {
    if !picker::is_searchable(ctx) {
        return Ok(None);
    }
    choose(ctx, files, format!("there is no profile `{typed}`"), typed)
}

/// None if no profile matches `query`.
fn choose(ctx: &Context, files: &Files, header: String, query: &str) -> Result<Option<String>> {
    let resolver = Resolver::new(files);
    let mut profiles = resolver.profiles();
    let recent = recent::names(ctx);
    let age = |profile: &ListedProfile<'_>| {
        recent.iter().position(|name| *name == profile.name).unwrap_or(usize::MAX)
    };
    profiles.sort_by_cached_key(age);
    let current = ctx.var(variables::SSOWRAP_PROFILE);
    let facts = Facts::new(ctx, &resolver);
    let row = |profile: &ListedProfile<'_>| Row {
        columns: facts.columns(profile),
        is_current: current.as_deref() == Some(&*profile.name),
        ..Row::default()
    };
    let picker = Picker {
        prompt: "profile".to_owned(),
        header,
        rows: profiles.iter().map(row).collect(),
        is_multiple: false,
        query: query.to_owned(),
    };
    if !picker.has_match() {
        return Ok(None);
    }
    let taken = picker::pick(ctx, &picker)?;
    let name = taken.first().map(|place| profiles[*place].name.to_string()).unwrap_or_default();
    recent::note(ctx, &name);
    Ok(Some(name))
}

/// What is known about accounts and credentials without a request.
struct Facts {
    clock: Clock,
    account_names: HashMap<String, String>,
    /// When cached credentials expire.
    ends: HashMap<Role, DateTime<Utc>>,
}

impl Facts {
    fn new(ctx: &Context, resolver: &Resolver<'_>) -> Self {
        let mut account_names = HashMap::new();
        for login in resolver.logins().logins {
            let listing = organisation::kept(ctx, &login.source());
            for account in listing.into_iter().flat_map(|listing| listing.accounts) {
                account_names.extend(account.name.map(|name| (account.id, name)));
            }
        }
        let mut ends = HashMap::new();
        for file in cached::all(ctx).unwrap_or_default() {
            let Some(entry) = file.entry else { continue };
            let role = entry.link.as_ref().filter(|link| link.hops.is_empty());
            if let Some(role) = role.and_then(|link| link.sso_role()) {
                ends.insert(role, entry.expiration);
            }
        }
        Self { clock: ctx.clock(), account_names, ends }
    }

    /// Name, account name, account id, role, time left.
    fn columns(&self, profile: &ListedProfile<'_>) -> Vec<String> {
        let [account_id, role_name] = [&profile.account, &profile.role]
            .map(|text| text.as_deref().unwrap_or_default().to_owned());
        let account_name = self.account_names.get(&account_id).cloned().unwrap_or_default();
        let role = Role { account_id, role_name };
        let end = self.ends.get(&role).filter(|end| **end > self.clock.now());
        let end = end.filter(|_| profile.kind == "sso");
        let left = end.map(|end| self.clock.left(*end)).unwrap_or_default();
        vec![profile.name.to_string(), account_name, role.account_id, role.role_name, left]
    }
}
