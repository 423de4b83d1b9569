//! `ssowrap exec`: a command with the credentials in its environment.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf, absolute};
use std::process::{Command, ExitCode};

use crate::cli::words::for_command;
use crate::context::Context;
use crate::credentials::SERVE_WINDOW;
use crate::error::{Error, Kind, Result, usage};
use crate::exchange::Login;
use crate::handover::command::become_command;
use crate::handover::{WrittenFile, hidden_files, renew, write};
use crate::output::environment::{Caller, HIDDEN_FROM_CHILD, Variable};
use crate::output::interop;
use crate::profile::files::{Files, known_profiles};
use crate::settings::{Obtained, Settings, Wanted};

/// How the command gets its credentials.
#[derive(Debug)]
pub(super) enum Way {
    /// As variables.
    Environment,
    /// From an endpoint, which renews them (`--renew`).
    Endpoint,
    /// From a file (`--write-credentials`).
    File {
        /// What stands in it, if not the profile of the settings.
        profiles: Vec<String>,
        /// Where; none for a private directory.
        path: Option<PathBuf>,
    },
}

/// Runs `command`, whose first element is the program. On Unix the command takes the place of this
/// process, so that its id, terminal, signals and exit code are the command's by nature; this
/// returns only where that fails.
pub(super) fn run(
    ctx: &Context,
    settings: &Settings,
    way: &Way,
    command: &[OsString],
) -> Result<ExitCode> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(usage("exec needs a command"));
    };
    let (variables, file) = match way {
        Way::Environment => (environment(ctx, settings)?, None),
        Way::Endpoint => (endpoint(ctx, settings)?, None),
        Way::File { profiles, path } => file(ctx, settings, profiles, path.as_deref())?,
    };
    let mut variables = variables;
    if Path::new(program).extension().is_some_and(|end| end.eq_ignore_ascii_case("exe")) {
        let caller = Caller::new(ctx.environment());
        variables.extend(interop::handed_on_by_wsl(&caller, &variables));
    }
    let mut child = Command::new(program);
    child.args(arguments);
    let outcome = become_command(ctx, child, &HIDDEN_FROM_CHILD, &variables, file);
    outcome.map_err(|error| match error.kind {
        Kind::CommandNotFound => not_found(ctx, error, way, program),
        _ => error,
    })
}

fn not_found(ctx: &Context, mut error: Error, way: &Way, program: &OsStr) -> Error {
    if let Way::File { path: Some(_), .. } = way {
        return error.hint("without FILE, `--write-credentials` needs `--` before the command");
    }
    let hint = program.to_str().and_then(|program| for_command(program, &known_profiles(ctx)));
    if let Some(hint) = hint {
        // What is known of PATH says less.
        error.hints = vec![hint];
    }
    error
}

fn environment(ctx: &Context, settings: &Settings) -> Result<Vec<Variable>> {
    let mut variables = Obtained::get(ctx, settings, Login::Attended)?.variables(ctx)?;
    variables.extend(hidden_files::restored(ctx));
    Ok(variables)
}

fn endpoint(ctx: &Context, settings: &Settings) -> Result<Vec<Variable>> {
    let files = Files::load(ctx)?;
    let wanted = Wanted::new(ctx, &files, &settings.with_window(SERVE_WINDOW), Login::Attended)?;
    let obtained = wanted.get(ctx)?;
    renew::start(ctx, &files, &wanted, &obtained)
}

fn file(
    ctx: &Context,
    settings: &Settings,
    profiles: &[String],
    path: Option<&Path>,
) -> Result<(Vec<Variable>, Option<WrittenFile>)> {
    let path = path.map(|path| absolute(path).unwrap_or_else(|_| path.to_owned()));
    let settings = settings.for_each(profiles);
    write::check(&settings, path.as_deref())?;
    let files = Files::load(ctx)?;
    let wanted = Wanted::all(ctx, &files, &settings, Login::Attended)?;
    let obtained = wanted.iter().map(|wanted| wanted.get(ctx)).collect::<Result<Vec<_>>>()?;
    let (begun, variables) = write::start(ctx, &files, &obtained, path.as_deref())?;
    Ok((variables, begun.file))
}
