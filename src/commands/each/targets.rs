//! The profiles, or the roles in several accounts, that `each` runs for.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::TimeDelta;

use crate::aws::Aws;
use crate::cli::Global;
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::login;
use crate::organisation::distinct::DistinctNames;
use crate::organisation::generate::Choice;
use crate::organisation::pattern::Pattern;
use crate::organisation::selection::{Selection, warn_of_denied};
use crate::organisation::{self, Account, ListWanted, Roles};
use crate::profile::files::Files;
use crate::profile::listing::ListedProfile;
use crate::profile::plan::{Source, SsoSource};
use crate::profile::{Request, Resolver, RoleRequest, suggest};
use crate::settings;

/// A profile or a role that the command runs for.
#[derive(Debug)]
pub(super) struct EachTarget {
    /// Its name in front of its output and in the table: a profile, or an account and its role.
    pub name: String,
    pub request: Request,
    pub account_id: Option<String>,
    pub account_name: Option<String>,
    pub role_name: Option<String>,
}

/// The targets that the command line chooses.
#[derive(Debug)]
pub(super) struct Chosen {
    pub targets: Vec<EachTarget>,
    /// Whether it contains a pattern. Then the selection is shown first.
    pub by_pattern: bool,
}

/// The same options without those that choose accounts and roles, because here these are patterns.
pub(super) fn without_roles(global: &Global) -> Global {
    Global { account: Vec::new(), account_id: None, role_name: None, ..global.clone() }
}

impl Chosen {
    /// Reads the options, and asks AWS for the accounts if they name any.
    ///
    /// # Errors
    /// `Usage` if they contradict each other, `ProfileNotFound` and `AccountNotFound` if nothing is
    /// chosen, and every failure to ask AWS.
    pub(super) fn of(ctx: &Context, global: &Global, files: &Files) -> Result<Self> {
        if let Some(option) = role_option(global) {
            if global.profile.is_some() {
                return Err(settings::beside_profile(option));
            }
            return Ok(Self { targets: roles(ctx, global, files)?, by_pattern: true });
        }
        if global.profiles.is_empty() {
            return Err(usage(
                "`each` needs to know which profiles or accounts to run the command for",
            )
            .hint(
                "give `-p NAME` several times, a pattern as in `-p 'prod-*'`, or `--account \
                 PATTERN --role-name PATTERN`",
            ));
        }
        let by_pattern = global.profiles.iter().any(|name| is_pattern(name));
        Ok(Self { targets: profiles(ctx, global, files)?, by_pattern })
    }
}

/// The first of the options that choose accounts and roles.
fn role_option(global: &Global) -> Option<&'static str> {
    let options = [
        ("--account", !global.account.is_empty()),
        ("--account-id", global.account_id.is_some()),
        ("--role-name", global.role_name.is_some()),
    ];
    options.into_iter().find(|(_, is_given)| *is_given).map(|(option, _)| option)
}

fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// The profiles that are named or that match, each once, in the order of the config.
fn profiles(ctx: &Context, global: &Global, files: &Files) -> Result<Vec<EachTarget>> {
    let resolver = Resolver::new(files);
    let known = resolver.profiles();
    let mut is_meant = vec![false; known.len()];
    let mut unknown = Vec::new();
    for name in &global.profiles {
        let is_it = |profile: &ListedProfile<'_>| match is_pattern(name) {
            // A pattern never chooses a profile without credentials.
            true => Pattern::new(name).matches(&profile.name) && profile.kind != NOTHING,
            false => profile.name == *name,
        };
        let mut found = false;
        for (profile, is_meant) in known.iter().zip(&mut is_meant) {
            let is_this = is_it(profile);
            found |= is_this;
            *is_meant |= is_this;
        }
        match found {
            true => {}
            false if is_pattern(name) => return Err(no_match(name, &known)),
            // The resolver says what is wrong with it.
            false => unknown.push(name),
        }
    }
    if let Some(name) = unknown.first() {
        let origin = Some("--profile");
        resolver.resolve(&Request::Profile { name: (*name).clone(), origin }).plan?;
    }
    let names = account_names(ctx, &resolver);
    let meant = known.into_iter().zip(is_meant).filter(|(_, is_meant)| *is_meant);
    let target = |(profile, _): (ListedProfile<'_>, bool)| EachTarget {
        account_name: profile.account.as_deref().and_then(|id| names.get(id).cloned()),
        account_id: profile.account.map(Cow::into_owned),
        role_name: profile.role.map(Cow::into_owned),
        request: Request::Profile { name: profile.name.to_string(), origin: Some("--profile") },
        name: profile.name.into_owned(),
    };
    Ok(meant.map(target).collect())
}

/// The kind of a profile that gives no credentials.
const NOTHING: &str = "none";

