//! SSO settings: a profile with a session, a profile of the older form, flags alone (SPEC 2.2).

use super::files::Files;
use super::merged::Merged;
use super::plan::{Plan, SsoSource};
use super::resolve::Walk;
use super::{RoleRequest, sessions, suggest};
use crate::error::{Error, Kind, Location, Result, Subject};

/// The SSO source of a profile; none if it names neither account nor role (SPEC 2.2: only those
/// make it a credentials profile).
pub(crate) fn of_profile(walk: &mut Walk<'_>, profile: &Merged) -> Result<Option<SsoSource>> {
    let account = profile.decisive("sso_account_id")?;
    let role = profile.decisive("sso_role_name")?;
    // To aws2-wrap any of these keys does; the session may say the rest.
    let is_sso = account.is_some()
        || role.is_some()
        || (walk.like_aws2_wrap && profile.has_sso_key())
        || signs_in_only(walk, profile);
    if !is_sso {
        return Ok(None);
    }
    let session = session_of(walk, profile)?;
    if let Some(session) = &session {
        walk.use_section(session)?;
        if !walk.like_aws2_wrap {
            agree(profile, session)?;
        }
        walk.session_region = session.optional("region");
    }
    let find = |key: &str| match profile.decisive(key)? {
        None => session.as_ref().map_or(Ok(None), |s| s.decisive(key)),
        found => Ok::<_, Error>(found),
    };
    let keys = ["sso_role_name", "sso_account_id", "sso_start_url", "sso_region"];
    let [mut role, mut account, start_url, region] = keys.map(find);
    if walk.for_login {
        let none = || Some((String::new(), profile.location.clone()));
        (role, account) = (role.map(|r| r.or_else(none)), account.map(|a| a.or_else(none)));
    }
    let values = [role?, account?, start_url?, region?];
    let [
        Some((role_name, _)),
        Some((account_id, account_at)),
        Some((start_url, _)),
        Some((sso_region, at)),
    ] = values.clone()
    else {
        let missing: Vec<_> =
            keys.iter().zip(&values).filter(|(_, v)| v.is_none()).map(|(k, _)| *k).collect();
        return Err(incomplete(profile, session.as_ref(), &missing));
    };
    check_region(&sso_region, Some(&at))?;
    if !is_account_id(&account_id) && !walk.for_login {
        walk.warn("`sso_account_id` is not twelve digits", &account_at);
    }
    let sibling_sessions = match session {
        Some(_) => Vec::new(),
        None => siblings(walk.files, &start_url),
    };
    let scopes = session.as_ref().and_then(scopes_of);
    Ok(Some(SsoSource {
        profile: Some(profile.name.clone()),
        session: session.map(|s| s.name),
        start_url: Some(start_url),
        sso_region: Some(sso_region),
        scopes,
        unlisted: false,
        account_id,
        role_name,
        sibling_sessions,
    }))
}

/// What the section of a session says about scopes.
fn scopes_of(session: &Merged) -> Option<Vec<String>> {
    session.setting("sso_registration_scopes").map(|setting| sessions::scopes(&setting.text()))
}

/// Whether a profile has a login of its own although it gives no credentials, and a login is wanted.
fn signs_in_only(walk: &Walk<'_>, profile: &Merged) -> bool {
    let names_one = ["sso_session", "sso_start_url"].iter().any(|k| profile.setting(k).is_some());
    walk.for_login && walk.chain.len() == 1 && names_one
}

/// The session section a profile refers to; an error if it is not there.
fn session_of(walk: &Walk<'_>, profile: &Merged) -> Result<Option<Merged>> {
    let Some((name, at)) = profile.decisive("sso_session")? else {
        return Ok(None);
    };
    let session = Merged::session(walk.files, &name).ok_or_else(|| {
        let message = format!("profile `{}`: there is no `[sso-session {name}]`", profile.name);
        let error = Error::new(Kind::SessionNotFound, message).at(at);
        let error = error.about(Subject::Session(name.clone()));
        suggest::names(error, &name, walk.files.session_names())
            .hint("run `aws configure sso-session` to add one")
    })?;
    Ok(Some(session))
}

