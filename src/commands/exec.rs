//! `ssowrap exec`: runs a command with the credentials in its environment.

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::path::{Path, absolute};
use std::process::{Command, ExitCode};

use crate::cli::words::{profile_as_command, profile_of_command};
use crate::cli::{ExecArgs, Global};
use crate::context::Context;
use crate::credentials::SERVE_WINDOW;
use crate::error::{Error, Kind, Result, usage};
use crate::exchange::Login;
use crate::handover::command::{become_command, command_not_found};
use crate::handover::renew::TokenIn;
use crate::handover::{PrivateFiles, aws_files, renew, write};
use crate::output::caller::Caller;
use crate::output::environment::HIDDEN_FROM_CHILD;
use crate::output::interop;
use crate::output::variable::Variable;
use crate::profile::files::Files;
use crate::settings::{GivenProfile, Settings, Wanted, obtain_all, pick};
use crate::text::escape::{shell_option, shell_word};

/// The command's variables, and the files that exist while it runs.
type Handed = (Vec<Variable>, PrivateFiles);

/// Refuses something else in the command's place, before anybody is asked for a profile.
///
/// # Errors
/// `CommandNotFound` if no such program is in PATH, and it is a profile or an assignment.
fn check(ctx: &Context, files: &Files, args: &ExecArgs) -> Result<()> {
    let Some(program) = args.command.first().filter(|program| ctx.find_program(program).is_none())
    else {
        return Ok(());
    };
    let mut error = command_not_found(program);
    error.hints.extend(profile_as_command(&program.to_string_lossy(), &files.profile_names()));
    if error.hints.is_empty() { Ok(()) } else { Err(error) }
}

/// Runs the command, or the user's shell. On Unix it replaces this process, so that process id,
/// terminal, signals and exit code are the command's. Then this returns only if that fails.
pub(super) fn run(ctx: &Context, global: Global, args: &ExecArgs) -> Result<ExitCode> {
    let files = Files::load(ctx)?;
    check(ctx, &files, args)?;
    let command = command(ctx, args)?;
    let global = pick::where_none_is_named(ctx, global, &files)?;
    let profiles = global.profiles.clone();
    let settings = Settings::new(ctx, global, GivenProfile::Counts)?;
    let program = command.get_program().to_owned();
    let handed = match &args.write_credentials {
        Some(path) => in_file(ctx, &files, &settings, &profiles, path.as_deref()),
        None if args.renew => from_endpoint(ctx, &files, &settings, args.token_file),
        None => in_environment(ctx, &files, &settings),
    };
    let (mut variables, private) = handed.map_err(|error| match error.kind {
        // The profile may have been given in place of the command.
        Kind::ProfileNotFound if profiles.is_empty() => misplaced(&files, error, args, &program),
        _ => error,
    })?;
    drop(files);
    if Path::new(&program).extension().is_some_and(|end| end.eq_ignore_ascii_case("exe")) {
        let caller = Caller::new(ctx.environment());
        variables.extend(interop::handed_on_by_wsl(&caller, &variables));
    }
    let outcome = become_command(ctx, command, &HIDDEN_FROM_CHILD, &variables, private);
    outcome.map_err(|error| match (error.kind, &args.write_credentials) {
        (Kind::CommandNotFound, Some(Some(_))) => {
            error.hint("without FILE, `--write-credentials` needs `--` before the command")
        }
        _ => error,
    })
}

/// The error for a profile that nobody named, if the words of the command name one.
fn misplaced(files: &Files, mut error: Error, args: &ExecArgs, program: &OsStr) -> Error {
    let (profiles, program) = (files.profile_names(), program.to_string_lossy());
    let among_its_words = || {
        let (option, name) = profile_of_command(&args.command, &profiles)?;
        let profile = shell_option("-p", name);
        let line = format!("ssowrap {profile} exec -- {} ...", shell_word(&program));
        Some(format!(
            "`{option}` belongs to the command: put `{profile}` before it, as in `{line}`"
        ))
    };
    if let Some(hint) = profile_as_command(&program, &profiles).or_else(among_its_words) {
        // The other hints say less.
        error.hints = vec![hint];
    }
    error
}

/// The command, or a shell for the user at the terminal if there is none.
fn command(ctx: &Context, args: &ExecArgs) -> Result<Command> {
    if let Some((program, arguments)) = args.command.split_first() {
        let mut command = Command::new(ctx.startable(program));
        command.args(arguments);
        return Ok(command);
    }
    let error = usage("`exec` needs a command");
    if let Some(Some(_)) = args.write_credentials {
        // The command was taken for the file, because the file is missing.
        return Err(error.hint(
            "without FILE, put `--` before the command: `exec --write-credentials -- COMMAND`",
        ));
    }
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(Command::new(ctx.shell()));
    }
    Err(error
        .hint("`ssowrap exec -- COMMAND` runs one; at a terminal, `exec` alone starts your shell"))
}

fn in_environment(ctx: &Context, files: &Files, settings: &Settings) -> Result<Handed> {
    let wanted = Wanted::new(ctx, files, settings, Login::Attended)?;
    let mut variables = wanted.get(ctx)?.variables(ctx)?;
    variables.extend(aws_files::restored(ctx));
    Ok((variables, PrivateFiles::default()))
}

fn from_endpoint(
    ctx: &Context,
    files: &Files,
    settings: &Settings,
    token_file: bool,
) -> Result<Handed> {
    let wanted = Wanted::new(ctx, files, &settings.with_window(SERVE_WINDOW), Login::Attended)?;
    let obtained = wanted.get(ctx)?;
    let token_in = if token_file { TokenIn::File } else { TokenIn::Environment };
    renew::start(ctx, files, &wanted, &obtained, token_in)
}

fn in_file(
    ctx: &Context,
    files: &Files,
    settings: &Settings,
    profiles: &[String],
    path: Option<&Path>,
) -> Result<Handed> {
    let path = path.map(|path| absolute(path).unwrap_or_else(|_| path.to_owned()));
    let settings = settings.for_each(profiles);
    write::check(ctx, &settings, path.as_deref())?;
    let mut wanted = Wanted::all(ctx, files, &settings, Login::Attended)?;
    let obtained = obtain_all(ctx, &mut wanted)?;
    let role = Settings::options_of_all(ctx, &settings);
    write::start(ctx, files, &obtained, role.as_deref(), path.as_deref())
}
