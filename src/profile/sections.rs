//! Finds sections by name, and merges each only once.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::claim::{Claim, Position};
use super::dialect::Dialect;
use super::files::{ConfigFile, Files};
use super::merged::Merged;
use super::parse::{FileKind, Section, SectionKind};

/// The sections of both files, by the rules of one reader.
pub(super) struct Sections<'a> {
    pub(super) files: &'a Files,
    pub(super) dialect: Dialect,
    profiles: Known<'a>,
    sessions: Known<'a>,
    services: Known<'a>,
}

/// What has been looked up so far.
#[derive(Default)]
struct Known<'a> {
    all: RefCell<Vec<Rc<Merged<'a>>>>,
    /// The position of each name in `all`; none if there is no such section.
    places: RefCell<HashMap<Cow<'a, str>, Option<usize>>>,
    /// Whether these are all.
    complete: Cell<bool>,
}

impl<'a> Sections<'a> {
    pub(super) fn new(files: &'a Files, dialect: Dialect) -> Self {
        Self {
            files,
            dialect,
            profiles: Known::default(),
            sessions: Known::default(),
            services: Known::default(),
        }
    }

    /// A profile, from both files.
    pub(super) fn profile(&self, name: &str) -> Option<Rc<Merged<'a>>> {
        self.profiles.get(name, || self.gather(SectionKind::Profile, name, &self.files.both()))
    }

    /// An sso-session. Only the config file counts (SPEC 1.4.10).
    pub(super) fn session(&self, name: &str) -> Option<Rc<Merged<'a>>> {
        self.sessions
            .get(name, || self.gather(SectionKind::SsoSession, name, &[&self.files.config]))
    }

    /// A services section. Only the config file counts.
    pub(super) fn services(&self, name: &str) -> Option<Rc<Merged<'a>>> {
        self.services.get(name, || self.gather(SectionKind::Services, name, &[&self.files.config]))
    }

    /// Every profile, in file order, in a single pass.
    pub(super) fn all_profiles(&self) -> Vec<Rc<Merged<'a>>> {
        let sections = self
            .files
            .both()
            .into_iter()
            .flat_map(|file| file.document.profiles().map(move |section| (file, section)));
        self.profiles.fill(sections, |name, found| self.merge(SectionKind::Profile, name, &found))
    }

    /// Every sso-session, in file order.
    pub(super) fn all_sessions(&self) -> Vec<Rc<Merged<'a>>> {
        let file = &self.files.config;
        let sections = file.document.sections().iter();
        let sections = sections.filter(|section| section.kind == SectionKind::SsoSession);
        let sections = sections.map(|section| (file, section));
        self.sessions
            .fill(sections, |name, found| self.merge(SectionKind::SsoSession, name, &found))
    }

    fn gather(
        &self,
        kind: SectionKind,
        name: &str,
        files: &[&'a ConfigFile],
    ) -> Option<Rc<Merged<'a>>> {
        let mut found = Vec::new();
        for file in files {
            let document = &file.document;
            let mut sections = document.find(kind, name);
            if sections.is_empty() && self.dialect.literal_names {
                sections = document.find_literally(kind, name);
            }
            found.extend(sections.into_iter().map(|section| (*file, section)));
        }
        let merged = (!found.is_empty()).then(|| self.merge(kind, name.to_owned().into(), &found));
        merged.map(Rc::new)
    }

    /// The sections of one name, of which there is at least one, as the AWS CLI reads them. If those
    /// give no credentials, the others that the SDKs read count too.
    fn merge(&self, kind: SectionKind, name: Cow<'a, str>, found: &[Found<'a>]) -> Merged<'a> {
        let (read, mut ignored) = as_the_aws_cli_reads(found);
        let mut merged = self.lay(kind, name.clone(), &read);
        if kind == SectionKind::Profile && !ignored.is_empty() {
            let claim = Claim::of(&merged, Position::Asked, self.dialect);
            if claim == Claim::Nothing {
                (merged, ignored) = (self.lay(kind, name.clone(), found), Vec::new());
            }
        }
        if kind == SectionKind::Profile && name == "default" {
            let config = &self.files.config;
            let bare = config.document.superseded_defaults();
            ignored.extend(bare.map(|section| (config, section)));
        }
        ignored.iter().for_each(|(file, section)| merged.leave_out(file, section, read[0]));
        merged
    }

    /// Merges these sections, each file's in its order.
    fn lay(&self, kind: SectionKind, name: Cow<'a, str>, found: &[Found<'a>]) -> Merged<'a> {
        let (file, first) = found[0];
        let mut merged = Merged::new(kind, name, file, first);
        for file in self.files.both() {
            let mut own = found.iter().filter(|(of, _)| std::ptr::eq(*of, file)).peekable();
            let is_there = own.peek().is_some();
            own.for_each(|(_, section)| merged.lay(file, section));
            if is_there && kind == SectionKind::Profile {
                let defaults = file.document.python_defaults();
                defaults.for_each(|section| merged.inherit(file, section));
            }
        }
        merged
    }
}

