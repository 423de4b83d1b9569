//! Lists every login in the config with the profiles that use it: each `[sso-session x]`, used or
//! not, and each start URL of legacy profiles.
//!
//! Nothing here fails: a profile that doesn't resolve uses no login, and a setting missing from a
//! session is missing here too. One pass handles all profiles, however long their chains are.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::claim::{Position, Question};
use super::key::Key;
use super::merged::Merged;
use super::plan::{LoginSession, Source, SsoSource};
use super::resolve::{Next, Resolver};
use super::sso;
use super::trail::Trail;
use crate::error::{Error, Location, Result};

/// The logins in the config.
#[derive(Debug)]
pub(crate) struct ConfigLogins {
    /// The sections in file order, then the start URLs in the order of their first use.
    pub logins: Vec<SsoSession>,
    /// The `aws login` logins, in the order of their first use.
    pub login_sessions: Vec<UsedSession>,
    /// The errors of profiles that name a login but don't resolve.
    pub unresolved: Vec<Error>,
}

/// An `aws login` login, and the profiles that use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UsedSession {
    /// As its first profile defines it.
    pub session: LoginSession,
    /// The profiles that use it, directly or at the base of their role chain, in file order.
    pub profiles: Vec<String>,
}

/// An Identity Center login: everything that shares one token file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SsoSession {
    /// The name of the sso-session; none for a start URL of legacy profiles.
    pub name: Option<String>,
    /// `sso_start_url`, byte for byte, because without a name it is the key of the token file (SPEC
    /// 3.1).
    pub start_url: Option<String>,
    /// `sso_region`: the section's, else that of the first profile that has one.
    pub sso_region: Option<String>,
    /// The place of `sso_region`.
    pub sso_region_at: Option<Location>,
    /// `sso_registration_scopes` as a list. None if the key is missing, which is not the same as an
    /// empty list. Only a section can have it: the AWS CLI reads it nowhere else (AWS CLI v2,
    /// `_get_legacy_sso_config`).
    pub scopes: Option<Vec<String>>,
    /// The section's header, or the first line with the start URL.
    pub location: Location,
    /// The profiles that use it, directly or at the base of their role chain, in file order.
    pub profiles: Vec<String>,
    /// The roles that profiles get through it, each once.
    pub roles: Vec<Role>,
}

/// A permission set in an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Role {
    /// `sso_account_id`
    pub account_id: String,
    /// `sso_role_name`
    pub role_name: String,
}

impl SsoSession {
    /// The login as a source without a particular role, which is enough for reading its state.
    pub(crate) fn source(&self) -> SsoSource {
        SsoSource {
            profile: None,
            session: self.name.clone(),
            start_url: self.start_url.clone(),
            sso_region: self.sso_region.clone(),
            sso_region_at: self.sso_region_at.clone(),
            scopes: self.scopes.clone(),
            ..SsoSource::default()
        }
    }

    /// Whether it is the login of a source.
    pub(crate) fn is_of(&self, source: &SsoSource) -> bool {
        match &source.session {
            Some(_) => self.name == source.session,
            None => self.name.is_none() && self.start_url == source.start_url,
        }
    }

    fn of_section(section: &Merged<'_>) -> Self {
        Self {
            start_url: section.optional(Key::SsoStartUrl),
            sso_region: section.optional(Key::SsoRegion),
            sso_region_at: section.get(Key::SsoRegion).map(|setting| setting.location()),
            scopes: sso::scopes_of(section),
            ..Self::new(Some(section.name.to_string()), section.location())
        }
    }

    fn new(name: Option<String>, location: Location) -> Self {
        Self {
            name,
            start_url: None,
            sso_region: None,
            sso_region_at: None,
            scopes: None,
            location,
            profiles: Vec::new(),
            roles: Vec::new(),
        }
    }
}

impl<'a> Resolver<'a> {
    /// Every login in the config, and the errors of profiles that name one but don't resolve.
    pub(crate) fn logins(&self) -> ConfigLogins {
        let sessions = self.sections.all_sessions();
        let mut logins = FoundLogins::of_sections(&sessions);
        let mut unresolved = Vec::new();
        for profile in self.sections.all_profiles() {
            match self.login_of(&profile) {
                Ok(Some(source)) => match &*source {
                    Source::Sso(source) => {
                        let holder = source.profile.as_ref();
                        let holder = holder.and_then(|name| self.sections.profile(name));
                        logins.add(&profile, source, holder.as_ref().unwrap_or(&profile));
                    }
                    Source::LoginSession(session) => logins.add_session(&profile, session),
                    _ => {}
                },
                Ok(None) => {}
                Err(error) if sso::names_login(&profile) => {
                    unresolved.push(error);
                }
                Err(_) => {}
            }
        }
        ConfigLogins { logins: logins.all, login_sessions: logins.sessions, unresolved }
    }

