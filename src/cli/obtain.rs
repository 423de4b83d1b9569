//! Options of the verbs that hand out credentials.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::number::up_to;
use crate::output::format::Format;

/// Options of `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Output format [default: your shell's on Linux, else `sh`]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<Format>,
    /// Print lines that remove the variables
    #[arg(long)]
    pub unset: bool,
    /// Say on stderr whose credentials these are. For the function `sso`.
    #[arg(long, hide = true)]
    pub announce: bool,
    /// Put this in front of each variable's name, for a second set of variables
    #[arg(long, value_name = "NAME_", hide_short_help = true)]
    pub prefix: Option<String>,
    /// Write to a file that only you can read
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Options of `exec`.
#[derive(Debug, Args)]
pub(crate) struct ExecArgs {
    /// Renew the credentials while the command runs
    ///
    /// Instead of keys, the command gets the address of an endpoint on 127.0.0.1. AWS SDKs fetch new
    /// keys there whenever they need them.
    #[arg(long)]
    pub renew: bool,
    /// With `--renew`: write the token to a file
    ///
    /// For clients that read the token only from a file, such as programs built on Rust's
    /// object_store. Only you can read the file, and it is removed when the command ends.
    #[arg(long, requires = "renew")]
    pub token_file: bool,
    /// Give the command a credentials file
    ///
    /// The file contains the keys of each profile given with `-p`. AWS_SHARED_CREDENTIALS_FILE names
    /// the file, and AWS_PROFILE the first profile. Without FILE, ssowrap chooses a private directory,
    /// and the command must have `--` before it.
    #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with = "renew")]
    pub write_credentials: Option<Option<PathBuf>>,
    /// The command and its arguments [default: your shell]
    #[arg(trailing_var_arg = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The port to listen on [default: a free one]
    #[arg(long, value_name = "NUMBER", value_parser = up_to(u16::MAX))]
    pub port: Option<u16>,
    /// How to print the variables for clients: sh, dotenv or json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    #[arg(hide_possible_values = true)]
    pub print_env: EnvFormat,
    /// Serve the credentials as EC2 instance metadata too
    ///
    /// This protocol uses no secret: while `serve` runs, every program of every user of this machine
    /// can get the credentials of the first profile.
    #[arg(long)]
    pub imds: bool,
    /// Serve this role, assumed by the first profile, at `/role-arn/ARN`
    ///
    /// A `*` at the end matches any ending: `arn:aws:iam::123456789012:role/app-*`. You can give this
    /// option several times.
    #[arg(long, value_name = "ARN")]
    pub allow_role: Vec<String>,
}

/// The formats of `--print-env`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum EnvFormat {
    /// Lines for a POSIX shell, to `eval`.
    #[default]
    Sh,
    /// `NAME=VALUE` lines, as `docker run --env-file` reads them.
    Dotenv,
    /// One JSON object.
    Json,
}

/// Options of `generate`.
#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    /// The profile to write (required)
    #[arg(long = "as", alias = "outprofile", value_name = "NAME")]
    pub name: Option<String>,
    /// The credentials file to write
    ///
    /// The default is AWS_SHARED_CREDENTIALS_FILE, else `~/.aws/credentials`.
    #[arg(long, alias = "credentialsfile", value_name = "PATH")]
    pub credentials_file: Option<PathBuf>,
    /// The config file to write
    ///
    /// The default is AWS_CONFIG_FILE, else `~/.aws/config`.
    #[arg(long, alias = "configfile", value_name = "PATH")]
    pub config_file: Option<PathBuf>,
    /// Replace a profile that has other credentials
    ///
    /// For example `sso_session` or `role_arn`.
    #[arg(long)]
    pub force: bool,
    /// Only show what would change
    ///
    /// As a diff, without secrets.
    #[arg(long)]
    pub dry_run: bool,
    /// Remove what `generate` wrote: keys and region
    #[arg(long)]
    pub remove: bool,
}
