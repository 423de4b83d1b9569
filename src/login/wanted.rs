//! A login that a command needs. The user has not asked for it by name, so it must not bother them
//! for nothing, or twice.

use chrono::{DateTime, TimeDelta, Utc};

use super::cooldown::{CoolDown, Setback};
use super::way::Way;
use super::{Manner, SignIn, SignInTurn, key, port, signed_in};
use crate::aws::Aws;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::platform::terminal;
use crate::profile::plan::SsoSource;
use crate::token::{self, SsoToken, Token, owner};

/// A login that a command cannot do without.
#[derive(Debug)]
pub(crate) struct Want<'a> {
    /// What to sign in to.
    pub source: &'a SsoSource,
    /// The current token, which AWS refuses although it has not expired.
    pub refused: Option<&'a SsoToken>,
    /// When the command first needed a token.
    pub since: DateTime<Utc>,
    /// The command's error if there is no login.
    pub error: Error,
}

/// Whether a user is at the terminal: stderr is a terminal, there is a controlling terminal, and
/// this is not a build machine.
pub(crate) fn is_attended(ctx: &Context) -> bool {
    !ctx.environment().is_ci() && ctx.printer.is_terminal() && terminal::open().is_some()
}

/// The current login. If there is none and `is_made` is set, makes a new one.
///
/// # Errors
/// See [`token::usable`] and [`make`].
pub(crate) fn ensure(
    ctx: &Context,
    aws: &Aws<'_>,
    source: &SsoSource,
    is_made: bool,
) -> Result<SsoToken> {
    let since = ctx.now();
    let error = match token::usable(ctx, aws, source, since) {
        Err(error) if is_made && error.kind == Kind::LoginRequired => error,
        outcome => return outcome,
    };
    let made = make(ctx, aws, Want { source, refused: None, since, error });
    aws.release_interrupts()?;
    made
}

/// Signs in, or uses the login of another process that signs in meanwhile.
///
/// # Errors
/// The given error, with the reason as a hint, if there is no sign-in: because nobody would see it,
/// its token could not be stored, or one has just failed. Otherwise, see [`super::login`].
pub(crate) fn make(ctx: &Context, aws: &Aws<'_>, want: Want<'_>) -> Result<SsoToken> {
    let Want { source, refused, since, error } = want;
    let person = ctx.with_printer(ctx.printer.at_terminal());
    let force = refused.is_some();
    let manner = Manner { force, port: port(ctx)?, is_wanted: true, ..Manner::default() };
    // There may be only a session named by options.
    let Ok(sign_in) = SignIn::new(&person, aws, source, &manner) else { return Err(error) };
    if sign_in.is_alone() && !Way::choose(&person, source, &manner).opens_browser {
        return Err(error.hint("not signing in: there is neither a browser nor a terminal"));
    }
    aws.catch_interrupts()?;
    let is_refused = |token: &SsoToken| refused.is_some_and(|refused| token.is(refused));
    if let Some(token) = sign_in.present(since)?.filter(|token| !is_refused(token)) {
        return Ok(token);
    }
    if let Err(place) = sign_in.check_place() {
        let why = place.lines().swap_remove(0);
        return Err(error.hint(format!("not signing in: {why}")));
    }
    let cool_down = CoolDown::new(&person, &sign_in.key);
    let turn = sign_in.turn(refused)?;
    let _lock = match turn {
        SignInTurn::Done(token) => return Ok(token),
        SignInTurn::Lost(_lock, since) => return Err(error.hint(loss(&cool_down, source, since))),
        SignInTurn::Ours(lock) => match cool_down.last().filter(|setback| setback.rests) {
            Some(setback) => return Err(error.hint(rest(&setback))),
            None => lock,
        },
    };
    // A first sign-in that no profile needs has no reason to show.
    if source.profile.is_some() || sign_in.path.exists() {
        person.printer.say(&error.message);
    }
    let token = sign_in.sign_in()?;
    person.printer.say(&signed_in(source, &token, ctx.clock()));
    Ok(token)
}

/// Notes that AWS refuses the token of a new login: signing in again would not help.
pub(crate) fn note_refused(ctx: &Context, source: &SsoSource) {
    let Ok(home) = ctx.home() else { return };
    let what = format!("AWS refuses the new token of {}", owner(source));
    CoolDown::new(ctx, &key(&token::file(&home, source))).note(&what, true);
}

/// Why there is no login although another process tried to sign in since `since`.
fn loss(cool_down: &CoolDown<'_>, source: &SsoSource, since: DateTime<Utc>) -> String {
    match cool_down.last() {
        Some(setback) if setback.rests => rest(&setback),
        // It may have ended just before this process waited for it.
        Some(setback) if setback.at >= since - TimeDelta::seconds(1) => {
            format!("another ssowrap could not sign in: {}", setback.what)
        }
        _ => {
            cool_down.note(&format!("the login of {} was interrupted", owner(source)), true);
            "the login of another ssowrap was interrupted".to_owned()
        }
    }
}

fn rest(setback: &Setback) -> String {
    format!(
        "not signing in, because a login failed or was cancelled less than a minute ago ({} s): {}",
        setback.ago.num_seconds(),
        setback.what
    )
}