fn no_match(pattern: &str, known: &[ListedProfile<'_>]) -> Error {
    let message = format!("no profile matches `{pattern}`");
    let error = Error::new(Kind::ProfileNotFound, message);
    let names = known.iter().map(|profile| &*profile.name).collect();
    suggest::names(error, pattern.trim_matches('*'), names)
        .hint("`ssowrap profiles` lists the profiles; `*` matches anything")
}

/// The names of accounts, as far as a listing is stored.
fn account_names(ctx: &Context, resolver: &Resolver<'_>) -> HashMap<String, String> {
    let logins = resolver.logins().logins;
    let listings = logins.iter().filter_map(|login| organisation::kept(ctx, &login.source()));
    let accounts = listings.flat_map(|listing| listing.accounts);
    accounts.filter_map(|account| Some((account.id, account.name?))).collect()
}

/// The matching roles in each matching account.
fn roles(ctx: &Context, global: &Global, files: &Files) -> Result<Vec<EachTarget>> {
    let selection = Selection::new(global)?;
    let (Some(role), true) = (selection.role(), selection.names_accounts()) else {
        return Err(usage("`each` needs both --account PATTERN and --role-name PATTERN")
            .hint("`--account '*'` means every account that the login may use"));
    };
    let plan = settings::login::chosen(ctx, &without_roles(global), files)?;
    let Source::Sso(source) = &plan.source else { return Err(usage("there is no login")) };
    let aws = Aws::new(ctx, &plan.reach);
    let token = login::ensure(ctx, &aws, source, settings::login::is_made(ctx, global)?)?;
    let wanted = ListWanted {
        max_age: if global.refresh { TimeDelta::zero() } else { organisation::MAX_AGE },
        roles_in: &|account| selection.has_account(account),
    };
    let listing = organisation::list(ctx, &aws, source, &token, &wanted)?;
    let accounts = selection.accounts(&listing, source)?;
    let choices = selection.roles(&accounts, source)?;
    warn_of_denied(ctx, "nothing runs in", &accounts);
    let names = DistinctNames::new(&accounts);
    let is_without = |account: &Account| {
        !matches!(account.roles, Roles::Denied(_))
            && choices.iter().all(|one| one.account.id != account.id)
    };
    let without = accounts.iter().filter(|account| is_without(account));
    let without: Vec<String> = without.map(|account| names.of(account)).collect();
    if !without.is_empty() {
        let without = without.join(", ");
        ctx.printer.warn(&format!("you have no role that matches `{role}` in {without}"));
    }
    let has_one_role = choices.iter().all(|choice| choice.role_name == choices[0].role_name);
    let target = |choice: &Choice<'_>| {
        let name = names.of(choice.account);
        // No role's name contains a blank.
        let name = if has_one_role { name } else { format!("{name} {}", choice.role_name) };
        target(choice, name, source)
    };
    Ok(choices.iter().map(target).collect())
}

/// The target for a role. No other has its name.
fn target(choice: &Choice<'_>, name: String, source: &SsoSource) -> EachTarget {
    let Choice { account, role_name } = *choice;
    let portal = |text: &Option<String>| text.clone().filter(|_| source.session.is_none());
    EachTarget {
        name,
        request: Request::Role(RoleRequest {
            session: source.session.clone(),
            start_url: portal(&source.start_url),
            sso_region: portal(&source.sso_region),
            account_id: account.id.clone(),
            role_name: role_name.to_owned(),
        }),
        account_id: Some(account.id.clone()),
        account_name: account.name.clone(),
        role_name: Some(role_name.to_owned()),
    }
}

impl EachTarget {
    /// Whether it is a profile; otherwise it is a role in an account.
    pub(super) fn is_profile(&self) -> bool {
        matches!(self.request, Request::Profile { .. })
    }

    /// Fills in the template's fields.
    ///
    /// # Errors
    /// `Usage` for a field that doesn't exist or is unknown for this target.
    pub(super) fn fill(&self, template: &str) -> Result<String> {
        let fields = [
            ("{profile}", Some(&self.name)),
            ("{account_id}", self.account_id.as_ref()),
            ("{role_name}", self.role_name.as_ref()),
        ];
        let mut text = String::new();
        let mut rest = template;
        while let Some(start) = rest.find('{') {
            text.push_str(&rest[..start]);
            rest = &rest[start..];
            let Some((field, value)) = fields.iter().find(|(field, _)| rest.starts_with(field))
            else {
                let known = fields.map(|(field, _)| field).join(", ");
                let what = format!("unknown field; the fields are {known}");
                return Err(usage(format!("--chdir `{template}`: {what}")));
            };
            let unknown = || usage(format!("--chdir: {field} of {} is not known", self.name));
            text.push_str(value.ok_or_else(unknown)?);
            rest = &rest[field.len()..];
        }
        Ok(text + rest)
    }
}
