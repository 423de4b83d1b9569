//! Logins for the same portal under another key than the profile's. Hints mention them, but they
//! are never used: they may have been issued to another person.

use std::iter;
use std::path::Path;

use super::problem::Elsewhere;
use super::{file, location};
use crate::context::Context;
use crate::profile::key::Key;
use crate::profile::plan::SsoSource;
use crate::text::escape::shell_option;

/// A hint for each kind of login that `source` could use if its config were changed.
pub(super) fn hints(ctx: &Context, source: &SsoSource, home: &Path) -> Elsewhere {
    let is_live_under = |start_url: &str| {
        let start_url = Some(start_url.to_owned());
        is_live(ctx, &SsoSource { session: None, start_url, ..source.clone() }, home)
    };
    let Some(url) = &source.start_url else {
        return Elsewhere::default();
    };
    let mut spellings = other_spellings(url);
    if source.session.is_some() {
        let mut legacy = iter::once(url.clone()).chain(spellings);
        let is_there = legacy.any(|spelling| is_live_under(&spelling));
        let note = is_there.then(|| {
            format!(
                "there is a token for its start URL `{url}`, left by a profile without a session; \
                 a session needs a login of its own"
            )
        });
        return Elsewhere { note, ..Elsewhere::default() };
    }
    let session = live_session(ctx, source, home);
    let spelling = spellings.find(|spelling| is_live_under(spelling));
    let ways = session
        .map(|name| use_session(source, name))
        .into_iter()
        .chain(spelling.map(|spelling| use_spelling(source, &spelling)));
    Elsewhere { ways: ways.collect(), ..Elsewhere::default() }
}

/// The line for somebody who signs in to a start URL although a session is signed in to it.
pub(crate) fn shareable(ctx: &Context, source: &SsoSource, home: &Path) -> Option<String> {
    let profile = source.profile.as_ref().filter(|_| source.session.is_none())?;
    let name = live_session(ctx, source, home)?;
    // Otherwise the profile is not migrated.
    let other = of_session(source, name);
    let region = file::read(ctx, &other, &location::file(home, &other)).ok()?.token.region;
    if region.is_some() && region != source.sso_region {
        return None;
    }
    let session = shell_option("--sso-session", name);
    Some(format!(
        "sso-session `{name}` is signed in to this start URL: `ssowrap configure --migrate {session}` \
         makes profile `{profile}` share that login"
    ))
}

/// A session for the start URL of `source` that is signed in.
fn live_session<'a>(ctx: &Context, source: &'a SsoSource, home: &Path) -> Option<&'a String> {
    source.sibling_sessions.iter().find(|name| is_live(ctx, &of_session(source, name), home))
}

/// The same login under the key of a session.
fn of_session(source: &SsoSource, name: &str) -> SsoSource {
    SsoSource { session: Some(name.to_owned()), ..source.clone() }
}

/// Whether the token under this key can be used.
fn is_live(ctx: &Context, source: &SsoSource, home: &Path) -> bool {
    file::read(ctx, source, &location::file(home, source))
        .is_ok_and(|found| found.state(ctx.now()).is_ok())
}

/// Other spellings of a start URL that a login may have been made with: people copy it from e-mails
/// (`…/start`), from the address bar (`…/start/#/`) and from the console (`…/start#/`). All open
/// the same portal, but each is a separate key of a token file (SPEC 3.1).
fn other_spellings(url: &str) -> impl Iterator<Item = String> {
    let bare = url.trim_end_matches(['/', '#']);
    let spellings = ["", "/", "#/", "#", "/#/", "/#"].map(|ending| format!("{bare}{ending}"));
    spellings.into_iter().filter(move |spelling| spelling != url)
}

fn use_session(source: &SsoSource, name: &str) -> String {
    let found = "has a token for this start URL";
    match &source.profile {
        Some(profile) if source.is_of_granted => format!(
            "run `ssowrap configure --migrate {}`: profile `{profile}` then uses sso-session \
             `{name}`, which {found}",
            shell_option("--sso-session", name)
        ),
        Some(profile) => format!(
            "in profile `{profile}`, put `sso_session = {name}` in place of `sso_start_url` and \
             `sso_region`: sso-session `{name}` {found}"
        ),
        None => format!("give `{}`, which {found}", shell_option("--sso-session", name)),
    }
}

fn use_spelling(source: &SsoSource, spelling: &str) -> String {
    let found = "there is a token under this spelling";
    match &source.profile {
        Some(profile) => {
            let key = source.key(Key::SsoStartUrl);
            format!("in profile `{profile}`, set `{key} = {spelling}`: {found}")
        }
        None => format!("give `{}`: {found}", shell_option("--start-url", spelling)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::value::canonical_start_url;

    #[test]
    fn spellings() {
        let url = "https://corp.awsapps.com/start";
        assert_eq!(other_spellings(url).count(), 5);
        for other in other_spellings(url) {
            assert_eq!(canonical_start_url(&other), canonical_start_url(url));
            assert!(other_spellings(&other).any(|spelling| spelling == url), "{other}");
        }
    }
}
