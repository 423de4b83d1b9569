//! aws2-wrap's output, identical byte for byte for all values that AWS issues.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::format::QuotingShell as _;
use super::format::powershell::Powershell;
use super::format::sh::Sh;
use super::json::iso_format;
use super::section::{self, CredentialsSection};
use super::variable::Variable;
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::profile::line::check_value;
use crate::text::buffer::Buffer;
use crate::variables::{
    AWS_ACCESS_KEY_ID, AWS_DEFAULT_REGION, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN,
};

/// The variables with the credentials, and with the region if there is one. If the credentials have
/// no token, an existing token is removed.
///
/// # Errors
/// For a value with a NUL, which no environment can hold.
pub(crate) fn variables(credentials: &Credentials, region: Option<&str>) -> Result<Vec<Variable>> {
    let mut variables = vec![
        (AWS_ACCESS_KEY_ID, Some(SecretString::from(credentials.access_key_id.as_str()))),
        (AWS_SECRET_ACCESS_KEY, Some(credentials.secret_access_key.clone())),
        (AWS_SESSION_TOKEN, credentials.session_token.clone()),
    ];
    variables.extend(region.map(|region| (AWS_DEFAULT_REGION, Some(region.into()))));
    variables.into_iter().map(|(name, value)| Variable::checked(name, value)).collect()
}

/// Lines for a POSIX shell. Values with special characters are quoted, so that nothing in them can
/// be executed.
pub(crate) fn posix(variables: &[Variable]) -> Buffer {
    lines(variables, |text, name, value| match value {
        Some(value) => {
            text.push_str(&format!("export {name}="));
            if is_plain(value) { text.push_str(value) } else { Sh::quote(value, text) }
        }
        None => text.push_str(&format!("unset {name}")),
    })
}

/// Lines for PowerShell.
pub(crate) fn powershell(variables: &[Variable]) -> Buffer {
    lines(variables, |text, name, value| match value {
        Some(value) if is_plain(value) => {
            text.push_str(&format!("$ENV:{name}=\""));
            text.push_str(value);
            text.push('"');
        }
        Some(value) => {
            text.push_str(&format!("$ENV:{name}="));
            Powershell::quote(value, text);
        }
        None => text.push_str(&format!("Remove-Item Env:{name} -ErrorAction SilentlyContinue")),
    })
}

#[expect(clippy::disallowed_methods, reason = "this is the output the user asked for")]
fn lines(variables: &[Variable], line: impl Fn(&mut Buffer, &str, Option<&str>)) -> Buffer {
    let mut text = Buffer::default();
    for variable in variables {
        line(&mut text, &variable.name, variable.value.as_ref().map(|value| value.expose_secret()));
        text.push('\n');
    }
    text
}

/// Whether a value means the same in every shell without quotes, as all of AWS's do.
fn is_plain(value: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/+=_.-".contains(&b);
    // zsh would look for a program of that name.
    !value.starts_with('=') && value.bytes().all(plain)
}

/// The section of `--generatestdout`.
///
/// # Errors
/// For a name or a value that such a file cannot hold.
pub(crate) fn section(name: &str, credentials: &Credentials) -> Result<Buffer> {
    if name.chars().any(char::is_control) {
        return Err(Error::new(Kind::Other, format!("`{name}` cannot be the name of a section")));
    }
    for (key, value) in credentials.properties() {
        let checked = value.map_or(Ok(()), |value| check_value(key, value));
        checked.map_err(|why| Error::new(Kind::Other, why))?;
    }
    let mut text = Buffer::default();
    section::push(&mut text, &CredentialsSection { profile: name, credentials, region: None });
    Ok(text)
}

/// When credentials expire, in the words of `--generate`.
pub(crate) fn expiry(time: DateTime<Utc>) -> String {
    iso_format(time) + "+00:00"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::timestamp;

    fn credentials(secret: &str, token: Option<&str>) -> Credentials {
        Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: secret.into(),
            session_token: token.map(Into::into),
            expiration: timestamp::parse("2100-01-01T00:00:00.123Z"),
            account_id: None,
        }
    }

    fn both(secret: &str, token: Option<&str>) -> [String; 2] {
        let variables = variables(&credentials(secret, token), Some("eu-west-1")).expect("no NUL");
        [posix(&variables), powershell(&variables)].map(|text| text.as_str().to_owned())
    }

    #[test]
    fn plain_values_are_bare() {
        let [posix, powershell] = both("se/c+r", Some("to/k+e=="));
        assert_eq!(
            posix,
            "export AWS_ACCESS_KEY_ID=ASIAEXAMPLE\nexport AWS_SECRET_ACCESS_KEY=se/c+r\n\
             export AWS_SESSION_TOKEN=to/k+e==\nexport AWS_DEFAULT_REGION=eu-west-1\n"
        );
        assert_eq!(
            powershell,
            "$ENV:AWS_ACCESS_KEY_ID=\"ASIAEXAMPLE\"\n$ENV:AWS_SECRET_ACCESS_KEY=\"se/c+r\"\n\
             $ENV:AWS_SESSION_TOKEN=\"to/k+e==\"\n$ENV:AWS_DEFAULT_REGION=\"eu-west-1\"\n"
        );
    }

    #[test]
    fn others_are_quoted_and_an_old_token_goes() {
        let [posix, powershell] = both("$(x)'\u{2019}", None);
        let line = |text: &str, at: usize| text.lines().nth(at).map(str::to_owned);
        assert_eq!(
            line(&posix, 1).as_deref(),
            Some("export AWS_SECRET_ACCESS_KEY='$(x)'\\''\u{2019}'")
        );
        assert_eq!(
            line(&powershell, 1).as_deref(),
            Some("$ENV:AWS_SECRET_ACCESS_KEY='$(x)''' + [char]8217")
        );
        assert_eq!(line(&posix, 2).as_deref(), Some("unset AWS_SESSION_TOKEN"));
        assert!(!is_plain("=x") && !is_plain("~") && !is_plain("a b") && is_plain(""));
    }

    #[test]
    fn the_other_forms() {
        let credentials = credentials("s\"", Some("té"));
        assert_eq!(
            section("o", &credentials).expect("a section").as_str(),
            "[o]\naws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = s\"\n\
             aws_session_token = té\n"
        );
        section("a\n[b", &credentials).expect_err("a line feed");
        section("o", &super::tests::credentials("a\nb", None)).expect_err("a line feed");
        let at = |text: &str| timestamp::parse(text).expect("a time");
        assert_eq!(expiry(at("2100-01-01T00:00:00Z")), "2100-01-01T00:00:00+00:00");
        assert_eq!(expiry(at("1970-01-01T00:00:10.5Z")), "1970-01-01T00:00:10.500000+00:00");
    }
}
