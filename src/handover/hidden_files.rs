//! The AWS files as the command sees them where it gets no keys in its environment.
//!
//! SDKs ask a container endpoint only where nothing else gives credentials (SPEC 6.4). A `default`
//! profile that gives some would win, and the command would run as a principal that nobody asked
//! for. In that case both files are hidden from the command, but not from an ssowrap in it.

use std::path::{Path, absolute};

use secrecy::SecretString;

use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::output::environment::Variable;
use crate::profile::files::{Files, NO_FILE, WRITTEN, hidden_variable, is_ours, variable};
use crate::profile::parse::FileKind;
use crate::settings::default_gives_credentials;
use crate::variables::Name;

const BOTH: [FileKind; 2] = [FileKind::Config, FileKind::Credentials];

/// The variables that hide the files where that is needed. Where it isn't, those that show them
/// again if an outer ssowrap hid them.
///
/// # Errors
/// For a path that no variable of ours can hold.
pub(crate) fn hidden(ctx: &Context, files: &Files) -> Result<Vec<Variable>> {
    if !default_gives_credentials(files) {
        return Ok(restored(ctx));
    }
    ctx.printer.info(|| {
        "the command does not see the config files: their `default` profile would win".to_owned()
    });
    hide(ctx, files, NO_FILE)
}

/// The variables that show a credentials file of ours in place of both files.
///
/// The config file must not be seen beside it: the AWS CLI prefers an `sso_session` or a `role_arn`
/// there to the keys of the same profile.
///
/// # Errors
/// For a path that no variable of ours can hold.
pub(super) fn replaced(ctx: &Context, files: &Files, path: &str) -> Result<Vec<Variable>> {
    let mut variables = hide(ctx, files, path)?;
    variables.push(set(WRITTEN, path));
    Ok(variables)
}

/// Hides both files, with another file in place of the credentials file.
fn hide(ctx: &Context, files: &Files, credentials: &str) -> Result<Vec<Variable>> {
    let mut variables = unwritten(ctx);
    for (kind, file) in BOTH.into_iter().zip(files.both()) {
        let instead = if kind == FileKind::Config { NO_FILE } else { credentials };
        variables.push(set(variable(kind), instead));
        variables.push(set(hidden_variable(kind), &as_text(&file.path)?));
    }
    Ok(variables)
}

/// An outer ssowrap's credentials file is no longer the command's.
fn unwritten(ctx: &Context) -> Vec<Variable> {
    let stale = ctx.has_var(WRITTEN).then_some(Variable { name: WRITTEN.as_str(), value: None });
    stale.into_iter().collect()
}

/// The variables that show the files to a command that gets keys, where an outer ssowrap hid them:
/// keys win over any profile.
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
            variables.push(Variable { name: hidden.as_str(), value: None });
        }
    }
    variables
}

fn set(name: Name, value: &str) -> Variable {
    Variable { name: name.as_str(), value: Some(SecretString::from(value)) }
}

fn as_text(path: &Path) -> Result<String> {
    let whole = absolute(path).unwrap_or(path.to_owned());
    whole.into_os_string().into_string().map_err(|_| {
        let shown = path.display();
        Error::new(Kind::Other, format!("the path {shown} is not UTF-8 and cannot be handed on"))
            .hint("use plain `ssowrap exec`")
    })
}
