//! Signing in: the user approves in a browser, and the token file is written as the AWS CLI would
//! write it, so that every other tool is signed in too.
//!
//! Only one process at a time signs in to a session; the others wait for it and use its login.

mod asking;
mod callback;
mod cooldown;
mod device;
pub(crate) mod logout;
mod page;
mod pkce;
mod portal;
mod refused;
mod waiting;
mod wanted;
mod way;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::{Instant, sleep};

use crate::aws::{Aws, Service};
use crate::cache::listing;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::organisation;
use crate::profile::logins::Role;
use crate::profile::plan::SsoSource;
use crate::profile::value::{HAS_USERINFO, START_URLS, has_userinfo};
use crate::storage::lock::Lock;
use crate::text::clock::Clock;
use crate::token::{
    self, ClientRegistration, Flow, Granted, LoginState, Problem, SsoToken, Token, login_hint,
    new_login_hint, owner,
};
use crate::variables;
use asking::Asking;
use callback::Callback;
use cooldown::CoolDown;
pub(crate) use wanted::{Want, ensure, is_attended, make, note_refused};
use way::Way;

/// How long the user may take. AWS's own codes last as long.
const LIMIT: Duration = Duration::from_secs(600);

/// A bit more than another process's login can take.
const PATIENCE: Duration = Duration::from_secs(660);

/// The pause between two checks whether another process has signed in. Nothing signals that.
const PAUSE: Duration = Duration::from_millis(100);

/// The port that the browser returns to, for users who forward one through SSH.
const PORT_VARIABLE: variables::Name = variables::SSOWRAP_CALLBACK_PORT;

/// Without this scope, there is no refresh token (SPEC 3.6).
const DEFAULT_SCOPE: &str = "sso:account:access";

/// How to sign in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manner {
    /// Even if the login is still valid.
    pub force: bool,
    /// With a code, although a browser could return.
    pub use_device_code: bool,
    /// Start no browser.
    pub no_browser: bool,
    /// The port that the browser returns to; if none, a free one.
    pub port: Option<u16>,
    /// Copy the URL to the terminal's clipboard.
    pub copy: bool,
    /// Whether a command needs the login, rather than the user asking for it by name. Then it is
    /// not started if nobody would see it, nor right after one that failed.
    pub is_wanted: bool,
}

/// The result of a login.
#[derive(Debug)]
pub(crate) enum LoginOutcome {
    /// There was one already, perhaps after a refresh.
    Valid(SsoToken),
    /// It was created, here or by a process that this one waited for.
    SignedIn(SsoToken),
}

/// The port that the environment sets for the browser to return to.
///
/// # Errors
/// `Usage` if it isn't a port.
pub(crate) fn port(ctx: &Context) -> Result<Option<u16>> {
    let Some(text) = ctx.var(PORT_VARIABLE) else { return Ok(None) };
    text.parse().ok().filter(|port| *port > 0).map(Some).ok_or_else(|| {
        Error::new(Kind::Usage, format!("{PORT_VARIABLE} `{text}` is not a port"))
            .hint("set it to a number from 1 to 65535, or unset it")
    })
}

/// Signs in to the session or start URL of `source`, unless that is already signed in to.
///
/// # Errors
/// `LoginRequired` if the user denies it or takes too long, `Interrupted` at Ctrl-C,
/// `InvalidSetting` and `NoRegion` if the settings make no login possible, `AccessDenied` and
/// `Network` as for every request, `Other` if the token cannot be stored.
pub(crate) fn login(
    ctx: &Context,
    aws: &Aws<'_>,
    source: &SsoSource,
    manner: &Manner,
) -> Result<LoginOutcome> {
    let sign_in = SignIn::new(ctx, aws, source, manner)?;
    aws.catch_interrupts()?;
    let before = token::read(ctx, source, &sign_in.path);
    if !manner.force
        && let Some(token) = sign_in.present(ctx.now())?
    {
        return Ok(LoginOutcome::Valid(token));
    }
    // Now rather than after the user has signed in for nothing.
    sign_in.check_place()?;
    if let Err(Problem::NotFor { issued_for, .. }) = &before {
        ctx.printer.warn(&format!(
            "this login replaces the one for {issued_for}: sessions with the same name \
             share a token file"
        ));
    }
    let before = before.ok().map(|found| found.token);
    let _lock = match sign_in.turn(before.as_ref())? {
        SignInTurn::Ours(lock) | SignInTurn::Lost(lock, _) => lock,
        SignInTurn::Done(token) => return Ok(LoginOutcome::SignedIn(token)),
    };
    sign_in.sign_in().map(LoginOutcome::SignedIn)
}

