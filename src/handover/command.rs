//! Becomes the command.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, ExitCode};

use secrecy::ExposeSecret;

use super::private_files::PrivateFiles;
use crate::context::{Context, has_separator};
use crate::error::{Error, Kind, Result};
use crate::output::variable::Variable;
use crate::platform::{IS_WINDOWS, cores, process};
use crate::profile::mask;
use crate::text::escape::{is_shown_as_is, shell_word};
use crate::text::words::variable_of;
use crate::variables::Name;

/// Replaces this process with `child`, without the variables `hidden` and with `variables`. Keeps
/// `files` until the command has ended.
pub(crate) fn become_command(
    ctx: &Context,
    mut child: Command,
    hidden: &[Name],
    variables: &[Variable],
    files: PrivateFiles,
) -> Result<ExitCode> {
    let program = child.get_program().to_owned();
    give(&mut child, hidden, variables);
    // The command may write core files again.
    cores::allow();
    let find = || ctx.find_program(&program).map(|(path, _)| path);
    process::become_command(child, find, files).map_err(|error| cannot_run(ctx, &program, error))
}

/// Checks that a command without a path is in PATH.
///
/// # Errors
/// `CommandNotFound` if it isn't.
pub(crate) fn check_in_path(ctx: &Context, program: &OsStr) -> Result<()> {
    match has_separator(program) || ctx.find_program(program).is_some() {
        true => Ok(()),
        false => Err(cannot_run(ctx, program, io::ErrorKind::NotFound.into())),
    }
}

/// Removes the variables `hidden` from a command's environment, and adds `variables`.
#[expect(clippy::disallowed_methods, reason = "this is the output the user asked for")]
pub(crate) fn give(child: &mut Command, hidden: &[Name], variables: &[Variable]) {
    for name in hidden {
        child.env_remove(name);
    }
    for variable in variables {
        match &variable.value {
            Some(value) => child.env(variable.name, value.expose_secret()),
            None => child.env_remove(variable.name),
        };
    }
}

/// Characters that only a shell interprets.
const OF_SHELLS: &[char] =
    &['|', '&', ';', '<', '>', '(', ')', '$', '`', '"', '\'', '*', '?', '\n'];

/// The error for a command that does not exist, with a hint if the word sets a variable.
pub(crate) fn command_not_found(program: &OsStr) -> Error {
    let name = program.to_string_lossy();
    let shown = mask::word(&name);
    let error = Error::new(Kind::CommandNotFound, format!("`{shown}`: command not found"));
    match variable_of(&name) {
        Some(_) => error.hint(format!("`env {shown} COMMAND` sets a variable for the command")),
        None => error,
    }
}

/// Uses a shell's exit codes and messages: 127 if there is no such command, 126 if it can't be run.
fn cannot_run(ctx: &Context, program: &OsStr, error: io::Error) -> Error {
    let name = program.to_string_lossy();
    let cannot = |why: String| {
        Error::new(Kind::NotExecutable, format!("cannot run `{}`: {why}", mask::word(&name)))
    };
    let Some((path, metadata)) = ctx.find_program(program) else {
        if has_separator(program) && error.kind() != io::ErrorKind::NotFound {
            return cannot(error.to_string());
        }
        let error = command_not_found(program);
        if !error.hints.is_empty() {
            return error;
        }
        if !IS_WINDOWS && name.contains(OF_SHELLS) {
            let line = if is_shown_as_is(&name) { shell_word(&name) } else { "'...'".to_owned() };
            return error.hint(format!("to run it in a shell: `-- sh -c {line}`"));
        }
        return error.hint(if name.contains(char::is_whitespace) {
            "give the command and its arguments as separate words"
        } else if has_separator(program) {
            "there is no such file"
        } else {
            "it is not in PATH"
        });
    };
    if metadata.is_dir() {
        return cannot("it is a directory".into());
    }
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::NotFound if IS_WINDOWS => cannot("it is not a Windows program".into()),
        io::ErrorKind::NotFound => match interpreter(&path) {
            Some(interpreter) => cannot(format!("its interpreter `{interpreter}` does not exist"))
                .hint(match interpreter.ends_with('\r') {
                    true => format!(
                        "{shown} has Windows line endings: convert it, for example with `dos2unix`"
                    ),
                    false => format!("correct the first line of {shown}"),
                }),
            None => cannot("the loader or a library it needs is missing".into())
                .hint("it may have been built for another system"),
        },
        io::ErrorKind::PermissionDenied => cannot("permission denied".into()).hint(format!(
            "check that {shown} is marked executable, and that its file system allows execution"
        )),
        _ => cannot(error.to_string()),
    }
}

/// The interpreter in a script's first line.
fn interpreter(path: &Path) -> Option<String> {
    let mut line = String::new();
    // Systems read no more than this.
    let mut start = BufReader::new(fs::File::open(path).ok()?.take(255));
    start.read_line(&mut line).ok()?;
    let words = line.strip_prefix("#!")?.trim_start_matches([' ', '\t']);
    // A carriage return is part of the name, and the most common reason why it isn't found.
    let name = words.strip_suffix('\n').unwrap_or(words).split([' ', '\t']).next()?;
    Some(name.to_owned()).filter(|name| !name.is_empty())
}
