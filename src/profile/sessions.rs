//! Every login that the config knows of, and who uses it: each `[sso-session x]`, used or not, and
//! each start URL of profiles of the older form.
//!
//! Nothing here fails: a profile that does not resolve uses no login, and a session that lacks a
//! setting lacks it here. One pass over all profiles, whatever the length of their chains.

use std::collections::{HashMap, HashSet};

use super::files::{ConfigFile, Files};
use super::merged::without_comments;
use super::parse::{Section, SectionKind};
use super::plan::SsoSource;
use crate::error::Location;

/// A login: what one token file is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SsoSession {
    /// The name of the sso-session; none for a start URL of profiles of the older form.
    pub name: Option<String>,
    /// `sso_start_url`, byte for byte: without a name it is the key of the token file (SPEC 3.1).
    pub start_url: Option<String>,
    /// `sso_region`: of the section, else of the first profile that has one.
    pub sso_region: Option<String>,
    /// `sso_registration_scopes` as a list; none where the key is absent, which is not the same as
    /// an empty list. Of a section only: the AWS CLI reads it nowhere else (AWS CLI v2,
    /// `_get_legacy_sso_config`).
    pub scopes: Option<Vec<String>>,
    /// Header of the section, or the first line with the start URL.
    pub location: Location,
    /// The profiles that use it, directly or at the base of their chain of roles, in file order.
    pub profiles: Vec<String>,
    /// The roles that profiles name together with it, each once.
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
    /// The login as the source of no role in particular: what looks at a login asks for no more.
    pub(crate) fn source(&self) -> SsoSource {
        SsoSource {
            profile: None,
            session: self.name.clone(),
            start_url: self.start_url.clone(),
            sso_region: self.sso_region.clone(),
            scopes: self.scopes.clone(),
            ..SsoSource::default()
        }
    }

    /// A login of which only the key is known so far.
    fn new(name: Option<&str>, start_url: Option<&str>, location: Location) -> Self {
        Self {
            name: name.map(str::to_owned),
            start_url: start_url.map(str::to_owned),
            sso_region: None,
            scopes: None,
            location,
            profiles: Vec::new(),
            roles: Vec::new(),
        }
    }
}

/// Every login of the config: the sections in file order, then the start URLs in the order of their
/// first profiles.
pub(crate) fn all(files: &Files) -> Vec<SsoSession> {
    let sections = facts(&[&files.config], |kind| kind == SectionKind::SsoSession);
    let profiles = facts(&files.both(), |kind| {
        matches!(kind, SectionKind::Profile | SectionKind::BareDefault)
    });
    let mut logins = Logins::of_sections(&sections);
    let direct: Vec<Option<usize>> =
        profiles.iter().map(|profile| logins.take(profile, &sections)).collect();
    let mut chains = Chains::new(&profiles, &direct);
    for (place, profile) in profiles.iter().enumerate() {
        if let Some(login) = chains.login_of(place) {
            logins.all[login].profiles.push(profile.name.to_owned());
        }
    }
    logins.all
}

/// The keys that decide which login a profile uses.
const KEYS: [&str; 11] = [
    "role_arn",
    "source_profile",
    "credential_source",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "sso_region",
    "sso_account_id",
    "sso_role_name",
    "aws_access_key_id",
    "sso_registration_scopes",
];

/// What one profile or session says, its sections and files laid over each other.
struct Facts<'a> {
    name: &'a str,
    location: Location,
    /// By the place of the key in [`KEYS`].
    values: [Option<String>; KEYS.len()],
    /// Where `sso_start_url` stands.
    start_url_at: Option<Location>,
}

impl Facts<'_> {
    /// A value; an empty one is none.
    fn get(&self, key: &str) -> Option<&str> {
        self.raw(key).filter(|value| !value.is_empty())
    }

    fn raw(&self, key: &str) -> Option<&str> {
        let place = KEYS.iter().position(|known| *known == key)?;
        self.values[place].as_deref()
    }

    fn lay(&mut self, file: &ConfigFile, section: &Section) {
        for property in file.document.properties(section).0 {
            let Some(place) = KEYS.iter().position(|key| *key == property.key) else { continue };
            if property.key == "sso_start_url" {
                self.start_url_at = Some(file.at(property.line));
            }
            self.values[place] = Some(without_comments(property.value));
        }
    }

    /// Whether it is a chain of roles: web identity comes before `source_profile` (SPEC 2.3).
    fn is_chained(&self) -> bool {
        self.get("role_arn").is_some() && self.raw("web_identity_token_file").is_none()
    }
}

