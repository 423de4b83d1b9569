//! Options of the verbs that inspect.

use clap::{Args, Subcommand, ValueEnum};

/// Options of `profiles`.
#[derive(Debug, Args)]
pub(crate) struct ProfilesArgs {
    /// List only profiles whose name, account or role contains this; `*` and `?` are wildcards
    #[arg(value_name = "PATTERN")]
    pub pattern: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What to do with cached role credentials.
#[derive(Debug, Subcommand)]
pub(crate) enum CacheAction {
    /// List cached credentials: all, or with -p those of a profile and its sources
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove cached credentials: all, or with -p those of a profile and its sources
    Clear,
}

/// What `whoami` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum WhoamiFormat {
    /// Everything, for people.
    #[default]
    Text,
    /// Everything as one object.
    Json,
    /// The ARN of the caller.
    Arn,
    /// The ARN of the role without its path, as EKS wants it in `aws-auth`.
    RoleArn,
    /// The account id.
    Account,
}
