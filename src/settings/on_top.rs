//! `--assume`, `--policy` and `--policy-arn`: assume one more role, and limit its rights.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf, absolute};

use super::duration;
use crate::cli::OnTopArgs;
use crate::context::Context;
use crate::error::{Error, Result, usage};
use crate::profile::Request;
use crate::profile::files::expand_home;
use crate::profile::plan::{CHAINED, DURATIONS, Hop, Plan, SessionPolicies, Source};
use crate::text::escape::shell_word;
use crate::text::words::words;
use crate::text::{arn, json};
use crate::variables;

/// In a role ARN, stands for the account of the credentials below it.
const ACCOUNT: &str = "{account_id}";

/// The options of session policies.
const NARROWING: [&str; 2] = ["--policy", "--policy-arn"];

/// The number of policy ARNs that AWS accepts.
const MOST_POLICIES: usize = 10;

/// The number of characters of a policy that AWS accepts.
const LONGEST_POLICY: usize = 2048;

/// What the two options take.
const HOW_TO_NARROW: &str =
    "`--policy` takes a JSON file with an IAM policy, `--policy-arn` the ARN of a managed policy";

/// Larger than any policy with all its whitespace.
const LARGEST_FILE: u64 = 1 << 20;

/// What the command line adds on top of a plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct OnTop {
    hop: Option<Hop>,
    policies: SessionPolicies,
    /// The options as the user typed them.
    options: Vec<String>,
}

impl OnTop {
    /// Checks the options, and reads the file of `--policy`.
    ///
    /// # Errors
    /// `Usage` for what AWS doesn't accept, and if the options contradict each other.
    pub(super) fn new(ctx: &Context, args: &OnTopArgs) -> Result<Self> {
        let OnTopArgs { assume, external_id, role_session_name, duration, policy_arn, policy } =
            args;
        for (option, value, key) in [
            ("--external-id", external_id, "external_id"),
            ("--role-session-name", role_session_name, "role_session_name"),
            ("--duration", duration, "duration_seconds"),
        ] {
            match value.as_deref() {
                Some("") => return Err(usage(format!("the value of {option} is empty"))),
                Some(_) if assume.is_none() => {
                    let error = usage(format!("{option} needs --assume ARN, the role it is for"));
                    return Err(error.hint(format!(
                        "add `--assume ARN`; for a profile's own role, write `{key}` into the \
                         profile"
                    )));
                }
                _ => {}
            }
        }
        let hop = assume.as_deref().map(|role_arn| {
            check_role(role_arn)?;
            Ok(Hop {
                external_id: external_id.clone(),
                role_session_name: role_session_name.clone(),
                duration_seconds: duration.as_deref().map(seconds).transpose()?,
                ..Hop::ad_hoc(role_arn)
            })
        });
        let policy = policy.as_deref().map(|path| expand_home(ctx, path)).transpose()?;
        let policy = policy.map(|path| absolute(&path).unwrap_or(path));
        let policies = SessionPolicies {
            document: policy.as_deref().map(read).transpose()?,
            arns: checked_arns(policy_arn)?,
        };
        Ok(Self { hop: hop.transpose()?, policies, options: options(args, policy) })
    }

    /// Whether the plan stays unchanged.
    pub(crate) fn is_empty(&self) -> bool {
        self.hop.is_none() && self.policies.is_empty()
    }

    /// Refuses session policies together with `option`, which assumes one more role: they would not
    /// limit that one.
    ///
    /// # Errors
    /// `Usage` if there are any.
    pub(crate) fn refuse_below(&self, option: &str) -> Result<()> {
        if self.policies.is_empty() {
            return Ok(());
        }
        let message = format!("session policies would not restrict the role of {option}");
        Err(usage(message).hint(
            "assume the role with `--assume ARN` instead: session policies restrict that one",
        ))
    }

    /// The options that request all of `bases` with this on top. If options narrow this environment's
    /// credentials, these are included, so that the result still counts as narrowed. None if the
    /// names of the profiles are enough.
    pub(super) fn options_behind(&self, ctx: &Context, bases: &[&Request]) -> Option<String> {
        let mut on_top = self.options.clone();
        if self.policies.is_empty() {
            on_top.extend(narrowing(ctx));
        }
        let is_profile = |base: &&Request| matches!(base, Request::Profile { .. });
        if on_top.is_empty() && bases.iter().all(is_profile) {
            return None;
        }
        Some(line(bases, &on_top))
    }

