//! One more role on top of what is asked for, and less rights than it has.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueHint};

/// The options of the role on top.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct OnTopArgs {
    /// Assume this role on top; `{account_id}` in it is the account of what is below it
    #[arg(long, global = true, value_name = "ARN", hide_short_help = true)]
    pub assume: Option<String>,
    /// What the trust policy of that role demands
    #[arg(long, global = true, value_name = "ID", hide_short_help = true)]
    pub external_id: Option<String>,
    /// What the session of that role is called, in CloudTrail for one
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub role_session_name: Option<String>,
    /// How long the session of that role lasts, as `15m`, `1h`
    #[arg(long, global = true, value_name = "DURATION", hide_short_help = true)]
    pub duration: Option<String>,
    /// Allow no more than this managed policy does; 10 at most
    #[arg(long, global = true, value_name = "ARN", hide_short_help = true)]
    #[arg(action = ArgAction::Append)]
    pub policy_arn: Vec<String>,
    /// Allow no more than the policy in this file does
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    #[arg(value_hint = ValueHint::FilePath)]
    pub policy: Option<PathBuf>,
}
