//! The AWS files as the command sees them if its environment contains no keys.
//!
//! SDKs use a container endpoint only if nothing else gives credentials (SPEC 6.4). If the
//! `default` profile gave some, it would win, and the command would run as a principal that nobody
//! asked for. In that case, the command sees copies of both files in which that profile gives none.
//! An ssowrap that the command runs sees the real files.

use std::path::{Path, absolute};

use super::private_files::{PrivateFile, Purpose};
use crate::context::Context;
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::output::variable::Variable;
use crate::platform::null;
use crate::profile::edit::copy::{Without, is_default_a_source};
use crate::profile::files::{
    ConfigFile, Files, hidden_variable, is_ours, usual_path, variable, written_variable,
};
use crate::profile::key::Key;
use crate::profile::parse::{FileKind, SectionKind};
use crate::settings::default_gives_credentials;
use crate::variables::{self, Name};

const BOTH: [FileKind; 2] = [FileKind::Config, FileKind::Credentials];

const DEFAULT: &str = "default";

/// Java's SDK v1 finds the credentials file through this variable, not through
/// AWS_SHARED_CREDENTIALS_FILE.
const JAVA_V1_FILE: Name = variables::AWS_CREDENTIAL_PROFILES_FILE;

/// JavaScript's SDK v2 uses the variables for both files only if this one is set, and Go's SDK v1
/// reads the config file only then.
const LOAD_CONFIG: Name = variables::AWS_SDK_LOAD_CONFIG;

/// Copies of both files in which `default` gives no credentials; none if it gives none anyway.
pub(super) fn copies(ctx: &Context, files: &Files) -> Option<[PrivateFile; 2]> {
    if !default_gives_credentials(files) {
        return None;
    }
    ctx.printer.info(|| {
        "the command sees copies of the AWS files without the credentials of `default`, which \
         would take precedence"
            .to_owned()
    });
    let default_as = name_for_default(files);
    let without = Without { profiles: &[DEFAULT], default_as: default_as.as_deref() };
    let copy = |file: &ConfigFile, purpose| copy(file, purpose, without);
    Some([copy(&files.config, Purpose::Config), copy(&files.credentials, Purpose::Credentials)])
}

/// A copy of the config file in which neither these profiles nor `default` give credentials. The
/// AWS CLI prefers an `sso_session` or `role_arn` there to the same profile's keys in the
/// credentials file.
pub(super) fn config_without(files: &Files, profiles: &[&str]) -> PrivateFile {
    let profiles = [&[DEFAULT], profiles].concat();
    let default_as = name_for_default(files).filter(|_| !profiles[1..].contains(&DEFAULT));
    let without = Without { profiles: &profiles, default_as: default_as.as_deref() };
    copy(&files.config, Purpose::Config, without)
}

/// The name of `default` in the copies, if profiles name it as their source.
fn name_for_default(files: &Files) -> Option<String> {
    let documents = files.both().map(|file| &file.document);
    if !is_default_a_source(documents) {
        return None;
    }
    let mut name = "ssowrap-default".to_owned();
    while documents.iter().any(|file| !file.find(SectionKind::Profile, &name).is_empty()) {
        name.push('-');
    }
    Some(name)
}

fn copy(file: &ConfigFile, purpose: Purpose, without: Without<'_>) -> PrivateFile {
    let text = without.copy(&file.document);
    let contents = String::from_utf8_lossy(&text).into_owned().into();
    PrivateFile { purpose, path: None, contents }
}

/// The variables that make programs read these files instead of the AWS files.
///
/// # Errors
/// For a path that our variables cannot hold.
pub(super) fn replaced(
    ctx: &Context,
    files: &Files,
    [config, credentials]: [&str; 2],
) -> Result<Vec<Variable>> {
    let mut variables = hide(ctx, files, [config, credentials])?;
    for (kind, path) in BOTH.into_iter().zip([config, credentials]) {
        variables.push(Variable::set(written_variable(kind), path));
    }
    Ok(variables)
}

/// The variables that hide both files if `default` gives credentials, or else make them visible
/// again if an outer ssowrap hid them. For clients that may see other files than this process.
///
/// # Errors
/// For a path that our variables cannot hold.
pub(crate) fn hidden(ctx: &Context, files: &Files) -> Result<Vec<Variable>> {
    if !default_gives_credentials(files) {
        return Ok(restored(ctx));
    }
    ctx.printer.info(|| {
        "clients do not see the AWS files, because the `default` profile in them would take \
         precedence"
            .to_owned()
    });
    hide(ctx, files, [null::PATH; 2])
}

fn hide(ctx: &Context, files: &Files, instead: [&str; 2]) -> Result<Vec<Variable>> {
    let mut variables = forgotten(ctx);
    for ((kind, file), instead) in BOTH.into_iter().zip(files.both()).zip(instead) {
        variables.push(Variable::set(variable(kind), instead));
        variables.push(Variable::set(hidden_variable(kind), &as_text(&file.path)?));
    }
    variables.extend([Variable::set(JAVA_V1_FILE, instead[1]), Variable::set(LOAD_CONFIG, "1")]);
    Ok(variables)
}

/// Removes the variables that name an outer ssowrap's files: the command must not read those any
/// more.
fn forgotten(ctx: &Context) -> Vec<Variable> {
    let stale = BOTH.map(written_variable).into_iter().filter(|name| ctx.has_var(*name));
    stale.map(Variable::removed).collect()
}

/// The variables that make the files visible again if an outer ssowrap hid them. For a command that
/// gets keys, because keys win over every profile.
pub(crate) fn restored(ctx: &Context) -> Vec<Variable> {
    let mut variables = forgotten(ctx);
    for kind in BOTH {
        let (name, hidden) = (variable(kind), hidden_variable(kind));
        if let (Some(value), Some(path)) = (ctx.var_os(name), ctx.var(hidden))
            && is_ours(ctx, kind, &value)
        {
            variables.push(Variable::set(name, &path));
            let is_also_java_v1 = ctx.var_os(JAVA_V1_FILE).is_some_and(|java| java == value);
            if kind == FileKind::Credentials && is_also_java_v1 {
                variables.push(Variable::removed(JAVA_V1_FILE));
            }
        }
        if ctx.has_var(hidden) {
            variables.push(Variable::removed(hidden));
        }
    }
    variables
}

/// Warns of an access key in `[default]` of the default credentials file: programs that read the
/// file at its fixed path, whatever the environment says, would use it.
pub(super) fn warn_of_decoy(ctx: &Context, files: &Files, given: &Credentials) {
    let file = &files.credentials;
    if usual_path(ctx, FileKind::Credentials).is_ok_and(|usual| usual != file.path) {
        return;
    }
    let sections = file.document.find(SectionKind::Profile, DEFAULT);
    let keys = sections.into_iter().flat_map(|section| file.document.properties(section).0);
    let id = keys.filter(|property| property.key == Key::AwsAccessKeyId.name()).last();
    if let Some(id) = id.filter(|id| id.value != given.access_key_id) {
        ctx.printer.warn(&format!(
            "a program that always reads {} uses the access key of `[default]` there, not the \
             command's credentials ({})",
            file.path.display(),
            file.at(id.line)
        ));
    }
}

fn as_text(path: &Path) -> Result<String> {
    let whole = absolute(path).unwrap_or(path.to_owned());
    whole.into_os_string().into_string().map_err(|_| {
        let shown = path.display();
        Error::new(Kind::Other, format!("the path {shown} is not UTF-8 and cannot be passed on"))
            .hint("use plain `ssowrap exec`")
    })
}
