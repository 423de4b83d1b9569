//! Which accounts and roles get a profile.

use crate::cli::{ConfigureArgs, Global};
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::organisation::generate::Choice;
use crate::organisation::pattern::Pattern;
use crate::organisation::{Account, Listing, Roles};
use crate::profile::plan::SsoSource;
use crate::profile::suggest;

/// The accounts and roles that the command line names.
pub(super) struct Selection {
    /// `--account` and `--account-id`; none for all.
    accounts: Option<Vec<(String, Pattern)>>,
    /// `--role-name`; none for all.
    role: Option<(String, Pattern)>,
    /// Whether the command line names any.
    is_given: bool,
}

impl Selection {
    /// Reads the options.
    ///
    /// # Errors
    /// `Usage` if they contradict each other.
    pub(super) fn new(global: &Global, args: &ConfigureArgs) -> Result<Self> {
        let pattern = |text: &String| (text.clone(), Pattern::new(text));
        let accounts: Vec<_> =
            global.account.iter().chain(&global.account_id).map(pattern).collect();
        let role = global.role_name.as_ref().map(pattern);
        if args.all && !accounts.is_empty() {
            return Err(usage("--all and --account cannot be used together"));
        }
        let is_given = args.all || !accounts.is_empty() || role.is_some();
        Ok(Self { accounts: Some(accounts).filter(|all| !all.is_empty()), role, is_given })
    }

    /// Whether the command line names accounts or roles.
    pub(super) fn is_given(&self) -> bool {
        self.is_given
    }

    /// Whether the command line names nothing to do.
    pub(super) fn is_empty(&self, args: &ConfigureArgs) -> bool {
        !self.is_given && !args.prune && !args.migrate
    }

    /// Whether the listing from AWS is needed.
    pub(super) fn needs_listing(&self, args: &ConfigureArgs) -> bool {
        self.is_given || args.prune
    }

    /// Whether an account is chosen.
    pub(super) fn has_account(&self, account: &Account) -> bool {
        let accounts = self.accounts.as_ref();
        accounts.is_none_or(|all| all.iter().any(|(_, pattern)| pattern.matches_account(account)))
    }

    /// The chosen roles.
    ///
    /// # Errors
    /// `AccountNotFound` for a pattern that matches nothing.
    pub(super) fn choices<'a>(
        &self,
        ctx: &Context,
        listing: &'a Listing,
        source: &SsoSource,
        args: &ConfigureArgs,
    ) -> Result<Vec<Choice<'a>>> {
        if !self.is_given {
            return Ok(Vec::new());
        }
        self.check_accounts(listing, source)?;
        let mut choices = Vec::new();
        for account in listing.accounts.iter().filter(|account| self.has_account(account)) {
            if let Roles::Denied(why) = &account.roles {
                let name = account.title();
                ctx.printer.warn(&format!("no profile for account {name} ({}): {why}", account.id));
            }
            let names = account.roles.names().iter().filter(|name| self.has_role(name));
            choices.extend(names.map(|role_name| Choice { account, role_name }));
        }
        match &self.role {
            Some((pattern, _)) if choices.is_empty() => Err(self.no_role(pattern, listing)),
            None if choices.is_empty() && !args.prune => {
                ctx.printer.say("there is no role to write a profile for");
                Ok(choices)
            }
            _ => Ok(choices),
        }
    }

    fn has_role(&self, name: &str) -> bool {
        self.role.as_ref().is_none_or(|(_, pattern)| pattern.matches(name))
    }

    fn check_accounts(&self, listing: &Listing, source: &SsoSource) -> Result<()> {
        for (text, pattern) in self.accounts.iter().flatten() {
            if !listing.accounts.iter().any(|account| pattern.matches_account(account)) {
                let message = format!("no account matches `{text}`");
                return Err(listing.no_account(message, text, source, "; `*` matches anything"));
            }
        }
        Ok(())
    }

    fn no_role(&self, pattern: &str, listing: &Listing) -> Error {
        let accounts = listing.accounts.iter().filter(|account| self.has_account(account));
        let mut names: Vec<&str> =
            accounts.flat_map(|account| account.roles.names()).map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        let error = Error::new(
            Kind::AccountNotFound,
            format!("no role in these accounts matches `{pattern}`"),
        );
        let error = suggest::names(error, pattern, names.clone());
        let shown = names.iter().take(10).map(|name| format!("`{name}`")).collect::<Vec<_>>();
        error.hint(format!("the roles are: {}", shown.join(", ")))
    }
}
