//! Verbs that work on the accounts and roles of a login.

use clap::Args;

/// Options of `accounts`.
#[derive(Debug, Args)]
pub(crate) struct AccountsArgs {
    /// List only accounts whose name, id or e-mail address contains this; `*` and `?` are wildcards
    #[arg(value_name = "PATTERN")]
    pub pattern: Option<String>,
    /// List the roles too, one per line
    #[arg(long)]
    pub roles: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print comma-separated values
    #[arg(long)]
    pub csv: bool,
}

/// Options of `configure`.
#[derive(Debug, Args)]
pub(crate) struct ConfigureArgs {
    /// Choose every role in every account
    #[arg(long)]
    pub all: bool,
    /// Remove profiles that `configure` wrote for roles that AWS no longer lists
    #[arg(long)]
    #[arg(hide_short_help = true)]
    pub prune: bool,
    /// Convert legacy profiles, and those written by granted, to use the session
    #[arg(long)]
    #[arg(hide_short_help = true)]
    pub migrate: bool,
    /// Profile names [default: `{account_name}.{role_name}`]
    ///
    /// It can also contain `{account_id}` and `{session}`. Characters other than letters, digits, `.`,
    /// `_` and `-` become `-`. A `/` of the template itself stays.
    #[arg(long, value_name = "TEMPLATE")]
    pub name: Option<String>,
    /// Set another key in each profile; can be given several times
    #[arg(long, value_name = "KEY=VALUE", help_heading = "The profiles")]
    #[arg(hide_short_help = true)]
    pub set: Vec<String>,
    /// For each profile, add another that assumes this role:
    /// `arn:aws:iam::{account_id}:role/NAME`
    #[arg(long, value_name = "ARN", requires = "assume_name")]
    #[arg(help_heading = "The profiles")]
    #[arg(hide_short_help = true)]
    pub assume: Option<String>,
    /// Name of that profile
    #[arg(long, value_name = "TEMPLATE", requires = "assume")]
    #[arg(help_heading = "The profiles")]
    #[arg(hide_short_help = true)]
    pub assume_name: Option<String>,
    /// For each profile, add another whose `credential_process` is ssowrap, for SDKs without SSO
    #[arg(long, help_heading = "The profiles")]
    #[arg(hide_short_help = true)]
    pub credential_process: bool,
    /// Name of that profile [default: `{name}-process`]
    #[arg(long, value_name = "TEMPLATE", requires = "credential_process")]
    #[arg(help_heading = "The profiles")]
    #[arg(hide_short_help = true)]
    pub credential_process_name: Option<String>,
    /// Print the changes as a diff and write nothing
    #[arg(long, conflicts_with = "yes", help_heading = "Writing")]
    pub dry_run: bool,
    /// Write without asking
    #[arg(short, long, help_heading = "Writing")]
    pub yes: bool,
    /// Undo the last `configure`
    #[arg(long, help_heading = "Writing")]
    pub undo: bool,
}
