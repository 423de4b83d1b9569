//! What the resolver passes on the way from a profile to its source.

use std::rc::Rc;

use super::merged::Merged;
use super::{UsedSetting, Warning};
use crate::error::{Error, Kind, Location, Result};

/// The profiles and sections on the way, and what is odd about them.
#[derive(Debug, Default)]
pub(super) struct Trail<'a> {
    /// Whether nobody will ask for any of this.
    is_ignored: bool,
    /// Profile names, the requested one first.
    pub(super) chain: Vec<String>,
    /// The `region` of the source's sso-session.
    pub(super) session_region: Option<String>,
    /// Every section that was read, with the profile that it is for.
    sections: Vec<(Option<String>, Rc<Merged<'a>>)>,
    pub(super) warnings: Vec<Warning>,
}

impl<'a> Trail<'a> {
    /// A trail that records nothing, for listings.
    pub(super) fn ignored() -> Self {
        Self { is_ignored: true, ..Self::default() }
    }

    /// Adds a profile to the chain.
    pub(super) fn enter(&mut self, profile: &Rc<Merged<'a>>) -> Result<()> {
        if self.is_ignored {
            return profile.check();
        }
        self.chain.push(profile.name.to_string());
        self.pass(profile)
    }

    /// Adds a section that the current profile uses.
    pub(super) fn pass(&mut self, section: &Rc<Merged<'a>>) -> Result<()> {
        if self.is_ignored {
            return section.check();
        }
        self.sections.push((self.chain.last().cloned(), Rc::clone(section)));
        self.warnings.extend(section.warnings.iter().cloned());
        section.check()
    }

    /// Adds a warning.
    pub(super) fn warn(&mut self, message: impl Into<String>, location: Location) {
        self.warnings.push(Warning { message: message.into(), location, is_urgent: false });
    }

    /// Every key in every section on the way.
    pub(super) fn settings(&self) -> Vec<UsedSetting> {
        let used = |(profile, section): &(Option<String>, Rc<Merged<'a>>)| {
            section.used_for(profile.as_deref()).collect::<Vec<_>>()
        };
        self.sections.iter().flat_map(used).collect()
    }

    /// Warnings about keys that nobody reads, and about misspelled regions.
    pub(super) fn misspelled(&self) -> Vec<Warning> {
        self.sections.iter().flat_map(|(_, section)| section.misspelled()).collect()
    }

    /// Adds to an error deep in a chain the profiles that led there.
    pub(super) fn name_chain(&self, mut error: Error) -> Error {
        let says_it = matches!(error.kind, Kind::SourceProfileLoop | Kind::CredentialProcessLoop);
        if self.chain.len() > 1 && !says_it {
            error.message.push_str(&format!(" (chain: {})", arrows(&self.chain)));
        }
        error
    }
}

/// Profile names as `a -> b -> c`, each in backticks.
pub(super) fn arrows(chain: &[String]) -> String {
    chain.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" -> ")
}
