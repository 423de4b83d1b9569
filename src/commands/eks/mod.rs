//! `ssowrap eks`: what kubectl needs, without the AWS CLI.

mod update_kubeconfig;

use serde::Deserialize;

use crate::aws;
use crate::cli::{GetTokenArgs, Global};
use crate::context::Context;
use crate::credentials::SERVE_WINDOW;
use crate::error::{Error, Kind, Result, usage};
use crate::exchange::Login;
use crate::output::eks_token::{self, Cluster};
use crate::output::region::Region;
use crate::profile::files::Files;
use crate::profile::plan::Hop;
use crate::settings::{GivenProfile, Settings, Wanted};
use crate::text::arn;
use crate::variables;

pub(super) use update_kubeconfig::run as update_kubeconfig;

/// The versions of kubectl's exec protocol; the first is the default.
const API_VERSIONS: [&str; 3] = [
    "client.authentication.k8s.io/v1beta1",
    "client.authentication.k8s.io/v1",
    "client.authentication.k8s.io/v1alpha1",
];

/// The session name that the AWS CLI uses for `--role-arn`.
const SESSION_NAME: &str = "EKSGetTokenAuth";

/// What kubectl says in `KUBERNETES_EXEC_INFO`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ExecInfo {
    api_version: Option<String>,
    spec: ExecSpec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ExecSpec {
    interactive: Option<bool>,
}

impl ExecInfo {
    fn of_environment(ctx: &Context) -> Self {
        let text = ctx.var(variables::KUBERNETES_EXEC_INFO);
        // The AWS CLI ignores unreadable text, too.
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// The version of the answer: kubectl accepts only its own.
    fn answer_version(&self) -> &'static str {
        let asked = self.api_version.as_deref();
        API_VERSIONS.into_iter().find(|version| Some(*version) == asked).unwrap_or(API_VERSIONS[0])
    }
}

/// `eks get-token`: prints the token.
pub(super) fn get_token(ctx: &Context, global: Global, args: &GetTokenArgs) -> Result<()> {
    let info = ExecInfo::of_environment(ctx);
    let settings = Settings::new(ctx, global, GivenProfile::Ignored)?;
    let mut settings = settings.with_window(SERVE_WINDOW);
    settings.unattended |= info.spec.interactive == Some(false);
    let mut wanted = Wanted::new(ctx, &Files::load(ctx)?, &settings, Login::Attended)?;
    if let Some(role_arn) = &args.role_arn {
        check_role(&settings, "--role-arn", role_arn)?;
        let session = Some(SESSION_NAME.to_owned());
        let hop = Hop { role_session_name: session, ..Hop::ad_hoc(role_arn) };
        wanted.plan.hops.push(hop);
    }
    let id = cluster_id(args)?;
    let region = wanted.region.as_ref().map(Region::name).ok_or_else(no_region)?.to_owned();
    let sts_host = aws::own_host_of_sts(&region)?;
    let obtained = wanted.get(ctx)?;
    let now = ctx.now();
    let cluster = Cluster { id, region: &region, sts_host: &sts_host };
    let token = eks_token::token(&cluster, &obtained.credentials, now)?;
    if token.len() > eks_token::LONGEST {
        let (length, most) = (token.len(), eks_token::LONGEST);
        ctx.printer.warn(&format!(
            "the token has {length} bytes, but EKS accepts at most {most}: the session token of \
             these credentials is too long"
        ));
    }
    let version = info.answer_version();
    let answer = eks_token::exec_credential(version, &token, &obtained.credentials, now);
    ctx.printer.data(answer.as_bytes())
}

/// The cluster's name or id, which the token is bound to through a header.
fn cluster_id(args: &GetTokenArgs) -> Result<&str> {
    let name = args.cluster_name.as_deref().map(|name| ("--cluster-name", name));
    let id = args.cluster_id.as_deref().map(|id| ("--cluster-id", id));
    let (option, id) = name.or(id).unwrap_or_default();
    if !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(usage(format!("{option} `{id}` is not a cluster id")));
    }
    Ok(id)
}

/// Checks a role that an option adds on top.
fn check_role(settings: &Settings, option: &str, role_arn: &str) -> Result<()> {
    settings.on_top.refuse_below(option)?;
    if !arn::is_role(role_arn) {
        return Err(usage(format!("{option} `{role_arn}` is not the ARN of a role")));
    }
    Ok(())
}

fn no_region() -> Error {
    Error::new(Kind::NoRegion, "the cluster's region is unknown")
        .hint("give `--region REGION`, or set `region` in the profile")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_the_aws_cli() {
        let version = |text: &str| {
            serde_json::from_str::<ExecInfo>(text).unwrap_or_default().answer_version()
        };
        for (text, expected) in [
            ("", "v1beta1"),
            ("{}", "v1beta1"),
            ("[]", "v1beta1"),
            (r#"{"apiVersion":"client.authentication.k8s.io/v1"}"#, "v1"),
            (r#"{"apiVersion":"client.authentication.k8s.io/v1beta1","spec":{}}"#, "v1beta1"),
            (r#"{"apiVersion":"client.authentication.k8s.io/v1alpha1"}"#, "v1alpha1"),
            (r#"{"apiVersion":"client.authentication.k8s.io/v2"}"#, "v1beta1"),
        ] {
            assert_eq!(version(text), format!("client.authentication.k8s.io/{expected}"), "{text}");
        }
    }
}
