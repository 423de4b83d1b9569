//! Asks AWS for accounts and roles, page by page and for several accounts at once. What has been
//! listed is stored, whatever happens later, and isn't requested twice.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use futures_util::StreamExt;
use futures_util::stream;

use super::{Account, Listing, Roles, kept};
use std::path::PathBuf;

use crate::aws::{
    AccountInfo, Aws, Cause, ListPage, PortalSession, RequestError, Service, ServiceEndpoint,
};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::profile::plan::SsoSource;
use crate::text::arn::is_account_id;
use crate::text::number::grouped;
use crate::token::{self, SsoToken, new_login_hint, owner, region_hint};

/// How many accounts are listed at once. Only the quota should slow this down: at 20 requests per
/// second, this is enough for answers that take 0.8 s.
const AT_ONCE: usize = 16;

/// Far more pages than any list has. Stops a service that repeats pages forever.
const MOST_PAGES: usize = 10_000;

/// What a listing must contain.
pub(crate) struct ListWanted<'a> {
    /// How old a stored listing may be.
    pub max_age: TimeDelta,
    /// The accounts whose roles it must contain.
    pub roles_in: &'a dyn Fn(&Account) -> bool,
}

/// The accounts that `token` can access, and the roles in those that are `wanted`.
///
/// # Errors
/// `TokenRefused` if AWS doesn't accept the token, `Interrupted` at Ctrl-C, otherwise as for every
/// request. The list so far is stored, and a hint says so.
pub(crate) fn list(
    ctx: &Context,
    aws: &Aws<'_>,
    source: &SsoSource,
    token: &SsoToken,
    wanted: &ListWanted<'_>,
) -> Result<Listing> {
    let now = ctx.now();
    let known = kept::kept_with(ctx, source, token).filter(|kept| {
        let age = now - kept.listed_at;
        kept.has_all_accounts && age <= wanted.max_age && age >= TimeDelta::zero()
    });
    let is_missing =
        |account: &&Account| account.roles == Roles::Unknown && (wanted.roles_in)(account);
    if let Some(known) = &known
        && !known.accounts.iter().any(|account| is_missing(&account))
    {
        return Ok(known.clone());
    }
    let portal = ListSource::new(ctx, aws, source, token)?;
    let mut listing =
        known.unwrap_or(Listing { listed_at: now, has_all_accounts: false, accounts: Vec::new() });
    aws.catch_interrupts()?;
    let outcome = portal.complete(&mut listing, wanted);
    let outcome = outcome.and(aws.release_interrupts());
    ctx.printer.end_status();
    kept::keep(ctx, source, token, &listing);
    match outcome {
        Ok(()) => Ok(listing),
        Err(error) => Err(with_progress(error, &listing)),
    }
}

/// The roles in one account: the stored ones, or else requested from AWS and stored.
///
/// # Errors
/// See [`list`], and if AWS doesn't list them.
pub(crate) fn roles_in(
    ctx: &Context,
    aws: &Aws<'_>,
    source: &SsoSource,
    token: &SsoToken,
    account_id: &str,
) -> Result<Vec<String>> {
    let kept = kept::kept_with(ctx, source, token);
    let mut listing = kept.unwrap_or(Listing {
        listed_at: ctx.now(),
        has_all_accounts: false,
        accounts: Vec::new(),
    });
    let known = listing.accounts.iter().find(|account| account.id == account_id);
    if let Some(Account { roles: Roles::Listed(names), .. }) = known {
        return Ok(names.clone());
    }
    let portal = ListSource::new(ctx, aws, source, token)?;
    let names = aws.wait(portal.roles_in(account_id))?.map_err(|e| portal.explained(e))?;
    let roles = Roles::Listed(names.clone());
    match listing.accounts.iter_mut().find(|account| account.id == account_id) {
        Some(account) => account.roles = roles,
        None => {
            let id = account_id.to_owned();
            listing.accounts.push(Account { id, name: None, email: None, roles });
        }
    }
    kept::keep(ctx, source, token, &listing);
    Ok(names)
}

/// Says how much of an interrupted listing is kept.
fn with_progress(error: Error, listing: &Listing) -> Error {
    if !listing.has_all_accounts || listing.known() == 0 {
        return error;
    }
    let (known, total) = (grouped(listing.known()), grouped(listing.accounts.len()));
    error.hint(format!(
        "the listing is incomplete: the roles in {known} of {total} accounts are saved so far; run \
         the same command again to continue"
    ))
}

/// Where the lists come from.
struct ListSource<'a> {
    ctx: &'a Context,
    aws: &'a Aws<'a>,
    source: &'a SsoSource,
    token: &'a SsoToken,
    endpoint: ServiceEndpoint,
    token_file: PathBuf,
}

