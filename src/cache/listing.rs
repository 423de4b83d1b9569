//! Everything in the caches, for verbs that list or remove it.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::files::{json_files, read};
use super::link::Link;
use super::login::LoginId;
use super::note::Notes;
use super::{aws_cli, own};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::platform::held;
use crate::profile::logins::Role;
use crate::profile::plan::SsoSource;

/// A file of either cache that holds role credentials. Nothing in it is secret.
#[derive(Debug)]
pub(crate) struct CacheFile {
    pub path: PathBuf,
    /// The entry; none if the file is damaged or an earlier version of ssowrap wrote it.
    pub entry: Option<Listed>,
}

impl CacheFile {
    /// Whose credentials these are, if known.
    pub(crate) fn link(&self) -> Option<&Link> {
        self.entry.as_ref().and_then(|entry| entry.link.as_ref())
    }

    /// The file's name, which is one of [`names`] of its link.
    pub(crate) fn name(&self) -> String {
        let own = self.link().and_then(name_of);
        own.unwrap_or_else(|| {
            self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
        })
    }
}

/// The names of a link's entries, whatever their login: the one in ssowrap's cache and, if
/// possible, the one in the AWS CLI's.
pub(crate) fn names(link: &Link) -> Vec<String> {
    let cli = link.sso().filter(|_| link.hops.is_empty());
    let cli = cli.map(|sso| aws_cli::CliKey::of(sso).stem());
    name_of(link).into_iter().chain(cli).collect()
}

fn name_of(link: &Link) -> Option<String> {
    own::digest(&link.clone().with_login(LoginId::unknown())).ok()
}

/// The parts of an entry that may be shown.
#[derive(Debug)]
pub(crate) struct Listed {
    /// Whose credentials these are; none for an entry of the AWS CLI, which doesn't say.
    pub link: Option<Link>,
    pub access_key_id: String,
    pub account_id: Option<String>,
    pub expiration: DateTime<Utc>,
}

/// A login, and the roles that may have been obtained through it.
#[derive(Debug)]
pub(crate) struct LoginRoles {
    /// The login; its account and role don't matter.
    pub source: SsoSource,
    pub roles: Vec<Role>,
}

/// The logins in the config, to find out which of them a cache file came through.
#[derive(Debug)]
pub(crate) struct Logins<'a> {
    home: PathBuf,
    logins: &'a [LoginRoles],
    /// The names of their roles' files in the AWS CLI's cache. There are many, and they are not
    /// needed if the CLI has no files.
    by_stem: OnceCell<HashMap<String, (usize, &'a Role)>>,
}

impl<'a> Logins<'a> {
    pub(crate) fn new(home: PathBuf, logins: &'a [LoginRoles]) -> Self {
        Self { home, logins, by_stem: OnceCell::new() }
    }

    fn by_stem(&self) -> &HashMap<String, (usize, &'a Role)> {
        let stem = |source, role| aws_cli::CliKey::of_role(source, role).stem();
        let of_login = |(place, LoginRoles { source, roles }): (usize, &'a LoginRoles)| {
            roles.iter().map(move |role| (stem(source, role), (place, role)))
        };
        self.by_stem.get_or_init(|| self.logins.iter().enumerate().flat_map(of_login).collect())
    }

    /// The login that an entry came through, and its Identity Center role if known.
    pub(crate) fn of(&self, file: &CacheFile) -> Option<(usize, Option<Role>)> {
        let Some(link) = &file.entry.as_ref()?.link else {
            let (login, role) = self.by_stem().get(file.path.file_stem()?.to_str()?)?;
            return Some((*login, Some((*role).clone())));
        };
        let sso = link.sso()?;
        let login = self.logins.iter().position(|login| sso.is_of(&login.source, &self.home))?;
        Some((login, link.sso_role()))
    }
}

/// Every file with role credentials in both caches. Skips the AWS CLI's assumed roles and other
/// files, which are in the same directory.
pub(crate) fn all(ctx: &Context) -> Result<Vec<CacheFile>> {
    let mut files = cli_files(ctx)?;
    files.extend(own_files(ctx)?);
    Ok(files)
}

/// Removes what was obtained through `login` before it became `now`.
pub(crate) fn forget_earlier(ctx: &Context, login: LoginRoles, now: &LoginId) -> Result<()> {
    let login = [login];
    let logins = Logins::new(ctx.home()?, &login);
    let is_of_now =
        |file: &CacheFile| file.link().and_then(Link::sso).is_some_and(|sso| sso.login == *now);
    for file in all(ctx)?.iter().filter(|file| logins.of(file).is_some() && !is_of_now(file)) {
        forget(ctx, &file.path)?;
    }
    Ok(())
}

/// The message after removing this many entries.
pub(crate) fn removed(entries: u32) -> String {
    match entries {
        0 => "there were no cached credentials".to_owned(),
        1 => "removed the cached credentials of 1 role".to_owned(),
        _ => format!("removed the cached credentials of {entries} roles"),
    }
}

/// Removes a cache file and its note. Returns whether it existed.
///
/// # Errors
/// `Other` if it can't be removed.
pub(crate) fn forget(ctx: &Context, path: &Path) -> Result<bool> {
    let existed = match held::remove(path) {
        Ok(()) => true,
        Err(e) if e.kind() == io::ErrorKind::NotFound => false,
        Err(e) => {
            let message = format!("cannot remove {}", path.display());
            return Err(Error::new(Kind::Other, message).source(e));
        }
    };
    if let Some(directory) = ctx.cache_dir() {
        Notes::new(&directory, path).forget();
    }
    Ok(existed)
}

fn cli_files(ctx: &Context) -> Result<Vec<CacheFile>> {
    let cache_dir = ctx.cache_dir();
    let read_file = |path: PathBuf| {
        let bytes = read(&path)?;
        if !aws_cli::is_sso(&bytes) {
            return None;
        }
        let notes = cache_dir.as_deref().map(|directory| Notes::new(directory, &path));
        let is_old = notes.as_ref().is_some_and(Notes::is_marked_by_old_version);
        let summary = aws_cli::summary(&bytes).filter(|_| !is_old);
        let entry = summary.map(|aws_cli::Summary { access_key_id, account_id, expiration }| {
            let link = notes.and_then(|notes| notes.link(&access_key_id));
            Listed { link, access_key_id, account_id, expiration }
        });
        Some(CacheFile { path, entry })
    };
    let files = json_files(&aws_cli::directory(&ctx.home()?))?;
    Ok(files.into_iter().filter_map(read_file).collect())
}

fn own_files(ctx: &Context) -> Result<Vec<CacheFile>> {
    let Some(directory) = ctx.cache_dir() else { return Ok(Vec::new()) };
    let read_file = |path: PathBuf| {
        let (link, credentials) = own::decode(&read(&path)?)?;
        Some(Listed {
            link: Some(link),
            access_key_id: credentials.access_key_id,
            account_id: credentials.account_id,
            expiration: credentials.expiration?,
        })
    };
    let mut found = Vec::new();
    for path in json_files(&own::directory(&directory))? {
        match read_file(path.clone()) {
            Some(entry) => found.push(CacheFile { path, entry: Some(entry) }),
            // From an earlier version, or damaged. It may already be gone.
            None => drop(fs::remove_file(path)),
        }
    }
    Ok(found)
}
