//! Options of `console`.

use clap::Args;

/// Options of `console`.
#[derive(Debug, Args)]
pub(crate) struct ConsoleArgs {
    /// The part of the console to open, as `s3` or `ec2`
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// The page to open: its address, or what follows the host in it
    #[arg(long, value_name = "URL", conflicts_with = "service")]
    pub destination: Option<String>,
    /// How long the session lasts, 15m to 12h [default: as the credentials]
    ///
    /// AWS has none for a role that is assumed with the credentials of another role: with `--assume`
    /// it is how long the session of that role lasts, and that of the console ends with it.
    #[arg(long, value_name = "DURATION")]
    pub duration: Option<String>,
    /// Print the link, and open nothing
    ///
    /// Whoever has the link is signed in. It can be used for 15 minutes.
    #[arg(long)]
    pub url: bool,
    /// Put the link into the clipboard of the terminal, and open nothing
    #[arg(long, conflicts_with = "url", hide_short_help = true)]
    pub copy: bool,
    /// End the session that the browser has with the console first
    #[arg(long, hide_short_help = true)]
    pub sign_out: bool,
    /// Open the role through the access portal, where the browser is signed in
    #[arg(long, conflicts_with_all = ["duration", "sign_out"])]
    pub portal: bool,
}
