//! One more role on top, and a limit on its rights.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueHint};

/// The options of the role on top.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct OnTopArgs {
    /// Use the credentials to assume this role; `{account_id}` stands for the profile's account
    #[arg(long, global = true, value_name = "ARN", hide_short_help = true)]
    pub assume: Option<String>,
    /// The external id that the role's trust policy requires
    #[arg(long, global = true, value_name = "ID", hide_short_help = true)]
    pub external_id: Option<String>,
    /// The name of that role's session, as CloudTrail shows it
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub role_session_name: Option<String>,
    /// How long that role's session lasts: `15m`, `1h`
    #[arg(long, global = true, value_name = "DURATION", hide_short_help = true)]
    pub duration: Option<String>,
    /// Limit the session to what this managed policy allows; can be given up to 10 times
    #[arg(long, global = true, value_name = "ARN", hide_short_help = true)]
    #[arg(action = ArgAction::Append)]
    pub policy_arn: Vec<String>,
    /// Limit the session to what the policy in this file allows
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    #[arg(value_hint = ValueHint::FilePath)]
    pub policy: Option<PathBuf>,
}