/// Every key both have must have one value (SPEC 2.2), or it is unclear which login is meant.
fn agree(profile: &Merged, session: &Merged) -> Result<()> {
    for theirs in session.settings() {
        let Some(ours) = profile.setting(&theirs.key) else {
            continue;
        };
        if ours.text() != theirs.text() {
            let message = format!(
                "profile `{}` and sso-session `{}` disagree on `{}`: `{}` here, `{}` there ({})",
                profile.name,
                session.name,
                theirs.key,
                ours.shown(),
                theirs.shown(),
                theirs.location
            );
            return Err(Error::new(Kind::SessionMismatch, message)
                .at(ours.location.clone())
                .hint(format!("remove `{}` from the profile, or make the two equal", theirs.key)));
        }
    }
    Ok(())
}

fn incomplete(profile: &Merged, session: Option<&Merged>, missing: &[&'static str]) -> Error {
    let message = format!(
        "the SSO settings of profile `{}` are incomplete: {} missing",
        profile.name,
        missing.join(", ")
    );
    let error = Error::new(Kind::MissingSetting, message);
    // The portal before the role in it.
    let key = KEYS.into_iter().find(|key| missing.contains(key)).unwrap_or(KEYS[0]);
    let error = error.about(Subject::Key { profile: profile.name.clone(), key });
    if let Some(typo) = misspelled(profile, missing) {
        return error.at(typo.location.clone()).hint(format!(
            "`{}` is not a key anybody reads: a misspelled `{}`?",
            typo.key,
            suggest::nearest(&typo.key, KEYS.to_vec()).first().unwrap_or(&"sso_session")
        ));
    }
    let of_session = missing.iter().all(|key| matches!(*key, "sso_start_url" | "sso_region"));
    match session {
        Some(session) if of_session => error.at(session.location.clone()).hint(format!(
            "add {} to `[sso-session {}]`",
            missing.join(" and "),
            session.name
        )),
        _ => error
            .at(profile.location.clone())
            .hint("run `aws configure sso` with this profile, or add the lines"),
    }
}

/// The keys of an SSO profile.
const KEYS: [&str; 5] =
    ["sso_session", "sso_start_url", "sso_region", "sso_account_id", "sso_role_name"];

/// A key that looks like a slip of the pen for one of those missing (a missing session is not
/// among them, for the older form has none).
fn misspelled<'a>(profile: &'a Merged, missing: &[&str]) -> Option<&'a super::merged::Setting> {
    profile.settings().find(|setting| {
        let key = setting.key.as_str();
        let near = suggest::nearest(key, KEYS.to_vec());
        let meant = near.first().filter(|near| missing.contains(near) || **near == "sso_session");
        meant.is_some() && !KEYS.contains(&key) && key != "sso_registration_scopes"
    })
}

