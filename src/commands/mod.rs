//! One file per verb. Each resolves its settings, calls the rooms, prints.

pub mod aws2_wrap;
mod cache;
mod completions;
mod credential_process;
#[cfg(unix)]
mod detached;
mod exec;
mod explain;
mod export;
mod generate;
mod init;
mod login;
mod logout;
mod man;
mod profiles;
pub mod region;
mod renew;
mod serve;
pub mod settings;
mod signals;
mod status;
mod written;

use std::process::ExitCode;

use crate::cli::{CacheAction, Cli, Verb};
use crate::context::Context;
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::exchange::{self, Login};
use crate::output::environment::{Handover, Region, Variable, variables};
use crate::profile::files::Files;
use crate::profile::plan::Plan;
use crate::profile::resolve::resolve;
use settings::Settings;

/// Runs the verb.
///
/// # Errors
/// Whatever the verb fails with; nothing has been written to stdout then, save by `explain`.
pub fn run(ctx: &Context, cli: Cli) -> Result<ExitCode> {
    match cli.verb {
        Verb::Aws2Wrap { .. } => {
            return Err(usage("options of ssowrap do not go with aws2-wrap, which has its own")
                .hint("write what you want behind it: `ssowrap aws2-wrap --profile NAME ...`"));
        }
        Verb::Export(args) => export::run(ctx, cli.global, &args)?,
        Verb::CredentialProcess => credential_process::run(ctx, &Settings::new(ctx, cli.global)?)?,
        Verb::Exec { renew, write_credentials, command } => {
            let profiles = cli.global.profiles.clone();
            let way = match write_credentials {
                Some(path) => exec::Way::File { profiles, path },
                None if renew => exec::Way::Endpoint,
                None => exec::Way::Environment,
            };
            return exec::run(ctx, &Settings::new(ctx, cli.global)?, &way, &command);
        }
        Verb::Serve(args) => {
            let profiles = cli.global.profiles.clone();
            return serve::run(ctx, &Settings::new(ctx, cli.global)?, &profiles, &args);
        }
        #[cfg(unix)]
        Verb::Keeper { detached } => return written::run(ctx, detached),
        #[cfg(unix)]
        Verb::Renewer { detached } => return renew::run(ctx, detached),
        Verb::Explain { json } => {
            let settings = Settings::new(ctx, cli.global)?;
            let region = |profile: Option<&str>| settings.region(profile).map(Region::into_name);
            explain::run(ctx, &settings.request, &region, json)?;
        }
        Verb::Logout { all } => return logout::run(ctx, &cli.global, all),
        Verb::Status { all, json, short } => {
            let form = match (json, short) {
                (true, _) => status::Form::Json,
                (_, true) => status::Form::Short,
                _ => status::Form::Text,
            };
            return status::run(ctx, &cli.global, all, form);
        }
        Verb::Cache { action: CacheAction::List { json } } => cache::list(ctx, json)?,
        Verb::Cache { action: CacheAction::Clear } => {
            // Only what is named on the command line narrows it: AWS_PROFILE is mostly set for
            // other commands.
            let everything = cli.global.profile.is_none() && cli.global.account_id.is_none();
            cache::clear(ctx, &Settings::new(ctx, cli.global)?, everything)?;
        }
        Verb::Generate(args) => generate::run(ctx, cli.global, &args)?,
        Verb::Login(args) => return login::run(ctx, &cli.global, &args),
        Verb::Profiles { json } => profiles::run(ctx, json)?,
        Verb::Init(args) => init::run(ctx, &args)?,
        Verb::Completions { shell } => completions::run(ctx, shell)?,
        Verb::Man { directory } => man::run(ctx, &directory)?,
        Verb::Complete { shell, words } => completions::complete(ctx, shell, &words),
    }
    Ok(ExitCode::SUCCESS)
}

/// Credentials and what goes with them.
struct Obtained {
    credentials: Credentials,
    /// The requested profile; none for a role given by flags.
    profile: Option<String>,
    region: Option<Region>,
    /// `region` of the requested profile.
    profile_region: Option<String>,
}

/// What is asked for, as the config has it. Nobody has been asked for it yet.
struct Wanted {
    plan: Plan,
    region: Option<Region>,
    options: exchange::Options,
}

impl Wanted {
    /// Resolves the request. `login` is the default of the verb.
    fn new(ctx: &Context, files: &Files, settings: &Settings, login: Login) -> Result<Self> {
        let mut resolution = resolve(files, &settings.request);
        if ctx.printer.is_verbose() {
            resolution.add_warnings(files.warnings());
            for warning in &resolution.warnings {
                ctx.printer.warn(&format!("{} ({})", warning.message, warning.location));
            }
        }
        let plan = resolution.plan?;
        let region = settings.valid_region(plan.region.as_deref())?;
        let options = exchange::Options {
            region: region.as_ref().map(|region| region.name().to_owned()),
            mfa_code: settings.mfa_code.clone(),
            caching: settings.caching,
            min_ttl: settings.min_ttl,
            window: settings.window,
            unattended: settings.unattended,
            login: settings.login(login),
            ..exchange::Options::default()
        };
        Ok(Self { plan, region, options })
    }

    /// Walks the plan.
    fn get(&self, ctx: &Context) -> Result<Obtained> {
        let credentials = exchange::credentials(ctx, &self.plan, &self.options)?;
        Ok(Obtained {
            credentials,
            profile: self.profile().map(str::to_owned),
            region: self.region.clone(),
            profile_region: self.plan.region.clone(),
        })
    }

    /// The requested profile; none for a role given by flags.
    fn profile(&self) -> Option<&str> {
        self.plan.chain.first().map(String::as_str)
    }
}

impl Obtained {
    /// Reads the config, resolves the request, walks the plan. `login` is the default of the verb.
    fn get(ctx: &Context, settings: &Settings, login: Login) -> Result<Self> {
        Wanted::new(ctx, &Files::load(ctx)?, settings, login)?.get(ctx)
    }

    /// What is handed over.
    fn handover(&self) -> Handover<'_> {
        Handover {
            credentials: &self.credentials,
            profile: self.profile.as_deref(),
            region: self.region.as_ref(),
        }
    }

    /// The environment variables to set and to remove.
    fn variables(&self, ctx: &Context) -> Result<Vec<Variable>> {
        variables(&self.handover(), &|name| ctx.has_var(name))
    }
}

/// A command line whose parts do not fit together.
fn usage(message: impl Into<String>) -> Error {
    Error::new(Kind::Usage, message)
}
