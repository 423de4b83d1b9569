//! A credentials file for the AWS SDKs: static keys, a section for each profile.

use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};

/// A profile as it stands in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    /// Its name.
    pub profile: &'a str,
    /// Its credentials.
    pub credentials: &'a Credentials,
    /// Its region. Every SDK takes it from this file as well as from the config file.
    pub region: Option<&'a str>,
}

/// The file.
///
/// # Errors
/// For what no SDK would read back as it was.
#[expect(clippy::disallowed_methods, reason = "this is the file the user asked for")]
pub(crate) fn text(entries: &[Entry<'_>]) -> Result<Zeroizing<String>> {
    let room = entries.iter().map(|entry| {
        let credentials = entry.credentials;
        let secrets = [Some(&credentials.secret_access_key), credentials.session_token.as_ref()];
        let secrets = secrets.into_iter().flatten().map(|secret| secret.expose_secret().len());
        entry.profile.len() + credentials.access_key_id.len() + secrets.sum::<usize>() + 256
    });
    // All room at once: a string that grows leaves copies of secrets behind.
    let mut text = Zeroizing::new(String::with_capacity(room.sum()));
    for entry in entries {
        check_name(entry.profile)?;
        text.push('[');
        text.push_str(entry.profile);
        text.push_str("]\n");
        let credentials = entry.credentials;
        let token = credentials.session_token.as_ref().map(ExposeSecret::expose_secret);
        for (key, value) in [
            ("aws_access_key_id", Some(credentials.access_key_id.as_str())),
            ("aws_secret_access_key", Some(credentials.secret_access_key.expose_secret())),
            ("aws_session_token", token),
            ("region", entry.region),
        ] {
            let Some(value) = value else { continue };
            check_value(entry.profile, key, value)?;
            text.push_str(key);
            text.push_str(" = ");
            text.push_str(value);
            text.push('\n');
        }
    }
    Ok(text)
}

/// Whether a profile of that name can stand in a file for every SDK. Only the AWS CLI quotes names
/// (SPEC 1.3, 1.5).
///
/// # Errors
/// `Usage` where it cannot.
pub(crate) fn check_name(profile: &str) -> Result<()> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c);
    if !profile.is_empty() && profile.chars().all(is_plain) {
        return Ok(());
    }
    Err(Error::new(
        Kind::Usage,
        format!("a credentials file cannot hold the profile `{profile}` for every AWS SDK"),
    )
    .hint("rename it in the config: letters, digits and any of `_-/.%@:+` can be read by all"))
}

/// Keys of AWS are never anything else than this. Other ones may be, and no SDK agrees with
/// another about quotes, comments and escapes.
fn check_value(profile: &str, key: &str, value: &str) -> Result<()> {
    let is_plain = |c: char| c.is_ascii_graphic() && !"\"'\\#;".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return Ok(());
    }
    let message = format!(
        "a credentials file cannot hold the {key} of profile `{profile}` for every AWS SDK"
    );
    Err(Error::new(Kind::Other, message)
        .hint("give the command this profile alone, without `--write-credentials`"))
}

#[cfg(test)]
mod tests {
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
    fn a_section_for_each() {
        let (role, user) = (credentials("s/e+c=ret", Some("to/ken==")), credentials("x", None));
        let text = text(&[
            Entry { profile: "a.b@c", credentials: &role, region: Some("eu-west-1") },
            Entry { profile: "default", credentials: &user, region: None },
        ])
        .expect("plain");
        assert_eq!(
            *text,
            "[a.b@c]\n\
             aws_access_key_id = ASIAEXAMPLE\n\
             aws_secret_access_key = s/e+c=ret\n\
             aws_session_token = to/ken==\n\
             region = eu-west-1\n\
             [default]\n\
             aws_access_key_id = ASIAEXAMPLE\n\
             aws_secret_access_key = x\n"
        );
        let document = Document::parse(FileKind::Credentials, text.as_bytes().to_vec());
        assert_eq!(document.profiles().count(), 2);
        assert!(document.problems().is_empty());
    }

    #[test]
    fn names_and_values_that_no_file_can_hold() {
        for name in ["", "a b", "a]", "[a", "é", "a\nb", "a#b", "\"a\""] {
            assert_eq!(check_name(name).expect_err(name).kind, Kind::Usage, "{name}");
        }
        for secret in ["", "a b", "a\nb", "#a", "'a'", "a\\n", "a;b", "é"] {
            let credentials = credentials(secret, None);
            let entry = Entry { profile: "p", credentials: &credentials, region: None };
            let error = text(&[entry]).expect_err(secret);
            assert!(error.message.contains("aws_secret_access_key of profile `p`"), "{error}");
            assert!(secret.is_empty() || !error.message.contains(secret), "{error}");
        }
    }

    #[test]
    fn the_text_is_never_moved() {
        let credentials = credentials(&"s".repeat(5000), Some(&"t".repeat(5000)));
        let entry = Entry { profile: "p", credentials: &credentials, region: Some("eu-west-1") };
        let text = text(&[entry, entry]).expect("plain");
        // It would have grown by doubling.
        assert!(text.capacity() < text.len() + 512);
    }
}
