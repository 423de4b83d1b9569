//! SSO settings: of a profile with a session, of a legacy profile, or from options alone (SPEC
//! 2.2).

use std::borrow::Cow;
use std::rc::Rc;

use super::claim::Question;
use super::key::Key;
use super::merged::{Merged, Setting};
use super::plan::SsoSource;
use super::sections::Sections;
use super::trail::Trail;
use super::value::{
    HAS_USERINFO, START_URLS, canonical_start_url, check_region, has_userinfo, scopes,
};
use super::{RoleRequest, process, suggest, unresolved};
use crate::error::{Error, Kind, Result, Subject};
use crate::text::arn::is_account_id;

/// The keys that describe an Identity Center role: role, account, start URL and region.
pub(super) struct RoleKeys([Key; 4]);

impl RoleKeys {
    pub(super) const AWS: Self =
        Self([Key::SsoRoleName, Key::SsoAccountId, Key::SsoStartUrl, Key::SsoRegion]);
    pub(super) const GRANTED: Self = Self([
        Key::GrantedSsoRoleName,
        Key::GrantedSsoAccountId,
        Key::GrantedSsoStartUrl,
        Key::GrantedSsoRegion,
    ]);

    /// Whether a profile has one of them.
    pub(super) fn are_in(&self, profile: &Merged<'_>) -> bool {
        self.0.into_iter().any(|key| profile.has(key))
    }

    /// Whether granted wrote the profile: it runs granted's command and has granted's SSO keys.
    pub(super) fn of_granted_are_in(profile: &Merged<'_>) -> bool {
        let command = profile.text_of(Key::CredentialProcess);
        command.is_some_and(|command| process::is_granted(&command))
            && Self::GRANTED.are_in(profile)
    }
}

/// The SSO source of a profile, or at least its login if that is the question.
pub(super) fn of_profile<'a>(
    sections: &Sections<'a>,
    profile: &Merged<'a>,
    keys: &RoleKeys,
    question: Question,
    trail: &mut Trail<'a>,
) -> Result<SsoSource> {
    let RoleKeys([role_key, account_key, start_url_key, region_key]) = *keys;
    let session = session_of(sections, profile)?;
    if let Some(session) = &session {
        trail.pass(session)?;
        if !sections.dialect.profile_overrides_session {
            agree(profile, session)?;
        }
        trail.session_region = session.region()?;
    }
    let find = |key| match profile.decisive(key)? {
        None => session.as_deref().map_or(Ok(None), |session| session.decisive(key)),
        found => Ok::<_, Error>(found),
    };
    let keys = [role_key, account_key, start_url_key, region_key];
    let [role, account, start_url, region] = keys.map(find);
    let values = [role?, account?, start_url?, region?];
    let is_wanted = |key: &Key| match question {
        Question::Credentials => true,
        Question::Login => *key == start_url_key || *key == region_key,
    };
    let missing = keys.iter().zip(&values).filter(|(key, v)| v.is_none() && is_wanted(key));
    let missing: Vec<Key> = missing.map(|(key, _)| *key).collect();
    let [role, account, Some(start_url), Some(region)] = values else {
        return Err(incomplete(sections, profile, session.as_deref(), &missing));
    };
    if !missing.is_empty() {
        return Err(incomplete(sections, profile, session.as_deref(), &missing));
    }
    check_region(&region.text(), || region.location())?;
    check_start_url(profile, start_url, question, trail)?;
    if let (Some(account), Question::Credentials) = (account, question) {
        check_account_id(profile, account)?;
    }
    let text = |setting: &Setting<'_>| setting.text().into_owned();
    Ok(SsoSource {
        profile: Some(profile.name.to_string()),
        session: session.as_ref().map(|session| session.name.to_string()),
        start_url: Some(text(start_url)),
        sso_region: Some(text(region)),
        sso_region_at: Some(region.location()),
        is_of_granted: start_url_key == Key::GrantedSsoStartUrl,
        scopes: session.as_deref().and_then(scopes_of),
        unlisted: false,
        account_id: account.map(text).unwrap_or_default(),
        role_name: role.map(text).unwrap_or_default(),
        sibling_sessions: Vec::new(),
    })
}

/// The account and role of a profile, if it has them: either may be in the session (SPEC 2.2).
pub(super) fn principal<'a>(
    sections: &Sections<'a>,
    profile: &Merged<'a>,
) -> (Option<Cow<'a, str>>, Option<Cow<'a, str>>) {
    let of_session = |key| {
        let name = profile.text_of(Key::SsoSession)?;
        sections.session(&name)?.text_of(key)
    };
    let find = |key| profile.text_of(key).or_else(|| of_session(key));
    (find(Key::SsoAccountId), find(Key::SsoRoleName))
}