impl<'a> ListSource<'a> {
    fn new(
        ctx: &'a Context,
        aws: &'a Aws<'a>,
        source: &'a SsoSource,
        token: &'a SsoToken,
    ) -> Result<Self> {
        let region = token.region.as_ref().or(source.sso_region.as_ref()).ok_or_else(|| {
            let owner = owner(source);
            Error::new(
                Kind::NoRegion,
                format!("no region of the Identity Center instance for {owner}"),
            )
            .hint("give `--sso-region`")
        })?;
        let endpoint = aws.endpoint(Service::Sso, region)?;
        let token_file = token::file(&ctx.home()?, source);
        Ok(Self { ctx, aws, source, token, endpoint, token_file })
    }

    /// Adds to `listing` what is `wanted` and missing.
    fn complete(&self, listing: &mut Listing, wanted: &ListWanted<'_>) -> Result<()> {
        if !listing.has_all_accounts {
            let mut found = BTreeMap::new();
            let asked = self.aws.wait(self.accounts(&mut found));
            listing.accounts = sorted(found);
            asked?.map_err(|error| self.explained(error))?;
            listing.has_all_accounts = true;
        }
        let accounts: Vec<&mut Account> = listing
            .accounts
            .iter_mut()
            .filter(|account| account.roles == Roles::Unknown && (wanted.roles_in)(account))
            .collect();
        self.aws.wait(self.roles(accounts))?.map_err(|error| self.explained(error))
    }

    async fn accounts(&self, found: &mut BTreeMap<String, Account>) -> Result<(), RequestError> {
        let mut page = None;
        for _ in 0..MOST_PAGES {
            let ListPage { items, next } =
                self.aws.list_accounts(self.session(), page.as_deref()).await?;
            for AccountInfo { id, name, email } in items {
                if !is_account_id(&id) {
                    return Err(self.nonsense("ListAccounts", "an account id is not twelve digits"));
                }
                found.insert(id.clone(), Account { id, name, email, roles: Roles::Unknown });
            }
            self.ctx.printer.status(&format!("{} accounts", grouped(found.len())));
            if next.is_none() {
                return Ok(());
            }
            page = next;
        }
        Err(self.nonsense("ListAccounts", "its pages never end"))
    }

    async fn roles(&self, accounts: Vec<&mut Account>) -> Result<(), RequestError> {
        let total = accounts.len();
        let asked = accounts.into_iter().map(async |account| {
            let roles = self.roles_in(&account.id).await;
            (account, roles)
        });
        let mut answers = stream::iter(asked).buffer_unordered(AT_ONCE);
        let mut done = 0;
        while let Some((account, roles)) = answers.next().await {
            account.roles = match roles {
                Ok(names) => Roles::Listed(names),
                Err(error) => Roles::Denied(denial(error)?),
            };
            done += 1;
            let (done, total) = (grouped(done), grouped(total));
            self.ctx.printer.status(&format!("{done} of {total} accounts"));
        }
        Ok(())
    }

    async fn roles_in(&self, account_id: &str) -> Result<Vec<String>, RequestError> {
        let mut names = Vec::new();
        let mut page = None;
        for _ in 0..MOST_PAGES {
            let ListPage { items, next } =
                self.aws.list_account_roles(self.session(), account_id, page.as_deref()).await?;
            names.extend(items);
            if next.is_none() {
                names.sort();
                names.dedup();
                return Ok(names);
            }
            page = next;
        }
        Err(self.nonsense("ListAccountRoles", "its pages never end"))
    }

    fn session(&self) -> PortalSession<'_> {
        PortalSession {
            endpoint: &self.endpoint,
            access_token: &self.token.access_token,
            token_file: &self.token_file,
        }
    }

    fn nonsense(&self, operation: &'static str, what: &str) -> RequestError {
        RequestError::new(operation, &self.endpoint, Cause::Unexpected(what.to_owned()))
    }

    fn explained(&self, error: RequestError) -> Error {
        let owner = owner(self.source);
        let Some(response) = error.refusal().filter(|response| response.status == 401) else {
            return error.into_error(&owner);
        };
        let message = format!("AWS refuses the token of {owner}: {}", response.text());
        let refused = Error::new(Kind::TokenRefused, message).hint(new_login_hint(self.source));
        error.with_clock(match region_hint(self.source, self.token.region.as_deref()) {
            Some(hint) => refused.or_hint(hint),
            None => refused,
        })
    }
}

/// Why AWS doesn't list the roles of one account. Any other failure ends the whole listing.
fn denial(error: RequestError) -> Result<String, RequestError> {
    match error.refusal() {
        Some(response) if matches!(response.status, 403 | 404) => Ok(response.text()),
        _ => Err(error),
    }
}

fn sorted(accounts: BTreeMap<String, Account>) -> Vec<Account> {
    let mut accounts: Vec<Account> = accounts.into_values().collect();
    accounts.sort_by_cached_key(|account| {
        (account.title().to_lowercase(), account.title().to_owned(), account.id.clone())
    });
    accounts
}