/// The facts of every name among the sections of one kind, in file order. The credentials file comes
/// last, and so wins.
fn facts<'a>(files: &[&'a ConfigFile], wanted: impl Fn(SectionKind) -> bool) -> Vec<Facts<'a>> {
    let mut all: Vec<Facts<'a>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for file in files {
        let document = &file.document;
        // Beside a `[profile default]` a `[default]` does not count (SPEC 1.3.8).
        let prefixed = document.has_prefixed_default();
        let counts = |kind| wanted(kind) && !(prefixed && kind == SectionKind::BareDefault);
        for section in document.sections().iter().filter(|section| counts(section.kind)) {
            let name = document.name(section);
            let place = *places.entry(name).or_insert_with(|| {
                let location = file.at(document.line(section));
                all.push(Facts { name, location, values: Default::default(), start_url_at: None });
                all.len() - 1
            });
            all[place].lay(file, section);
        }
    }
    all
}

/// The logins as they are found.
struct Logins<'a> {
    all: Vec<SsoSession>,
    by_name: HashMap<&'a str, usize>,
    by_start_url: HashMap<&'a str, usize>,
    roles: HashSet<(usize, &'a str, &'a str)>,
}

impl<'a> Logins<'a> {
    fn of_sections(sections: &[Facts<'a>]) -> Self {
        let of = |facts: &Facts<'_>| SsoSession {
            sso_region: facts.get("sso_region").map(str::to_owned),
            scopes: facts.raw("sso_registration_scopes").map(scopes),
            ..SsoSession::new(Some(facts.name), facts.get("sso_start_url"), facts.location.clone())
        };
        Self {
            all: sections.iter().map(of).collect(),
            by_name: sections.iter().enumerate().map(|(i, facts)| (facts.name, i)).collect(),
            by_start_url: HashMap::new(),
            roles: HashSet::new(),
        }
    }

    /// The login that a profile names itself, with what the profile adds to it.
    fn take(&mut self, profile: &'a Facts<'_>, sections: &'a [Facts<'_>]) -> Option<usize> {
        let (login, section) = match profile.raw("sso_session") {
            Some(name) => {
                let place = *self.by_name.get(name)?;
                (place, sections.get(place))
            }
            None => (self.of_start_url(profile)?, None),
        };
        let find = |key| profile.get(key).or_else(|| section.and_then(|facts| facts.get(key)));
        let session = &mut self.all[login];
        for (value, key) in
            [(&mut session.start_url, "sso_start_url"), (&mut session.sso_region, "sso_region")]
        {
            if value.is_none() {
                *value = profile.get(key).map(str::to_owned);
            }
        }
        if let (Some(account_id), Some(role_name)) = (find("sso_account_id"), find("sso_role_name"))
            && self.roles.insert((login, account_id, role_name))
        {
            let role = Role { account_id: account_id.to_owned(), role_name: role_name.to_owned() };
            session.roles.push(role);
        }
        Some(login)
    }

    fn of_start_url(&mut self, profile: &'a Facts<'_>) -> Option<usize> {
        let url = profile.get("sso_start_url")?;
        Some(*self.by_start_url.entry(url).or_insert_with(|| {
            let at = profile.start_url_at.as_ref().unwrap_or(&profile.location);
            self.all.push(SsoSession::new(None, Some(url), at.clone()));
            self.all.len() - 1
        }))
    }
}

/// `a, b` as a list; the AWS CLI drops what is empty between the commas.
pub(crate) fn scopes(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

/// Follows `source_profile`, each profile at most once.
struct Chains<'a> {
    profiles: &'a [Facts<'a>],
    /// The login that each profile names itself.
    direct: &'a [Option<usize>],
    places: HashMap<&'a str, usize>,
    /// The login below each profile where it is the source of another, once that is known.
    known: Vec<Option<Option<usize>>>,
}

/// Where a chain leads from one profile.
enum Step {
    /// It ends, at a login or elsewhere.
    End(Option<usize>),
    /// To another profile.
    Profile(usize),
}

