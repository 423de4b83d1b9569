//! Verbs that work on the accounts and roles of a login.

use clap::Args;

/// Options of `accounts`.
#[derive(Debug, Args)]
pub(crate) struct AccountsArgs {
    /// Only those whose name, id or e-mail address contains this; `*` and `?` are wildcards
    #[arg(value_name = "PATTERN")]
    pub pattern: Option<String>,
    /// List the roles too, one in a row
    #[arg(long)]
    pub roles: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print comma-separated values
    #[arg(long)]
    pub csv: bool,
}
