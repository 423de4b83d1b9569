//! Verbs for kubectl.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueHint};

/// What to do for kubectl.
#[derive(Debug, Subcommand)]
pub(crate) enum EksAction {
    /// Print a token for a cluster, as `aws eks get-token` does
    ///
    /// The options are those of the AWS CLI: in a kubeconfig that the AWS CLI wrote, just change the
    /// command.
    GetToken(GetTokenArgs),
    /// Set up kubectl to use the profile for a cluster
    ///
    /// ssowrap looks up the cluster at AWS and writes the entries with `kubectl config`. If an entry
    /// with the same name but different content exists, ssowrap fails and changes nothing. Without
    /// kubectl, it prints the entries and fails.
    UpdateKubeconfig(UpdateKubeconfigArgs),
}

/// Options of `eks get-token`.
#[derive(Debug, Args)]
pub(crate) struct GetTokenArgs {
    /// The name of the cluster
    #[arg(long, value_name = "NAME", required_unless_present = "cluster_id")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub cluster_name: Option<String>,
    /// The id of a local cluster on an Outpost, instead of the name
    #[arg(long, value_name = "ID", conflicts_with = "cluster_name")]
    pub cluster_id: Option<String>,
    /// Assume this role to get the token
    #[arg(long, value_name = "ARN", alias = "role")]
    pub role_arn: Option<String>,
    /// Accepted because the AWS CLI has it; the output is always JSON
    #[arg(long, value_name = "FORMAT", hide = true)]
    pub output: Option<String>,
}

/// Options of `eks update-kubeconfig`.
#[derive(Debug, Args)]
pub(crate) struct UpdateKubeconfigArgs {
    /// The name of the cluster
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// The name of the context [default: the profile and the ARN of the cluster]
    #[arg(long, value_name = "NAME")]
    pub alias: Option<String>,
    /// The name of the user [default: the profile and the ARN of the cluster]
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub user_alias: Option<String>,
    /// Let kubectl act as a role that the profile assumes
    #[arg(long, value_name = "ARN")]
    pub role_arn: Option<String>,
    /// Look up the cluster as this role; kubectl does not use it
    #[arg(long, value_name = "ARN", hide_short_help = true)]
    pub assume_role_arn: Option<String>,
    /// The kubeconfig to write to [default: KUBECONFIG, `~/.kube/config`]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub kubeconfig: Option<PathBuf>,
    /// Keep kubectl's current context
    #[arg(long)]
    pub keep_current: bool,
    /// Print the entries, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}
