//! A profile or session, merged from its sections and files, with the place of each value.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::body::Property;
use super::files::ConfigFile;
use super::key::{Decides, Key};
use super::line;
use super::parse::{FileKind, Section, SectionKind};
use super::value::check_region;
use super::{UsedSetting, Warning, indented, mask, regions, suggest};
use crate::error::{Error, Kind, Location, Result};
use crate::text::arn::is_account_id;

/// Other programs' keys that look like one of [`Key::ALL`].
const OTHERS: [&str; 2] = ["sso_auto_populated", "endpoint_discovery_enabled"];

/// The key by which a profile of aws-vault takes the settings of another.
pub(super) const INCLUDE_PROFILE: &str = "include_profile";

/// With this many settings or more, they are indexed.
const MANY: usize = 32;

/// One value and its place.
#[derive(Clone, Debug)]
pub struct Setting<'a> {
    /// The key in lower case.
    pub key: Cow<'a, str>,
    /// The value, joined as in the SDKs.
    pub value: Cow<'a, str>,
    file: &'a ConfigFile,
    line: u32,
}

/// All sections of one kind and name, merged.
#[derive(Debug)]
pub struct Merged<'a> {
    kind: SectionKind,
    /// The name.
    pub name: Cow<'a, str>,
    /// The file and line of the header of the first section.
    pub(super) file: &'a ConfigFile,
    pub(super) line: u32,
    /// Those of the config file first.
    settings: Vec<Setting<'a>>,
    /// The position in `settings` of each key of the config and of the credentials file, if there
    /// are very many, as in a damaged file.
    places: [BTreeMap<Cow<'a, str>, usize>; 2],
    /// What is odd in these sections.
    pub(super) warnings: Vec<Warning>,
    broken: Option<Warning>,
}

impl<'a> Merged<'a> {
    /// A section without settings so far. Its first section is this one in `file`.
    pub(super) fn new(
        kind: SectionKind,
        name: Cow<'a, str>,
        file: &'a ConfigFile,
        section: &Section,
    ) -> Self {
        Self {
            kind,
            name,
            file,
            line: file.document.line(section),
            settings: Vec::new(),
            places: Default::default(),
            warnings: Vec::new(),
            broken: None,
        }
    }

    /// Merges a section over those before it.
    pub(super) fn lay(&mut self, file: &'a ConfigFile, section: &Section) {
        let (properties, problems) = file.document.properties(section);
        self.settings.reserve(properties.len());
        for property in properties {
            let setting =
                Setting { key: property.key, value: property.value, file, line: property.line };
            let other = self.setting(&setting.key);
            // Within a file, the later one wins. Both files' values are kept, because key pairs
            // never mix files.
            let place = other.and_then(|_| self.place(setting.file_kind(), &setting.key));
            let disagreement = other.and_then(|other| self.disagreement(&setting, other));
            self.warnings.extend(disagreement.into_iter().chain(setting.lost()));
            match place {
                Some(place) => self.settings[place] = setting,
                None => self.push(setting),
            }
        }
        for problem in &problems {
            let warning = file.warning(problem);
            if problem.broken && self.broken.is_none() {
                self.broken = Some(warning.clone());
            }
            self.warnings.push(warning);
        }
    }

    /// Adds what `[DEFAULT]` has and the sections of its file lack.
    pub(super) fn inherit(&mut self, file: &'a ConfigFile, section: &Section) {
        let (properties, _) = file.document.properties(section);
        let mut warning = None;
        for Property { key, value, line } in properties {
            let setting = Setting { key, value, file, line };
            if self.place(setting.file_kind(), &setting.key).is_some() {
                continue;
            }
            if setting.decides_principal() && warning.is_none() {
                let message = format!(
                    "`{}` of {} `{}` comes from `[DEFAULT]`, which the AWS CLI adds to every section \
                     and the AWS SDKs ignore: move it to the profiles that need it",
                    setting.key,
                    self.noun(),
                    self.name
                );
                warning = Some(Warning { message, location: setting.location(), is_urgent: true });
            }
            self.push(setting);
        }
        self.warnings.extend(warning);
    }

