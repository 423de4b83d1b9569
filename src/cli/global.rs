//! Options of every verb.

use clap::{ArgAction, Args, ValueEnum};

use crate::printer::Color;

/// Options of every verb, before or after it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every verb")]
pub(crate) struct Global {
    /// Profile to use [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, `default`]
    #[arg(short, long, global = true, value_name = "NAME", action = ArgAction::Append)]
    pub profile: Option<String>,
    /// All of them, for a verb that takes several: `profile` is the first.
    #[arg(skip)]
    pub profiles: Vec<String>,
    /// Region to hand over [default: AWS_REGION, AWS_DEFAULT_REGION, the profile's `region`]
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// MFA code for a role that asks for one (else asked on the terminal)
    #[arg(long, global = true, value_name = "DIGITS")]
    pub mfa_code: Option<String>,
    /// Whether to sign in where a login is missing: auto or never [default: SSOWRAP_LOGIN; else auto
    /// for `export` and `exec` if a person is at the terminal]
    #[arg(long, global = true, value_name = "WHEN", value_enum, hide_possible_values = true)]
    pub login: Option<LoginMode>,
    /// The name of the sso-session
    #[arg(long, global = true, value_name = "NAME", help_heading = "Without a profile")]
    pub sso_session: Option<String>,
    /// The start URL, in place of a session, with `--sso-region`
    #[arg(long, global = true, value_name = "URL", help_heading = "Without a profile")]
    pub start_url: Option<String>,
    /// The region of the Identity Center instance
    #[arg(long, global = true, value_name = "REGION", help_heading = "Without a profile")]
    pub sso_region: Option<String>,
    /// The account, twelve digits
    #[arg(long, global = true, value_name = "ID", help_heading = "Without a profile")]
    pub account_id: Option<String>,
    /// The role (the name of the permission set)
    #[arg(long, global = true, value_name = "NAME", help_heading = "Without a profile")]
    pub role_name: Option<String>,
    /// Least time the credentials must last, as `90s`, `15m`, `1h30m`
    #[arg(long, global = true, value_name = "DURATION", help_heading = "Cache")]
    pub min_ttl: Option<String>,
    /// Neither read nor write cached role credentials
    #[arg(long, global = true, help_heading = "Cache")]
    pub no_cache: bool,
    /// Get new credentials although cached ones are good
    #[arg(long, global = true, help_heading = "Cache")]
    pub refresh: bool,
    /// Nobody is there to answer questions: fail instead. For `ssowrap init --auto-refresh`.
    #[arg(long, global = true, hide = true)]
    pub unattended: bool,
    /// Say what is being done on stderr; twice for more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// No warnings
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Colour of messages: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    pub color: Color,
}

/// Whether to sign in where a login is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LoginMode {
    /// Yes, also where no person is at the terminal.
    Auto,
    /// No: it is an error.
    Never,
}
