//! The config files as the command of `exec --renew` sees them.
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
use crate::profile::files::{Files, NO_FILE, hidden_variable, variable};
use crate::profile::parse::FileKind;
use crate::profile::resolve::resolve;

const BOTH: [FileKind; 2] = [FileKind::Config, FileKind::Credentials];

/// What hides the files where that is needed; what shows them again where an outer ssowrap hid
/// them and it is not.
///
/// # Errors
/// For a path that no variable of ours can hold.
pub fn hidden(ctx: &Context) -> Result<Vec<Variable>> {
    let files = Files::load(ctx)?;
    if !gives_credentials(&files) {
        return Ok(restored(ctx));
    }
    ctx.printer.info(|| {
        "the command does not see the config files: their `default` profile would win".to_owned()
    });
    let mut variables = Vec::new();
    for (kind, file) in BOTH.into_iter().zip(files.both()) {
        variables.push(set(variable(kind), NO_FILE));
        variables.push(set(hidden_variable(kind), &as_text(&file.path)?));
    }
    Ok(variables)
}

/// What shows the files to a command that gets keys, where an outer ssowrap hid them: keys win over
/// any profile.
pub fn restored(ctx: &Context) -> Vec<Variable> {
    let mut variables = Vec::new();
    for kind in BOTH {
        let (name, hidden) = (variable(kind), hidden_variable(kind));
        if let (Some(NO_FILE), Some(path)) = (ctx.var(name).as_deref(), ctx.var(hidden)) {
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
