//! Resolver: what the config says. Pure: text in, a plan out; no network, no clock.

pub mod body;
mod claim;
mod dialect;
pub mod edit;
pub(crate) mod expand;
pub mod files;
mod indented;
pub(crate) mod key;
pub mod line;
mod lines;
pub(crate) mod listing;
mod login_reach;
pub(crate) mod logins;
pub(crate) mod mask;
pub mod merged;
mod network;
pub mod parse;
pub(crate) mod partition;
pub(crate) mod plan;
pub(crate) mod present;
pub(crate) mod process;
pub(crate) mod reach;
pub(crate) mod regions;
pub mod resolve;
mod sections;
mod source;
mod sso;
pub(crate) mod suggest;
mod trail;
mod unresolved;
pub(crate) mod value;

use crate::error::{Error, Location, Result};
use crate::text::escape::shell_word;
pub(crate) use dialect::Dialect;
use plan::Plan;
pub use resolve::Resolver;
use trail::Trail;

/// What to resolve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// A profile in the config.
    Profile {
        /// Its name.
        name: String,
        /// Where the name came from: `--profile`, `AWS_PROFILE`, ...; none for the implied
        /// `default`.
        origin: Option<&'static str>,
    },
    /// A role of an sso-session or start URL, without a profile.
    Role(RoleRequest),
}

/// A role given only by options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleRequest {
    /// `--sso-session`.
    pub session: Option<String>,
    /// `--start-url`.
    pub start_url: Option<String>,
    /// `--sso-region`.
    pub sso_region: Option<String>,
    /// `--account-id`.
    pub account_id: String,
    /// `--role-name`.
    pub role_name: String,
}

impl Request {
    /// The options as the user types them.
    pub(crate) fn options(&self) -> String {
        match self {
            Self::Profile { name, .. } => format!("-p {}", shell_word(name)),
            Self::Role(role) => role.options(),
        }
    }
}

impl RoleRequest {
    /// The options as the user types them.
    pub(crate) fn options(&self) -> String {
        let Self { session, start_url, sso_region, account_id, role_name } = self;
        let options = [
            ("--sso-session", session.as_deref()),
            ("--start-url", start_url.as_deref()),
            ("--sso-region", sso_region.as_deref()),
            ("--account-id", Some(account_id.as_str())),
            ("--role-name", Some(role_name.as_str())),
        ];
        let words = options.into_iter().filter_map(|(option, value)| {
            Some(format!("{option} {}", shell_word(value.filter(|value| !value.is_empty())?)))
        });
        Vec::from_iter(words).join(" ")
    }
}

/// The result of resolving: the plan or the error, and everything read on the way.
#[derive(Debug)]
pub struct Resolution<'a> {
    /// The plan, or the first error.
    pub plan: Result<Plan>,
    /// What is odd but not fatal.
    pub warnings: Vec<Warning>,
    trail: Trail<'a>,
}

impl Resolution<'_> {
    /// A resolution that failed before anything was read.
    pub(crate) fn failed(error: Error) -> Self {
        Self { plan: Err(error), warnings: Vec::new(), trail: Trail::default() }
    }

    /// Every key in every section that was read.
    pub(crate) fn settings(&self) -> Vec<UsedSetting> {
        self.trail.settings()
    }

    /// Adds warnings that take longer to find than to resolve: about misspelled keys and regions,
    /// and about whole files. The latter repeat those of the resolution, so each is reported only
    /// once.
    pub(crate) fn add_warnings(&mut self, of_files: Vec<Warning>) {
        self.warnings.extend(self.trail.misspelled());
        // A damaged file may have very many.
        let own = self.warnings.len();
        for warning in of_files {
            if !self.warnings[..own].contains(&warning) {
                self.warnings.push(warning);
            }
        }
        self.warnings.sort_by(|a, b| {
            (&a.location.file, a.location.line).cmp(&(&b.location.file, b.location.line))
        });
    }
}

/// One key that took part in resolving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedSetting {
    /// The profile that it is for; none if the role is given only by options.
    pub profile: Option<String>,
    /// The section it is in, such as `profile prod`, `sso-session corp`, `services dev`.
    pub section: String,
    /// The key, in lower case.
    pub key: String,
    /// The value; `***` for secrets.
    pub value: String,
    /// Its place.
    pub location: Location,
}

/// Something odd in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What is odd; never quotes the line itself, which may contain a secret.
    pub message: String,
    /// Where.
    pub location: Location,
    /// Whether it may decide whose credentials are handed out. Then it is reported even without
    /// `-v`.
    pub is_urgent: bool,
}
