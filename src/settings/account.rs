//! `--account`: chooses an account by its name instead of its id.

use chrono::TimeDelta;

use crate::aws::Aws;
use crate::cli::Global;
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::login;
use crate::organisation::{self, Account, ListWanted, Listing};
use crate::profile::files::Files;
use crate::profile::plan::{Plan, Source, SsoSource};
use crate::profile::{Request, Resolver, RoleRequest};

use super::beside_profile;
use super::login::is_made;

/// Puts the id of the account that `--account` names into `global`, and reports which account it
/// is.
///
/// # Errors
/// `Usage` if the options contradict each other, `AccountNotFound` if no account or several have
/// that name, and every failure to ask AWS.
pub(crate) fn resolve(ctx: &Context, global: &mut Global) -> Result<()> {
    let name = match global.account.as_slice() {
        [] => return Ok(()),
        [name] if name.is_empty() => return Err(usage("the value of --account is empty")),
        [name] => name,
        _ => {
            return Err(usage("only `configure` and `each` accept more than one --account"));
        }
    };
    if global.account_id.is_some() {
        return Err(usage("--account and --account-id cannot be used together"));
    }
    let plan = plan(ctx, global)?;
    let Source::Sso(source) = &plan.source else { return Err(usage("there is no login")) };
    let known = organisation::kept(ctx, source).filter(|kept| {
        let age = ctx.now() - kept.listed_at;
        kept.has_all_accounts && age <= organisation::MAX_AGE && age >= TimeDelta::zero()
    });
    let account = match known.map(|listing| only(&listing, name, source)) {
        Some(Ok(account)) => account,
        // The account may have been created since.
        _ => {
            let aws = Aws::new(ctx, &plan.reach);
            let token = login::ensure(ctx, &aws, source, is_made(ctx, global)?)?;
            let wanted = ListWanted { max_age: TimeDelta::zero(), roles_in: &|_| false };
            only(&organisation::list(ctx, &aws, source, &token, &wanted)?, name, source)?
        }
    };
    ctx.printer.say(&format!("account {} is {}", account.title(), account.id));
    global.account_id = Some(account.id);
    Ok(())
}

fn plan(ctx: &Context, global: &Global) -> Result<Plan> {
    if global.profile.is_some() {
        return Err(beside_profile("--account"));
    }
    if global.sso_session.is_none() && global.start_url.is_none() {
        return Err(usage(
            "--account needs --sso-session NAME, or --start-url URL with --sso-region REGION",
        ));
    }
    let request = Request::Role(RoleRequest {
        session: global.sso_session.clone(),
        start_url: global.start_url.clone(),
        sso_region: global.sso_region.clone(),
        ..RoleRequest::default()
    });
    let files = Files::load(ctx)?;
    Resolver::new(&files).login(&request)?.ok_or_else(|| usage("there is no login"))
}

/// The only account with that name; case doesn't matter.
fn only(listing: &Listing, name: &str, source: &SsoSource) -> Result<Account> {
    let folded = name.to_lowercase();
    let is_it = |account: &&Account| account.title().to_lowercase() == folded;
    let mut found = listing.accounts.iter().filter(is_it);
    match (found.next(), found.next()) {
        (Some(account), None) => Ok(account.clone()),
        (Some(_), Some(_)) => {
            let ids = listing.accounts.iter().filter(is_it).map(|account| account.id.as_str());
            let ids = ids.collect::<Vec<_>>().join(", ");
            let message = format!("several accounts are called `{name}`: {ids}");
            Err(Error::new(Kind::AccountNotFound, message)
                .hint("choose one with `--account-id ID`"))
        }
        (None, _) => {
            let message = format!("no account is called `{name}`");
            Err(listing.no_account(message, name, source, ""))
        }
    }
}
