//! Which profiles `configure --prune` removes: those it wrote for roles that AWS no longer lists.

use std::collections::HashSet;

use super::uses::uses;
use super::{Listing, Roles};
use crate::profile::edit::changes::SectionChange;
use crate::profile::present::{PresentLogin, PresentProfile};
use crate::profile::process::ssowrap_profile;

/// The profiles to remove, and notes about those that stay.
#[derive(Debug, Default)]
pub(super) struct Removable<'a> {
    pub names: HashSet<&'a str>,
    pub notes: Vec<String>,
}

/// The profiles written for the session `session` whose role isn't in `listing`, and the profiles
/// based on them.
pub(super) fn removable<'a>(
    session: &str,
    present: &'a [PresentProfile],
    listing: &Listing,
) -> Removable<'a> {
    let mut notes = Vec::new();
    if !listing.has_all_accounts || listing.accounts.is_empty() {
        notes.push("nothing was removed: AWS lists no accounts".to_owned());
        return Removable { names: HashSet::new(), notes };
    }
    let own: Vec<&PresentProfile> =
        present.iter().filter(|profile| profile.generated.as_deref() == Some(session)).collect();
    let is_gone = |profile: &&&PresentProfile| {
        let role = profile.role.as_ref();
        profile.portal == PresentLogin::Session(session.to_owned())
            && profile.role_arn.is_none()
            && role.is_some_and(|(account_id, role_name)| lacks(listing, account_id, role_name))
    };
    let mut names: HashSet<&str> =
        own.iter().filter(is_gone).map(|profile| profile.name.as_str()).collect();
    // Profiles based on them are removed too, at any depth.
    loop {
        let above = own.iter().filter(|profile| base(profile).is_some_and(|b| names.contains(&*b)));
        let more: Vec<&str> = above.map(|profile| profile.name.as_str()).collect();
        let before = names.len();
        names.extend(more);
        if names.len() == before {
            break;
        }
    }
    keep_what_is_used(present, &mut names, &mut notes);
    Removable { names, notes }
}

/// Keeps those of `names` that are needed by profiles that stay.
fn keep_what_is_used<'a>(
    present: &'a [PresentProfile],
    names: &mut HashSet<&'a str>,
    notes: &mut Vec<String>,
) {
    loop {
        let mut staying = present.iter().filter(|profile| !names.contains(profile.name.as_str()));
        let needed =
            staying.find_map(|user| uses(user).find(|of| names.contains(of.name.as_str())));
        let Some(needed) = needed else { return };
        let (name, why) = (&needed.name, needed.why());
        notes.push(format!("`{name}` stays, although AWS no longer lists its role: {why}"));
        names.remove(name.as_str());
    }
}

/// The profile whose credentials another one needs.
pub(crate) fn base(profile: &PresentProfile) -> Option<String> {
    let by_process = || profile.credential_process.as_deref().and_then(ssowrap_profile);
    profile.source_profile.clone().or_else(by_process)
}

/// Whether AWS was asked for the role and didn't list it.
fn lacks(listing: &Listing, account_id: &str, role_name: &str) -> bool {
    match listing.accounts.iter().find(|account| account.id == account_id) {
        None => true,
        Some(account) => match &account.roles {
            Roles::Listed(names) => !names.iter().any(|name| name == role_name),
            Roles::Denied(_) | Roles::Unknown => false,
        },
    }
}

/// Removes a profile's keys, including those of `set`. Keys that `configure` never writes stay, and
/// then so does the section.
pub(super) fn removal(profile: &PresentProfile, set: &[(String, String)]) -> SectionChange {
    let is_ours = |key: &str| {
        matches!(
            key,
            "sso_session"
                | "sso_account_id"
                | "sso_role_name"
                | "role_arn"
                | "source_profile"
                | "credential_process"
                | "region"
                | "output"
                | "ssowrap_generated"
        ) || set.iter().any(|(set, _)| set == key)
    };
    let mut change = SectionChange::profile(&profile.name, Vec::new());
    change.remove = profile.keys.iter().filter(|key| is_ours(key)).cloned().collect();
    change.goes_if_empty = true;
    change
}
