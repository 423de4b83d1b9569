//! The network settings of a login, which its profiles share.

use super::key::Key;
use super::logins::SsoSession;
use super::merged::Merged;
use super::plan::{Plan, SsoSource};
use super::reach::Reach;
use super::resolve::Resolver;
use super::trail::Trail;
use super::{network, process, sso};
use crate::error::{Error, Kind, Result};

impl Resolver<'_> {
    /// What the profiles in the config say about reaching a login.
    ///
    /// # Errors
    /// See [`Resolver::reach`].
    pub(super) fn reach_of(&self, source: &SsoSource) -> Result<Reach> {
        let login = self.logins().logins.into_iter().find(|login| login.is_of(source));
        login.map_or_else(|| Ok(Reach::default()), |login| self.reach(&login))
    }

    /// The plan of a login, whose source has no particular role.
    ///
    /// # Errors
    /// See [`Resolver::reach`].
    pub(crate) fn plan_of(&self, login: &SsoSession) -> Result<Plan> {
        Ok(Plan { reach: self.reach(login)?, ..Plan::of_sso(login.source()) })
    }

    /// What the profiles of a login say.
    ///
    /// # Errors
    /// `SessionMismatch` if two of them disagree.
    pub(crate) fn reach(&self, login: &SsoSession) -> Result<Reach> {
        let mut joined = Reach::default();
        let mut earlier: Vec<Reach> = Vec::new();
        for name in &login.profiles {
            let profile = self.sections.profile(name).filter(|profile| goes_there(profile));
            let Some(profile) = profile else { continue };
            let reach = network::reach(&self.sections, &profile, &mut Trail::ignored());
            let Some(reach) = reach.ok().filter(|reach| !reach.is_empty()) else { continue };
            if let Err(key) = joined.join(&reach) {
                let disagrees = |one: &&Reach| (*one).clone().join(&reach).is_err();
                let other = earlier.iter().find(disagrees).and_then(|one| one.profile.as_deref());
                return Err(disagreement(login, [other.unwrap_or_default(), name], key));
            }
            earlier.push(reach);
        }
        Ok(joined)
    }
}

/// Whether a profile's settings say how its login is reached. They don't if the profile assumes a role,
/// because it may reach AWS differently for that. If it asks ssowrap for another profile, that
/// profile's settings count.
fn goes_there(profile: &Merged<'_>) -> bool {
    let command = profile.optional(Key::CredentialProcess);
    let asks = command.is_some_and(|command| process::ssowrap_profile(&command).is_some());
    !profile.has(Key::RoleArn) && (!asks || sso::names_login(profile))
}

fn disagreement(login: &SsoSession, [one, other]: [&str; 2], key: Key) -> Error {
    let owner = match (&login.name, &login.start_url) {
        (Some(name), _) => format!("sso-session `{name}`"),
        (None, url) => format!("start URL `{}`", url.as_deref().unwrap_or_default()),
    };
    let key = key.name();
    let message = format!("profiles `{one}` and `{other}` of {owner} disagree on `{key}`");
    Error::new(Kind::SessionMismatch, message)
        .hint("choose one of them with `-p`, or make the two equal")
}
