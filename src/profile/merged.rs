//! A profile or session as its sections and files add up, each value with its place.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::files::{ConfigFile, Files};
use super::line;
use super::parse::{FileKind, Section, SectionKind};
use super::{UsedSetting, Warning};
use crate::error::{Error, Kind, Location, Result};

/// One value and where it stands.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The key in lower case.
    pub key: String,
    /// The value as the SDKs join it.
    pub value: String,
    /// The section, as `profile prod`.
    pub section: String,
    /// Which file it is in.
    pub file: FileKind,
    /// Where.
    pub location: Location,
}

/// All sections of one kind and name, laid over each other.
#[derive(Debug)]
pub struct Merged {
    /// What errors call it: `profile`, `sso-session`, `services section`.
    pub noun: &'static str,
    /// The name.
    pub name: String,
    /// Header of the first section.
    pub location: Location,
    settings: Vec<Setting>,
    /// Where in `settings` each key of the config and of the credentials file is: a damaged file
    /// may have very many.
    places: [BTreeMap<String, usize>; 2],
    /// What is odd in these sections.
    pub warnings: Vec<Warning>,
    broken: Option<Warning>,
}

impl Merged {
    /// A profile, from both files.
    pub fn profile(files: &Files, name: &str) -> Option<Self> {
        Self::gather("profile", SectionKind::Profile, name, &files.both())
    }

    /// An sso-session; only the config file counts (SPEC 1.4.10).
    pub fn session(files: &Files, name: &str) -> Option<Self> {
        Self::gather("sso-session", SectionKind::SsoSession, name, &[&files.config])
    }

    /// A services section; only the config file counts.
    pub fn services(files: &Files, name: &str) -> Option<Self> {
        Self::gather("services section", SectionKind::Services, name, &[&files.config])
    }

    /// Every profile of both files, in file order. Takes all sections apart: for listings.
    pub fn all_profiles(files: &Files) -> Vec<Self> {
        let mut profiles: Vec<Self> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for file in files.both() {
            for section in file.document.profiles() {
                let name = file.document.name(section);
                let place = *places.entry(name).or_insert_with(|| {
                    profiles.push(Self::empty(
                        "profile",
                        name,
                        file.at(file.document.line(section)),
                    ));
                    profiles.len() - 1
                });
                profiles[place].absorb(file, section);
            }
        }
        profiles
    }

    fn gather(
        noun: &'static str,
        kind: SectionKind,
        name: &str,
        files: &[&ConfigFile],
    ) -> Option<Self> {
        let mut merged: Option<Self> = None;
        for file in files {
            let sections = file.document.find(kind, name);
            let Some(first) = sections.first() else { continue };
            let location = file.at(file.document.line(first));
            let merged = merged.get_or_insert_with(|| Self::empty(noun, name, location));
            for section in file.document.inherited().into_iter().chain(sections) {
                merged.absorb(file, section);
            }
        }
        merged
    }

    fn absorb(&mut self, file: &ConfigFile, section: &Section) {
        let (properties, problems) = file.document.properties(section);
        let header = header_text(self.noun, &self.name, file.document.kind());
        for property in properties {
            self.lay(Setting {
                key: property.key,
                value: property.value,
                section: header.clone(),
                file: file.document.kind(),
                location: file.at(property.line),
            });
        }
        for problem in &problems {
            let warning = file.warning(problem);
            if problem.broken && self.broken.is_none() {
                self.broken = Some(warning.clone());
            }
            self.warnings.push(warning);
        }
    }

    fn empty(noun: &'static str, name: &str, location: Location) -> Self {
        let name = name.to_owned();
        Self {
            noun,
            name,
            location,
            settings: Vec::new(),
            places: Default::default(),
            warnings: Vec::new(),
            broken: None,
        }
    }

    /// Later in one file wins; both files are kept, for key pairs never mix files.
    fn lay(&mut self, setting: Setting) {
        match self.places[setting.file as usize].entry(setting.key.clone()) {
            Entry::Occupied(place) => self.settings[*place.get()] = setting,
            Entry::Vacant(place) => {
                place.insert(self.settings.len());
                self.settings.push(setting);
            }
        }
    }

    /// An error if a line in these sections cannot be read.
    pub fn check(&self) -> Result<()> {
        match &self.broken {
            None => Ok(()),
            Some(problem) => Err(Error::new(
                Kind::Syntax,
                format!("{} `{}` cannot be read: {}", self.noun, self.name, problem.message),
            )
            .at(problem.location.clone())
            .hint("correct the line, or turn it into a comment with `#`")),
        }
    }

    /// The setting that counts: the credentials file wins (SPEC 1.3.13).
    pub fn setting(&self, key: &str) -> Option<&Setting> {
        self.setting_in(FileKind::Credentials, key)
            .or_else(|| self.setting_in(FileKind::Config, key))
    }

    /// The setting of one file.
    pub fn setting_in(&self, file: FileKind, key: &str) -> Option<&Setting> {
        self.places[file as usize].get(key).map(|place| &self.settings[*place])
    }