    /// Warns of a section that is ignored for another, if it would lead to different credentials.
    pub(super) fn leave_out(
        &mut self,
        file: &ConfigFile,
        section: &Section,
        (other_file, other): (&ConfigFile, &Section),
    ) {
        let (properties, _) = file.document.properties(section);
        let is_other = |property: Property<'_>| {
            let Property { key, value, line } = property;
            let setting = Setting { key, value, file, line };
            let there = self.setting(&setting.key);
            setting.decides_principal() && there.is_none_or(|there| there.text() != setting.text())
        };
        if properties.into_iter().any(is_other) {
            let message = format!(
                "`[{}]` is ignored because there is a `[{}]`, but the two lead to different \
                 credentials: remove one of them",
                file.document.brackets(section),
                other_file.document.brackets(other)
            );
            let location = file.at(file.document.line(section));
            self.warnings.push(Warning { message, location, is_urgent: true });
        }
    }

    fn push(&mut self, setting: Setting<'a>) {
        self.settings.push(setting);
        // For fewer, searching one by one is faster.
        let new = match self.settings.len().cmp(&MANY) {
            Ordering::Less => return,
            Ordering::Equal => 0..MANY,
            Ordering::Greater => self.settings.len() - 1..self.settings.len(),
        };
        for place in new {
            let Setting { key, file, .. } = &self.settings[place];
            self.places[file.document.kind() as usize].insert(key.clone(), place);
        }
    }

    fn place(&self, file: FileKind, key: &str) -> Option<usize> {
        if self.settings.len() < MANY {
            let is_it = |setting: &Setting<'_>| setting.file_kind() == file && setting.key == key;
            return self.settings.iter().position(is_it);
        }
        self.places[file as usize].get(key).copied()
    }

    /// A warning, if the two would lead to different credentials.
    fn disagreement(&self, setting: &Setting<'_>, other: &Setting<'_>) -> Option<Warning> {
        let key = Key::named(&setting.key)?;
        let message = format!(
            "`{}` of {} `{}` appears twice: this value counts, and the other one, at {}, does not: \
             remove one of them",
            key.name(),
            self.noun(),
            self.name,
            other.location()
        );
        // Keys in the credentials file instead of those in the config are usual.
        let is_key = key == Key::AwsAccessKeyId && setting.file_kind() == other.file_kind();
        let decides = is_key || key.decides() == Decides::Source;
        let is_urgent = decides && setting.text() != other.text();
        is_urgent.then(|| Warning { message, location: setting.location(), is_urgent })
    }

    /// Warnings about keys that nobody reads, or only another tool, about misspelled regions and a
    /// secret key that is given as the id.
    pub(super) fn misspelled(&self) -> impl Iterator<Item = Warning> {
        self.settings().filter(|_| self.kind != SectionKind::Services).filter_map(|setting| {
            let message = setting
                .why_unread()
                .or_else(|| setting.misspelled_region())
                .or_else(|| setting.swapped())?;
            Some(Warning { message, location: setting.location(), is_urgent: false })
        })
    }

    /// Its kind, for errors.
    pub(super) fn noun(&self) -> &'static str {
        match self.kind {
            SectionKind::SsoSession => "sso-session",
            SectionKind::Services => "services section",
            SectionKind::BareDefault
            | SectionKind::Profile
            | SectionKind::Other
            | SectionKind::Broken => "profile",
        }
    }

    /// The header of the first section.
    pub(super) fn location(&self) -> Location {
        self.file.at(self.line)
    }

    /// Fails if a line in these sections cannot be parsed.
    pub fn check(&self) -> Result<()> {
        match &self.broken {
            None => Ok(()),
            Some(problem) => Err(Error::new(
                Kind::Syntax,
                format!("{} `{}` cannot be read: {}", self.noun(), self.name, problem.message),
            )
            .at(problem.location.clone())
            .hint("correct the line, or turn it into a comment with `#`")),
        }
    }

    /// The setting that counts: the credentials file wins (SPEC 1.3.13).
    pub(super) fn get(&self, key: Key) -> Option<&Setting<'a>> {
        self.setting(key.name())
    }

    /// The setting in one file.
    pub(super) fn get_in(&self, file: FileKind, key: Key) -> Option<&Setting<'a>> {
        self.setting_in(file, key.name())
    }

    /// Whether a key is set, even to an empty value.
    pub(super) fn has(&self, key: Key) -> bool {
        self.get(key).is_some()
    }

    /// `get` for a key with any name.
    pub fn setting(&self, key: &str) -> Option<&Setting<'a>> {
        if self.settings.len() < MANY {
            return self.settings.iter().rfind(|setting| setting.key == key);
        }
        self.setting_in(FileKind::Credentials, key)
            .or_else(|| self.setting_in(FileKind::Config, key))
    }

    fn setting_in(&self, file: FileKind, key: &str) -> Option<&Setting<'a>> {
        self.place(file, key).map(|place| &self.settings[place])
    }

    /// All settings that count, in file order.
    pub(super) fn settings(&self) -> impl Iterator<Item = &Setting<'a>> {
        self.settings.iter().filter(|s| {
            s.file_kind() == FileKind::Credentials
                || self.setting_in(FileKind::Credentials, &s.key).is_none()
        })
    }

    /// The keys in one file.
    pub(super) fn keys_in(&self, file: FileKind) -> Vec<String> {
        let of_file = self.settings.iter().filter(|setting| setting.file_kind() == file);
        of_file.map(|setting| setting.key.to_string()).collect()
    }

    /// Whether there is any Identity Center key.
    pub(super) fn has_sso_key(&self) -> bool {
        self.settings.iter().any(|setting| setting.key.starts_with("sso_"))
    }

    /// A value that may be missing or empty.
    pub(super) fn optional(&self, key: Key) -> Option<String> {
        self.text_of(key).map(Cow::into_owned)
    }

    /// The same, borrowed from the file if possible. Only commands have several lines: below any
    /// other value, there is an indented key, which may be a secret one.
    pub(super) fn text_of(&self, key: Key) -> Option<Cow<'a, str>> {
        let text = self.get(key)?.text();
        let text = if key.is_command() { text } else { first_line(text) };
        Some(text).filter(|text| !text.is_empty())
    }

    /// A value that may be missing or empty, and that AWS is told.
    pub(super) fn told(&self, key: Key) -> Result<Option<String>> {
        if let Some(setting) = self.get(key).filter(|setting| setting.text().contains('\n')) {
            self.check_value(key, setting)?;
        }
        Ok(self.optional(key))
    }

    /// `aws_account_id`, if it is one.
    pub(super) fn account_id(&self) -> Option<Cow<'a, str>> {
        self.text_of(Key::AwsAccountId).filter(|id| is_account_id(id))
    }

    /// A value that decides whose credentials these are. If it can't be what was meant, that is an
    /// error rather than a guess.
    pub(super) fn decisive(&self, key: Key) -> Result<Option<&Setting<'a>>> {
        let Some(setting) = self.get(key) else {
            return Ok(None);
        };
        self.check_value(key, setting).map(|()| Some(setting))
    }

    /// An error for a value that can't be what was meant.
    pub(super) fn check_value(&self, key: Key, setting: &Setting<'_>) -> Result<()> {
        let text = setting.text();
        let (fault, hint) = if text.is_empty() {
            ("is empty", "give it a value, or remove the line".to_owned())
        } else if key.is_command() {
            if indented::keys_in(&setting.key, &text).next().is_none() {
                return Ok(());
            }
            ("contains another key", indented::one_line(&setting.key, &text))
        } else if text.contains('\n') {
            ("runs over several lines", indented::one_line(&setting.key, &text))
        } else if !key.is_name() && is_quoted(&text) {
            ("is in quotes, which count as part of the value", "remove the quotes".to_owned())
        } else {
            return Ok(());
        };
        let message = format!("{} `{}`: `{}` {fault}", self.noun(), self.name, key.name());
        Err(Error::new(Kind::InvalidSetting, message).at(setting.location()).hint(hint))
    }

    /// `region`, which becomes part of host names.
    pub(super) fn region(&self) -> Result<Option<String>> {
        let Some(setting) = self.get(Key::Region) else { return Ok(None) };
        let region = setting.text();
        if region.is_empty() {
            return Ok(None);
        }
        if region.contains('\n') {
            self.check_value(Key::Region, setting)?;
        }
        check_region(&region, || setting.location()).map(|()| Some(region.into_owned()))
    }

    /// One value in a nested block, for example `endpoint_url` of `sts`.
    pub(super) fn nested(&self, block: &str, key: Key) -> Option<String> {
        let block = &self.setting(block)?.value;
        // The last one counts, as with ordinary keys.
        let found =
            block.rsplit('\n').filter_map(line::sub_property).find(|(k, _)| *k == key.name());
        found.map(|(_, value)| value.to_owned()).filter(|value| !value.is_empty())
    }

    /// The settings as `explain` lists them.
    pub(super) fn used_for(&self, profile: Option<&str>) -> impl Iterator<Item = UsedSetting> {
        self.settings().map(move |setting| UsedSetting {
            profile: profile.map(str::to_owned),
            section: self.header_text(setting.file_kind()),
            key: setting.key.clone().into_owned(),
            value: setting.shown(),
            location: setting.location(),
        })
    }

    /// The text in the brackets, more or less.
    fn header_text(&self, file: FileKind) -> String {
        let name = &self.name;
        match (self.kind, file) {
            (SectionKind::SsoSession, _) => format!("sso-session {name}"),
            (SectionKind::Services, _) => format!("services {name}"),
            (_, FileKind::Config) if name != "default" => format!("profile {name}"),
            _ => name.to_string(),
        }
    }
}