/// Whether a profile intends to use a login, whether or not that works.
pub(super) fn names_login(profile: &Merged<'_>) -> bool {
    KEYS.into_iter().any(|key| profile.has(key))
}

fn check_account_id(profile: &Merged<'_>, setting: &Setting<'_>) -> Result<()> {
    let account_id = &*setting.text();
    if is_account_id(account_id) {
        return Ok(());
    }
    let digits: String = account_id.chars().filter(|c| !matches!(c, '-' | ' ' | '.')).collect();
    let hint = if is_account_id(&digits) {
        format!("write it as `{digits}`")
    } else {
        "an account id has twelve digits, including leading zeros".to_owned()
    };
    let (name, key) = (&profile.name, &setting.key);
    let message = format!("profile `{name}`: `{key}` `{account_id}` is not twelve digits");
    Err(Error::new(Kind::InvalidSetting, message).at(setting.location()).hint(hint))
}

/// Signing in to a start URL without TLS is impossible. An existing login is used anyway. A URL with a
/// password was copied from somewhere else, and nothing may show it.
fn check_start_url(
    profile: &Merged<'_>,
    setting: &Setting<'_>,
    question: Question,
    trail: &mut Trail<'_>,
) -> Result<()> {
    let start_url = setting.text();
    if has_userinfo(&start_url) {
        let message = format!("profile `{}`: `{}` {HAS_USERINFO}", profile.name, setting.key);
        let error = Error::new(Kind::InvalidSetting, message).at(setting.location());
        return Err(error.hint(START_URLS));
    }
    if start_url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://")) {
        return Ok(());
    }
    let (why, rest) = match start_url.strip_prefix("http://") {
        Some(rest) => ("begins with http://: the start URLs of AWS begin with https://", rest),
        None => ("does not begin with https://", &*start_url),
    };
    let fault = format!("`{}` {why}", setting.key);
    if question == Question::Credentials || is_loopback(rest) {
        trail.warn(fault, setting.location());
        return Ok(());
    }
    let message = format!("profile `{}`: {fault}", profile.name);
    let is_host = rest.split('/').next().is_some_and(|host| host.contains('.'));
    let hint =
        if is_host { format!("write it as `https://{rest}`") } else { START_URLS.to_owned() };
    Err(Error::new(Kind::InvalidSetting, message).at(setting.location()).hint(hint))
}

fn is_loopback(rest: &str) -> bool {
    ["127.", "localhost", "[::1]"].iter().any(|host| rest.starts_with(host))
}

/// The scopes in a session's section.
pub(super) fn scopes_of(session: &Merged<'_>) -> Option<Vec<String>> {
    session.get(Key::SsoRegistrationScopes).map(|setting| scopes(&setting.text()))
}

/// The session section that a profile refers to. A missing one is an error.
fn session_of<'a>(sections: &Sections<'a>, profile: &Merged<'a>) -> Result<Option<Rc<Merged<'a>>>> {
    let Some(setting) = profile.decisive(Key::SsoSession)? else {
        return Ok(None);
    };
    let name = setting.text();
    let session = sections.session(&name).ok_or_else(|| {
        let message = format!("profile `{}`: there is no `[sso-session {name}]`", profile.name);
        let error = Error::new(Kind::SessionNotFound, message).at(setting.location());
        let error = error.about(Subject::Session(name.to_string()));
        unresolved::near_session(sections.files, error, &name)
    })?;
    Ok(Some(session))
}

/// Keys in both must have the same value (SPEC 2.2), or it is unclear which login is meant.
fn agree(profile: &Merged<'_>, session: &Merged<'_>) -> Result<()> {
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
                theirs.location()
            );
            return Err(Error::new(Kind::SessionMismatch, message)
                .at(ours.location())
                .hint(format!("remove `{}` from the profile, or make the two equal", theirs.key)));
        }
    }
    Ok(())
}

