//! `ssowrap logout`: ends one login or all of them. Whatever AWS says, nothing stays on this
//! machine.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, Utc};

use crate::aws::Aws;
use crate::cache;
use crate::cache::listing::{self, CacheFile, LoginRoles, Logins};
use crate::cli::Global;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::handover;
use crate::login::logout::{self, Ended, EndingLogin, end, session_files, token_files};
use crate::output::format::Format;
use crate::profile::edit::target::Target;
use crate::profile::files::{ConfigFile, Files};
use crate::profile::key::Key;
use crate::profile::logins::{ConfigLogins, Role, SsoSession, UsedSession};
use crate::profile::plan::{LoginSession, Plan, Source, SsoSource};
use crate::profile::reach::Reach;
use crate::profile::value::canonical_start_url;
use crate::profile::{Request, Resolver};
use crate::settings::{self, GivenProfile};
use crate::storage::litter;
use crate::text::escape::shell_option;
use crate::token::{self, session};
use crate::variables;

/// Ends the chosen login, or with `all` every login. Reports all failures and returns the exit code
/// of the first.
///
/// # Errors
/// If it isn't clear which login is meant. Nothing has been done then.
pub(super) fn run(ctx: &Context, global: &Global, all: bool) -> Result<ExitCode> {
    let request = settings::login_request(ctx, global, GivenProfile::Ignored, all)?;
    let files = Files::load(ctx)?;
    let resolver = Resolver::new(&files);
    let ConfigLogins { logins: sessions, login_sessions, .. } = resolver.logins();
    let mut report = Report { ctx, code: ExitCode::SUCCESS, failed: false, usable: HashMap::new() };
    let mut ended = None;
    if all {
        end_all(ctx, &resolver, &sessions, &login_sessions, &mut report)?;
    } else {
        let request = request.unwrap_or_else(settings::default_profile);
        ended = match resolver.login_session(&request) {
            Some(session) => Some(end_session(ctx, &session, &mut report)?),
            None => {
                let is_all = login_sessions.is_empty();
                let plan = plan(&resolver, &request, &sessions, is_all)?;
                end_one(ctx, &plan, &sessions, &mut report)?
            }
        };
    }
    report.tell_of_files(&files)?;
    tell_of_keys(ctx, &resolver, ended.as_deref())?;
    let home = ctx.home()?;
    let directories =
        [cache::aws_cli_directory(&home), token::directory(&home), session::directory(ctx)?];
    litter::sweep(ctx, &directories);
    handover::sweep(ctx);
    Ok(report.code)
}