    /// The login that a profile uses when it is the requested one.
    fn login_of(&self, profile: &Rc<Merged<'a>>) -> Result<Option<Rc<Source>>> {
        Ok(match self.step_to_login(profile, Position::Asked)? {
            Next::Source(source) => of_login(*source),
            Next::Profile(next, place) => self.login_below(next, place),
        })
    }

    /// The login below a profile that is part of another's chain. Each profile is visited once.
    fn login_below(&self, mut profile: Rc<Merged<'a>>, mut place: Position) -> Option<Rc<Source>> {
        let mut passed = Vec::new();
        let found = loop {
            let this = (place, profile.name.to_string());
            if let Some(known) = self.logins_below.borrow().get(&this) {
                break known.clone();
            }
            // If the chain comes back here before more is known, it is a loop.
            self.logins_below.borrow_mut().insert(this.clone(), None);
            passed.push(this);
            match self.step_to_login(&profile, place) {
                Err(_) => break None,
                Ok(Next::Source(source)) => break of_login(*source),
                Ok(Next::Profile(next, its_place)) => (profile, place) = (next, its_place),
            }
        };
        let passed = passed.into_iter().map(|this| (this, found.clone()));
        self.logins_below.borrow_mut().extend(passed);
        found
    }

    fn step_to_login(&self, profile: &Rc<Merged<'a>>, place: Position) -> Result<Next<'a>> {
        let mut trail = Trail::ignored();
        trail.enter(profile)?;
        Ok(self.step(profile, place, Question::Login, &mut trail)?.next)
    }
}

/// A source that somebody has to sign in to.
fn of_login(source: Source) -> Option<Rc<Source>> {
    match source {
        Source::Sso(_) | Source::LoginSession(_) => Some(Rc::new(source)),
        Source::Static(_)
        | Source::CredentialProcess(_)
        | Source::WebIdentity(_)
        | Source::Environment
        | Source::Ec2InstanceMetadata
        | Source::EcsContainer => None,
    }
}

/// The logins found so far.
#[derive(Default)]
struct FoundLogins {
    all: Vec<SsoSession>,
    by_name: HashMap<String, usize>,
    by_start_url: HashMap<String, usize>,
    roles: HashSet<(usize, Role)>,
    sessions: Vec<UsedSession>,
    sessions_by_arn: HashMap<String, usize>,
}

impl FoundLogins {
    fn of_sections(sections: &[Rc<Merged<'_>>]) -> Self {
        let by_name = sections.iter().enumerate().map(|(i, section)| (section.name.to_string(), i));
        Self {
            by_name: by_name.collect(),
            all: sections.iter().map(|section| SsoSession::of_section(section)).collect(),
            ..Self::default()
        }
    }

    /// Adds a profile that uses a login. `holder` is the profile that names the login; its settings
    /// describe it.
    fn add(&mut self, profile: &Merged<'_>, source: &SsoSource, holder: &Merged<'_>) {
        let Some(place) = self.place(source, holder) else { return };
        let login = &mut self.all[place];
        login.profiles.push(profile.name.to_string());
        login.start_url = login.start_url.take().or_else(|| source.start_url.clone());
        if login.sso_region.is_none() {
            login.sso_region.clone_from(&source.sso_region);
            login.sso_region_at.clone_from(&source.sso_region_at);
        }
        let role =
            Role { account_id: source.account_id.clone(), role_name: source.role_name.clone() };
        let is_whole = !role.account_id.is_empty() && !role.role_name.is_empty();
        if is_whole && self.roles.insert((place, role.clone())) {
            login.roles.push(role);
        }
    }

    /// Adds a profile that uses an `aws login` login.
    fn add_session(&mut self, profile: &Merged<'_>, session: &LoginSession) {
        let next = self.sessions.len();
        let place = *self.sessions_by_arn.entry(session.arn.clone()).or_insert(next);
        if place == next {
            self.sessions.push(UsedSession { session: session.clone(), profiles: Vec::new() });
        }
        self.sessions[place].profiles.push(profile.name.to_string());
    }

    fn place(&mut self, source: &SsoSource, holder: &Merged<'_>) -> Option<usize> {
        if let Some(name) = &source.session {
            return self.by_name.get(name).copied();
        }
        let url = source.start_url.as_ref()?;
        if let Some(place) = self.by_start_url.get(url) {
            return Some(*place);
        }
        let at = holder.get(Key::SsoStartUrl).map(|setting| setting.location());
        self.all.push(SsoSession::new(None, at.unwrap_or_else(|| holder.location())));
        self.by_start_url.insert(url.clone(), self.all.len() - 1);
        Some(self.all.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::profile::Request;
    use crate::profile::files::{ConfigFile, Files};
    use crate::profile::parse::FileKind;

    fn files(config: &str, credentials: &str) -> Files {
        let file = |kind: FileKind, text: &str| {
            ConfigFile::of_text(kind, PathBuf::from(kind.name()), text.into())
        };
        Files {
            config: file(FileKind::Config, config),
            credentials: file(FileKind::Credentials, credentials),
        }
    }

    #[test]
    fn sections_and_start_urls() {
        let config = "\
[profile old]
sso_start_url = https://old/start#/
sso_region = us-east-1
sso_account_id = 111111111111
sso_role_name = A
sso_registration_scopes = ignored
[sso-session unused]
sso_start_url = https://new/start
[profile a]
sso_session = corp
sso_account_id = 111111111111
sso_role_name = A
[profile again]
sso_session = corp
sso_account_id = 111111111111
sso_role_name = A
[sso-session corp]
sso_start_url = https://new/start
sso_region = eu-central-1
sso_registration_scopes = sso:account:access, , x:y ,
[profile other-spelling]
sso_start_url = https://old/start
sso_region = us-east-1
[profile nowhere]
sso_start_url = https://no-region/start
";
        let files = files(config, "[late]\nsso_session = corp\nsso_role_name = B\n");
        let found = Resolver::new(&files).logins().logins;
        let role = |account_id: &str, role_name: &str| Role {
            account_id: account_id.into(),
            role_name: role_name.into(),
        };
        let at = |line| Location { file: "config".into(), line };
        let expected = [
            SsoSession {
                start_url: Some("https://new/start".into()),
                ..SsoSession::new(Some("unused".into()), at(7))
            },
            SsoSession {
                sso_region: Some("eu-central-1".into()),
                sso_region_at: Some(at(19)),
                scopes: Some(vec!["sso:account:access".into(), "x:y".into()]),
                profiles: vec!["a".into(), "again".into(), "late".into()],
                roles: vec![role("111111111111", "A")],
                start_url: Some("https://new/start".into()),
                ..SsoSession::new(Some("corp".into()), at(17))
            },
            SsoSession {
                sso_region: Some("us-east-1".into()),
                sso_region_at: Some(at(3)),
                profiles: vec!["old".into()],
                roles: vec![role("111111111111", "A")],
                start_url: Some("https://old/start#/".into()),
                ..SsoSession::new(None, at(2))
            },
            SsoSession {
                sso_region: Some("us-east-1".into()),
                sso_region_at: Some(at(23)),
                start_url: Some("https://old/start".into()),
                profiles: vec!["other-spelling".into()],
                ..SsoSession::new(None, at(22))
            },
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn chains_lead_to_their_base() {
        let config = "\
[sso-session s]
sso_start_url = https://x
sso_region = us-east-1
sso_registration_scopes =
[profile base]
sso_session = s
sso_account_id = 111111111111
sso_role_name = A
[profile one]
role_arn = r
source_profile = base
[profile two]
role_arn = r
source_profile = one
[profile itself]
role_arn = r
source_profile = itself
sso_session = s
sso_account_id = 111111111111
sso_role_name = A
[profile keys-beside]
aws_access_key_id = AKIA
sso_session = s
sso_role_name = A
[profile on-keys-beside]
role_arn = r
source_profile = keys-beside
[profile signs-in-only]
sso_session = s
[profile on-nothing]
role_arn = r
source_profile = signs-in-only
[profile round]
role_arn = r
source_profile = and-round
[profile and-round]
role_arn = r
source_profile = round
[profile nowhere]
role_arn = r
source_profile = gone
[profile environment]
role_arn = r
credential_source = Environment
sso_session = s
[profile web]
role_arn = r
web_identity_token_file = f
source_profile = base
[profile no-section]
sso_session = gone
sso_start_url = https://x
";
        let files = files(config, "");
        let found = Resolver::new(&files).logins().logins;
        let names =
            ["base", "one", "two", "itself", "keys-beside", "on-keys-beside", "signs-in-only"];
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].profiles, names);
        assert_eq!(found[0].scopes, Some(vec![]), "there, and empty");
        // The other two functions give the same answers.
        for name in files.profile_names() {
            let request = Request::Profile { name: name.to_owned(), origin: None };
            let resolver = Resolver::new(&files);
            let login = resolver.login(&request).ok().flatten();
            assert_eq!(login.is_some(), names.contains(&name), "{name}");
            let plan = resolver.resolve(&request).plan;
            let is_sso = plan.is_ok_and(|plan| matches!(plan.source, Source::Sso(_)));
            assert_eq!(is_sso, names[..4].contains(&name), "{name}");
        }
    }

    #[test]
    fn long_chains_are_walked_once() {
        let mut config =
            "[sso-session s]\nsso_start_url = https://u\nsso_region = r\n[profile p0]\nsso_session = s\n\
             sso_role_name = R\n"
                .to_owned();
        for n in 1..20_000 {
            config
                .push_str(&format!("[profile p{n}]\nrole_arn = r\nsource_profile = p{}\n", n - 1));
        }
        let files = files(&config, "");
        assert_eq!(Resolver::new(&files).logins().logins[0].profiles.len(), 20_000);
    }
}
