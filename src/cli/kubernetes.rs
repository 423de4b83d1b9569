//! Verbs for kubectl.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

/// What to do for kubectl.
#[derive(Debug, Subcommand)]
pub(crate) enum EksAction {
    /// Print a token for a cluster, as `aws eks get-token` does
    ///
    /// The options are those of the AWS CLI: in a kubeconfig that it wrote only the command has to
    /// be changed.
    GetToken(GetTokenArgs),
}

/// Options of `eks get-token`.
#[derive(Debug, Args)]
pub(crate) struct GetTokenArgs {
    /// The name of the cluster
    #[arg(long, value_name = "NAME", required_unless_present = "cluster_id")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub cluster_name: Option<String>,
    /// The id of a local cluster on an Outpost, in place of the name
    #[arg(long, value_name = "ID", conflicts_with = "cluster_name")]
    pub cluster_id: Option<String>,
    /// Assume this role for it
    #[arg(long, value_name = "ARN", alias = "role")]
    pub role_arn: Option<String>,
    /// For the AWS CLI's command lines: it is always JSON
    #[arg(long, value_name = "FORMAT", hide = true)]
    pub output: Option<String>,
}
