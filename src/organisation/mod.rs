//! The organisation: the accounts and roles that a login may use, and the names of profiles for
//! them.

pub(crate) mod distinct;
pub(crate) mod generate;
mod kept;
mod list;
mod migrate;
pub(crate) mod name;
mod naming;
pub(crate) mod pattern;
pub(crate) mod prune;
pub(crate) mod selection;
pub(crate) mod session;
mod uses;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::{Error, Kind};
use crate::profile::plan::{Source, SsoSource};
use crate::profile::suggest;
use crate::token::accounts_command;
pub(crate) use kept::{forget, forget_all, kept};
pub(crate) use list::{ListWanted, list, roles_in};

/// How old a stored listing may usually be: an organisation gets few new accounts in a day.
pub(crate) const MAX_AGE: TimeDelta = TimeDelta::hours(8);

/// An account's name, if the login of `source` has listed it.
pub(crate) fn account_name(ctx: &Context, source: &Source, account_id: &str) -> Option<String> {
    let Source::Sso(sso) = source else { return None };
    kept(ctx, sso)?.accounts.into_iter().find(|account| account.id == account_id)?.name
}

/// What a login may use, as AWS listed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listing {
    /// When AWS was asked.
    pub listed_at: DateTime<Utc>,
    /// Whether these are all accounts. Only then does a missing account not exist for the login.
    pub has_all_accounts: bool,
    /// Sorted by name, then id.
    pub accounts: Vec<Account>,
}

/// An account, as AWS describes it. Its name and address are untrusted text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Twelve digits.
    pub id: String,
    /// None if AWS does not say.
    pub name: Option<String>,
    /// The e-mail address of its root user; none if AWS does not say.
    pub email: Option<String>,
    /// The roles that the login may use there.
    pub roles: Roles,
}

/// The roles in an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Roles {
    /// Names of permission sets, sorted.
    Listed(Vec<String>),
    /// AWS refuses to list them, with this message.
    Denied(String),
    /// AWS was not asked.
    Unknown,
}

impl Listing {
    /// In how many accounts the roles are known.
    pub(crate) fn known(&self) -> usize {
        self.accounts.iter().filter(|account| account.roles != Roles::Unknown).count()
    }

    /// The error if no account is what was typed. `advice` ends the hint that names the command for
    /// the list of accounts.
    pub(crate) fn no_account(
        &self,
        message: String,
        typed: &str,
        source: &SsoSource,
        advice: &str,
    ) -> Error {
        let names = self.accounts.iter().map(Account::title).collect();
        suggest::names(Error::new(Kind::AccountNotFound, message), typed, names)
            .hint(format!("`{}` lists them{advice}", accounts_command(source)))
    }
}

impl Roles {
    /// Their names, as far as they are known.
    pub(crate) fn names(&self) -> &[String] {
        match self {
            Roles::Listed(names) => names,
            Roles::Denied(_) | Roles::Unknown => &[],
        }
    }
}

impl Account {
    /// Its name, or its id if it has none.
    pub(crate) fn title(&self) -> &str {
        self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.id)
    }

    /// Its name with its id in brackets, or its id alone if it has no name.
    pub(crate) fn name_and_id(&self) -> String {
        match self.title() {
            title if title == self.id => self.id.clone(),
            title => format!("{title} ({})", self.id),
        }
    }
}
