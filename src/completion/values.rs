//! Names from the config files and from stored listings, for the arguments that take them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Suggestion;
use crate::context::Context;
use crate::organisation::{self, Account};
use crate::profile::Resolver;
use crate::profile::files::{self, ConfigFile, Files};
use crate::profile::listing::ListedProfile;
use crate::profile::logins::SsoSession;
use crate::profile::regions::REGIONS;
use crate::text::escape;

/// The argument that takes a profile's name.
pub(super) const PROFILE: &str = "profile";
/// The argument that takes an sso-session's name.
pub(super) const SSO_SESSION: &str = "sso_session";

/// The options already given that limit which names fit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Narrowing<'a> {
    pub session: Option<&'a str>,
    pub account_id: Option<&'a str>,
}

/// Where names come from: the files, and stored listings.
pub(super) struct Live<'a> {
    ctx: &'a Context,
    given: Narrowing<'a>,
}

/// Names, each once, with their descriptions.
type Names = BTreeMap<String, Option<String>>;

impl<'a> Live<'a> {
    pub(super) fn new(ctx: &'a Context, given: Narrowing<'a>) -> Self {
        Self { ctx, given }
    }

    /// The candidates for the argument `id`; none if nothing is known.
    pub(super) fn candidates(&self, id: &str) -> impl Iterator<Item = Suggestion> {
        let names = match id {
            PROFILE => self.of_files(profiles),
            SSO_SESSION => self.of_files(|files| plain(files.session_names())),
            "start_url" => self.of_logins(|login| plain(login.start_url.as_deref())),
            "account_id" => self.of_logins(|login| self.account_ids(login)),
            "account" => self.of_logins(|login| self.account_names(login)),
            "role_name" => self.of_logins(|login| self.roles(login)),
            "region" | "sso_region" => plain(REGIONS),
            _ => Names::new(),
        };
        // Names that a terminal cannot show faithfully are left out, because they would mislead.
        let is_shown = |name: &String| !name.is_empty() && escape::foreign(name) == *name;
        let names = names.into_iter().filter(move |(name, _)| is_shown(name));
        let shown = |help: String| escape::foreign(help).into_owned();
        names.map(move |(text, help)| Suggestion { text, help: help.map(shown) })
    }

    fn account_ids(&self, login: &SsoSession) -> Names {
        let named = self.listed(login).into_iter().map(|account| (account.id, account.name));
        let used = login.roles.iter().map(|role| (role.account_id.clone(), None));
        used.chain(named).collect()
    }

    fn account_names(&self, login: &SsoSession) -> Names {
        let named = self.listed(login).into_iter();
        named.filter_map(|account| Some((account.name?, Some(account.id)))).collect()
    }

    /// The roles in the account that is named, or in all accounts.
    fn roles(&self, login: &SsoSession) -> Names {
        let is_meant = |id: &str| self.given.account_id.is_none_or(|given| given == id);
        let used = login.roles.iter().filter(|role| is_meant(&role.account_id));
        let listed = self.listed(login).into_iter().filter(|account| is_meant(&account.id));
        let listed = listed.flat_map(|account| account.roles.names().to_vec());
        used.map(|role| role.role_name.clone()).chain(listed).map(|name| (name, None)).collect()
    }

    /// The accounts in the last listing.
    fn listed(&self, login: &SsoSession) -> Vec<Account> {
        let kept = organisation::kept(self.ctx, &login.source());
        kept.map(|listing| listing.accounts).unwrap_or_default()
    }

    fn of_files(&self, names: impl Fn(&Files) -> Names) -> Names {
        self.files().as_ref().map(names).unwrap_or_default()
    }

    fn of_logins(&self, names: impl Fn(&SsoSession) -> Names) -> Names {
        let session = self.given.session;
        let is_meant = |login: &&SsoSession| session.is_none() || login.name.as_deref() == session;
        self.of_files(|files| {
            let logins = Resolver::new(files).logins().logins;
            logins.iter().filter(is_meant).flat_map(&names).collect()
        })
    }

    /// Both files. If one cannot be read, the other's names still count.
    fn files(&self) -> Option<Files> {
        let read = |(kind, path)| {
            ConfigFile::read(kind, path)
                .unwrap_or_else(|_| ConfigFile::unread(kind, PathBuf::default()))
        };
        let [config, credentials] = files::paths(self.ctx).ok()?.map(read);
        Some(Files { config, credentials })
    }
}

/// Each profile, with its account and role as the description.
fn profiles(files: &Files) -> Names {
    let profiles = Resolver::new(files).profiles().into_iter();
    let help = |profile: &ListedProfile<'_>| {
        let parts = [profile.account.as_deref(), profile.role.as_deref()];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    profiles.map(|profile| (profile.name.to_string(), help(&profile))).collect()
}

/// Names that need no description.
fn plain<'n>(names: impl IntoIterator<Item = &'n str>) -> Names {
    names.into_iter().map(|name| (name.to_owned(), None)).collect()
}
