//! `ssowrap serve`: the endpoint in the foreground, for programs that ssowrap does not start
//! itself: containers, editors, programs that know only instance metadata.
//!
//! It keeps the principals it started with, even if the config changes. It gets the first one's
//! credentials at once and the others' on request, and renews them as long as clients ask.

use std::io;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::cli::{EnvFormat, Global, ServeArgs};
use crate::context::Context;
use crate::credentials::SERVE_WINDOW;
use crate::endpoint::{self, CredentialsService, Imds};
use crate::error::{Error, Kind, Result, usage};
use crate::exchange::Login;
use crate::handover::aws_files;
use crate::handover::routes::{self, AllowedRoles, Routes};
use crate::output::caller::Caller;
use crate::output::environment::{ClientToken, HIDDEN_FROM_CHILD, renewing, with_metadata};
use crate::output::format::{self, json};
use crate::output::region::Region;
use crate::output::variable::Variable;
use crate::platform::signals::StopSignals;
use crate::profile::files::Files;
use crate::profile::plan::Plan;
use crate::settings::{GivenProfile, Obtained, Settings, Wanted, pick};
use crate::variables::{self, Name};

/// Sets the token, for clients whose settings don't change between starts.
const TOKEN: Name = variables::SSOWRAP_SERVE_TOKEN;

/// The minimum length of a token that can't be guessed.
const SHORTEST: usize = 32;

/// How long a running exchange with AWS may continue when the endpoint stops.
const GRACE: Duration = Duration::from_secs(2);

/// Serves the named profiles, or the current one if none is named, until it is asked to stop.
///
/// # Errors
/// The same as `exec`, and a port that is taken.
pub(super) fn run(ctx: &Context, global: Global, args: &ServeArgs) -> Result<ExitCode> {
    let roles = AllowedRoles::allowed(&args.allow_role)?;
    let files = Files::load(ctx)?;
    let global = pick::where_none_is_named(ctx, global, &files)?;
    let profiles = global.profiles.clone();
    let settings = Settings::new(ctx, global, GivenProfile::Counts)?;
    if !args.allow_role.is_empty() {
        settings.on_top.refuse_below("--allow-role")?;
    }
    let token = token(ctx)?;
    let settings = settings.with_window(SERVE_WINDOW);
    let wanted = Wanted::all(ctx, &files, &settings.for_each(&profiles), Login::Attended)?;
    let hidden = aws_files::hidden(ctx, &files)?;
    drop(files);
    if !args.allow_role.is_empty() && wanted[0].profile().is_none() {
        return Err(usage(
            "--allow-role works only with a profile, not with a role given by options",
        )
        .hint("choose a profile with `-p NAME`"));
    }
    let listener = endpoint::listen(args.port.unwrap_or(0))?;
    let obtained = wanted[0].get(ctx)?;
    if wanted.len() == 1 && args.allow_role.is_empty() {
        // Otherwise no client could use them.
        endpoint::check_form(&obtained.credentials)?;
    }
    Serving { ctx, args, token, wanted, roles, obtained, hidden }.run(listener)
}

/// Everything that is served.
struct Serving<'a> {
    ctx: &'a Context,
    args: &'a ServeArgs,
    token: SecretString,
    wanted: Vec<Wanted>,
    roles: AllowedRoles,
    /// The credentials of the first of `wanted`.
    obtained: Obtained,
    /// The variables that hide the AWS files from clients.
    hidden: Vec<Variable>,
}

