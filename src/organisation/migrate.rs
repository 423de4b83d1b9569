//! `configure --migrate`: the portal's legacy profiles, and those that granted wrote, get the
//! session.

use std::collections::BTreeMap;

use super::session::{Session, owned};
use crate::profile::edit::changes::SectionChange;
use crate::profile::present::{PresentLogin, PresentProfile};
use crate::profile::value::canonical_start_url;
use crate::text::escape::shell_word;

/// The converted profiles, and notes about what else changes or stays.
#[derive(Debug, Default)]
pub(super) struct Migrated<'a> {
    pub changes: Vec<SectionChange>,
    /// The profiles as they were.
    pub profiles: Vec<&'a PresentProfile>,
    pub notes: Vec<String>,
}

/// Converts those of `profiles` that lead to the session's portal. `region` is for those that have
/// none.
pub(super) fn migrate<'a>(
    session: &Session,
    profiles: &[&'a PresentProfile],
    region: Option<&str>,
) -> Migrated<'a> {
    let mut migrated = Migrated::default();
    let mut left = BTreeMap::<String, usize>::new();
    for profile in profiles {
        let (PresentLogin::Legacy { start_url, sso_region }
        | PresentLogin::Granted { start_url, sso_region }) = &profile.portal
        else {
            continue;
        };
        if !session.is_at(start_url) {
            *left.entry(canonical_start_url(start_url)).or_default() += 1;
            continue;
        }
        if let Some(why) = not_migrated(session, profile, sso_region.as_deref()) {
            migrated.notes.push(format!("`{}` isn't migrated: {why}", profile.name));
            continue;
        }
        migrated.profiles.push(profile);
        migrated.changes.push(migration(session, profile, region));
    }
    migrated.notes.extend(left.iter().map(|(start_url, count)| {
        let (what, them) = match count {
            1 => (format!("1 profile of {start_url} stays as it is"), "it"),
            _ => (format!("{count} profiles of {start_url} stay as they are"), "them"),
        };
        let url = shell_word(start_url);
        format!("{what}: `ssowrap configure --migrate --start-url {url}` converts {them}")
    }));
    migrated
}

/// The note that some of `migrated` lose the command that gives other programs their credentials;
/// none if all of those have a second profile.
pub(super) fn note_of_lost(
    migrated: &[&PresentProfile],
    has_second: impl Fn(&PresentProfile) -> bool,
) -> Option<String> {
    let is_lost = |profile: &&&PresentProfile| {
        profile.is_of_granted() && profile.credential_process.is_some() && !has_second(profile)
    };
    migrated.iter().any(|profile| is_lost(&profile)).then(|| {
        "after this, programs without SSO support cannot use these profiles; to write extra \
         profiles for such programs, run `ssowrap configure --all --credential-process`"
            .to_owned()
    })
}

/// The note that `count` of the chosen roles have a profile that granted wrote; none for 0.
pub(super) fn note_of_granted(session: &Session, count: usize) -> Option<String> {
    let (what, them) = match count {
        0 => return None,
        1 => ("1 role already has a profile that granted wrote".to_owned(), "it"),
        _ => (format!("{count} roles already have profiles that granted wrote"), "these"),
    };
    // A new session may not have been written by then.
    let (option, value) = match session.is_new {
        true => ("--start-url", &session.start_url),
        false => ("--sso-session", &session.name),
    };
    let value = shell_word(value);
    Some(format!("{what}: `ssowrap configure --migrate {option} {value}` converts {them}"))
}

fn not_migrated(
    session: &Session,
    profile: &PresentProfile,
    sso_region: Option<&str>,
) -> Option<String> {
    if profile.is_in_credentials {
        return Some("it is in the credentials file too".to_owned());
    }
    let region = sso_region.filter(|region| *region != session.sso_region)?;
    let (name, of_session) = (&session.name, &session.sso_region);
    Some(format!("its sso_region is {region}, but that of `{name}` is {of_session}"))
}

fn migration(session: &Session, profile: &PresentProfile, region: Option<&str>) -> SectionChange {
    let mut change =
        SectionChange::profile(&profile.name, owned(&[("sso_session", &session.name)]));
    let role = profile.role.as_ref().filter(|_| profile.is_of_granted());
    if let Some((account_id, role_name)) = role {
        change.set.extend(owned(&[("sso_account_id", account_id), ("sso_role_name", role_name)]));
    }
    let region = region.filter(|_| profile.region.is_none());
    change.set.extend(region.map(|region| ("region".to_owned(), region.to_owned())));
    let goes = |key: &str| match key {
        "sso_start_url" | "sso_region" | "sso_registration_scopes" => true,
        "credential_process" => profile.is_of_granted(),
        key => key.starts_with("granted_sso_"),
    };
    change.remove = profile.keys.iter().filter(|key| goes(key)).cloned().collect();
    change
}
