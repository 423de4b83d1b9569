//! Options of every verb.

use clap::{ArgAction, Args, ValueEnum};

use super::on_top::OnTopArgs;
use crate::printer::Color;

/// Options before or after the verb. `verbs.rs` says which verb takes which.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Which credentials")]
pub(crate) struct Global {
    /// Profile to use [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, SSOWRAP_PROFILE, `default`]
    #[arg(short, long, global = true, value_name = "NAME", action = ArgAction::Append)]
    pub profile: Option<String>,
    /// All of them, for a verb that takes several. `profile` is the first.
    #[arg(skip)]
    pub profiles: Vec<String>,
    /// Without a profile: the name of the sso-session
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub sso_session: Option<String>,
    /// Instead of a session: the start URL, with `--sso-region`
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    pub start_url: Option<String>,
    /// The region of the Identity Center instance
    #[arg(long, global = true, value_name = "REGION", hide_short_help = true)]
    pub sso_region: Option<String>,
    /// Without a profile: the account id, twelve digits
    #[arg(long, global = true, value_name = "ID", hide_short_help = true)]
    pub account_id: Option<String>,
    /// Instead of the id: the account's name, as `ssowrap accounts` lists it
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    #[arg(action = ArgAction::Append)]
    pub account: Vec<String>,
    /// Without a profile: the role (the name of the permission set)
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub role_name: Option<String>,
    /// The role to assume on top.
    #[command(flatten)]
    pub on_top: OnTopArgs,
    /// Region to use [default: AWS_REGION, AWS_DEFAULT_REGION, the profile's]
    #[arg(long, global = true, value_name = "REGION", help_heading = HOW)]
    pub region: Option<String>,
    /// MFA code for a role that needs one [default: ask on the terminal]
    #[arg(long, global = true, value_name = "DIGITS", help_heading = HOW, hide_short_help = true)]
    pub mfa_code: Option<String>,
    /// Whether to sign in if a login is missing: auto or never [default: SSOWRAP_LOGIN, else auto at a
    /// terminal, never elsewhere]
    #[arg(long, global = true, value_name = "WHEN", value_enum, help_heading = HOW)]
    #[arg(hide_possible_values = true, hide_short_help = true)]
    pub login: Option<LoginMode>,
    /// Get credentials that last at least this long: `90s`, `15m`, `1h30m`
    #[arg(long, global = true, value_name = "DURATION", help_heading = HOW, hide_short_help = true)]
    pub min_ttl: Option<String>,
    /// Do not read or write cached role credentials
    #[arg(long, global = true, help_heading = HOW, hide_short_help = true)]
    pub no_cache: bool,
    /// Ask AWS again, even if the cached answer is still valid
    #[arg(long, global = true, help_heading = HOW, hide_short_help = true)]
    pub refresh: bool,
    /// Fail instead of asking questions: nobody can answer them. For `ssowrap init --auto-refresh`.
    #[arg(long, global = true, hide = true)]
    pub unattended: bool,
    /// Say on stderr what ssowrap is doing; twice for more detail
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = MESSAGES)]
    #[arg(hide_short_help = true)]
    pub verbose: u8,
    /// Print no warnings and no progress
    #[arg(short, long, global = true, help_heading = MESSAGES, hide_short_help = true)]
    pub quiet: bool,
    /// Whether to colour messages: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    #[arg(help_heading = MESSAGES, hide_short_help = true)]
    pub color: Color,
}

const HOW: &str = "How to get them";
const MESSAGES: &str = "Messages";

/// Whether to sign in if a login is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LoginMode {
    /// Yes, even if nobody is at the terminal.
    Auto,
    /// No: a missing login is an error.
    Never,
}
