//! All that is cached, and through which login it was got: for verbs that list or forget it.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{aws_cli, marks, own};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::profile::plan::SsoSource;
use crate::profile::sessions::Role;

/// More than any cache file.
const LARGEST: u64 = 1 << 20;

/// A login, and the roles that may have been got through it.
#[derive(Debug)]
pub(crate) struct Login {
    /// The login; its account and role do not matter.
    pub source: SsoSource,
    /// The roles.
    pub roles: Vec<Role>,
}

/// A cached entry that was got through a login.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Which of the logins asked about.
    pub login: usize,
    /// The file.
    pub path: PathBuf,
    /// The role, where its name is known: the AWS CLI's files do not tell.
    pub role: Option<Role>,
}

/// The files of the AWS CLI's cache of role credentials, and other things it keeps there.
pub(crate) fn cli_files(ctx: &Context) -> Result<Vec<PathBuf>> {
    json_files(&aws_cli::directory(&ctx.home()?))
}

/// The files of ssowrap's own cache.
pub(crate) fn own_files(ctx: &Context) -> Result<Vec<PathBuf>> {
    ctx.cache_dir().map_or(Ok(Vec::new()), |directory| json_files(&own::directory(&directory)))
}

/// The entries of `logins`: those of the AWS CLI's cache that are filed under one of the roles or
/// that ssowrap left a mark for, and the roles assumed on top of them.
pub(crate) fn of_logins(ctx: &Context, logins: &[Login]) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let files = cli_files(ctx)?;
    if !files.is_empty() {
        let mut owners = owners(ctx, logins);
        entries.extend(files.into_iter().filter_map(|path| {
            let (login, role) = owners.remove(stem(&path)?)?;
            Some(Entry { login, path, role })
        }));
    }
    for path in own_files(ctx)? {
        let Some(source) = own_source(ctx, &path) else { continue };
        if let Some(login) = logins.iter().position(|login| is_source(&source, &login.source)) {
            entries.push(Entry { login, path, role: None });
        }
    }
    Ok(entries)
}

/// The entries of all logins, whether or not anything is known of those: what `aws sso logout`
/// removes, and the roles assumed on top of it.
pub(crate) fn of_all_logins(ctx: &Context) -> Result<Vec<PathBuf>> {
    let is_sso = |path: &PathBuf| read(path).is_some_and(|bytes| aws_cli::is_sso(&bytes));
    let mut paths: Vec<_> = cli_files(ctx)?.into_iter().filter(is_sso).collect();
    let own = own_files(ctx)?.into_iter();
    paths.extend(own.filter(|path| own_source(ctx, path).is_some()));
    Ok(paths)
}

/// The bytes of a plain file of reasonable size.
pub(crate) fn read(path: &Path) -> Option<Vec<u8>> {
    // Before it is opened: opening a pipe would wait for its writer.
    fs::metadata(path).ok().filter(|metadata| metadata.is_file() && metadata.len() <= LARGEST)?;
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Through which login each name in the AWS CLI's cache was got, and for which role.
fn owners(ctx: &Context, logins: &[Login]) -> HashMap<String, (usize, Option<Role>)> {
    let mut owners = HashMap::new();
    let marks = ctx.cache_dir().map(|directory| marks::logins(&directory)).unwrap_or_default();
    for (entry, key) in marks {
        let of = |login: &Login| aws_cli::Key::of(&login.source).login() == key;
        if let Some(login) = logins.iter().position(of) {
            owners.insert(entry, (login, None));
        }
    }
    for (place, login) in logins.iter().enumerate() {
        for role in &login.roles {
            let key = aws_cli::Key::of_role(&login.source, &role.account_id, &role.role_name);
            owners.insert(key.stem(), (place, Some(role.clone())));
        }
    }
    owners
}

/// The SSO source of an assumed role, if it has one in this home: another home that shares the
/// directory has logins of its own.
fn own_source(ctx: &Context, path: &Path) -> Option<Value> {
    let (chain, ..) = own::summary(&read(path)?)?;
    let source = chain.get(0)?;
    let home = ctx.home().ok()?.display().to_string();
    let is_ours = source.get("home").and_then(Value::as_str) == Some(&home);
    let is_sso = source.get("type").and_then(Value::as_str) == Some("sso");
    (is_sso && is_ours).then(|| source.clone())
}

fn is_source(source: &Value, login: &SsoSource) -> bool {
    let text = |key: &str| source.get(key).and_then(Value::as_str);
    match &login.session {
        Some(name) => text("session") == Some(name),
        None => text("session").is_none() && text("start_url") == login.start_url.as_deref(),
    }
}

fn stem(path: &Path) -> Option<&str> {
    path.file_stem()?.to_str()
}

fn json_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let cannot = |e: io::Error| {
        Error::new(Kind::Other, format!("cannot read {}", directory.display())).source(e)
    };
    let entries = match fs::read_dir(directory) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(cannot)?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(cannot)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