/// A section, and the file that it is in.
type Found<'a> = (&'a ConfigFile, &'a Section);

/// The sections that the AWS CLI reads under their name, and the others. In the config file, it
/// reads only the last of several spellings (SPEC 1.4.1). If it reads none, all count.
fn as_the_aws_cli_reads<'a>(found: &[Found<'a>]) -> (Vec<Found<'a>>, Vec<Found<'a>>) {
    let is_read = |(file, section): &Found<'_>| file.document.is_read_by_the_aws_cli(section);
    // Nothing to choose from is what there usually is.
    if found.len() == 1 || !found.iter().any(is_read) {
        return (found.to_vec(), Vec::new());
    }
    let spelling = |(file, section): &Found<'a>| {
        (file.document.kind() == FileKind::Config).then(|| file.document.brackets(section))
    };
    let last = found.iter().filter(|found| is_read(found)).filter_map(spelling).next_back();
    let is_last = |found: &Found<'a>| spelling(found).is_none_or(|this| Some(this) == last);
    found.iter().partition(|found| is_read(found) && is_last(found))
}

impl<'a> Known<'a> {
    fn get(
        &self,
        name: &str,
        gather: impl FnOnce() -> Option<Rc<Merged<'a>>>,
    ) -> Option<Rc<Merged<'a>>> {
        if let Some(place) = self.places.borrow().get(name) {
            return place.map(|place| Rc::clone(&self.all.borrow()[place]));
        }
        if self.complete.get() {
            return None;
        }
        let found = gather();
        let place = found.as_ref().map(|merged| {
            self.all.borrow_mut().push(Rc::clone(merged));
            self.all.borrow().len() - 1
        });
        self.places.borrow_mut().insert(name.to_owned().into(), place);
        found
    }

    fn fill(
        &self,
        sections: impl Iterator<Item = Found<'a>>,
        merge: impl Fn(Cow<'a, str>, Vec<Found<'a>>) -> Merged<'a>,
    ) -> Vec<Rc<Merged<'a>>> {
        if self.complete.replace(true) {
            return self.all.borrow().clone();
        }
        let mut all: Vec<(&str, Vec<Found<'a>>)> = Vec::new();
        let mut places: HashMap<Cow<'a, str>, Option<usize>> = HashMap::new();
        for (file, section) in sections {
            let name = file.document.name(section);
            let new = || {
                all.push((name, Vec::with_capacity(1)));
                Some(all.len() - 1)
            };
            if let Some(place) = *places.entry(name.into()).or_insert_with(new) {
                all[place].1.push((file, section));
            }
        }
        let all = all.into_iter().map(|(name, found)| Rc::new(merge(name.into(), found)));
        self.places.replace(places);
        self.all.replace(all.collect());
        self.all.borrow().clone()
    }
}