    /// If this environment's credentials are narrowed, refuses requests that may give more rights: a
    /// program with narrowed credentials must not pass on wider ones by mistake. Two kinds of request
    /// are allowed: those for credentials from the environment, and those with exactly the options
    /// that narrowed its credentials. If the policy is in a file, the second kind is refused too: the
    /// file may have changed.
    ///
    /// # Errors
    /// `Usage` if it may give more.
    pub(super) fn refuse_wider(&self, ctx: &Context, request: &Request, plan: &Plan) -> Result<()> {
        let asked = Some(line(&[request], &self.options));
        let is_same =
            || options_on_top(ctx, request) == asked || ctx.var(variables::SSOWRAP_ROLE) == asked;
        match !has_policy_of_file(ctx) && is_same() {
            true => Ok(()),
            false => refuse_wider(ctx, plan),
        }
    }

    /// The plan with the role on top. Session policies limit its last role.
    ///
    /// # Errors
    /// `Usage` if there is no role to limit, or if AWS does not allow the duration for this role.
    pub(crate) fn put_on(&self, mut plan: Plan) -> Result<Plan> {
        if let Some(hop) = &self.hop {
            let role_arn = in_account(&hop.role_arn, &plan)?;
            plan.hops.push(Hop { role_arn, ..hop.clone() });
        }
        let last = plan.hops.len().saturating_sub(1);
        let asked = self.hop.as_ref().and_then(|hop| hop.duration_seconds);
        if asked.is_some_and(|asked| asked > CHAINED) && plan.is_role_below(last) {
            return Err(usage(
                "--duration can be one hour at most: AWS allows no more for a role that is assumed \
                 with the credentials of another role",
            ));
        }
        if self.policies.is_empty() {
            return Ok(plan);
        }
        match plan.hops.last_mut() {
            Some(hop) => hop.policies = self.policies.clone(),
            None => return Err(nothing_to_narrow(&plan.source)),
        }
        Ok(plan)
    }
}

/// If this environment's credentials are narrowed, refuses everything that doesn't come from this
/// environment.
///
/// # Errors
/// `Usage` if it doesn't.
pub(crate) fn refuse_wider(ctx: &Context, plan: &Plan) -> Result<()> {
    let is_of_environment = match plan.source {
        Source::Environment => true,
        // If there are keys too, the endpoint doesn't have the narrowed credentials.
        Source::EcsContainer => !ctx.has_var(variables::AWS_ACCESS_KEY_ID),
        _ => false,
    };
    match !is_narrowed(ctx) || is_of_environment {
        true => Ok(()),
        false => Err(may_be_wider()),
    }
}

/// The options of `asked` together with what this environment's credentials have on top, if
/// anything.
pub(super) fn options_on_top(ctx: &Context, asked: &Request) -> Option<String> {
    let Request::Profile { name: asked_name, .. } = asked else { return None };
    let given = words(&ctx.var(variables::SSOWRAP_ROLE)?);
    let mut on_top = given.as_slice();
    let mut is_among = false;
    while let [option, name, rest @ ..] = on_top
        && option == "-p"
    {
        is_among |= name == asked_name;
        on_top = rest;
    }
    let on_top: Vec<String> = on_top.iter().map(|word| shell_word(word)).collect();
    is_among.then(|| line(&[asked], &on_top))
}

pub(super) fn may_be_wider() -> Error {
    usage(
        "this environment has restricted credentials (SSOWRAP_ROLE), so ssowrap gives it no others",
    )
    .hint("in your own shell, `eval \"$(ssowrap export --unset)\"` removes them")
}

/// Whether a file narrows this environment's credentials.
pub(super) fn has_policy_of_file(ctx: &Context) -> bool {
    narrowing(ctx).iter().any(|option| option.starts_with("--policy "))
}

/// Whether this environment's credentials are narrowed.
pub(crate) fn is_narrowed(ctx: &Context) -> bool {
    !narrowing(ctx).is_empty()
}

/// The options that narrow this environment's credentials.
fn narrowing(ctx: &Context) -> Vec<String> {
    let given = words(&ctx.var(variables::SSOWRAP_ROLE).unwrap_or_default());
    let pairs = given.windows(2).filter(|pair| NARROWING.contains(&pair[0].as_str()));
    pairs.map(|pair| format!("{} {}", pair[0], shell_word(&pair[1]))).collect()
}

