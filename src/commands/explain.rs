//! `ssowrap explain`: how a profile resolves, with the file and line of each value. Offline.

use serde::Serialize;

use crate::cache::link::LinkHop;
use crate::cli::Global;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::output::region::Region;
use crate::profile::files::{self, Files};
use crate::profile::key::Key;
use crate::profile::mask;
use crate::profile::plan::{Hop, LoginSession, Plan, Source, SsoSource, WebIdentity};
use crate::profile::process;
use crate::profile::{Request, Resolution, Resolver, UsedSetting, Warning};
use crate::settings::{GivenProfile, Settings};
use crate::text::escape;
use crate::token::{self, TokenReport};
use crate::ui::table::{self, Cell};
use crate::variables;

use super::status;

/// The whole report, in the form of `explain --json`. What is not set is null.
#[derive(Serialize)]
struct Explanation {
    profile: Option<String>,
    /// The option or variable that names the profile; null if there is none.
    named_by: Option<&'static str>,
    files: Vec<FileReport>,
    plan: Option<PlanReport>,
    region: Option<String>,
    /// The variable that it comes from, if the caller has set one.
    #[serde(skip)]
    region_variable: Option<variables::Name>,
    settings: Vec<SettingReport>,
    token: Option<TokenReport>,
    warnings: Vec<WarningReport>,
    error: Option<ErrorReport>,
}

#[derive(Serialize)]
struct FileReport {
    kind: &'static str,
    path: String,
    exists: bool,
}

