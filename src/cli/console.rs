//! Options of `console`.

use clap::Args;

/// Options of `console`.
#[derive(Debug, Args)]
pub(crate) struct ConsoleArgs {
    /// The part of the console to open: `s3`, `ec2`
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// The page to open: its URL, or the part after the host
    #[arg(long, value_name = "URL", conflicts_with = "service")]
    pub destination: Option<String>,
    /// How long the session lasts, 15m to 12h [default: as long as the credentials]
    ///
    /// AWS does not offer this for a role that is assumed with the credentials of another role.
    /// With `--assume`, this sets how long the role's session lasts, and the console session ends
    /// with it.
    #[arg(long, value_name = "DURATION")]
    pub duration: Option<String>,
    /// Print the link instead of opening it
    ///
    /// Anyone who has the link is signed in. It works for 15 minutes.
    #[arg(long)]
    pub url: bool,
    /// Copy the link to the clipboard, through the terminal, instead of opening it
    #[arg(long, conflicts_with = "url", hide_short_help = true)]
    pub copy: bool,
    /// End the browser's current console session first
    #[arg(long, hide_short_help = true)]
    pub sign_out: bool,
    /// Open the role through the access portal, with the browser's own sign-in
    #[arg(long, conflicts_with_all = ["duration", "sign_out"])]
    pub portal: bool,
}
