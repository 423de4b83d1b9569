//! Options of the verbs that look at what is there.

use clap::{Subcommand, ValueEnum};

/// What to do with cached role credentials.
#[derive(Debug, Subcommand)]
pub(crate) enum CacheAction {
    /// What is cached, for whom, until when
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Forget everything, or with --profile what belongs to one profile and those below it
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