/// The plan of the named login. If there is neither a name nor a default profile, the plan of the
/// only login in `sessions`; `is_all` says that the config has no others.
fn plan(
    resolver: &Resolver<'_>,
    request: &Request,
    sessions: &[SsoSession],
    is_all: bool,
) -> Result<Plan> {
    let is_implied = matches!(request, Request::Profile { origin: None, .. });
    let plan = match resolver.login(request) {
        Err(error) if is_implied && error.kind == Kind::ProfileNotFound => {
            return match sessions {
                [only] if is_all => resolver.plan_of(only),
                _ => Err(which_login(error, sessions)),
            };
        }
        plan => plan?,
    };
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

/// Adds to the error of a missing default profile the other ways to choose a login.
fn which_login(error: Error, sessions: &[SsoSession]) -> Error {
    let has_names = sessions.iter().any(|session| session.name.is_some());
    let by_session = "choose a login with `--sso-session NAME`; `ssowrap status --all` lists them";
    let error = if has_names { error.or_hint(by_session) } else { error };
    error.or_hint("end every login with `--all`")
}

/// Ends a login, and returns the path of its token.
fn end_one(
    ctx: &Context,
    plan: &Plan,
    sessions: &[SsoSession],
    report: &mut Report<'_>,
) -> Result<Option<PathBuf>> {
    let Source::Sso(source) = &plan.source else { return Ok(None) };
    let ending = ending(&ctx.home()?, source);
    report.ended(&ending.path, end(ctx, &Aws::new(ctx, &plan.reach), &ending));
    let login = [LoginRoles { source: source.clone(), roles: all_roles(sessions) }];
    let logins = Logins::new(ctx.home()?, &login);
    report.forget(|file| logins.of(file).is_some());
    Ok(Some(ending.path))
}

fn end_session(ctx: &Context, session: &LoginSession, report: &mut Report<'_>) -> Result<PathBuf> {
    let path = session::path(ctx, session)?;
    report.ended(&path, logout::end_session(ctx, &path, session::owner(session)));
    report.forget(|file| file.link().is_some_and(|link| link.is_of_session(session)));
    Ok(path)
}

/// Points out the keys that ssowrap put into this environment: they stay valid. With `ended`, the
/// path of one login's token, only those that came through it, as far as is known.
fn tell_of_keys(ctx: &Context, resolver: &Resolver<'_>, ended: Option<&Path>) -> Result<()> {
    if !ctx.has_var(variables::AWS_ACCESS_KEY_ID) {
        return Ok(());
    }
    let whose = match ctx.var(variables::SSOWRAP_PROFILE) {
        Some(name) if is_of_another_login(ctx, resolver, &name, ended)? => return Ok(()),
        Some(name) => format!("profile `{name}`"),
        None if ctx.has_var(variables::SSOWRAP_ROLE) => "a role".to_owned(),
        None => return Ok(()),
    };
    let line = Format::of_caller(ctx).line("ssowrap export --unset");
    ctx.printer.say(&format!(
        "this shell still has the credentials of {whose}, which AWS accepts until they expire; to \
         remove them: {line}"
    ));
    Ok(())
}

/// Whether the profile `name` has another login than the one that `ended`, or none.
fn is_of_another_login(
    ctx: &Context,
    resolver: &Resolver<'_>,
    name: &str,
    ended: Option<&Path>,
) -> Result<bool> {
    let Some(ended) = ended else { return Ok(false) };
    let request = Request::Profile { name: name.to_owned(), origin: None };
    if let Some(session) = resolver.login_session(&request) {
        return Ok(session::path(ctx, &session)? != ended);
    }
    Ok(match resolver.login(&request) {
        Ok(Some(Plan { source: Source::Sso(source), .. })) => {
            token::file(&ctx.home()?, &source) != ended
        }
        Ok(_) => true,
        // It may have been renamed since.
        Err(_) => false,
    })
}

fn end_all(
    ctx: &Context,
    resolver: &Resolver<'_>,
    sessions: &[SsoSession],
    login_sessions: &[UsedSession],
    report: &mut Report<'_>,
) -> Result<()> {
    let home = ctx.home()?;
    let sources: Vec<SsoSource> = sessions.iter().map(SsoSession::source).collect();
    let mut endings: BTreeMap<PathBuf, (EndingLogin<'_>, Option<&SsoSession>)> = sources
        .iter()
        .zip(sessions)
        .map(|(source, session)| (ending(&home, source), Some(session)))
        .filter(|(ending, _)| fs::symlink_metadata(&ending.path).is_ok())
        .map(|(ending, session)| (ending.path.clone(), (ending, session)))
        .collect();
    for path in token_files(ctx)? {
        let same_portal = portal(&path, sessions);
        let unknown = EndingLogin { path: path.clone(), owner: None, sso_region: None };
        endings.entry(path).or_insert((unknown, same_portal));
    }
    let of_aws_login = session_files(ctx)?;
    if endings.is_empty() && of_aws_login.is_empty() {
        ctx.printer.say("nobody was signed in");
    }
    for (path, (ending, session)) in endings {
        let reach = session.map_or_else(|| Ok(Reach::default()), |session| resolver.reach(session));
        let reach = reach.unwrap_or_else(|error| {
            report.failed(&error);
            Reach::default()
        });
        report.ended(&path, end(ctx, &Aws::new(ctx, &reach), &ending));
    }
    for path in of_aws_login {
        let is_at = |used: &&UsedSession| {
            session::path(ctx, &used.session).is_ok_and(|its_path| its_path == path)
        };
        let owner = login_sessions.iter().find(is_at).map(|used| session::owner(&used.session));
        let owner = owner.unwrap_or_else(|| path.display().to_string());
        report.ended(&path, logout::end_session(ctx, &path, owner));
    }
    // The files that `aws sso logout` removes too, and the roles assumed with them.
    report.forget(|file| match file.link() {
        Some(link) => link.is_of_any_session() || link.sso().is_some_and(|sso| sso.is_in(&home)),
        None => true,
    });
    Ok(())
}

/// The login in the config whose portal issued a token.
fn portal<'a>(path: &Path, sessions: &'a [SsoSession]) -> Option<&'a SsoSession> {
    let start_url = token::bearer(path).ok().flatten()?.start_url?;
    let start_url = canonical_start_url(&start_url);
    let is_it = |url: &String| canonical_start_url(url) == start_url;
    sessions.iter().find(|session| session.start_url.as_ref().is_some_and(is_it))
}

