//! Which accounts and roles get a profile.

use crate::cli::{ConfigureArgs, Global};
use crate::context::Context;
use crate::error::{Result, usage};
use crate::organisation::generate::Choice;
use crate::organisation::selection::{Selection, warn_of_denied};
use crate::organisation::{Account, Listing};
use crate::profile::plan::SsoSource;

/// The accounts and roles that the command line names.
pub(super) struct Chosen {
    selection: Selection,
    /// Whether the command line names any.
    is_given: bool,
}

impl Chosen {
    /// Reads the options.
    ///
    /// # Errors
    /// `Usage` if they contradict each other.
    pub(super) fn new(global: &Global, args: &ConfigureArgs) -> Result<Self> {
        let selection = Selection::new(global)?;
        if args.all && selection.names_accounts() {
            return Err(usage("--all and --account cannot be used together"));
        }
        let is_given = args.all || selection.names_accounts() || selection.role().is_some();
        Ok(Self { selection, is_given })
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
        self.selection.has_account(account)
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
        let accounts = self.selection.accounts(listing, source)?;
        let choices = self.selection.roles(&accounts, source)?;
        warn_of_denied(ctx, "no profile for", &accounts);
        if choices.is_empty() && !args.prune {
            ctx.printer.say("there is no role to write a profile for");
        }
        Ok(choices)
    }
}
