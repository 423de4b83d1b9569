//! `ssowrap accounts`: the accounts and roles that a login may use.

use chrono::TimeDelta;
use serde::Serialize;

use crate::aws::Aws;
use crate::cli::{AccountsArgs, Global};
use crate::context::Context;
use crate::error::Result;
use crate::login;
use crate::organisation::pattern::Pattern;
use crate::organisation::{self, Account, ListWanted, Roles};
use crate::profile::files::Files;
use crate::profile::plan::Source;
use crate::settings;
use crate::text::escape;
use crate::ui::table::{self, Cell};

/// From this age on, the age is shown.
const NEW: TimeDelta = TimeDelta::minutes(10);

/// An account as `accounts --json` prints it.
#[derive(Serialize)]
struct AccountRow<'a> {
    account_id: &'a str,
    account_name: Option<&'a str>,
    email: Option<&'a str>,
    /// Null without `--roles`, and if AWS refuses to list them.
    roles: Option<&'a [String]>,
    /// Why AWS refuses to list the roles.
    denied: Option<&'a str>,
}

/// Lists the matching accounts, from the stored listing if it is recent.
pub(super) fn run(ctx: &Context, global: &Global, args: &AccountsArgs) -> Result<()> {
    let plan = settings::login::chosen(ctx, global, &Files::load(ctx)?)?;
    let Source::Sso(source) = &plan.source else { unreachable!("a login is one of SSO") };
    let pattern = args.pattern.as_deref().map(Pattern::search);
    let matches = |account: &Account| {
        pattern.as_ref().is_none_or(|pattern| {
            pattern.matches_account(account)
                || account.email.as_deref().is_some_and(|email| pattern.matches(email))
        })
    };
    let aws = Aws::new(ctx, &plan.reach);
    let token = login::ensure(ctx, &aws, source, settings::login::is_made(ctx, global)?)?;
    let wanted = ListWanted {
        max_age: if global.refresh { TimeDelta::zero() } else { organisation::MAX_AGE },
        roles_in: &|account| args.roles && matches(account),
    };
    let listing = organisation::list(ctx, &aws, source, &token, &wanted)?;
    let age = ctx.now() - listing.listed_at;
    if age > NEW {
        let when = ctx.clock().since(listing.listed_at);
        ctx.printer.notice(|| format!("listed {when}; `--refresh` asks AWS again"));
    }
    let accounts: Vec<&Account> = listing.accounts.iter().filter(|a| matches(a)).collect();
    if let Some(pattern) = args.pattern.as_deref().filter(|_| accounts.is_empty()) {
        let message = format!("no account matches `{pattern}`");
        let advice = "; `--refresh` asks AWS again";
        return Err(listing.no_account(message, pattern, source, advice));
    }
    if args.json {
        return ctx
            .printer
            .json(&accounts.iter().map(|a| entry(a, args.roles)).collect::<Vec<_>>());
    }
    let rows = rows(&accounts, args.roles);
    let text = match args.csv {
        true => csv(&rows, args.roles),
        false => columns(ctx, rows, args.roles),
    };
    ctx.printer.data(text.as_bytes())
}

fn entry(account: &Account, with_roles: bool) -> AccountRow<'_> {
    let (roles, denied) = match &account.roles {
        Roles::Listed(names) if with_roles => (Some(names.as_slice()), None),
        Roles::Denied(why) if with_roles => (None, Some(why.as_str())),
        _ => (None, None),
    };
    AccountRow {
        account_id: &account.id,
        account_name: account.name.as_deref(),
        email: account.email.as_deref(),
        roles,
        denied,
    }
}

/// Id, name, e-mail address and, with roles, a role.
fn rows(accounts: &[&Account], with_roles: bool) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for account in accounts {
        let [name, email] =
            [&account.name, &account.email].map(|text| text.clone().unwrap_or_default());
        let row = vec![account.id.clone(), name, email];
        if !with_roles {
            rows.push(row);
            continue;
        }
        let roles = match &account.roles {
            Roles::Listed(names) => names.clone(),
            Roles::Denied(why) => vec![format!("({why})")],
            Roles::Unknown => Vec::new(),
        };
        rows.extend(roles.into_iter().map(|role| [row.clone(), vec![role]].concat()));
    }
    rows
}

fn columns(ctx: &Context, rows: Vec<Vec<String>>, with_roles: bool) -> String {
    let or_dash = |cell: String| if cell.is_empty() { "-".into() } else { Cell::from(cell) };
    let rows = rows.into_iter().map(|row| row.into_iter().map(or_dash).collect()).collect();
    let heading = heading(with_roles, ["ACCOUNT", "NAME", "EMAIL", "ROLE"]);
    table::columns(&ctx.printer, &heading, rows)
}

/// Comma-separated values (RFC 4180), each record on one line. Escapes whatever could control a
/// terminal.
fn csv(rows: &[Vec<String>], with_roles: bool) -> String {
    let heading = heading(with_roles, ["account_id", "account_name", "email", "role"]);
    let heading = heading.into_iter().map(str::to_owned).collect();
    let record = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().map(|cell| csv_cell(&escape::foreign(cell))).collect();
        cells.join(",") + "\n"
    };
    std::iter::once(&heading).chain(rows).map(record).collect()
}

fn csv_cell(text: &str) -> String {
    if text.contains([',', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn heading(with_roles: bool, names: [&'static str; 4]) -> Vec<&'static str> {
    names[..if with_roles { 4 } else { 3 }].to_vec()
}
