//! Options of `each`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::number::up_to;

/// Options of `each`.
#[derive(Debug, Args)]
pub(crate) struct EachArgs {
    /// How many commands run at a time
    #[arg(short, long, value_name = "NUMBER", default_value_t = 8)]
    #[arg(value_parser = up_to(256))]
    pub jobs: u16,
    /// Run each command in this directory: `envs/{profile}`
    ///
    /// It can also contain `{account_id}` and `{role_name}`.
    #[arg(long, value_name = "TEMPLATE")]
    pub chdir: Option<String>,
    /// Write the output to NAME.out and NAME.err in this directory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, hide_short_help = true)]
    pub output_dir: Option<PathBuf>,
    /// Start no more commands after one has failed
    #[arg(long, hide_short_help = true)]
    pub fail_fast: bool,
    /// Print the results as JSON, and the commands' output on stderr
    #[arg(long)]
    pub json: bool,
    /// Start without asking
    #[arg(short, long)]
    pub yes: bool,
    /// The command and its arguments
    #[arg(trailing_var_arg = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}
