//! Names from the config files, for whatever argument takes them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::regions::REGIONS;
use crate::context::Context;
use crate::profile::Resolver;
use crate::profile::files::{self, ConfigFile, Files};
use crate::profile::listing::SsoSession;
use crate::text::escape;

/// The argument that takes the name of a profile.
pub(super) const PROFILE: &str = "profile";
/// The argument that takes the name of an sso-session.
pub(super) const SSO_SESSION: &str = "sso_session";

/// Where names come from: the files, and what the command line says already.
pub(super) struct Live<'a> {
    ctx: &'a Context,
    session: Option<&'a str>,
}

impl<'a> Live<'a> {
    /// The names for a command line that names `session`.
    pub(super) fn new(ctx: &'a Context, session: Option<&'a str>) -> Self {
        Self { ctx, session }
    }

    /// The names that the argument `id` takes, each once; none where the files do not tell.
    pub(super) fn names(&self, id: &str) -> impl Iterator<Item = String> {
        let names = match id {
            PROFILE => self.of_files(|files| owned(files.profile_names())),
            SSO_SESSION => self.of_files(|files| owned(files.session_names())),
            "start_url" => self.of_logins(|login| login.start_url.into_iter().collect()),
            "account_id" => self.of_logins(|login| roles(login).0),
            "role_name" => self.of_logins(|login| roles(login).1),
            "region" | "sso_region" => owned(REGIONS.to_vec()),
            _ => BTreeSet::new(),
        };
        // What would not show as what it is stays out: a terminal, and whoever reads it, would be
        // misled.
        names.into_iter().filter(|name| !name.is_empty() && escape::foreign(name) == *name)
    }

    fn of_files(&self, names: impl Fn(&Files) -> BTreeSet<String>) -> BTreeSet<String> {
        self.files().as_ref().map(names).unwrap_or_default()
    }

    fn of_logins(&self, names: impl Fn(SsoSession) -> Vec<String>) -> BTreeSet<String> {
        let is_meant =
            |login: &SsoSession| self.session.is_none() || login.name.as_deref() == self.session;
        self.of_files(|files| {
            Resolver::new(files)
                .logins()
                .logins
                .into_iter()
                .filter(is_meant)
                .flat_map(&names)
                .collect()
        })
    }

    /// Both files; one that cannot be read does not keep back the names of the other.
    fn files(&self) -> Option<Files> {
        let read = |(kind, path)| {
            ConfigFile::read(kind, path)
                .unwrap_or_else(|_| ConfigFile::unread(kind, PathBuf::default()))
        };
        let [config, credentials] = files::paths(self.ctx).ok()?.map(read);
        Some(Files { config, credentials })
    }
}

fn owned(names: Vec<&str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// Accounts and names of roles.
fn roles(login: SsoSession) -> (Vec<String>, Vec<String>) {
    login.roles.into_iter().map(|role| (role.account_id, role.role_name)).unzip()
}
