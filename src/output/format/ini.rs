//! A section of a credentials file (SPEC 1.3 to 1.5).

use secrecy::ExposeSecret;

use super::{ends_line, has_blank_ends, unfit};
use crate::error::Result;
use crate::output::environment::Handover;
use crate::text::buffer::Buffer;

/// `[PROFILE]` with the keys, the token and the region. A role without a profile is `[default]`.
///
/// # Errors
/// For names and values that some SDK would read differently.
#[expect(clippy::disallowed_methods, reason = "this is the output the user asked for")]
pub(crate) fn section(handover: &Handover<'_>) -> Result<Buffer> {
    let profile = handover.profile.unwrap_or("default");
    if profile.is_empty() || profile.contains(|c| is_refused(c) || c.is_whitespace()) {
        let what = format!("the profile's name `{profile}`");
        return Err(unfit(&what, "cannot stand in the header of a section"));
    }
    let credentials = handover.credentials;
    let token = credentials.session_token.as_ref().map(|token| token.expose_secret());
    let pairs = [
        ("aws_access_key_id", Some(credentials.access_key_id.as_str())),
        ("aws_secret_access_key", Some(credentials.secret_access_key.expose_secret())),
        ("aws_session_token", token),
        ("region", handover.region.map(|region| region.name())),
    ];
    let mut out = Buffer::default();
    for part in ["[", profile, "]\n"] {
        out.push_str(part);
    }
    for (key, value) in pairs {
        let Some(value) = value else { continue };
        if value.is_empty() || has_blank_ends(value) || value.contains(is_refused) {
            let why = "is empty, begins or ends with a blank, or has a line end, another control \
                       character, a quote, a backslash, a bracket, `#` or `;`, which SDKs read \
                       differently";
            return Err(unfit(&format!("the value of {key}"), why));
        }
        for part in [key, " = ", value, "\n"] {
            out.push_str(part);
        }
    }
    Ok(out)
}

/// What begins a comment, a quote or an escape in one SDK or another, or ends a header.
fn is_refused(c: char) -> bool {
    c.is_control() || ends_line(c) || matches!(c, '\'' | '"' | '\\' | '#' | ';' | '[' | ']')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Credentials;
    use crate::output::environment::Region;

    fn section_of(profile: Option<&str>, secret: &str) -> String {
        let credentials = Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: secret.into(),
            session_token: Some("to/k+en==".into()),
            expiration: None,
            account_id: None,
        };
        let region = Region::Chosen("eu-west-1".into());
        let handover = Handover { credentials: &credentials, profile, region: Some(&region) };
        match section(&handover) {
            Ok(text) => text.as_str().to_owned(),
            Err(error) => format!("error: {}", error.message),
        }
    }

    #[test]
    fn a_section() {
        assert_eq!(
            section_of(Some("prod:admin@eu"), "sec/ret="),
            "[prod:admin@eu]\naws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = sec/ret=\n\
             aws_session_token = to/k+en==\nregion = eu-west-1\n"
        );
        assert!(section_of(None, "x").starts_with("[default]\n"));
    }

    #[test]
    fn what_is_read_differently_is_refused() {
        for value in ["", " a", "a\n", "a # b", "a;b", "\"a\"", "a\\b", "\u{2028}"] {
            let text = section_of(Some("p"), value);
            assert!(text.starts_with("error: the value of aws_secret_access_key is"), "{value:?}");
        }
        for name in ["", "a b", "a]", "#a", "a\n[b]", "'a'"] {
            assert!(
                section_of(Some(name), "x").starts_with("error: the profile's name"),
                "{name:?}"
            );
        }
    }
}
