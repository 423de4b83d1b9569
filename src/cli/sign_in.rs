//! Options of the verbs that deal with logins.

use clap::Args;

use super::number::up_to;

/// Options of `login`.
#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// Sign in to every session and start URL in the config
    #[arg(long)]
    pub all: bool,
    /// Sign in again even if the login is valid
    #[arg(long)]
    pub force: bool,
    /// Sign in with a code, in any browser on any device
    #[arg(long)]
    pub use_device_code: bool,
    /// Show the URL instead of opening a browser
    #[arg(long)]
    pub no_browser: bool,
    /// Local port that the browser reports back to; forward it with `ssh -L`
    /// [default: SSOWRAP_CALLBACK_PORT, else a free port]
    #[arg(long, value_name = "NUMBER", value_parser = up_to(u16::MAX))]
    pub port: Option<u16>,
    /// Copy the URL to the clipboard, through the terminal
    #[arg(long)]
    pub copy: bool,
}