/// The message about a new login.
pub(crate) fn signed_in(source: &SsoSource, token: &SsoToken, clock: Clock) -> String {
    let until = clock.until(token.expires_at);
    format!("signed in to {} until {until}", owner(source))
}

/// The name of the lock and of the remembered failure for the token file `path`.
fn key(path: &Path) -> String {
    format!("login-{}", path.file_stem().unwrap_or_default().to_string_lossy())
}

/// A login in progress.
struct SignIn<'a> {
    ctx: &'a Context,
    aws: &'a Aws<'a>,
    source: &'a SsoSource,
    manner: &'a Manner,
    start_url: &'a str,
    sso_region: &'a str,
    home: PathBuf,
    path: PathBuf,
    /// The name of the lock and of the remembered failure.
    key: String,
    /// Whether the user has been sent to a browser.
    is_shown: Cell<bool>,
}

/// A token that the user has approved.
struct Approval {
    granted: Granted,
    /// The waiting browser, if it returned here.
    callback: Option<Callback>,
}

/// Which process signs in.
enum SignInTurn {
    Ours(Lock),
    /// Another process has done it.
    Done(SsoToken),
    /// Another process has tried since this time, and failed.
    Lost(Lock, DateTime<Utc>),
}

impl<'a> SignIn<'a> {
    fn new(
        ctx: &'a Context,
        aws: &'a Aws<'a>,
        source: &'a SsoSource,
        manner: &'a Manner,
    ) -> Result<Self> {
        let lacks = |kind, what: &str| {
            let message = format!("signing in to {} needs {what}", owner(source));
            let options = match source.session {
                Some(_) => {
                    "add it to the section of the session, or give `--start-url URL \
                            --sso-region REGION`"
                }
                None => "add it to the profile, or give `--start-url URL --sso-region REGION`",
            };
            Error::new(kind, message).hint(options)
        };
        let start_url = source.start_url.as_deref();
        let start_url = start_url.ok_or_else(|| lacks(Kind::MissingSetting, "a start URL"))?;
        if has_userinfo(start_url) {
            let of = source.session.as_ref().map(|name| format!(" of sso-session `{name}`"));
            let message = format!("the start URL{} {HAS_USERINFO}", of.unwrap_or_default());
            return Err(Error::new(Kind::InvalidSetting, message).hint(START_URLS));
        }
        let sso_region = source.sso_region.as_deref();
        let sso_region = sso_region.ok_or_else(|| lacks(Kind::MissingSetting, "an SSO region"))?;
        let home = ctx.home()?;
        let path = token::file(&home, source);
        let key = key(&path);
        let is_shown = Cell::new(false);
        Ok(Self { ctx, aws, source, manner, start_url, sso_region, home, path, key, is_shown })
    }

    /// The current login, refreshed if due and possible. A refresh that failed after `since` is not
    /// tried again.
    fn present(&self, since: DateTime<Utc>) -> Result<Option<SsoToken>> {
        match token::usable(self.ctx, self.aws, self.source, since) {
            Ok(token) => Ok(Some(token)),
            Err(error) => match error.kind {
                Kind::LoginRequired | Kind::AccessDenied | Kind::UnreadableFile => {
                    self.ctx.printer.info(|| error.message.clone());
                    Ok(None)
                }
                _ => Err(error),
            },
        }
    }

    /// The hint with the command that signs in.
    fn hint(&self) -> String {
        match self.manner.force {
            true => new_login_hint(self.source),
            false => login_hint(self.source),
        }
    }

    /// Whether nobody sees the messages.
    fn is_alone(&self) -> bool {
        self.manner.is_wanted && !self.ctx.printer.reaches_terminal()
    }

    fn check_place(&self) -> Result<()> {
        token::check_place(&self.path).map_err(|e| {
            let message = format!(
                "cannot save the token of {} in {}",
                owner(self.source),
                self.path.display()
            );
            let hint = match self.path.metadata().is_ok_and(|there| !there.is_file()) {
                true => "move it away, then sign in again",
                false => "make it writable, then sign in again",
            };
            Error::new(Kind::Other, message).source(e).hint(hint)
        })
    }

