//! Finds sections by name, and merges each only once.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::dialect::Dialect;
use super::files::{ConfigFile, Files};
use super::merged::Merged;
use super::parse::{Section, SectionKind};

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
        self.profiles.fill(SectionKind::Profile, sections)
    }

    /// Every sso-session, in file order.
    pub(super) fn all_sessions(&self) -> Vec<Rc<Merged<'a>>> {
        let file = &self.files.config;
        let sections = file.document.sections().iter();
        let sections = sections.filter(|section| section.kind == SectionKind::SsoSession);
        self.sessions.fill(SectionKind::SsoSession, sections.map(|section| (file, section)))
    }

    fn gather(
        &self,
        kind: SectionKind,
        name: &str,
        files: &[&'a ConfigFile],
    ) -> Option<Rc<Merged<'a>>> {
        let mut merged: Option<Merged<'a>> = None;
        for file in files {
            let document = &file.document;
            let mut sections = document.find(kind, name);
            if sections.is_empty() && self.dialect.literal_names {
                sections = document.find_literally(kind, name);
            }
            let Some(first) = sections.first() else { continue };
            let new = || Merged::new(kind, name.to_owned().into(), file, first);
            let merged = merged.get_or_insert_with(new);
            if self.dialect.inherits_default {
                document
                    .python_defaults()
                    .into_iter()
                    .for_each(|section| merged.lay(file, section));
            }
            let is_left_out = |section: &&Section| {
                section.kind == SectionKind::BareDefault
                    && (kind, name) == (SectionKind::Profile, "default")
                    && document.has_prefixed_default()
            };
            sections.into_iter().for_each(|section| merged.lay(file, section));
            let others = document.sections().iter().filter(is_left_out);
            others.for_each(|section| merged.leave_out(file, section));
        }
        merged.map(Rc::new)
    }
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
        kind: SectionKind,
        sections: impl Iterator<Item = (&'a ConfigFile, &'a Section)>,
    ) -> Vec<Rc<Merged<'a>>> {
        if self.complete.replace(true) {
            return self.all.borrow().clone();
        }
        let mut all: Vec<Rc<Merged<'a>>> = Vec::new();
        let mut places: HashMap<Cow<'a, str>, Option<usize>> = HashMap::new();
        for (file, section) in sections {
            let name = Cow::Borrowed(file.document.name(section));
            let new = || {
                all.push(Rc::new(Merged::new(kind, name.clone(), file, section)));
                Some(all.len() - 1)
            };
            if let Some(place) = *places.entry(name.clone()).or_insert_with(new) {
                Rc::get_mut(&mut all[place]).expect("not shared yet").lay(file, section);
            }
        }
        self.places.replace(places);
        self.all.replace(all);
        self.all.borrow().clone()
    }
}
