//! Options of `each`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueHint};

/// Options of `each`.
#[derive(Debug, Args)]
pub(crate) struct EachArgs {
    /// So many commands at a time
    #[arg(short, long, value_name = "NUMBER", default_value_t = 8)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: u16,
    /// Run each in this directory, as `envs/{profile}`
    ///
    /// `{account_id}` and `{role_name}` can stand in it too.
    #[arg(long, value_name = "TEMPLATE")]
    pub chdir: Option<String>,
    /// Keep what each prints in files in this directory: NAME.out and NAME.err
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, hide_short_help = true)]
    pub output_dir: Option<PathBuf>,
    /// Begin no more of them once one has failed
    #[arg(long, hide_short_help = true)]
    pub fail_fast: bool,
    /// Print the table as JSON, and what the commands print on stderr
    #[arg(long)]
    pub json: bool,
    /// Begin without asking
    #[arg(short, long)]
    pub yes: bool,
    /// The command and its arguments
    #[arg(trailing_var_arg = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}