impl<'a> Chains<'a> {
    fn new(profiles: &'a [Facts<'a>], direct: &'a [Option<usize>]) -> Self {
        let places = profiles.iter().enumerate().map(|(i, profile)| (profile.name, i)).collect();
        Self { profiles, direct, places, known: vec![None; profiles.len()] }
    }

    /// The login that a profile uses where it is the one asked for.
    fn login_of(&mut self, place: usize) -> Option<usize> {
        let profile = &self.profiles[place];
        match profile.is_chained() {
            true => match self.step(place) {
                Step::End(login) => login,
                Step::Profile(next) => self.below(next),
            },
            // One that names neither account nor role signs in all the same: its token is used as
            // it is.
            false if profile.raw("web_identity_token_file").is_none() => self.direct[place],
            false => None,
        }
    }

    /// The login below a profile that is the source of another.
    fn below(&mut self, start: usize) -> Option<usize> {
        let mut passed = Vec::new();
        let mut place = start;
        let found = loop {
            if let Some(known) = self.known[place] {
                break known;
            }
            // What comes back here before more is known goes round in a circle.
            self.known[place] = Some(None);
            passed.push(place);
            let profile = &self.profiles[place];
            let step = match () {
                // From the second link of a chain on, static keys come first.
                () if profile.raw("aws_access_key_id").is_some() => Step::End(None),
                () if profile.is_chained() => self.step(place),
                () => Step::End(self.of_itself(place)),
            };
            match step {
                Step::End(login) => break login,
                Step::Profile(next) => place = next,
            }
        };
        for place in passed {
            self.known[place] = Some(found);
        }
        found
    }

    /// One step down from a profile with a `role_arn`.
    fn step(&self, place: usize) -> Step {
        let profile = &self.profiles[place];
        let source =
            profile.get("source_profile").filter(|_| profile.raw("credential_source").is_none());
        match source {
            Some(name) if name == profile.name => Step::End(self.of_itself(place)),
            Some(name) => match self.places.get(name) {
                Some(next) => Step::Profile(*next),
                None => Step::End(None),
            },
            None => Step::End(None),
        }
    }

    /// The login whose role credentials a profile holds itself: account or role make it so
    /// (SPEC 2.2).
    fn of_itself(&self, place: usize) -> Option<usize> {
        let profile = &self.profiles[place];
        let has = |key| profile.raw(key).is_some();
        let is_role = has("sso_account_id") || has("sso_role_name");
        self.direct[place].filter(|_| is_role && !has("web_identity_token_file"))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::profile::Request;
    use crate::profile::parse::{Document, FileKind};
    use crate::profile::plan::Source;
    use crate::profile::resolve::resolve;

    fn files(config: &str, credentials: &str) -> Files {
        let file = |kind: FileKind, text: &str| ConfigFile {
            path: PathBuf::from(kind.name()),
            exists: true,
            document: Document::parse(kind, text.into()),
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
sso_account_id = 1
sso_role_name = A
sso_registration_scopes = ignored
[sso-session unused]
sso_start_url = https://new/start
[profile a]
sso_session = corp
sso_account_id = 1
sso_role_name = A
[profile again]
sso_session = corp
sso_account_id = 1
sso_role_name = A
[sso-session corp]
sso_start_url = https://new/start
sso_region = eu-central-1
sso_registration_scopes = sso:account:access, , x:y ,
[profile other-spelling]
sso_start_url = https://old/start
";
        let found = all(&files(config, "[late]\nsso_session = corp\nsso_role_name = B\n"));
        let role = |account_id: &str, role_name: &str| Role {
            account_id: account_id.into(),
            role_name: role_name.into(),
        };
        let expected = [
            SsoSession::new(
                Some("unused"),
                Some("https://new/start"),
                Location { file: "config".into(), line: 7 },
            ),
            SsoSession {
                sso_region: Some("eu-central-1".into()),
                scopes: Some(vec!["sso:account:access".into(), "x:y".into()]),
                profiles: vec!["a".into(), "again".into(), "late".into()],
                roles: vec![role("1", "A")],
                ..SsoSession::new(
                    Some("corp"),
                    Some("https://new/start"),
                    Location { file: "config".into(), line: 17 },
                )
            },
            SsoSession {
                sso_region: Some("us-east-1".into()),
                profiles: vec!["old".into()],
                roles: vec![role("1", "A")],
                ..SsoSession::new(
                    None,
                    Some("https://old/start#/"),
                    Location { file: "config".into(), line: 2 },
                )
            },
            SsoSession {
                profiles: vec!["other-spelling".into()],
                ..SsoSession::new(
                    None,
                    Some("https://old/start"),
                    Location { file: "config".into(), line: 22 },
                )
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
sso_account_id = 1
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
sso_account_id = 1
sso_role_name = A
[profile keys-first]
aws_access_key_id = AKIA
sso_session = s
sso_role_name = A
[profile on-keys]
role_arn = r
source_profile = keys-first
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
        let found = all(&files);
        let names = ["base", "one", "two", "itself", "keys-first", "signs-in-only"];
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].profiles, names);
        assert_eq!(found[0].scopes, Some(vec![]), "there, and empty");
        // The resolver sees it the same way.
        for name in files.profile_names() {
            let request = Request::Profile { name: name.to_owned(), origin: None };
            let plan = resolve(&files, &request).plan;
            let is_sso = plan.is_ok_and(|plan| matches!(plan.source, Source::Sso(_)));
            assert_eq!(is_sso, names[..4].contains(&name), "{name}");
        }
    }

    #[test]
    fn long_chains_are_walked_once() {
        let mut config =
            "[sso-session s]\n[profile p0]\nsso_session = s\nsso_role_name = R\n".to_owned();
        for n in 1..20_000 {
            config
                .push_str(&format!("[profile p{n}]\nrole_arn = r\nsource_profile = p{}\n", n - 1));
        }
        assert_eq!(all(&files(&config, ""))[0].profiles.len(), 20_000);
    }
}