#[derive(Serialize)]
struct PlanReport {
    chain: Vec<String>,
    source: SourceReport,
    hops: Vec<HopReport>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum SourceReport {
    Sso {
        session: Option<String>,
        start_url: Option<String>,
        sso_region: Option<String>,
        account_id: String,
        role_name: String,
    },
    Static {
        access_key_id: String,
    },
    LoginSession {
        arn: String,
    },
    CredentialProcess {
        command: String,
    },
    WebIdentity {
        role_arn: String,
        web_identity_token_file: String,
        role_session_name: Option<String>,
    },
    Environment,
    Ec2InstanceMetadata,
    EcsContainer,
}

#[derive(Serialize)]
struct HopReport {
    /// Null for a role given by its ARN.
    profile: Option<String>,
    /// Everything that decides the principal.
    #[serde(flatten)]
    hop: LinkHop,
}

#[derive(Serialize)]
struct SettingReport {
    profile: Option<String>,
    section: String,
    key: String,
    value: String,
    file: String,
    line: u32,
}

#[derive(Serialize)]
struct WarningReport {
    message: String,
    file: String,
    line: u32,
}

#[derive(Serialize)]
struct ErrorReport {
    kind: &'static str,
    message: String,
    file: Option<String>,
    line: Option<u32>,
    hints: Vec<String>,
}

/// Explains the request. Returns the resolver's error after printing the report.
pub(super) fn run(ctx: &Context, global: Global, json: bool) -> Result<()> {
    let asked = Settings::new(ctx, global, GivenProfile::Counts)?;
    let request = &asked.request;
    let loaded;
    let (files, resolution) = match Files::load(ctx) {
        Ok(files) => {
            loaded = files;
            let mut resolution = Resolver::new(&loaded).resolve(request);
            resolution.add_warnings(loaded.warnings());
            (file_reports(&loaded), resolution)
        }
        Err(error) => (unread_files(ctx)?, Resolution::failed(error)),
    };
    let settings = resolution.settings();
    let Resolution { plan, warnings, .. } = resolution;
    let plan = plan.and_then(|plan| asked.on_top.put_on(plan));
    let plan_region = match &plan {
        Ok(plan) => plan.region.clone(),
        Err(_) => own_region(request, &settings),
    };
    let region = asked.region(plan_region.as_deref());
    let (profile, named_by) = match request {
        Request::Profile { name, origin } => (Some(name.clone()), *origin),
        Request::Role(_) => (None, None),
    };
    let report = Explanation {
        profile,
        named_by,
        files,
        region_variable: region.as_ref().and_then(|region| asked.variable_of(region)),
        region: region.map(Region::into_name),
        token: plan.as_ref().ok().and_then(|plan| token_report(ctx, plan)),
        plan: plan.as_ref().ok().map(plan_report),
        settings: settings.into_iter().map(SettingReport::from).collect(),
        warnings: warnings.into_iter().map(WarningReport::from).collect(),
        error: plan.as_ref().err().map(ErrorReport::from),
    };
    match json {
        true => ctx.printer.json(&report)?,
        false => ctx.printer.data(report.text(ctx).as_bytes())?,
    }
    plan.map(|_| ())
}

/// The `region` of a profile that does not resolve.
fn own_region(request: &Request, settings: &[UsedSetting]) -> Option<String> {
    let Request::Profile { name, .. } = request else { return None };
    let own = |s: &&UsedSetting| s.key == "region" && s.profile.as_ref() == Some(name);
    settings.iter().find(own).map(|setting| setting.value.clone()).filter(|v| !v.is_empty())
}

fn file_reports(files: &Files) -> Vec<FileReport> {
    let report = |file: &files::ConfigFile| FileReport {
        kind: file.document.kind().name(),
        path: file.path.display().to_string(),
        exists: file.exists,
    };
    files.both().map(report).into()
}

/// Where the files are expected, if one of them cannot be read.
fn unread_files(ctx: &Context) -> Result<Vec<FileReport>> {
    let paths = files::paths(ctx)?;
    Ok(paths
        .into_iter()
        .map(|(kind, path)| FileReport {
            kind: kind.name(),
            exists: path.exists(),
            path: path.display().to_string(),
        })
        .collect())
}

fn token_report(ctx: &Context, plan: &Plan) -> Option<TokenReport> {
    match &plan.source {
        Source::Sso(sso) => token::inspect(ctx, sso).ok(),
        Source::LoginSession(session) => token::session::inspect(ctx, session).ok(),
        _ => None,
    }
}

fn plan_report(plan: &Plan) -> PlanReport {
    PlanReport {
        chain: plan.chain.clone(),
        source: SourceReport::from(&plan.source),
        hops: plan.hops.iter().map(HopReport::from).collect(),
    }
}

impl PlanReport {
    /// The profiles that the requested one leads to without assuming a role (its
    /// `credential_process` runs ssowrap for them), and the role chain from there on.
    fn aliases_and_chain(&self) -> (&[String], &[String]) {
        let assumes =
            |name: &String| self.hops.iter().any(|hop| hop.profile.as_ref() == Some(name));
        let last = self.chain.len().saturating_sub(1);
        let count = self.chain[..last].iter().position(assumes).unwrap_or(last);
        (&self.chain[1.min(self.chain.len())..][..count], &self.chain[count..])
    }
}

/// Destructures each source, so that a new field doesn't compile until someone decides whether to
/// show it.
impl From<&Source> for SourceReport {
    fn from(source: &Source) -> Self {
        match source {
            Source::Sso(SsoSource {
                profile: _,
                session,
                start_url,
                sso_region,
                sso_region_at: _,
                is_of_granted: _,
                scopes: _,
                unlisted: _,
                account_id,
                role_name,
                sibling_sessions: _,
            }) => Self::Sso {
                session: session.clone(),
                start_url: start_url.clone(),
                sso_region: sso_region.clone(),
                account_id: account_id.clone(),
                role_name: role_name.clone(),
            },
            Source::Static(keys) => Self::Static {
                access_key_id: mask::masked(Key::AwsAccessKeyId.name(), &keys.access_key_id),
            },
            Source::LoginSession(LoginSession { arn, profile: _, location: _ }) => {
                Self::LoginSession { arn: arn.clone() }
            }
            Source::CredentialProcess(process) => Self::CredentialProcess {
                command: mask::masked(Key::CredentialProcess.name(), &process.command),
            },
            Source::WebIdentity(WebIdentity {
                role_arn,
                token_file,
                role_session_name,
                profile: _,
                location: _,
            }) => Self::WebIdentity {
                role_arn: role_arn.clone(),
                web_identity_token_file: token_file.display().to_string(),
                role_session_name: role_session_name.clone(),
            },
            Source::Environment => Self::Environment,
            Source::Ec2InstanceMetadata => Self::Ec2InstanceMetadata,
            Source::EcsContainer => Self::EcsContainer,
        }
    }
}

impl From<&Hop> for HopReport {
    fn from(hop: &Hop) -> Self {
        Self { profile: hop.profile.clone(), hop: LinkHop::from(hop) }
    }
}

impl From<UsedSetting> for SettingReport {
    fn from(setting: UsedSetting) -> Self {
        Self {
            profile: setting.profile,
            section: setting.section,
            key: setting.key,
            value: setting.value,
            file: setting.location.file.display().to_string(),
            line: setting.location.line,
        }
    }
}

impl From<Warning> for WarningReport {
    fn from(warning: Warning) -> Self {
        Self {
            message: warning.message,
            file: warning.location.file.display().to_string(),
            line: warning.location.line,
        }
    }
}

impl From<&Error> for ErrorReport {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind.name(),
            message: error.lines().swap_remove(0),
            file: error.location.as_ref().map(|at| at.file.display().to_string()),
            line: error.location.as_ref().map(|at| at.line),
            hints: error.hints.clone(),
        }
    }
}