/// The ARN of a role, with the account of the credentials below it filled in.
fn in_account(role_arn: &str, plan: &Plan) -> Result<String> {
    if !role_arn.contains(ACCOUNT) {
        return Ok(role_arn.to_owned());
    }
    let account = plan.account().ok_or_else(|| {
        usage(format!("--assume `{role_arn}`: the account of the profile is unknown"))
            .hint("write its twelve digits instead of `{account_id}`")
    })?;
    Ok(role_arn.replace(ACCOUNT, account))
}

fn check_role(role_arn: &str) -> Result<()> {
    if arn::is_role(&role_arn.replace(ACCOUNT, "000000000000")) {
        return Ok(());
    }
    Err(usage(format!("--assume `{role_arn}` is not the ARN of a role"))
        .hint("role ARNs look like `arn:aws:iam::123456789012:role/deploy`"))
}

fn seconds(text: &str) -> Result<i32> {
    let asked = duration::of_option("--duration", text)?.num_seconds();
    i32::try_from(asked).ok().filter(|asked| DURATIONS.contains(asked)).ok_or_else(|| {
        usage(format!("--duration `{text}`: a role's session lasts from 15 minutes to 12 hours"))
    })
}

fn checked_arns(arns: &[String]) -> Result<Vec<String>> {
    if let Some(other) = arns.iter().find(|text| !arn::is_policy(text)) {
        return Err(usage(format!("--policy-arn `{other}` is not the ARN of a policy"))
            .hint("policy ARNs look like `arn:aws:iam::aws:policy/ReadOnlyAccess`"));
    }
    if arns.len() > MOST_POLICIES {
        let count = arns.len();
        return Err(usage(format!(
            "--policy-arn is given {count} times, but AWS accepts {MOST_POLICIES}"
        )));
    }
    Ok(arns.to_owned())
}

/// The policy in a file, without whitespace. It is read only once: it may be a pipe, or another
/// program may change the file meanwhile.
fn read(path: &Path) -> Result<String> {
    let shown = path.display();
    let read = || {
        let mut text = String::new();
        File::open(path)?.take(LARGEST_FILE).read_to_string(&mut text)?;
        io::Result::Ok(text)
    };
    let unusable = |message: String| usage(message).hint(HOW_TO_NARROW);
    let text = read().map_err(|e| unusable(format!("cannot read the policy {shown}")).source(e))?;
    let is_object = |value: &serde_json::Value| value.is_object();
    match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(value) if is_object(&value) => {}
        Ok(_) => return Err(unusable(format!("the policy {shown} is not a JSON object"))),
        Err(e) => return Err(unusable(format!("the policy {shown} is not JSON")).source(e)),
    }
    let policy = json::minified(text.trim_start_matches('\u{feff}'));
    let length = policy.chars().count();
    if length > LONGEST_POLICY {
        return Err(usage(format!(
            "the policy {shown} has {length} characters, not counting white space, but AWS accepts \
             {LONGEST_POLICY}"
        ))
        .hint("make it a managed policy and give its ARN with `--policy-arn`"));
    }
    Ok(policy)
}

fn nothing_to_narrow(source: &Source) -> Error {
    let why = match source {
        Source::Sso(_) => "AWS accepts no session policy for an Identity Center role",
        _ => "AWS accepts a session policy only for a role that is assumed",
    };
    usage(format!("there is no role to restrict: {why}"))
        .hint("`--assume ARN` assumes a role that the policy can restrict")
}

/// The options that request `bases`, with `on_top` on top of each.
fn line(bases: &[&Request], on_top: &[String]) -> String {
    let bases = bases.iter().map(|base| base.options()).filter(|base| !base.is_empty());
    bases.chain(on_top.iter().cloned()).collect::<Vec<_>>().join(" ")
}

/// The options as the user typed them.
fn options(args: &OnTopArgs, policy: Option<PathBuf>) -> Vec<String> {
    let OnTopArgs { assume, external_id, role_session_name, duration, policy_arn, policy: _ } =
        args;
    let policy = policy.map(|path| path.to_string_lossy().into_owned());
    let one = [
        ("--assume", assume.as_ref()),
        ("--external-id", external_id.as_ref()),
        ("--role-session-name", role_session_name.as_ref()),
        ("--duration", duration.as_ref()),
        ("--policy", policy.as_ref()),
    ];
    let arns = policy_arn.iter().map(|arn| ("--policy-arn", Some(arn)));
    let all = one.into_iter().chain(arns);
    all.filter_map(|(option, value)| Some(format!("{option} {}", shell_word(value?)))).collect()
}