/// A plan from flags alone. A session that is in no config is taken at its word: its token file
/// says the rest.
pub(crate) fn from_flags(walk: &mut Walk<'_>, role: &RoleRequest) -> Result<Plan> {
    let mut start_url = role.start_url.clone();
    let mut sso_region = role.sso_region.clone();
    let (mut scopes, mut unlisted) = (None, false);
    if let Some(name) = &role.session {
        match Merged::session(walk.files, name) {
            Some(session) => {
                walk.use_section(&session)?;
                overlay(&session, "sso_start_url", "--start-url", &mut start_url)?;
                overlay(&session, "sso_region", "--sso-region", &mut sso_region)?;
                scopes = scopes_of(&session);
                if start_url.is_none() || sso_region.is_none() {
                    return Err(session_incomplete(&session));
                }
            }
            None if sso_region.is_none() => {
                let known = walk.files.session_names();
                if !known.is_empty() {
                    let path = walk.files.config.path.display();
                    let message = format!("there is no `[sso-session {name}]` in {path}");
                    let error = Error::new(Kind::SessionNotFound, message);
                    return Err(suggest::names(error, name, known)
                        .hint("for a session outside the config give `--sso-region` as well"));
                }
                unlisted = true;
            }
            None => unlisted = true,
        }
    }
    if let Some(region) = &sso_region {
        check_region(region, None)?;
    }
    let sibling_sessions = match (&role.session, &start_url) {
        (None, Some(url)) => siblings(walk.files, url),
        _ => Vec::new(),
    };
    Ok(Plan::of_sso(SsoSource {
        profile: None,
        session: role.session.clone(),
        start_url,
        sso_region,
        scopes,
        unlisted,
        account_id: role.account_id.clone(),
        role_name: role.role_name.clone(),
        sibling_sessions,
    }))
}

/// Takes a value from the session; a flag that says otherwise is an error.
fn overlay(session: &Merged, key: &str, flag: &str, value: &mut Option<String>) -> Result<()> {
    let Some((theirs, at)) = session.decisive(key)? else {
        return Ok(());
    };
    if value.as_ref().is_some_and(|ours| *ours != theirs) {
        let message = format!("{flag} disagrees with `{key}` of sso-session `{}`", session.name);
        return Err(Error::new(Kind::SessionMismatch, message)
            .at(at)
            .hint(format!("leave {flag} away, or name another session")));
    }
    *value = Some(theirs);
    Ok(())
}

fn session_incomplete(session: &Merged) -> Error {
    let message = format!("sso-session `{}` needs both sso_start_url and sso_region", session.name);
    Error::new(Kind::MissingSetting, message)
        .at(session.location.clone())
        .hint("run `aws configure sso-session`, or add the lines")
}

/// A region becomes part of a host name that receives the access token: it must be one label.
pub(crate) fn check_region(region: &str, at: Option<&Location>) -> Result<()> {
    let label = !region.is_empty()
        && region.len() <= 63
        && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !region.starts_with('-')
        && !region.ends_with('-');
    if label {
        return Ok(());
    }
    Err(Error::new(Kind::InvalidSetting, format!("`{region}` is not the name of a region"))
        .at(at.cloned())
        .hint("regions look like `eu-central-1`"))
}

/// Twelve digits.
pub(crate) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// A start URL without the spellings that lead to one portal but to another token file.
pub(crate) fn canonical_start_url(url: &str) -> String {
    let trimmed = url.trim_end_matches(['/', '#']);
    match trimmed.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            format!("{}://{}{path}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase())
        }
        None => trimmed.to_owned(),
    }
}

/// Sessions of the config that lead to the same portal.
fn siblings(files: &Files, start_url: &str) -> Vec<String> {
    let wanted = canonical_start_url(start_url);
    let leads_there = |name: &&str| {
        Merged::session(files, name)
            .and_then(|session| session.optional("sso_start_url"))
            .is_some_and(|url| canonical_start_url(&url) == wanted)
    };
    files.session_names().into_iter().filter(leads_there).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_portal() {
        let canonical = canonical_start_url("https://d-1.awsapps.com/start");
        for url in [
            "https://d-1.awsapps.com/start/",
            "https://d-1.awsapps.com/start#/",
            "https://d-1.awsapps.com/start/#",
            "HTTPS://D-1.awsapps.com/start",
        ] {
            assert_eq!(canonical_start_url(url), canonical, "{url}");
        }
        assert_ne!(canonical_start_url("https://d-1.awsapps.com/Start"), canonical);
    }

    #[test]
    fn regions_are_one_label() {
        assert!(check_region("eu-central-1", None).is_ok());
        for region in ["", "evil.example/", "a.b", "-a", "a-", "é", "a b"] {
            assert!(check_region(region, None).is_err(), "{region}");
        }
    }
}
