//! The session that the profiles are for.

use crate::cli::Global;
use crate::context::Context;
use crate::error::{Error, Kind, Result, usage};
use crate::organisation::session::Session;
use crate::profile::Resolver;
use crate::profile::logins::SsoSession;
use crate::profile::plan::{Plan, Source, SsoSource};
use crate::profile::reach::Reach;
use crate::profile::value::canonical_start_url;
use crate::settings::{GivenProfile, named_profile};
use crate::token::owner;

/// A session, and how to reach its portal.
pub(super) struct SessionTarget {
    pub session: Session,
    pub source: SsoSource,
    pub reach: Reach,
}

/// The named session, or the only one. A session that doesn't exist yet is created from
/// `--start-url` and `--sso-region`.
///
/// # Errors
/// `Usage` if it isn't clear which one is meant, and `SessionMismatch` if an existing one would
/// change.
pub(super) fn target(
    ctx: &Context,
    global: &Global,
    resolver: &Resolver<'_>,
) -> Result<SessionTarget> {
    let logins = resolver.logins().logins;
    if global.start_url.is_none() && global.sso_session.is_none() {
        return of_config(ctx, global, resolver, &logins);
    }
    let known = match (&global.sso_session, &global.start_url) {
        (Some(name), _) => logins.iter().find(|login| login.name.as_ref() == Some(name)),
        (None, Some(url)) => {
            logins.iter().find(|login| login.name.is_some() && leads_to(login, url))
        }
        (None, None) => None,
    };
    if let Some(login) = known {
        check_unchanged(login, global)?;
        return complete(login, resolver.reach(login)?);
    }
    let Some(start_url) = &global.start_url else {
        let name = global.sso_session.as_deref().unwrap_or_default();
        return Err(usage(format!("there is no sso-session `{name}` yet: --start-url is missing"))
            .hint("give `--start-url URL --sso-region REGION`"));
    };
    let others = || logins.iter().filter(|login| leads_to(login, start_url));
    let of_profiles = || others().find_map(|login| login.sso_region.as_ref());
    let Some(sso_region) = global.sso_region.as_ref().or_else(of_profiles) else {
        return Err(usage("--start-url needs --sso-region REGION for a new session"));
    };
    let name = match &global.sso_session {
        Some(name) => name.clone(),
        None => free_name(&host_label(start_url), &logins),
    };
    let reach =
        others().next().map_or_else(|| Ok(Reach::default()), |login| resolver.reach(login))?;
    Ok(new_session(name, start_url, sso_region, reach))
}

/// The login of `-p`, of the environment's profile, or the only one in the config.
fn of_config(
    ctx: &Context,
    global: &Global,
    resolver: &Resolver<'_>,
    logins: &[SsoSession],
) -> Result<SessionTarget> {
    if let Some(plan) = of_named(ctx, global, resolver)?
        && let Source::Sso(source) = &plan.source
    {
        let is_it = |login: &&SsoSession| {
            login.name == source.session
                && (login.name.is_some() || login.start_url == source.start_url)
        };
        if let Some(login) = logins.iter().find(is_it) {
            return of_login(login, plan.reach, logins);
        }
    }
    let sessions: Vec<&SsoSession> = logins.iter().filter(|login| login.name.is_some()).collect();
    match (sessions.as_slice(), logins) {
        ([only], _) => complete(only, resolver.reach(only)?),
        ([], [first, rest @ ..]) if rest.iter().all(|login| is_beside(login, first)) => {
            of_login(first, resolver.reach(first)?, logins)
        }
        ([], []) => Err(usage("configure needs the start URL of your organisation's portal")
            .hint("give `--start-url URL --sso-region REGION`: `https://….awsapps.com/start`")),
        _ => {
            let names: Vec<String> = logins.iter().map(|login| owner(&login.source())).collect();
            let hint = match sessions.len() {
                0 => "choose one with `--start-url URL`",
                all if all == logins.len() => {
                    "choose one with `--sso-session NAME`, or another with `--start-url URL`"
                }
                _ => "choose one with `--sso-session NAME` or `--start-url URL`",
            };
            let names = names.join(", ");
            let message = format!("configure needs one session, but the config has {names}");
            Err(usage(message).hint(hint))
        }
    }
}