impl Explanation {
    /// The report for people.
    fn text(&self, ctx: &Context) -> String {
        let mut facts: Vec<(&str, Cell)> = vec![("profile", self.profile_text().into())];
        if let Some(plan) = &self.plan {
            let (aliases, chain) = plan.aliases_and_chain();
            let helped = plan.source.alias_of().filter(|_| chain.len() == 1);
            let aliases = aliases.iter().cloned().chain(helped);
            facts.extend(aliases.map(|name| ("alias of", name.into())));
            if chain.len() > 1 {
                facts.push(("chain", chain.join(" -> ").into()));
            }
            facts.push(("source", plan.source.text().into()));
            let hops = plan.hops.iter().map(|hop| format!("assume {}", hop.hop.text()));
            facts.extend(hops.map(|hop| ("then", hop.into())));
        }
        let region = self.region.as_deref().unwrap_or("(none)");
        let origin = self.region_variable.map(|name| format!(" (from {})", name.as_str()));
        facts.push(("region", format!("{region}{}", origin.unwrap_or_default()).into()));
        if let Some(token) = &self.token {
            facts.push(("token", Cell::new(token.text(), status::tone(token.state))));
            facts.push(("token file", token.file.display().to_string().into()));
        }
        for file in &self.files {
            let missing = if file.exists { "" } else { " (does not exist)" };
            facts.push((file.kind, format!("{}{missing}", file.path).into()));
        }
        let mut text = table::facts(&ctx.printer, facts);
        text.push_str(&self.settings_text(ctx));
        text.push_str(&self.warnings_text(ctx));
        text
    }

    fn profile_text(&self) -> String {
        match (&self.profile, self.named_by) {
            (None, _) => "(from options)".to_owned(),
            (Some(name), None | Some("--profile")) => name.clone(),
            (Some(name), Some(variable)) => format!("{name} (named by {variable})"),
        }
    }

    /// Each section with its lines, in order of precedence.
    fn settings_text(&self, ctx: &Context) -> String {
        let mut text = String::new();
        for settings in self.settings.chunk_by(|one, next| one.section == next.section) {
            text.push_str(&format!("\n[{}]\n", escape::foreign(&settings[0].section)));
            let row = |setting: &SettingReport| {
                let value = format!("{} = {}", setting.key, setting.value);
                (at(&setting.file, setting.line), value.into())
            };
            text.push_str(&table::facts(&ctx.printer, settings.iter().map(row).collect()));
        }
        text
    }

    fn warnings_text(&self, ctx: &Context) -> String {
        if self.warnings.is_empty() {
            return String::new();
        }
        let row = |w: &WarningReport| (at(&w.file, w.line), w.message.clone().into());
        let rows = self.warnings.iter().map(row).collect();
        format!("\nwarnings\n{}", table::facts(&ctx.printer, rows))
    }
}

/// A place in a file.
fn at(file: &str, line: u32) -> String {
    format!("  {file}:{line}")
}

impl SourceReport {
    /// The profile whose credentials the helper gives, if the helper is ssowrap or aws2-wrap.
    fn alias_of(&self) -> Option<String> {
        match self {
            Self::CredentialProcess { command } => process::alias_of(command),
            _ => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Sso { session, start_url, sso_region, account_id, role_name } => {
                let login = match (session, start_url) {
                    (Some(session), Some(url)) => format!("session {session} ({url})"),
                    (Some(session), None) => format!("session {session}"),
                    (None, url) => url.clone().unwrap_or_default(),
                };
                let region = sso_region.as_deref().unwrap_or("region of the token");
                format!("sso: {login} in {region}, account {account_id}, role {role_name}")
            }
            Self::Static { access_key_id } => format!("static keys: {access_key_id}"),
            Self::LoginSession { arn } => format!("login session: {arn}"),
            Self::CredentialProcess { command } => format!("credential_process: {command}"),
            Self::WebIdentity { role_arn, web_identity_token_file, .. } => {
                format!("web identity: {role_arn} with {web_identity_token_file}")
            }
            Self::Environment => "the caller's environment".into(),
            Self::Ec2InstanceMetadata => "instance metadata".into(),
            Self::EcsContainer => "container credentials".into(),
        }
    }
}
