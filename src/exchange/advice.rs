//! What the user can use instead, if AWS denies an Identity Center role.

use std::time::Duration;

use super::Walk;
use crate::aws::Aws;
use crate::error::{Error, Kind};
use crate::organisation::{self, Account, Listing};
use crate::profile::plan::SsoSource;
use crate::profile::suggest;
use crate::storage::lock::Lock;
use crate::token::{self, SsoToken};

/// An error must not come late.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many names fit into a hint.
const MOST: usize = 5;

impl Walk<'_> {
    /// Adds to the error which roles the user has in that account, and in which accounts they have
    /// this role, as far as known; if nothing is known, what lists them.
    pub(super) fn with_advice(&self, sso: &SsoSource, token: &SsoToken, error: Error) -> Error {
        let is_for_nobody = self.options.background || self.options.any_login;
        if error.kind != Kind::AccessDenied || is_for_nobody {
            return error;
        }
        let there = self.roles_there(sso, token).filter(|names| !names.is_empty());
        let there =
            there.map(|names| format!("your roles there are {}", nearest(&sso.role_name, &names)));
        let elsewhere = organisation::kept(self.ctx, sso)
            .and_then(|listing| elsewhere(&listing, sso))
            .map(|accounts| format!("you have `{}` in {accounts}", sso.role_name));
        let mut advice: Vec<String> = there.into_iter().chain(elsewhere).collect();
        if advice.is_empty() {
            advice.push(format!("`{}` lists what you may use", token::roles_command(sso)));
        }
        let mut error = error;
        // The most helpful hint comes first.
        error.hints.splice(0..0, advice);
        error
    }

    /// The roles in the account. If many processes fail at once, only one of them asks AWS.
    fn roles_there(&self, sso: &SsoSource, token: &SsoToken) -> Option<Vec<String>> {
        let lock = format!("roles-{}", sso.account_id);
        let _lock = Lock::try_take(self.ctx, &lock)?;
        let aws = Aws::new(self.ctx, &self.plan.reach).within(Some(PATIENCE));
        organisation::roles_in(self.ctx, &aws, sso, token, &sso.account_id).ok()
    }
}

/// The names, with those first that are similar to `wanted`.
fn nearest(wanted: &str, names: &[String]) -> String {
    let near = suggest::nearest(wanted, names.iter().map(String::as_str).collect());
    let others = names.iter().map(String::as_str).filter(|name| !near.contains(name));
    let mut all: Vec<&str> = near.iter().copied().chain(others).collect();
    let more = all.len().saturating_sub(MOST);
    all.truncate(MOST);
    let list = all.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{list} and {more} more") } else { list }
}

/// Other accounts in which the role is listed.
fn elsewhere(listing: &Listing, sso: &SsoSource) -> Option<String> {
    let has_it = |account: &&Account| {
        account.id != sso.account_id && account.roles.names().contains(&sso.role_name)
    };
    let accounts: Vec<String> =
        listing.accounts.iter().filter(has_it).take(MOST).map(Account::name_and_id).collect();
    (!accounts.is_empty()).then(|| accounts.join(", "))
}
