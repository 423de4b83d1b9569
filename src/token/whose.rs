//! Whose login a file holds, in words.

use super::advice::{login_hint, owner};
use crate::profile::plan::SsoSource;

/// What messages about a login say of it.
pub(super) struct Whose {
    /// The profile that needs it, if one does.
    pub profile: Option<String>,
    /// The login: "sso-session `corp`".
    pub owner: String,
    /// The hint that names the command that signs in.
    pub login: String,
    /// What to do where AWS denies a refresh.
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

    /// The beginning of a message about the login.
    pub(super) fn subject(&self) -> String {
        self.profile.as_ref().map_or_else(String::new, |profile| format!("profile `{profile}`: "))
    }

    /// The same where only a person can mend it.
    pub(super) fn needs_login(&self) -> String {
        match &self.profile {
            Some(profile) => format!("profile `{profile}` needs a login: "),
            None => "a login is needed: ".to_owned(),
        }
    }
}