    /// All settings that count, in the order they stand.
    pub fn settings(&self) -> impl Iterator<Item = &Setting> {
        self.settings.iter().filter(|s| {
            s.file == FileKind::Credentials
                || self.setting_in(FileKind::Credentials, &s.key).is_none()
        })
    }

    /// Whether any key is about Identity Center.
    pub fn has_sso_key(&self) -> bool {
        self.settings.iter().any(|setting| setting.key.starts_with("sso_"))
    }

    /// A value that may be left out or empty.
    pub fn optional(&self, key: &str) -> Option<String> {
        self.setting(key).map(Setting::text).filter(|text| !text.is_empty())
    }

    /// A value that decides whose credentials these are: one that is there but empty, or runs over
    /// several lines, is an error rather than a guess.
    pub fn decisive(&self, key: &str) -> Result<Option<(String, Location)>> {
        let Some(setting) = self.setting(key) else {
            return Ok(None);
        };
        let text = setting.text();
        let fault = match () {
            () if text.is_empty() => "is empty",
            () if text.contains('\n') => "runs over several lines",
            () => return Ok(Some((text, setting.location.clone()))),
        };
        let message = format!("{} `{}`: `{key}` {fault}", self.noun, self.name);
        Err(Error::new(Kind::InvalidSetting, message)
            .at(setting.location.clone())
            .hint("give it a value, or remove the line"))
    }

    /// One value of a nested block, for example `endpoint_url` of `sts`.
    pub fn nested(&self, key: &str, sub_key: &str) -> Option<String> {
        let block = &self.setting(key)?.value;
        // The last one counts, as with keys of their own.
        let found = block.rsplit('\n').filter_map(line::sub_property).find(|(k, _)| *k == sub_key);
        found.map(|(_, value)| value.to_owned()).filter(|value| !value.is_empty())
    }

    /// The settings as `explain` lists them.
    pub fn used_for(&self, profile: Option<&str>) -> impl Iterator<Item = UsedSetting> {
        self.settings().map(move |setting| UsedSetting {
            profile: profile.map(str::to_owned),
            section: setting.section.clone(),
            key: setting.key.clone(),
            value: setting.shown(),
            location: setting.location.clone(),
        })
    }
}

impl Setting {
    /// The value as it may be shown: secrets are `***`.
    pub fn shown(&self) -> String {
        masked(&self.key, &self.value)
    }

    /// The value [`without_comments`].
    pub fn text(&self) -> String {
        without_comments(self.value.clone())
    }
}

/// A value without the comment lines that an indented `#` pulled into it. The SDKs disagree on those
/// (SPEC 1.3.3, 1.4.3); no value of ours can hold such a line.
pub fn without_comments(value: String) -> String {
    if !value.contains('\n') {
        return value;
    }
    let is_comment = |text: &&str| !text.starts_with(['#', ';']) && !text.is_empty();
    value.split('\n').filter(is_comment).collect::<Vec<_>>().join("\n")
}

fn header_text(noun: &str, name: &str, file: FileKind) -> String {
    match (noun, file, name) {
        ("profile", FileKind::Credentials, _) | ("profile", _, "default") => name.to_owned(),
        ("services section", ..) => format!("services {name}"),
        _ => format!("{noun} {name}"),
    }
}

/// The value, or `***` for one that must not be shown; in a nested block line by line.
fn masked(key: &str, value: &str) -> String {
    if is_secret(key) {
        return "***".into();
    }
    if !value.contains('\n') {
        return without_userinfo(value);
    }
    let lines = value.split('\n').map(|text| match line::sub_property(text) {
        Some((key, _)) if is_secret(key) => format!("{key} = ***"),
        _ => without_userinfo(text),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A URL without the user and password before its host.
pub(super) fn without_userinfo(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://***@{host}{path}"),
        None => value.to_owned(),
    }
}

/// Whether a key's value is a secret, by the words in its name: other tools keep theirs in these
/// files as well.
pub(super) fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let named = ["secret", "password", "passwd", "passphrase", "private_key", "api_key", "token"]
        .iter()
        .any(|word| key.contains(word));
    named && !key.ends_with("_file") && !key.ends_with("_url") && !key.ends_with("_endpoint")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for key in [
            "aws_secret_access_key",
            "aws_session_token",
            "aws_security_token",
            "azure_default_password",
            "client_secret",
        ] {
            assert_eq!(masked(key, "x"), "***", "{key}");
        }
        for key in ["aws_access_key_id", "web_identity_token_file", "mfa_serial", "region"] {
            assert_eq!(masked(key, "x"), "x", "{key}");
        }
        assert_eq!(masked("proxy", "http://u:p@h:1/x@y"), "http://***@h:1/x@y");
        assert_eq!(masked("proxy", "http://h/x@y"), "http://h/x@y");
        assert_eq!(masked("other", "\nclient_secret = x\na = b"), "\nclient_secret = ***\na = b");
    }
}
