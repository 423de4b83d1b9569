//! The accounts and roles that patterns choose from a listing.

use super::generate::Choice;
use super::pattern::Pattern;
use super::{Account, Listing, Roles};
use crate::cli::Global;
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::profile::plan::SsoSource;
use crate::profile::suggest;
use crate::token::roles_command;

/// How many roles an error names one by one.
const MOST_NAMED: usize = 10;

/// The patterns on the command line.
pub(crate) struct Selection {
    /// `--account` and `--account-id`; none for all.
    accounts: Option<Vec<Written>>,
    /// `--role-name`; none for all.
    role: Option<Written>,
}

/// A pattern and its text.
struct Written {
    text: String,
    pattern: Pattern,
}

impl Selection {
    /// Reads the options.
    ///
    /// # Errors
    /// `Usage` for an empty pattern.
    pub(crate) fn new(global: &Global) -> Result<Self> {
        let read = |option: &str, text: &String| match text.is_empty() {
            true => Err(usage(format!("the value of {option} is empty"))),
            false => Ok(Written { text: text.clone(), pattern: Pattern::new(text) }),
        };
        let names = global.account.iter().map(|text| read("--account", text));
        let ids = global.account_id.iter().map(|text| read("--account-id", text));
        let accounts = names.chain(ids).collect::<Result<Vec<_>>>()?;
        let role = global.role_name.as_ref().map(|text| read("--role-name", text)).transpose()?;
        Ok(Self { accounts: Some(accounts).filter(|all| !all.is_empty()), role })
    }

    /// Whether the command line names accounts.
    pub(crate) fn names_accounts(&self) -> bool {
        self.accounts.is_some()
    }

    /// The text of the pattern for roles, if there is one.
    pub(crate) fn role(&self) -> Option<&str> {
        self.role.as_ref().map(|role| role.text.as_str())
    }

    /// Whether an account is chosen.
    pub(crate) fn has_account(&self, account: &Account) -> bool {
        let accounts = self.accounts.as_ref();
        accounts.is_none_or(|all| all.iter().any(|one| one.pattern.matches_account(account)))
    }

    /// The chosen accounts, in the order of the listing.
    ///
    /// # Errors
    /// `AccountNotFound` for a pattern that matches nothing.
    pub(crate) fn accounts<'a>(
        &self,
        listing: &'a Listing,
        source: &SsoSource,
    ) -> Result<Vec<&'a Account>> {
        for Written { text, pattern } in self.accounts.iter().flatten() {
            if !listing.accounts.iter().any(|account| pattern.matches_account(account)) {
                let message = format!("no account matches `{text}`");
                return Err(listing.no_account(message, text, source, "; `*` matches anything"));
            }
        }
        Ok(listing.accounts.iter().filter(|account| self.has_account(account)).collect())
    }

    /// The chosen roles in `accounts`.
    ///
    /// # Errors
    /// `AccountNotFound` if the pattern for them matches none.
    pub(crate) fn roles<'a>(
        &self,
        accounts: &[&'a Account],
        source: &SsoSource,
    ) -> Result<Vec<Choice<'a>>> {
        let has_role =
            |name: &str| self.role.as_ref().is_none_or(|role| role.pattern.matches(name));
        let roles = |account: &'a Account| {
            let names = account.roles.names().iter().filter(|name| has_role(name));
            names.map(move |role_name| Choice { account, role_name })
        };
        let chosen: Vec<Choice<'a>> = accounts.iter().copied().flat_map(roles).collect();
        match &self.role {
            Some(role) if chosen.is_empty() => Err(no_role(&role.text, accounts, source)),
            _ => Ok(chosen),
        }
    }
}

fn no_role(text: &str, accounts: &[&Account], source: &SsoSource) -> Error {
    let names = accounts.iter().flat_map(|account| account.roles.names());
    let mut names: Vec<&str> = names.map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let denials = denials(accounts);
    let are_all_denied = denials.is_some() && denied(accounts).count() == accounts.len();
    let message = match &denials {
        None => format!("no role in these accounts matches `{text}`"),
        Some(denials) if are_all_denied => format!("no role matches `{text}`: {denials}"),
        Some(denials) => format!("no role in these accounts matches `{text}`, and {denials}"),
    };
    let mut error = Error::new(Kind::AccountNotFound, message);
    if !are_all_denied {
        error = suggest::names(error, text.trim_matches('*'), names.clone())
            .hint(named(&names, source));
    }
    match denials {
        Some(_) => error.hint("`--refresh` asks AWS again"),
        None => error,
    }
}

/// The hint that names the roles.
fn named(names: &[&str], source: &SsoSource) -> String {
    match names.len() {
        1..=MOST_NAMED => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            format!("the roles are: {}", names.join(", "))
        }
        _ => format!("`{}` lists what you have; `*` matches anything", roles_command(source)),
    }
}

/// Warns of each account that is left out because AWS does not list its roles. `what` says what it
/// doesn't get.
pub(crate) fn warn_of_denied(ctx: &Context, what: &str, accounts: &[&Account]) {
    for (account, why) in denied(accounts) {
        let account = account.name_and_id();
        ctx.printer.warn(&format!("{what} account {account}: AWS does not list its roles: {why}"));
    }
}

/// The accounts whose roles AWS refuses to list, each with the reason.
fn denied<'a>(accounts: &[&'a Account]) -> impl Iterator<Item = (&'a Account, &'a str)> {
    accounts.iter().filter_map(|account| match &account.roles {
        Roles::Denied(why) => Some((*account, why.as_str())),
        Roles::Listed(_) | Roles::Unknown => None,
    })
}

/// The same in words, with the first reason; none if there are none.
fn denials(accounts: &[&Account]) -> Option<String> {
    let mut denied = denied(accounts);
    let (first, why) = denied.next()?;
    let others = match denied.count() {
        0 => String::new(),
        1 => " and one more account".to_owned(),
        count => format!(" and {count} more accounts"),
    };
    Some(format!("AWS does not list the roles in {}{others}: {why}", first.name_and_id()))
}
