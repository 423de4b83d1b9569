//! For later steps of a GitHub Actions job: the file named by `GITHUB_ENV`, and commands that keep
//! secrets out of the log.

use secrecy::ExposeSecret;

use super::syntax::{Syntax, Unset};
use crate::credentials::Credentials;
use crate::text::buffer::Buffer;

/// `NAME<<DELIMITER`, the value, and the delimiter again. The value does not contain the delimiter,
/// so no line of it is taken for the end. There is no syntax to remove a variable, so it gets an
/// empty value.
#[derive(Debug)]
pub(crate) struct Github;

impl Syntax for Github {
    fn set(&self, name: &str, value: &str, out: &mut Buffer) -> Result<(), &'static str> {
        if value.ends_with('\r') {
            // It would count as half of the line break after it.
            return Err("ends with a carriage return, which the file of GITHUB_ENV cannot hold");
        }
        let mut delimiter = String::from("ssowrap_");
        while value.contains(&delimiter) {
            delimiter.push('_');
        }
        for part in [name, "<<", &delimiter, "\n", value, "\n", &delimiter, "\n"] {
            out.push_str(part);
        }
        Ok(())
    }

    fn unset(&self, names: &[String], out: &mut Buffer) {
        Unset::Each("", "=\n").write(names, out);
    }
}

/// The commands, for stdout, that make the runner mask the keys and the token in the job's log.
/// They include the access key id, as in AWS's own action.
#[expect(clippy::disallowed_methods, reason = "this is the output the user asked for")]
pub(crate) fn masks(credentials: &Credentials) -> Buffer {
    let secrets = [Some(&credentials.secret_access_key), credentials.session_token.as_ref()];
    let secrets = secrets.into_iter().flatten().map(|secret| secret.expose_secret());
    let mut out = Buffer::default();
    for value in [credentials.access_key_id.as_str()].into_iter().chain(secrets) {
        out.push_str("::add-mask::");
        for c in value.chars() {
            match c {
                '%' => out.push_str("%25"),
                '\r' => out.push_str("%0D"),
                '\n' => out.push_str("%0A"),
                c => out.push(c),
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::syntax::tests::{refuses, written};
    use super::*;

    #[test]
    fn values_stand_between_delimiters() {
        assert_eq!(
            written(&Github, [Some("a\r\nb\n"), None, Some("")]),
            "B=\nA<<ssowrap_\na\r\nb\n\nssowrap_\nC<<ssowrap_\n\nssowrap_\n"
        );
        assert_eq!(
            written(&Github, [Some("ssowrap_\nX=y"), Some("x"), Some("x")]).lines().next(),
            Some("A<<ssowrap__")
        );
        assert!(refuses(&Github, "a\r"));
    }

    #[test]
    fn every_secret_is_masked() {
        let credentials = Credentials {
            access_key_id: "AKIA".into(),
            secret_access_key: "100%\nx".into(),
            session_token: Some("to\rken".into()),
            expiration: None,
            account_id: Some("123456789012".into()),
        };
        assert_eq!(
            masks(&credentials).as_str(),
            "::add-mask::AKIA\n::add-mask::100%25%0Ax\n::add-mask::to%0Dken\n"
        );
    }
}
