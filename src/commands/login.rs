//! `ssowrap login`: signs in.

use std::process::ExitCode;

use crate::aws::Aws;
use crate::cli::{Global, LoginArgs};
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::login::{self, LoginOutcome, Manner};
use crate::profile::Resolver;
use crate::profile::files::Files;
use crate::profile::logins::{ConfigLogins, Role};
use crate::profile::plan::{LoginSession, Source, SsoSource};
use crate::settings::{self, GivenProfile, login_request};
use crate::token::{State, owner, session};

/// Signs in to one login, or with `--all` to each in the config.
pub(super) fn run(ctx: &Context, global: &Global, args: &LoginArgs) -> Result<ExitCode> {
    let manner = manner(ctx, args)?;
    if args.all {
        login_request(ctx, global, GivenProfile::Counts, true)?;
        return all(ctx, &manner);
    }
    let files = Files::load(ctx)?;
    let plan = settings::login::chosen(ctx, global, &files)?;
    if let Source::Sso(source) = &plan.source {
        let outcome = login::login(ctx, &Aws::new(ctx, &plan.reach), source, &manner)?;
        let logins = || Resolver::new(&files).logins().logins;
        report(ctx, source, &outcome, || logins().into_iter().flat_map(|l| l.roles).collect());
    }
    Ok(ExitCode::SUCCESS)
}

fn manner(ctx: &Context, args: &LoginArgs) -> Result<Manner> {
    if args.use_device_code && args.port.is_some() {
        return Err(usage(
            "--port and --use-device-code cannot be used together: with a code, no browser reports \
             back",
        ));
    }
    let port = match args.port {
        Some(port) => Some(port),
        None if args.use_device_code => None,
        None => login::port(ctx)?,
    };
    Ok(Manner {
        force: args.force,
        use_device_code: args.use_device_code,
        no_browser: args.no_browser,
        port,
        copy: args.copy,
        is_wanted: false,
    })
}

/// Signs in to each login in the config. A failure does not stop the others; the first failure
/// decides the exit code.
fn all(ctx: &Context, manner: &Manner) -> Result<ExitCode> {
    let files = Files::load(ctx)?;
    let resolver = Resolver::new(&files);
    let ConfigLogins { logins, login_sessions, unresolved } = resolver.logins();
    if logins.is_empty() && login_sessions.is_empty() && unresolved.is_empty() {
        return Err(Error::new(Kind::NoCredentials, "the config has nothing to sign in to")
            .hint("`ssowrap configure` adds an Identity Center login, with profiles that use it"));
    }
    let mut failed = None;
    for session in logins {
        let source = session.source();
        let sign_in = |reach| login::login(ctx, &Aws::new(ctx, &reach), &source, manner);
        match resolver.reach(&session).and_then(sign_in) {
            Ok(outcome) => report(ctx, &source, &outcome, || session.roles),
            Err(error) if error.kind == Kind::Interrupted => return Err(error),
            Err(error) => {
                ctx.printer.error(&error);
                failed.get_or_insert(error.exit_code());
            }
        }
    }
    let not_there = login_sessions.iter().filter_map(|used| check(ctx, &used.session).err());
    for error in not_there.chain(unresolved) {
        ctx.printer.error(&error);
        failed.get_or_insert(error.exit_code());
    }
    Ok(failed.unwrap_or(ExitCode::SUCCESS))
}

/// Reports a login that only `aws login` can create.
///
/// # Errors
/// `LoginRequired` if there is none.
fn check(ctx: &Context, session: &LoginSession) -> Result<()> {
    let (owner, report) = (session::owner(session), session::inspect(ctx, session)?);
    if !matches!(report.state, State::Valid | State::Refreshable) {
        let message = format!("not signed in to {owner}: token {}", report.text());
        return Err(Error::new(Kind::LoginRequired, message).hint(session::login_hint(session)));
    }
    ctx.printer.say(&format!("already signed in to {owner}"));
    Ok(())
}

/// Reports the outcome of a login. `roles` are the roles it may have been used for.
fn report(
    ctx: &Context,
    source: &SsoSource,
    outcome: &LoginOutcome,
    roles: impl FnOnce() -> Vec<Role>,
) {
    if let LoginOutcome::SignedIn(_) = outcome {
        login::forget_earlier(ctx, source, roles());
    }
    let clock = ctx.clock();
    ctx.printer.say(&match outcome {
        LoginOutcome::SignedIn(token) => login::signed_in(source, token, clock),
        LoginOutcome::Valid(token) => format!(
            "already signed in to {} until {}; `--force` signs in again",
            owner(source),
            clock.until(token.expires_at)
        ),
    });
}
