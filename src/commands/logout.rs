//! `ssowrap logout`: ends a login, or all of them. Whatever AWS says, nothing stays here.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::aws::Aws;
use crate::cache::listing::{self, Login};
use crate::cache::marks;
use crate::cli::Global;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::login::logout::{Ended, Ending, end, token_files};
use crate::profile::files::Files;
use crate::profile::plan::{Plan, Source, SsoSource};
use crate::profile::reach::Reach;
use crate::profile::sessions::{self, Role, SsoSession};
use crate::profile::{Request, resolve};
use crate::settings;
use crate::token;

/// Ends the chosen login, or with `all` every one. Returns the exit code of the first thing that
/// could not be done; all of them have been told then.
///
/// # Errors
/// What stands in the way of knowing which login is meant; nothing has been done then.
pub(super) fn run(ctx: &Context, global: &Global, all: bool) -> Result<ExitCode> {
    let request = settings::login_request(ctx, global, "logout", all)?;
    let files = Files::load(ctx)?;
    let sessions = sessions::all(&files);
    let mut report = Report { ctx, code: ExitCode::SUCCESS, failed: false };
    if all {
        end_all(ctx, &sessions, &mut report)?;
    } else {
        let plan = plan(&files, &request.unwrap_or_else(settings::default_profile))?;
        end_one(ctx, &plan, &sessions, &mut report)?;
    }
    Ok(report.code)
}

fn plan(files: &Files, request: &Request) -> Result<Plan> {
    let is_implied = matches!(request, Request::Profile { origin: None, .. });
    let plan = resolve::login(files, request).map_err(|error| match error.kind {
        Kind::ProfileNotFound if is_implied => error.hint("`--all` ends every login"),
        _ => error,
    })?;
    plan.ok_or_else(|| {
        let name = match request {
            Request::Profile { name, .. } => name.as_str(),
            Request::Role(_) => "",
        };
        let message = format!(
            "profile `{name}` has no login: its credentials do not come from Identity Center"
        );
        Error::new(Kind::MissingSetting, message)
            .hint("`ssowrap profiles` shows the kind of each profile")
    })
}

fn end_one(
    ctx: &Context,
    plan: &Plan,
    sessions: &[SsoSession],
    report: &mut Report<'_>,
) -> Result<()> {
    let Source::Sso(source) = &plan.source else { return Ok(()) };
    let ending = ending(&ctx.home()?, source);
    report.ended(&ending.path, end(ctx, &Aws::new(ctx, &plan.reach), &ending));
    let login = Login { source: source.clone(), roles: all_roles(sessions) };
    let entries = listing::of_logins(ctx, &[login]);
    report.forget(entries.map(|entries| entries.into_iter().map(|entry| entry.path).collect()));
    Ok(())
}

fn end_all(ctx: &Context, sessions: &[SsoSession], report: &mut Report<'_>) -> Result<()> {
    let home = ctx.home()?;
    let sources: Vec<SsoSource> = sessions.iter().map(SsoSession::source).collect();
    let mut endings: BTreeMap<PathBuf, Ending<'_>> = sources
        .iter()
        .map(|source| ending(&home, source))
        .filter(|ending| fs::symlink_metadata(&ending.path).is_ok())
        .map(|ending| (ending.path.clone(), ending))
        .collect();
    for path in token_files(ctx)? {
        let unknown = Ending { path: path.clone(), owner: None, sso_region: None };
        endings.entry(path).or_insert(unknown);
    }
    if endings.is_empty() {
        ctx.printer.say("there is no login");
    }
    // No profile was chosen, so none says how AWS is reached.
    let reach = Reach::default();
    let aws = Aws::new(ctx, &reach);
    for (path, ending) in endings {
        report.ended(&path, end(ctx, &aws, &ending));
    }
    let roles = all_roles(sessions);
    let logins = sources.into_iter().map(|source| Login { source, roles: roles.clone() });
    let entries = listing::of_logins(ctx, &logins.collect::<Vec<_>>());
    let entries = entries.map(|entries| entries.into_iter().map(|entry| entry.path));
    report.forget(entries.and_then(|found| {
        let mut paths: BTreeSet<PathBuf> = found.collect();
        paths.extend(listing::of_all_logins(ctx)?);
        Ok(paths)
    }));
    Ok(())
}

fn ending<'a>(home: &Path, source: &'a SsoSource) -> Ending<'a> {
    Ending {
        path: token::file(home, source),
        owner: Some(token::owner(source)),
        sso_region: source.sso_region.as_deref(),
    }
}

/// The roles of every login: which role a login can give, the config does not say, and what is filed
/// under its name was got through it.
fn all_roles(sessions: &[SsoSession]) -> Vec<Role> {
    let roles: HashSet<&Role> = sessions.iter().flat_map(|session| &session.roles).collect();
    roles.into_iter().cloned().collect()
}

/// Tells what was done, and keeps the exit code of the first failure.
struct Report<'a> {
    ctx: &'a Context,
    code: ExitCode,
    failed: bool,
}

impl Report<'_> {
    fn ended(&mut self, path: &Path, ended: Ended) {
        let Ended { owner, existed, errors } = ended;
        if !existed {
            let path = path.display();
            self.ctx.printer.say(&format!("there is no token of {owner} ({path} does not exist)"));
        } else if errors.is_empty() {
            self.ctx.printer.say(&format!("signed out of {owner}"));
        }
        errors.iter().for_each(|error| self.failed(error));
    }

    /// Removes cached role credentials.
    fn forget(&mut self, paths: Result<BTreeSet<PathBuf>>) {
        let paths = paths.unwrap_or_else(|error| {
            self.failed(&error);
            BTreeSet::new()
        });
        let mut removed = 0;
        for path in paths {
            match fs::remove_file(&path) {
                Ok(()) => removed += 1,
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => {
                    let message = format!("cannot remove {}", path.display());
                    self.failed(&Error::new(Kind::Other, message).source(e));
                    continue;
                }
            }
            if let Some(directory) = self.ctx.cache_dir() {
                marks::forget(&directory, &path);
            }
        }
        self.ctx.printer.say(&format!("removed {removed} cached role credentials"));
    }

    fn failed(&mut self, error: &Error) {
        self.ctx.printer.error(error);
        if !self.failed {
            self.code = error.exit_code();
        }
        self.failed = true;
    }
}
