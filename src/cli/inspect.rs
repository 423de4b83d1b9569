//! Options of the verbs that look at what is there.

use clap::Subcommand;

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
