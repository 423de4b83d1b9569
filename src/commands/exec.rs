//! `ssowrap exec`: a command with the credentials in its environment.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::context::Context;
use crate::error::{Kind, Result, usage};
use crate::exchange::Login;
use crate::handover::command::become_command;
use crate::handover::{keeper, renewer};
use crate::output::environment::HIDDEN_FROM_CHILD;
use crate::settings::{Obtained, Settings};

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
    let mut kept = None;
    let variables = match way {
        Way::Environment => {
            let mut variables = Obtained::get(ctx, settings, Login::Attended)?.variables(ctx)?;
            variables.extend(renewer::restored(ctx));
            variables
        }
        Way::Endpoint => renewer::variables(ctx, settings)?,
        Way::File { profiles, path } => {
            let (file, variables) = keeper::start(ctx, settings, profiles, path.as_deref())?;
            kept = file;
            variables
        }
    };
    let mut child = Command::new(program);
    child.args(arguments);
    become_command(ctx, child, &HIDDEN_FROM_CHILD, &variables, kept).map_err(|error| match way {
        Way::File { path: Some(_), .. } if error.kind == Kind::CommandNotFound => {
            error.hint("without FILE, `--write-credentials` needs `--` before the command")
        }
        _ => error,
    })
}