/// The plan for the login of `-p` or of the environment's profile, if it has one. A profile of the
/// environment may be one that `configure` is yet to write.
fn of_named(ctx: &Context, global: &Global, resolver: &Resolver<'_>) -> Result<Option<Plan>> {
    let Some(request) = named_profile(ctx, global, GivenProfile::Counts)? else { return Ok(None) };
    let absent = [Kind::ProfileNotFound, Kind::NoCredentials];
    resolver.login(&request).or_else(|mut error| {
        if !absent.contains(&error.kind) {
            return Err(error);
        }
        if global.profile.is_none() {
            return Ok(None);
        }
        // That is what the user is doing.
        error.hints.retain(|hint| !hint.contains("`ssowrap configure`"));
        Err(error.hint(
            "`configure -p NAME` uses the portal of an existing profile: leave out `-p`, or choose the \
             portal with `--sso-session NAME` or `--start-url URL`",
        ))
    })
}

/// The login's own session, or a new one for a legacy start URL.
fn of_login(login: &SsoSession, reach: Reach, logins: &[SsoSession]) -> Result<SessionTarget> {
    if login.name.is_some() {
        return complete(login, reach);
    }
    let (Some(start_url), Some(sso_region)) = (&login.start_url, &login.sso_region) else {
        return Err(usage("configure needs the region of the portal").hint("give `--sso-region`"));
    };
    if let Some(session) = logins.iter().find(|l| l.name.is_some() && leads_to(l, start_url)) {
        return complete(session, reach);
    }
    Ok(new_session(free_name(&host_label(start_url), logins), start_url, sso_region, reach))
}

/// Whether two logins lead to the same portal.
fn is_beside(login: &SsoSession, other: &SsoSession) -> bool {
    other.start_url.as_ref().is_some_and(|url| leads_to(login, url))
}

fn leads_to(login: &SsoSession, start_url: &str) -> bool {
    let url = login.start_url.as_deref();
    url.is_some_and(|url| canonical_start_url(url) == canonical_start_url(start_url))
}

/// Refuses to change a session's portal: its profiles would then belong to another organisation.
fn check_unchanged(login: &SsoSession, global: &Global) -> Result<()> {
    let name = login.name.as_deref().unwrap_or_default();
    let is_other_url = global.start_url.as_ref().is_some_and(|url| !leads_to(login, url));
    let is_other_region = global.sso_region.is_some()
        && login.sso_region.is_some()
        && global.sso_region != login.sso_region;
    let what = match (is_other_url, is_other_region) {
        (false, false) => return Ok(()),
        (true, _) => "start URL",
        (false, true) => "region",
    };
    let message =
        format!("sso-session `{name}` has a different {what}, which `configure` doesn't change");
    Err(Error::new(Kind::SessionMismatch, message)
        .at(login.location.clone())
        .hint("name a new session with `--sso-session NAME`, or change the section first"))
}

fn complete(login: &SsoSession, reach: Reach) -> Result<SessionTarget> {
    let name = login.name.clone().unwrap_or_default();
    let (Some(start_url), Some(sso_region)) = (login.start_url.clone(), login.sso_region.clone())
    else {
        let message = format!("sso-session `{name}` needs both sso_start_url and sso_region");
        return Err(Error::new(Kind::MissingSetting, message)
            .at(login.location.clone())
            .hint("add the lines to its section"));
    };
    let session = Session { name, start_url, sso_region, is_new: false };
    Ok(SessionTarget { session, source: login.source(), reach })
}

fn new_session(name: String, start_url: &str, sso_region: &str, reach: Reach) -> SessionTarget {
    let start_url = canonical_start_url(start_url);
    let source = SsoSource {
        session: Some(name.clone()),
        start_url: Some(start_url.clone()),
        sso_region: Some(sso_region.to_owned()),
        scopes: Some(vec!["sso:account:access".to_owned()]),
        unlisted: true,
        ..SsoSource::default()
    };
    let session = Session { name, start_url, sso_region: sso_region.to_owned(), is_new: true };
    SessionTarget { session, source, reach }
}

/// `corp` for `https://corp.awsapps.com/start`.
fn host_label(start_url: &str) -> String {
    let rest = start_url.split_once("://").map_or(start_url, |(_, rest)| rest);
    let label: String =
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let label = label.trim_matches('-').to_ascii_lowercase();
    if label.is_empty() { "sso".to_owned() } else { label }
}

/// `name`, with a number appended if another session already has it.
fn free_name(name: &str, logins: &[SsoSession]) -> String {
    let is_taken = |name: &str| logins.iter().any(|login| login.name.as_deref() == Some(name));
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !is_taken(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_sessions() {
        for (url, expected) in [
            ("https://corp.awsapps.com/start", "corp"),
            ("https://d-1234567890.awsapps.com/start#/", "d-1234567890"),
            ("https://ssoins-1.portal.eu-west-1.app.aws", "ssoins-1"),
            ("https://AWS.Example.com/start", "aws"),
            ("https:///", "sso"),
        ] {
            assert_eq!(host_label(url), expected, "{url}");
        }
        assert_eq!(free_name("corp", &[]), "corp");
    }
}
