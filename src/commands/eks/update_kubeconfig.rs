//! `eks update-kubeconfig`: lets kubectl reach a cluster with the credentials of a profile.

use std::path::PathBuf;

use http::Uri;

use super::{check_role, no_region};
use crate::aws::{Aws, ClusterDescription, Service};
use crate::cli::{Global, UpdateKubeconfigArgs};
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::exchange::Login;
use crate::kubeconfig::entries::{ClusterEntry, Entries, UserEntry};
use crate::kubeconfig::{self, Edited};
use crate::output::region::Region;
use crate::profile::files::{self, Files};
use crate::profile::plan::{Hop, Plan, Source};
use crate::settings::{GivenProfile, Settings, Wanted, pick};
use crate::text::words::words;
use crate::variables::Name;

/// The maximum length of a cluster's name.
const LONGEST_NAME: usize = 100;

/// Asks AWS for the cluster and writes its entries.
pub(crate) fn run(ctx: &Context, global: Global, args: &UpdateKubeconfigArgs) -> Result<()> {
    let files = Files::load(ctx)?;
    let global = pick::where_none_is_named(ctx, global, &files)?;
    let settings = Settings::new(ctx, global, GivenProfile::Counts)?;
    check(&settings, args)?;
    let mut wanted = Wanted::new(ctx, &files, &settings, Login::Attended)?;
    let region = wanted.region.as_ref().map(Region::name).ok_or_else(no_region)?.to_owned();
    let label = label(&wanted, args.role_arn.as_deref());
    let identity = identity(&wanted, &settings);
    if let Some(role_arn) = &args.assume_role_arn {
        wanted.plan.hops.push(Hop::ad_hoc(role_arn));
    }
    let cluster = describe(ctx, &wanted, &region, &args.name)?;
    let entries = Entries {
        cluster: entry(&cluster, &args.name)?,
        user: UserEntry {
            name: args.user_alias.clone().unwrap_or_else(|| format!("{label}@{}", cluster.arn)),
            command: own_command(ctx)?,
            arguments: arguments(identity, &region, args, &cluster),
            variables: variables(ctx)?,
        },
        context: args.alias.clone().unwrap_or_else(|| format!("{label}@{}", cluster.arn)),
    };
    if args.dry_run {
        return ctx.printer.data(entries.yaml().as_bytes());
    }
    let file = args.kubeconfig.as_deref().map(AsRef::as_ref);
    let context = &entries.context;
    match kubeconfig::write(ctx, &entries, file, !args.keep_current)? {
        Edited::Written => {
            ctx.printer
                .say(&format!("wrote context `{context}`: with it, kubectl acts as `{label}`"));
        }
        Edited::Unchanged => {
            ctx.printer.say(&format!("context `{context}` already exists: nothing to change"));
        }
        Edited::Impossible => {
            ctx.printer.data(entries.yaml().as_bytes())?;
            return Err(Error::new(
                Kind::Other,
                "kubectl is not in PATH: cannot write the entries",
            )
            .hint("save the printed entries in a file, and set KUBECONFIG to its path"));
        }
    }
    Ok(())
}

fn check(settings: &Settings, args: &UpdateKubeconfigArgs) -> Result<()> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let name = &args.name;
    if name.len() > LONGEST_NAME
        || !name.chars().all(is_name)
        || !name.starts_with(|c: char| c.is_ascii_alphanumeric())
    {
        return Err(usage(format!("--name `{name}` is not a cluster name")));
    }
    for (option, value) in [("--alias", &args.alias), ("--user-alias", &args.user_alias)] {
        if value.as_ref().is_some_and(|name| name.is_empty() || name.contains(char::is_control)) {
            return Err(usage(format!("the value of {option} is not a valid name")));
        }
    }
    for (option, value) in
        [("--role-arn", &args.role_arn), ("--assume-role-arn", &args.assume_role_arn)]
    {
        if let Some(role_arn) = value {
            check_role(settings, option, role_arn)?;
        }
    }
    Ok(())
}

/// A word that identifies kubectl's principal, so that different principals don't share an entry.
fn label(wanted: &Wanted, role_arn: Option<&str>) -> String {
    let Plan { source, hops, .. } = &wanted.plan;
    let base = match (wanted.profile(), source) {
        (Some(name), _) => name.to_owned(),
        (None, Source::Sso(sso)) => format!("{}/{}", sso.account_id, sso.role_name),
        (None, _) => String::new(),
    };
    let on_top = hops.iter().filter(|hop| hop.profile.is_none()).map(|hop| hop.role_arn.as_str());
    on_top.chain(role_arn).fold(base, |label, role_arn| format!("{label}+{role_arn}"))
}