    /// Waits until no other process is signing in to the same portal. `before` is the token that is
    /// no longer good.
    fn turn(&self, before: Option<&SsoToken>) -> Result<SignInTurn> {
        let started = Instant::now();
        let mut waiting_since = None;
        loop {
            let lock = Lock::try_take(self.ctx, &self.key);
            if let Some(token) = self.newer(before) {
                return Ok(SignInTurn::Done(token));
            }
            match (lock, waiting_since) {
                (Some(lock), None) => return Ok(SignInTurn::Ours(lock)),
                (Some(lock), Some(since)) => return Ok(SignInTurn::Lost(lock, since)),
                (None, None) => {
                    waiting_since = Some(self.ctx.now());
                    self.tell_of_waiting();
                }
                (None, Some(_)) => {}
            }
            if started.elapsed() > PATIENCE {
                let message =
                    format!("another ssowrap is still signing in to {}", owner(self.source));
                return Err(Error::new(Kind::LoginRequired, message).hint(self.hint()));
            }
            self.aws.wait(async { sleep(PAUSE).await })?;
        }
    }

    fn tell_of_waiting(&self) {
        let owner = owner(self.source);
        let what = format!("another ssowrap is signing in to {owner}: waiting for it");
        match self.manner.is_wanted {
            false => self.ctx.printer.say(&what),
            true if self.ctx.printer.is_terminal() => self.ctx.printer.notice(|| what),
            true => self.ctx.printer.info(|| what),
        }
    }

    /// A good login other than `before`.
    fn newer(&self, before: Option<&SsoToken>) -> Option<SsoToken> {
        let token = token::read(self.ctx, self.source, &self.path).ok()?.token;
        let is_newer = before.is_none_or(|before| !token.is(before));
        (is_newer && token.is_live(self.ctx.now())).then_some(token)
    }

    /// Signs in, and remembers the result.
    fn sign_in(&self) -> Result<SsoToken> {
        let outcome = self.ask_person();
        let cool_down = CoolDown::new(self.ctx, &self.key);
        match &outcome {
            Ok(_) => cool_down.end(),
            Err(error) if error.kind == Kind::Interrupted => {
                cool_down
                    .note(&format!("the login of {} was interrupted", owner(self.source)), true);
            }
            Err(error) => {
                let rests = self.is_shown.get() || error.kind == Kind::LoginRequired;
                cool_down.note(&error.lines().swap_remove(0), rests);
            }
        }
        outcome
    }

    fn ask_person(&self) -> Result<SsoToken> {
        portal::check_region_of(self.ctx, self.source, self.start_url, self.sso_region);
        let portal =
            portal::resolve(self.ctx, self.aws, self.source, self.start_url, self.sso_region)?;
        let way = Way::choose(self.ctx, self.source, self.manner);
        if let Some(line) = token::shareable(self.ctx, self.source, &self.home) {
            self.ctx.printer.say(&line);
        }
        let endpoint = match way.flow {
            Flow::Device if portal.is_dual_stack() => {
                self.aws.dual_stack_endpoint(&portal.region)?
            }
            Flow::Device | Flow::Browser => self.aws.endpoint(Service::SsoOidc, &portal.region)?,
        };
        let asking = Asking { sign_in: self, portal: &portal, endpoint: &endpoint, way: &way };
        let (registration, Approval { granted, callback }) = asking.grant()?;
        let kept = self.keep(&registration, granted, portal.region);
        if let Some(callback) = callback {
            let subject = owner(self.source);
            callback.end(self.aws, page::of_login(&subject, &kept, self.ctx.clock()));
        }
        kept
    }

    /// Writes the token file.
    fn keep(
        &self,
        registration: &ClientRegistration,
        granted: Granted,
        region: String,
    ) -> Result<SsoToken> {
        // The next one may be another person's, with other roles.
        organisation::forget(self.ctx, &self.path);
        let written =
            token::write(self.ctx, self.source, &self.path, registration, granted, region);
        let token = written.map_err(|e| {
            let (owner, path) = (owner(self.source), self.path.display());
            Error::new(Kind::Other, format!("cannot save the new token of {owner} in {path}"))
                .source(e)
                .hint("make it writable, then sign in again")
        })?;
        let (account_id, role_name) = (&self.source.account_id, &self.source.role_name);
        let role = Role { account_id: account_id.clone(), role_name: role_name.clone() };
        forget_earlier(self.ctx, self.source, vec![role]);
        Ok(token)
    }
}

/// Removes the role credentials that were obtained before somebody signed in to `source`. The AWS
/// CLI's files don't say what they are for, so `roles` gives the names of the files.
///
/// ssowrap would not use them anyway, so a failure is only a warning.
pub(crate) fn forget_earlier(ctx: &Context, source: &SsoSource, roles: Vec<Role>) {
    // Otherwise somebody else has signed in or out, and removes them.
    let LoginState::Known(now) = token::current(ctx, source) else { return };
    let login = listing::LoginRoles { source: source.clone(), roles };
    if let Err(e) = listing::forget_earlier(ctx, login, &now.id) {
        ctx.printer.warn(&e.lines().swap_remove(0));
    }
}