fn incomplete(
    sections: &Sections<'_>,
    profile: &Merged<'_>,
    session: Option<&Merged<'_>>,
    missing: &[Key],
) -> Error {
    let names: Vec<&str> = missing.iter().map(|key| key.name()).collect();
    let message = format!(
        "the SSO settings of profile `{}` are incomplete: {} missing",
        profile.name,
        names.join(", ")
    );
    let error = Error::new(Kind::MissingSetting, message);
    // The portal comes before the role in it.
    let first = KEYS.into_iter().find(|key| missing.contains(key)).unwrap_or(Key::SsoSession);
    let error = error.about(Subject::Key { profile: profile.name.to_string(), key: first.name() });
    let meant = [missing, &[Key::SsoSession]].concat();
    if let Some((at, hint)) = unresolved::overlooked(profile, &meant) {
        return error.at(at).hint(hint);
    }
    let of_session = missing.iter().all(|key| matches!(key, Key::SsoStartUrl | Key::SsoRegion));
    match session {
        Some(session) if of_session => error.at(session.location()).hint(format!(
            "add {} to `[sso-session {}]`",
            names.join(" and "),
            session.name
        )),
        _ => {
            // Half a portal would contradict that of a session.
            let lacks_portal = of_session && missing.len() == 2;
            let known = sections.files.session_names().into_iter().filter(|_| lacks_portal).take(3);
            let lines = known.map(|name| format!("`sso_session = {}`", name));
            let hint = match lines.collect::<Vec<_>>().join(" or ") {
                lines if lines.is_empty() => {
                    "add the lines, or let `ssowrap configure` write the profile".to_owned()
                }
                lines => format!("add {lines}"),
            };
            error.at(profile.location()).hint(hint)
        }
    }
}

/// The keys of an SSO profile.
const KEYS: [Key; 5] =
    [Key::SsoSession, Key::SsoStartUrl, Key::SsoRegion, Key::SsoAccountId, Key::SsoRoleName];

/// The source given only by options. For a session that is in no config file, the token file
/// contains the rest.
pub(super) fn from_flags<'a>(
    sections: &Sections<'a>,
    role: &RoleRequest,
    trail: &mut Trail<'a>,
) -> Result<SsoSource> {
    let mut start_url = role.start_url.clone();
    let mut sso_region = role.sso_region.clone();
    let (mut scopes, mut unlisted, mut sso_region_at) = (None, false, None);
    if let Some(name) = &role.session {
        match sections.session(name) {
            Some(session) => {
                trail.pass(&session)?;
                overlay(&session, Key::SsoStartUrl, "--start-url", &mut start_url)?;
                overlay(&session, Key::SsoRegion, "--sso-region", &mut sso_region)?;
                scopes = scopes_of(&session);
                sso_region_at = session.get(Key::SsoRegion).map(Setting::location);
                if start_url.is_none() || sso_region.is_none() {
                    return Err(session_incomplete(&session));
                }
            }
            None if sso_region.is_none() => {
                let known = sections.files.session_names();
                if !known.is_empty() {
                    let path = sections.files.config.path.display();
                    let message = format!("there is no `[sso-session {name}]` in {path}");
                    let error = Error::new(Kind::SessionNotFound, message);
                    return Err(suggest::names(error, name, known)
                        .hint("if the session is not in the config, also give `--sso-region`"));
                }
                unlisted = true;
            }
            None => unlisted = true,
        }
    }
    if let Some(region) = &sso_region {
        check_region(region, || None)?;
    }
    let mut source = SsoSource {
        profile: None,
        session: role.session.clone(),
        start_url,
        sso_region,
        sso_region_at,
        is_of_granted: false,
        scopes,
        unlisted,
        account_id: role.account_id.clone(),
        role_name: role.role_name.clone(),
        sibling_sessions: Vec::new(),
    };
    add_siblings(sections, &mut source);
    Ok(source)
}

/// Takes a value from the session. An option that contradicts it is an error.
fn overlay(session: &Merged<'_>, key: Key, flag: &str, value: &mut Option<String>) -> Result<()> {
    let Some(setting) = session.decisive(key)? else {
        return Ok(());
    };
    let theirs = setting.text();
    if value.as_ref().is_some_and(|ours| **ours != *theirs) {
        let (key, name) = (key.name(), &session.name);
        let message = format!("{flag} disagrees with `{key}` of sso-session `{name}`");
        return Err(Error::new(Kind::SessionMismatch, message)
            .at(setting.location())
            .hint(format!("leave out {flag}, or name another session")));
    }
    *value = Some(theirs.into_owned());
    Ok(())
}

fn session_incomplete(session: &Merged<'_>) -> Error {
    let message = format!("sso-session `{}` needs both sso_start_url and sso_region", session.name);
    Error::new(Kind::MissingSetting, message).at(session.location()).hint("add what is missing")
}

/// Adds the sessions in the config that lead to a start URL's portal.
pub(super) fn add_siblings(sections: &Sections<'_>, source: &mut SsoSource) {
    let (None, Some(start_url)) = (&source.session, &source.start_url) else { return };
    let wanted = canonical_start_url(start_url);
    let leads_there = |session: &Rc<Merged<'_>>| {
        let url = session.optional(Key::SsoStartUrl);
        url.is_some_and(|url| canonical_start_url(&url) == wanted)
    };
    let sessions = sections.all_sessions().into_iter().filter(leads_there);
    source.sibling_sessions = sessions.map(|session| session.name.to_string()).collect();
}
