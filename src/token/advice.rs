//! Words for hints and messages: the command that signs in, and the name of the login.

use crate::profile::key::Key;
use crate::profile::plan::SsoSource;
use crate::text::escape::shell_option;

/// The hint with the command that signs in to `source`.
pub(crate) fn login_hint(source: &SsoSource) -> String {
    format!("run `{}`", command("login", source))
}

/// The same for a login that has not expired, which would stay without `--force`.
pub(crate) fn new_login_hint(source: &SsoSource) -> String {
    format!("run `{}`", command("login --force", source))
}

/// The hint for changes that AWS applies only at the next sign-in.
pub(crate) fn sign_in_anew_hint(source: &SsoSource) -> String {
    format!("`{}`, then `{}`", command("logout", source), command("login", source))
}

/// The command that signs in with a code instead.
pub(crate) fn code_command(source: &SsoSource) -> String {
    command("login --use-device-code", source)
}

/// The command that lists the accounts that `source` may use.
pub(crate) fn accounts_command(source: &SsoSource) -> String {
    command("accounts", source)
}

/// The same with the roles in them.
pub(crate) fn roles_command(source: &SsoSource) -> String {
    command("accounts --roles", source)
}

/// The hint about another cause of a refused token: AWS knows it only in the region where it
/// was `issued`.
pub(crate) fn region_hint(source: &SsoSource, issued: Option<&str>) -> Option<String> {
    let (asked, issued) = (source.sso_region.as_deref()?, issued?);
    (asked != issued).then(|| {
        format!(
            "correct `{}`: it says `{asked}`, but the token was issued in `{issued}`",
            source.key(Key::SsoRegion)
        )
    })
}

/// The shortest command with `verb` that names the login of `source`.
fn command(verb: &str, source: &SsoSource) -> String {
    let mut command = match (&source.session, &source.profile) {
        (Some(session), _) => format!("ssowrap {verb} {}", shell_option("--sso-session", session)),
        (None, Some(profile)) => format!("ssowrap {} {verb}", shell_option("-p", profile)),
        (None, None) => format!("ssowrap {verb}"),
    };
    // What is in no file must be given in full.
    if source.unlisted || (source.session.is_none() && source.profile.is_none()) {
        for (name, value, placeholder) in [
            ("--start-url", &source.start_url, "URL"),
            ("--sso-region", &source.sso_region, "REGION"),
        ] {
            command.push(' ');
            command.push_str(&shell_option(name, value.as_deref().unwrap_or(placeholder)));
        }
    }
    command
}

/// The name of a token's login: the session, or the start URL.
pub(crate) fn owner(source: &SsoSource) -> String {
    match (&source.session, &source.start_url) {
        (Some(session), _) => format!("sso-session `{session}`"),
        (None, url) => format!("start URL `{}`", url.as_deref().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(profile: Option<&str>, session: Option<&str>, start_url: Option<&str>) -> String {
        login_hint(&SsoSource {
            profile: profile.map(str::to_owned),
            session: session.map(str::to_owned),
            start_url: start_url.map(str::to_owned),
            sso_region: None,
            account_id: "123456789012".into(),
            role_name: "Admin".into(),
            ..SsoSource::default()
        })
    }

    #[test]
    fn login_commands() {
        let url = Some("https://corp.awsapps.com/start");
        assert_eq!(hint(Some("p"), Some("corp"), url), "run `ssowrap login --sso-session corp`");
        assert_eq!(
            hint(Some("p"), Some("My Corp"), url),
            "run `ssowrap login --sso-session 'My Corp'`"
        );
        assert_eq!(hint(Some("p"), Some("-x"), url), "run `ssowrap login --sso-session=-x`");
        assert_eq!(hint(Some("bob's"), None, url), "run `ssowrap -p 'bob'\\''s' login`");
        assert_eq!(
            hint(None, None, url),
            "run `ssowrap login --start-url https://corp.awsapps.com/start --sso-region REGION`"
        );
        let unlisted =
            SsoSource { session: Some("corp".into()), unlisted: true, ..SsoSource::default() };
        assert_eq!(
            login_hint(&unlisted),
            "run `ssowrap login --sso-session corp --start-url URL --sso-region REGION`"
        );
    }
}
