//! Describes in words whose login a file contains.

use super::advice::{login_hint, owner};
use crate::profile::plan::SsoSource;

/// What messages say about a login.
pub(super) struct Whose {
    /// The profile that needs it, if there is one.
    pub profile: Option<String>,
    /// The login's name: "sso-session `corp`".
    pub owner: String,
    /// The hint with the command that signs in.
    pub login: String,
    /// What to do if AWS denies a refresh.
    pub denied: &'static str,
}

impl Whose {
    pub(super) fn of_sso(source: &SsoSource) -> Self {
        Self {
            profile: source.profile.clone(),
            owner: owner(source),
            login: login_hint(source),
            denied: "ask your Identity Center administrator",
        }
    }

    /// The start of a message about the login.
    pub(super) fn subject(&self) -> String {
        self.profile.as_ref().map_or_else(String::new, |profile| format!("profile `{profile}`: "))
    }

    /// The same, if only signing in helps.
    pub(super) fn needs_login(&self) -> String {
        match &self.profile {
            Some(profile) => format!("profile `{profile}` needs a login: "),
            None => "a login is needed: ".to_owned(),
        }
    }
}
