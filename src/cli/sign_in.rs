//! Options of the verbs about logins.

use clap::Args;

/// Options of `login`.
#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// Sign in to every session and start URL of the config
    #[arg(long)]
    pub all: bool,
    /// Sign in again although the login is good
    #[arg(long)]
    pub force: bool,
    /// Sign in with a code, typed into any browser anywhere
    #[arg(long)]
    pub use_device_code: bool,
    /// Show the URL and start no browser
    #[arg(long)]
    pub no_browser: bool,
    /// The port the browser comes back to, for `ssh -L` [default: SSOWRAP_CALLBACK_PORT, a free one]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Put the URL into the clipboard of the terminal
    #[arg(long)]
    pub copy: bool,
}
