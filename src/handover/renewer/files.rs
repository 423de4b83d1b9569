//! The config files as a command sees them that gets no keys in its environment.
//!
//! SDKs ask the endpoint of a container only where nothing else gives credentials (SPEC 6.4), and
//! the `default` profile is something else: with one that gives credentials the command would run
//! as somebody whom nobody asked for. Both files are hidden then, save from ssowrap itself.

use std::path::{Path, absolute};

use secrecy::SecretString;

use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::output::environment::Variable;
use crate::profile::Request;
use crate::profile::files::{Files, NO_FILE, WRITTEN, hidden_variable, is_ours, variable};
use crate::profile::parse::FileKind;
use crate::profile::resolve::resolve;

const BOTH: [FileKind; 2] = [FileKind::Config, FileKind::Credentials];

/// What hides the files where that is needed; what shows them again where an outer ssowrap hid
/// them and it is not.
///
/// # Errors
/// For a path that no variable of ours can hold.
pub(crate) fn hidden(ctx: &Context) -> Result<Vec<Variable>> {
    let files = Files::load(ctx)?;
    if !gives_credentials(&files) {
        return Ok(restored(ctx));
    }
    ctx.printer.info(|| {
        "the command does not see the config files: their `default` profile would win".to_owned()
    });
    hide(ctx, &files, NO_FILE)
}

/// What shows a credentials file of our own in place of both files.
///
/// The config file must not be seen beside it: the AWS CLI prefers an `sso_session` or a `role_arn`
/// there to the keys of the same profile.
///
/// # Errors
/// For a path that no variable of ours can hold.
pub(crate) fn written(ctx: &Context, files: &Files, path: &str) -> Result<Vec<Variable>> {
    let mut variables = hide(ctx, files, path)?;
    variables.push(set(WRITTEN, path));
    Ok(variables)
}

/// Hides both files, with something else in the place of the credentials file.
fn hide(ctx: &Context, files: &Files, credentials: &str) -> Result<Vec<Variable>> {
    let mut variables = unwritten(ctx);
    for (kind, file) in BOTH.into_iter().zip(files.both()) {
        let instead = if kind == FileKind::Config { NO_FILE } else { credentials };
        variables.push(set(variable(kind), instead));
        variables.push(set(hidden_variable(kind), &as_text(&file.path)?));
    }
    Ok(variables)
}

/// An outer ssowrap's credentials file is not the command's any more.
fn unwritten(ctx: &Context) -> Vec<Variable> {
    let stale = ctx.has_var(WRITTEN).then_some(Variable { name: WRITTEN, value: None });
    stale.into_iter().collect()
}

/// What shows the files to a command that gets keys, where an outer ssowrap hid them: keys win over
/// any profile.
pub(crate) fn restored(ctx: &Context) -> Vec<Variable> {
    let mut variables = unwritten(ctx);
    for kind in BOTH {
        let (name, hidden) = (variable(kind), hidden_variable(kind));
        if let (Some(value), Some(path)) = (ctx.var_os(name), ctx.var(hidden))
            && is_ours(ctx, &value)
        {
            variables.push(set(name, &path));
        }
        if ctx.has_var(hidden) {
            variables.push(Variable { name: hidden, value: None });
        }
    }
    variables
}

/// Whether an SDK that is told of no profile finds credentials, or fails over them.
fn gives_credentials(files: &Files) -> bool {
    let default = Request::Profile { name: "default".to_owned(), origin: None };
    let none = [Kind::ProfileNotFound, Kind::NoCredentials];
    resolve(files, &default).plan.map_or_else(|e| !none.contains(&e.kind), |_| true)
}

fn set(name: &'static str, value: &str) -> Variable {
    Variable { name, value: Some(SecretString::from(value)) }
}

fn as_text(path: &Path) -> Result<String> {
    let whole = absolute(path).unwrap_or(path.to_owned());
    whole.into_os_string().into_string().map_err(|_| {
        let shown = path.display();
        Error::new(Kind::Other, format!("the path {shown} is not UTF-8 and cannot be handed on"))
            .hint("use plain `ssowrap exec`")
    })
}