fn first_line(mut text: Cow<'_, str>) -> Cow<'_, str> {
    if let Some(end) = text.find('\n') {
        match &mut text {
            Cow::Borrowed(text) => *text = &text[..end],
            Cow::Owned(text) => text.truncate(end),
        }
    }
    text
}

/// Whether a value is in quotes, which only Go's reader removes.
pub(super) fn is_quoted(text: &str) -> bool {
    ['"', '\''].into_iter().any(|quote| {
        text.strip_prefix(quote).is_some_and(|rest| rest.len() > 1 && rest.ends_with(quote))
    })
}

impl<'a> Setting<'a> {
    /// Which file it is in.
    pub(super) fn file_kind(&self) -> FileKind {
        self.file.document.kind()
    }

    /// Its place.
    pub(super) fn location(&self) -> Location {
        self.file.at(self.line)
    }

    /// Whether it decides where the credentials come from or whose they are.
    fn decides_principal(&self) -> bool {
        let decides = Key::named(&self.key).map(Key::decides);
        matches!(decides, Some(Decides::Source | Decides::AccessKey))
    }

    /// The known key that this unknown one resembles.
    pub(super) fn meant(&self) -> Option<Key> {
        if !self.is_unknown() {
            return None;
        }
        let all = Key::ALL.map(Key::name);
        let swapped = all.into_iter().find(|name| suggest::has_same_words(&self.key, name));
        let meant =
            swapped.or_else(|| suggest::nearest_whole(&self.key, all.to_vec()).first().copied());
        meant.and_then(Key::named)
    }

    /// Warnings about keys that are lost in its value.
    fn lost(&self) -> impl Iterator<Item = Warning> {
        let lost = self.joined().map(|value| indented::keys_in(&self.key, value));
        lost.into_iter().flatten().map(|lost| Warning {
            message: indented::advice(lost, &self.key),
            location: self.location(),
            is_urgent: lost.decides() == Decides::Source,
        })
    }

    fn why_unread(&self) -> Option<String> {
        let key = &self.key;
        if key == INCLUDE_PROFILE {
            let what = "ssowrap ignores what it includes";
            return Some(format!("only aws-vault reads `{key}`: {what}"));
        }
        if key == Key::AwsAccountId.name() && !is_account_id(&self.text()) {
            return Some(format!("`{key}` is not twelve digits and is ignored"));
        }
        let errors = if key.len() < 10 { 1 } else { 2 };
        let meant = suggest::typo_of(key, Key::ALL.map(Key::name), errors);
        let meant = meant.filter(|_| self.is_unknown())?;
        Some(format!("no AWS program reads `{key}`: a misspelled `{meant}`?"))
    }

    fn misspelled_region(&self) -> Option<String> {
        let is_region = [Key::Region, Key::SsoRegion].iter().any(|key| key.name() == self.key);
        let text = is_region.then(|| self.text())?;
        let meant = regions::meant(&text)?;
        Some(format!("`{}` `{text}` is not a known region: a misspelled `{meant}`?", self.key))
    }

    fn swapped(&self) -> Option<String> {
        let (id, secret) = (Key::AwsAccessKeyId.name(), Key::AwsSecretAccessKey.name());
        let is_swapped = self.key == id && mask::looks_secret(id, &self.value);
        is_swapped
            .then(|| format!("`{id}` looks like a secret key: did you swap it with `{secret}`?"))
    }

    fn is_unknown(&self) -> bool {
        Key::named(&self.key).is_none() && !OTHERS.contains(&&*self.key)
    }

    /// The value as it may be shown: `***` for secrets.
    pub(super) fn shown(&self) -> String {
        mask::masked(&self.key, &self.value)
    }

    /// The value without the comment lines that an indented `#` made part of it. The SDKs disagree
    /// about those (SPEC 1.3.3, 1.4.3), and none of our values contains such a line.
    pub(super) fn text(&self) -> Cow<'a, str> {
        let Some(joined) = self.joined() else { return self.value.clone() };
        let is_comment = |text: &&str| text.starts_with(['#', ';']) || text.is_empty();
        let lines = joined.split('\n').filter(|text| !is_comment(text));
        lines.collect::<Vec<_>>().join("\n").into()
    }

    /// The value, if it is joined from several lines. One on a single line is borrowed.
    fn joined(&self) -> Option<&str> {
        match &self.value {
            Cow::Borrowed(_) => None,
            Cow::Owned(joined) => Some(joined),
        }
    }
}
