//! Sections of a credentials file: static keys, one section per profile (SPEC 1.3 to 1.5).

use super::environment::Handover;
use super::region::Region;
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::text::buffer::Buffer;
use crate::text::ends::{ends_line, has_blank_ends};

/// A profile in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CredentialsSection<'a> {
    pub profile: &'a str,
    pub credentials: &'a Credentials,
    /// Every SDK reads it from this file as well as from the config file.
    pub region: Option<&'a str>,
}

impl<'a> CredentialsSection<'a> {
    /// The section for `handover`. A role without a profile becomes `[default]`.
    pub(crate) fn new(handover: &Handover<'a>) -> Self {
        Self {
            profile: handover.principal.name().unwrap_or("default"),
            credentials: handover.credentials,
            region: handover.region.map(Region::name),
        }
    }

    fn properties(&self) -> impl Iterator<Item = (&'static str, &'a str)> + use<'a> {
        let region = [("region", self.region)];
        let all = self.credentials.properties().into_iter().chain(region);
        all.filter_map(|(key, value)| Some((key, value?)))
    }
}

/// A whole file, or a part of one.
///
/// # Errors
/// For names and values that some SDK would read differently.
pub(crate) fn text(sections: &[CredentialsSection<'_>]) -> Result<Buffer> {
    let mut text = Buffer::default();
    for section in sections {
        check_name(section.profile)?;
        for (key, value) in section.properties() {
            check_value(section.profile, key, value)?;
        }
        push(&mut text, section);
    }
    Ok(text)
}

/// Appends a section without any check.
pub(super) fn push(text: &mut Buffer, section: &CredentialsSection<'_>) {
    for part in ["[", section.profile, "]\n"] {
        text.push_str(part);
    }
    for (key, value) in section.properties() {
        for part in [key, " = ", value, "\n"] {
            text.push_str(part);
        }
    }
}

/// Checks that every SDK finds a profile with this name in a file. Only the AWS CLI accepts quotes
/// around names (SPEC 1.3, 1.5).
///
/// # Errors
/// `Usage` if some SDK doesn't find it.
pub(crate) fn check_name(profile: &str) -> Result<()> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c);
    if !profile.is_empty() && profile.chars().all(is_plain) {
        return Ok(());
    }
    Err(unfit(Kind::Usage, &format!("the profile `{profile}`"))
        .hint("rename it in the config: all SDKs can read letters, digits and any of `_-/.%@:+`"))
}

/// The SDKs disagree about quotes, comments and escapes. AWS's keys contain none of them.
fn check_value(profile: &str, key: &str, value: &str) -> Result<()> {
    let is_refused = |c: char| c.is_control() || ends_line(c) || "'\"\\#;[]".contains(c);
    if !value.is_empty() && !has_blank_ends(value) && !value.contains(is_refused) {
        return Ok(());
    }
    Err(unfit(Kind::Other, &format!("the {key} of profile `{profile}`")).hint(
        "pass the credentials as variables: use `ssowrap exec`, or `export` in another `--format`",
    ))
}

fn unfit(kind: Kind, what: &str) -> Error {
    Error::new(kind, format!("not every AWS SDK can read {what} from a credentials file"))
}

#[cfg(test)]
mod tests {
    use super::super::environment::Principal;
    use super::*;
    use crate::profile::parse::{Document, FileKind};

    fn credentials(secret: &str, token: Option<&str>) -> Credentials {
        Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: secret.into(),
            session_token: token.map(Into::into),
            expiration: None,
            account_id: Some("123456789012".into()),
        }
    }

    #[test]
    fn one_section_per_profile() {
        let (role, user) = (credentials("s/e+c=ret", Some("to/ken==")), credentials("x", None));
        let text = text(&[
            CredentialsSection { profile: "a.b@c", credentials: &role, region: Some("eu-west-1") },
            CredentialsSection { profile: "default", credentials: &user, region: None },
        ])
        .expect("plain");
        assert_eq!(
            text.as_str(),
            "[a.b@c]\n\
             aws_access_key_id = ASIAEXAMPLE\n\
             aws_secret_access_key = s/e+c=ret\n\
             aws_session_token = to/ken==\n\
             aws_account_id = 123456789012\n\
             region = eu-west-1\n\
             [default]\n\
             aws_access_key_id = ASIAEXAMPLE\n\
             aws_secret_access_key = x\n\
             aws_account_id = 123456789012\n"
        );
        let document = Document::parse(FileKind::Credentials, text.as_bytes().to_vec());
        assert_eq!(document.profiles().count(), 2);
        assert!(document.problems().is_empty());
    }

    #[test]
    fn a_role_without_a_profile_is_the_default_one() {
        let (credentials, region) = (credentials("x", None), Region::Chosen("eu-west-1".into()));
        let handover = Handover {
            credentials: &credentials,
            principal: Principal::Role { options: "", profile: None },
            region: Some(&region),
        };
        let section = CredentialsSection::new(&handover);
        assert_eq!((section.profile, section.region), ("default", Some("eu-west-1")));
    }

    #[test]
    fn what_is_read_differently_is_refused() {
        for name in ["", "a b", "a]", "[a", "é", "a\nb", "a#b", "\"a\""] {
            assert_eq!(check_name(name).expect_err(name).kind, Kind::Usage, "{name}");
        }
        for secret in ["", " TOP", "TOP\n", "a # b", "a;b", "\"a\"", "'a'", "a\\n", "\u{2028}"] {
            let credentials = credentials(secret, None);
            let section =
                CredentialsSection { profile: "p", credentials: &credentials, region: None };
            let error = text(&[section]).expect_err(secret);
            assert!(error.message.contains("aws_secret_access_key of profile `p`"), "{error}");
            assert!(secret.is_empty() || !error.message.contains(secret), "{error}");
        }
    }
}
