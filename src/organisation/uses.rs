//! Which profiles need another one by its name.

use crate::profile::present::PresentProfile;
use crate::profile::process::ssowrap_profile;

/// A profile that needs another one.
#[derive(Debug)]
pub(super) struct Use<'a> {
    /// The name of the other one.
    pub name: String,
    user: &'a PresentProfile,
    /// The `credential_process` that names it; none if it is the `source_profile`.
    pub command: Option<&'a str>,
}

impl Use<'_> {
    /// Why the other profile, or its name, has to stay.
    pub(super) fn why(&self) -> String {
        let user = &self.user.name;
        match self.command {
            None => format!("it is the source_profile of `{user}`"),
            Some(_) => format!("it is used by the credential_process of `{user}`"),
        }
    }
}

/// The profiles that `user` needs.
pub(super) fn uses(user: &PresentProfile) -> impl Iterator<Item = Use<'_>> {
    let source = user.source_profile.clone().map(|name| Use { name, user, command: None });
    let command = user.credential_process.as_deref();
    let by_command = command.and_then(ssowrap_profile).map(|name| Use { name, user, command });
    source.into_iter().chain(by_command)
}