impl Serving<'_> {
    fn run(self, listener: TcpListener) -> Result<ExitCode> {
        let runtime = endpoint::runtime()?;
        runtime.block_on(async {
            let outcome = self.until_stopped(listener).await;
            // An exchange may be running; if it ends soon, its result is kept.
            endpoint::finish(GRACE).await;
            outcome
        })
    }

    async fn until_stopped(mut self, listener: TcpListener) -> Result<ExitCode> {
        let mut stop = StopSignals::listen().map_err(cannot_serve)?;
        let port = listener.local_addr().map_err(cannot_serve)?.port();
        let (ctx, args) = (self.ctx, self.args);
        let (variables, paths) = (self.variables(port)?, self.paths());
        let service = self.service(port)?;
        print(ctx, args.print_env, variables)?;
        say(ctx, args, port, &paths);
        tokio::select! {
            biased;
            () = stop.wait() => Ok(ExitCode::SUCCESS),
            broken = endpoint::serve(listener, service) => {
                broken.map_err(cannot_serve).map(|()| ExitCode::FAILURE)
            }
        }
    }

    fn service(self, port: u16) -> Result<CredentialsService> {
        let Self { ctx, args, wanted, roles, obtained, token, .. } = self;
        let (role, region) = (role_name(&wanted[0].plan), obtained.region);
        let routes = Routes::new(ctx, wanted, roles);
        let first = Arc::clone(routes.first());
        first.stock(obtained.credentials);
        let routes = Box::new(move |path: &str| routes.find(path));
        let service = CredentialsService::new(token, port, routes);
        if !args.imds {
            return Ok(service);
        }
        let region = region.as_ref().map(Region::name);
        Ok(service.with_imds(Imds::new(ctx, &first, &role, region)?))
    }

    /// The variables that clients need, as `exec --renew` gives them to its command.
    fn variables(&mut self, port: u16) -> Result<Vec<Variable>> {
        let handover = self.obtained.handover();
        let url = format!("http://127.0.0.1:{port}");
        let caller = Caller::new(self.ctx.environment());
        let token = ClientToken::Inline(&self.token);
        let mut variables = renewing(&handover, &caller, &format!("{url}/"), token)?;
        if self.args.imds {
            variables.extend(with_metadata(&url));
        }
        variables.append(&mut self.hidden);
        let given: Vec<Name> = variables.iter().map(|variable| variable.name).collect();
        let hidden = HIDDEN_FROM_CHILD.iter().filter(|name| !given.contains(name)).copied();
        variables.extend(hidden.map(Variable::removed));
        Ok(variables)
    }

    /// What is served, and where.
    fn paths(&self) -> Vec<(String, String)> {
        let path = |(index, wanted): (usize, &Wanted)| match wanted.profile() {
            None => (format!("role `{}`", role_name(&wanted.plan)), "/".to_owned()),
            Some(name) if index == 0 => (format!("profile `{name}`"), "/".to_owned()),
            Some(name) => (format!("profile `{name}`"), routes::of_profile(name)),
        };
        let roles = self.args.allow_role.iter();
        let roles = roles.map(|role| (format!("role `{role}`"), "/role-arn/ARN".to_owned()));
        self.wanted.iter().enumerate().map(path).chain(roles).collect()
    }
}

fn say(ctx: &Context, args: &ServeArgs, port: u16, paths: &[(String, String)]) {
    let url = format!("http://127.0.0.1:{port}");
    for (what, path) in paths {
        ctx.printer.say(&format!("serving {what} at {url}{path}"));
    }
    ctx.printer.say("until Ctrl-C");
    if args.imds {
        ctx.printer.warn(&format!(
            "every program on this machine can get these credentials from {url}/latest/ while this \
             runs: instance metadata is not protected by a secret"
        ));
    }
}

/// The token for clients: from the environment, else a new one.
fn token(ctx: &Context) -> Result<SecretString> {
    let Some(token) = ctx.var_os(TOKEN) else { return endpoint::new_token() };
    // Characters that need no quotes in headers, shells and files of variables.
    let is_plain = |token: &String| {
        token.len() >= SHORTEST
            && token.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/=".contains(c))
    };
    let token = token.into_string().ok().filter(is_plain).ok_or_else(|| {
        usage(format!(
            "{TOKEN} must have at least {SHORTEST} characters: letters, digits and any of `-._~+/=`"
        ))
        .hint("make one with `openssl rand -hex 32`, or unset it to get a new one each time")
    })?;
    Ok(token.into())
}

/// The role's name in instance metadata: that of the last role on the way, if it fits into a path
/// unchanged.
fn role_name(plan: &Plan) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let name = plan.role_name().filter(|name| !name.is_empty() && name.chars().all(is_plain));
    name.unwrap_or("ssowrap").to_owned()
}

fn cannot_serve(error: io::Error) -> Error {
    Error::new(Kind::Other, "cannot serve the credentials endpoint").source(error)
}

/// Prints the variables for clients in the chosen format, and closes stdout, so that a reader sees
/// its end.
fn print(ctx: &Context, format: EnvFormat, mut variables: Vec<Variable>) -> Result<()> {
    let text = match format {
        EnvFormat::Sh => format::lines(&format::sh::Sh, "", &variables)?,
        EnvFormat::Dotenv => format::lines(&format::dotenv::Dotenv, "", &variables)?,
        EnvFormat::Json => {
            variables.retain(|variable| variable.value.is_some());
            json::object("", &variables)?
        }
    };
    ctx.printer.data(text.as_bytes())?;
    ctx.printer.end_data()
}
