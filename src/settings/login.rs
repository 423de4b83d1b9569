//! The login that a verb works with.

use crate::cli::{Global, LoginMode};
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::login;
use crate::profile::files::Files;
use crate::profile::logins::SsoSession;
use crate::profile::plan::Plan;
use crate::profile::{Request, Resolver};
use crate::settings::{GivenProfile, default_profile, login_mode, login_request};
use crate::token::{self, owner};
use crate::ui::picker::{self, Picker, Row};

/// The named login, else that of the default profile, else the only one in the config.
///
/// # Errors
/// `ProfileNotFound` if the config has several and none is named, `NoCredentials` if there is none.
pub(crate) fn chosen(ctx: &Context, global: &Global, files: &Files) -> Result<Plan> {
    let resolver = Resolver::new(files);
    if let Some(request) = login_request(ctx, global, GivenProfile::Counts, false)? {
        return resolver.login(&request)?.ok_or_else(|| uses_no_login(&resolver, &request));
    }
    let default = default_profile();
    match resolver.login(&default) {
        Ok(Some(plan)) => return Ok(plan),
        // The same as without that profile.
        Err(error) if error.kind != Kind::ProfileNotFound => return Err(error),
        Ok(None) | Err(_) => {}
    }
    match resolver.logins().logins.as_slice() {
        [] => Err(Error::new(Kind::NoCredentials, "the config has no Identity Center login")
            .hint("`ssowrap configure` adds one, with profiles that use it")),
        [only] => resolver.plan_of(only),
        several if picker::is_possible(ctx) => {
            let row = |session: &SsoSession| Row {
                columns: vec![
                    owner(&session.source()),
                    session.start_url.clone().unwrap_or_default(),
                ],
                ..Row::default()
            };
            let picker = Picker {
                prompt: "login".to_owned(),
                rows: several.iter().map(row).collect(),
                ..Picker::default()
            };
            let taken = picker::pick(ctx, &picker)?;
            let taken = taken.first().and_then(|place| several.get(*place));
            resolver.plan_of(taken.ok_or_else(|| usage("no login was chosen"))?)
        }
        several => {
            let names: Vec<String> = several.iter().map(|s| owner(&s.source())).collect();
            let message = format!("the config has several logins: {}", names.join(", "));
            Err(Error::new(Kind::ProfileNotFound, message)
                .hint("choose one with `--sso-session NAME`, `--start-url URL` or `-p PROFILE`"))
        }
    }
}

/// Whether to sign in if a login is missing, for a verb that only asks AWS something.
///
/// # Errors
/// `Usage` for an invalid setting.
pub(crate) fn is_made(ctx: &Context, global: &Global) -> Result<bool> {
    Ok(match login_mode(ctx, global)? {
        _ if global.unattended => false,
        Some(LoginMode::Auto) => true,
        Some(LoginMode::Never) => false,
        None => login::is_attended(ctx),
    })
}

fn uses_no_login(resolver: &Resolver<'_>, request: &Request) -> Error {
    let Request::Profile { name, .. } = request else { return usage("there is no login") };
    if let Some(session) = resolver.login_session(request) {
        let message = format!("profile `{name}` uses `aws login`, not Identity Center");
        return Error::new(Kind::NoCredentials, message).hint(token::session::login_hint(&session));
    }
    let message = format!("profile `{name}` does not use Identity Center: it has no login");
    Error::new(Kind::NoCredentials, message).hint("`ssowrap status --all` lists the logins")
}