fn ending<'a>(home: &Path, source: &'a SsoSource) -> EndingLogin<'a> {
    EndingLogin {
        path: token::file(home, source),
        owner: Some(token::owner(source)),
        sso_region: source.sso_region.as_deref(),
    }
}

/// The roles of every login. The config does not say which roles a login can give, and everything
/// cached under its name came through it.
fn all_roles(sessions: &[SsoSession]) -> Vec<Role> {
    let roles: HashSet<&Role> = sessions.iter().flat_map(|session| &session.roles).collect();
    roles.into_iter().cloned().collect()
}

/// Reports what was done, and keeps the exit code of the first failure.
struct Report<'a> {
    ctx: &'a Context,
    code: ExitCode,
    failed: bool,
    /// Access keys that are no longer cached, and until when AWS accepts them.
    usable: HashMap<String, DateTime<Utc>>,
}

impl Report<'_> {
    fn ended(&mut self, path: &Path, ended: Ended) {
        let Ended { owner, existed, errors } = ended;
        if !existed {
            let path = path.display();
            self.ctx
                .printer
                .say(&format!("nobody was signed in to {owner} ({path} does not exist)"));
        } else if errors.is_empty() {
            self.ctx.printer.say(&format!("signed out of {owner}"));
        }
        errors.iter().for_each(|error| self.failed(error));
    }

    /// Removes the cached role credentials for which `is_gone` holds, and all unusable files.
    fn forget(&mut self, is_gone: impl Fn(&CacheFile) -> bool) {
        let files = listing::all(self.ctx).unwrap_or_else(|error| {
            self.failed(&error);
            Vec::new()
        });
        let mut removed = 0;
        for file in files.iter().filter(|file| file.entry.is_none() || is_gone(file)) {
            if let Some(entry) =
                file.entry.as_ref().filter(|entry| entry.expiration > self.ctx.now())
            {
                self.usable.insert(entry.access_key_id.clone(), entry.expiration);
            }
            match listing::forget(self.ctx, &file.path) {
                Ok(existed) => removed += u32::from(existed),
                Err(error) => self.failed(&error),
            }
        }
        if removed > 0 {
            self.ctx.printer.say(&listing::removed(removed));
        }
    }

    /// Points out the profiles that still hold keys of the ended logins: those that `generate`
    /// wrote, or the user, stay usable.
    fn tell_of_files(&self, files: &Files) -> Result<()> {
        for file in [&files.credentials, &files.config] {
            self.tell_of_file(file)?;
        }
        Ok(())
    }

    fn tell_of_file(&self, file: &ConfigFile) -> Result<()> {
        let ConfigFile { document, path, .. } = file;
        // Those of repeated sections and lines can be read too, even if they don't count.
        let mut profiles: Vec<(&str, Vec<Cow<'_, str>>)> = Vec::new();
        for section in document.profiles() {
            let name = document.name(section);
            let properties = document.properties(section).0.into_iter();
            let ids = properties.filter(|property| property.key == Key::AwsAccessKeyId.name());
            let ids = ids.map(|property| property.value);
            match profiles.iter_mut().find(|(other, _)| *other == name) {
                Some((_, all)) => all.extend(ids),
                None => profiles.push((name, ids.collect())),
            }
        }
        for (name, ids) in profiles {
            let until = |id: &Cow<'_, str>| self.usable.get(&**id);
            let Some(last) = ids.iter().filter_map(until).max() else { continue };
            let ctx = self.ctx;
            let is_alone = ids.iter().all(|id| until(id).is_some());
            let mend = match Target::usual(ctx, name)?.check() {
                Ok(()) if is_alone => {
                    format!("ssowrap generate {} --remove", shell_option("--as", name))
                }
                _ => "delete their lines there".to_owned(),
            };
            ctx.printer.say(&format!(
                "profile `{name}` in {} still has keys obtained with this login, which AWS accepts until \
                 {}; to remove them: {mend}",
                path.display(),
                ctx.clock().until(*last),
            ));
        }
        Ok(())
    }

    fn failed(&mut self, error: &Error) {
        self.ctx.printer.error(error);
        if !self.failed {
            self.code = error.exit_code();
        }
        self.failed = true;
    }
}