/// The options that identify the principal.
fn identity(wanted: &Wanted, settings: &Settings) -> Vec<String> {
    match wanted.options_of_role() {
        Some(options) => words(options),
        None => words(&settings.request.options()),
    }
}

fn describe(
    ctx: &Context,
    wanted: &Wanted,
    region: &str,
    name: &str,
) -> Result<ClusterDescription> {
    let aws = Aws::new(ctx, wanted.plan.reach_with());
    let endpoint = aws.endpoint(Service::Eks, region)?;
    let obtained = wanted.get(ctx)?;
    aws.describe_cluster(&endpoint, &obtained.credentials, name).map_err(|failure| {
        let code = failure.refusal().map(|response| response.code().to_owned());
        let error = failure.into_error(&format!("cluster `{name}`"));
        match code.as_deref() {
            Some("ResourceNotFoundException") => {
                error.hint(format!("ssowrap looked in {region}: `--region` chooses another one"))
            }
            Some("AccessDeniedException") => error.hint(
                "the credentials need `eks:DescribeCluster`; `--assume-role-arn ARN` looks up the \
                 cluster as another role",
            ),
            _ => error,
        }
    })
}

/// The entry of a cluster, from AWS's description of it.
fn entry(cluster: &ClusterDescription, name: &str) -> Result<ClusterEntry> {
    let authority = cluster.certificate_authority.as_ref().and_then(|found| found.data.as_deref());
    let (Some(server), Some(authority)) = (&cluster.endpoint, authority) else {
        let status = cluster.status.as_deref().unwrap_or("unknown");
        let message = format!("cluster `{name}` has no endpoint: its status is {status}");
        return Err(Error::new(Kind::Other, message).hint(match status {
            "ACTIVE" => {
                "a cluster that is only registered with EKS has none: connect to it where it runs"
            }
            _ => "try again when it is ACTIVE",
        }));
    };
    let unusable =
        |what: &str| Error::new(Kind::Network, format!("AWS reports {what} for cluster `{name}`"));
    let is_plain = server.bytes().all(|byte| byte.is_ascii_graphic());
    let uri =
        server.parse::<Uri>().ok().filter(|uri| is_plain && uri.scheme_str() == Some("https"));
    if uri.is_none_or(|uri| uri.authority().is_none_or(|a| a.as_str().contains('@'))) {
        return Err(unusable("an address that is not an https URL"));
    }
    let authority = base64_simd::STANDARD.decode_to_vec(authority);
    let authority = authority.ok().filter(|pem| !pem.is_empty());
    let authority = authority.ok_or_else(|| unusable("a certificate that is not base64"))?;
    Ok(ClusterEntry { name: cluster.arn.clone(), server: server.clone(), authority })
}

/// The path of this program that stays valid when it is upgraded.
fn own_command(ctx: &Context) -> Result<String> {
    let failed = || Error::new(Kind::Other, "cannot write this program's path to the kubeconfig");
    let path = ctx.own_path().map_err(|e| failed().source(e))?;
    path.into_os_string().into_string().map_err(|_| failed().source("it is not UTF-8"))
}

/// The variables that name the AWS files, if these are not the usual ones: a profile of the same
/// name in those would be another principal.
fn variables(ctx: &Context) -> Result<Vec<(&'static str, String)>> {
    let text = |(name, path): (Name, PathBuf)| {
        let path = path.into_os_string().into_string().map_err(|_| {
            let message = format!("cannot write the path in {name} to the kubeconfig");
            Error::new(Kind::Other, message).source("it is not UTF-8")
        });
        Ok((name.as_str(), path?))
    };
    files::elsewhere(ctx)?.into_iter().map(text).collect()
}

/// The arguments with which kubectl calls this program, in the AWS CLI's order.
fn arguments(
    identity: Vec<String>,
    region: &str,
    args: &UpdateKubeconfigArgs,
    cluster: &ClusterDescription,
) -> Vec<String> {
    let mut all = identity;
    all.extend(["--region", region, "eks", "get-token"].map(str::to_owned));
    // A local cluster on an Outpost is identified by its id.
    let id = cluster.id.as_ref().filter(|_| cluster.outpost_config.is_some());
    match id {
        Some(id) => all.extend(["--cluster-id".to_owned(), id.clone()]),
        None => all.extend(["--cluster-name".to_owned(), args.name.clone()]),
    }
    all.extend(["--output", "json"].map(str::to_owned));
    if let Some(role_arn) = &args.role_arn {
        all.extend(["--role-arn".to_owned(), role_arn.clone()]);
    }
    all
}
