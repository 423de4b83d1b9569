//! The command line. The doc comments here are the help.

use std::ffi::OsString;

use clap::{ArgAction, Args, Parser, Subcommand};

use crate::ui::printer::Color;

/// Credentials from AWS IAM Identity Center (AWS SSO) profiles
#[derive(Debug, Parser)]
#[command(name = "ssowrap", version)]
pub struct Cli {
    /// Options of every verb.
    #[command(flatten)]
    pub global: Global,
    /// The verb.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Options of every verb, before or after it.
#[derive(Debug, Args)]
pub struct Global {
    /// Profile to use [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, `default`]
    #[arg(short, long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Role of an sso-session, without a profile: the session's name
    #[arg(long, global = true, value_name = "NAME", help_heading = "Without a profile")]
    pub sso_session: Option<String>,
    /// The start URL, in place of a session
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
    /// Region to hand over [default: AWS_REGION, AWS_DEFAULT_REGION, the profile's `region`]
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// MFA code for a role that asks for one (else asked on the terminal)
    #[arg(long, global = true, value_name = "DIGITS")]
    pub mfa_code: Option<String>,
    /// Least time the credentials must last, as `90s`, `15m`, `1h30m`
    #[arg(long, global = true, value_name = "DURATION", help_heading = "Cache")]
    pub min_ttl: Option<String>,
    /// Neither read nor write cached role credentials
    #[arg(long, global = true, help_heading = "Cache")]
    pub no_cache: bool,
    /// Get new credentials although cached ones are good
    #[arg(long, global = true, help_heading = "Cache")]
    pub refresh: bool,
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

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Print lines that put the credentials into a shell: eval "$(ssowrap export)"
    Export,
    /// Print the credentials as JSON, for `credential_process` in the config file
    CredentialProcess,
    /// Run a command with the credentials in its environment
    ///
    /// Options of ssowrap stand before the command: what follows it belongs to it.
    #[command(override_usage = "ssowrap exec [OPTIONS] [--] COMMAND [ARGUMENT]...")]
    Exec {
        /// Keep it supplied with new credentials for as long as it runs
        ///
        /// It gets the address of an endpoint on 127.0.0.1 instead of keys. AWS SDKs ask there
        /// again by themselves.
        #[arg(long)]
        renew: bool,
        /// The command and its arguments
        #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
        command: Vec<OsString>,
    },
    /// The endpoint of `exec --renew`
    #[cfg(unix)]
    #[command(hide = true)]
    Renewer {
        /// The process of its own, rather than the one between that and the command.
        #[arg(long)]
        detached: bool,
    },
    /// Show how the profile resolves, offline
    Explain {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Sign in to the session of a profile, without the AWS CLI
    ///
    /// Nothing is done while the login is good. The token is left where every other tool looks for
    /// it.
    Login(LoginArgs),
    /// Sign out: end the session at AWS, remove its token and the role credentials got with it
    Logout {
        /// Every login there is, in the config or not
        #[arg(long)]
        all: bool,
    },
    /// Whether the logins can be used, offline; exit code 3 if one is needed
    Status {
        /// Every login of the config, whatever AWS_PROFILE says
        #[arg(long)]
        all: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Print one word and the minutes left, for a shell prompt
        #[arg(long, conflicts_with = "json")]
        short: bool,
    },
    /// List or forget cached role credentials
    Cache {
        /// What to do with them.
        #[command(subcommand)]
        action: CacheAction,
    },
    /// List the profiles of the config and the credentials file
    Profiles {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Options of `login`.
#[derive(Debug, Args)]
pub struct LoginArgs {
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

/// What to do with cached role credentials.
#[derive(Debug, Subcommand)]
pub enum CacheAction {
    /// What is cached, for whom, until when
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Forget everything, or with --profile what belongs to one profile and those below it
    Clear,
}
