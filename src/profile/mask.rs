//! Hides the secrets in values that are shown.

use super::key::Key;
use super::line;

/// The value, or `***` if it must not be shown; in a nested block, line by line.
pub(super) fn masked(key: &str, value: &str) -> String {
    if is_secret(key) || (!value.contains('\n') && looks_secret(key, value)) {
        return "***".into();
    }
    if !value.contains('\n') {
        return without_userinfo(value);
    }
    let lines = value.split('\n').map(|text| match line::sub_property(text) {
        Some((key, value)) if is_secret(key) || looks_secret(key, value) => format!("{key} = ***"),
        None if looks_secret("", text) => "***".to_owned(),
        _ => without_userinfo(text),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A URL without the user and password before its host.
pub(super) fn without_userinfo(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://***@{host}{path}"),
        None => value.to_owned(),
    }
}

/// Whether a key's value is a secret, judging by the words in its name: other tools keep secrets in
/// these files too.
pub(super) fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let named = ["secret", "password", "passwd", "passphrase", "private_key", "api_key", "token"]
        .iter()
        .any(|word| key.contains(word));
    named && !key.ends_with("_file") && !key.ends_with("_url") && !key.ends_with("_endpoint")
}

/// Whether the value of an unknown key has the length and the characters of a secret: 32
/// hexadecimal digits, or 20 characters of base64 with upper case, lower case and digits.
pub(super) fn looks_secret(key: &str, value: &str) -> bool {
    let is_hex = |run: &str| run.len() >= 32 && run.bytes().all(|b| b.is_ascii_hexdigit());
    let is_base64 = |run: &str| {
        let has = |is: fn(&u8) -> bool| run.as_bytes().iter().any(is);
        run.len() >= 20
            && has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_digit)
    };
    let ends_run = |c: char| !c.is_ascii_alphanumeric() && !"+/=_-".contains(c);
    Key::named(&key.to_ascii_lowercase()).is_none()
        && value.split(ends_run).any(|run| is_hex(run) || is_base64(run))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for key in [
            "aws_secret_access_key",
            "aws_session_token",
            "aws_security_token",
            "azure_default_password",
            "client_secret",
        ] {
            assert_eq!(masked(key, "x"), "***", "{key}");
        }
        for value in [
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "0123456789abcdef0123456789abcdef",
            "ghp: Abcdefghij0123456789xyz",
        ] {
            assert_eq!(masked("other_tool", value), "***", "{value}");
            assert_eq!(masked("role_session_name", value), value, "a key that is known");
        }
        for value in ["json", "https://corp.awsapps.com/start", "/usr/local/bin/aws-vault", "4096"]
        {
            assert_eq!(masked("other_tool", value), value);
        }
        for key in ["aws_access_key_id", "web_identity_token_file", "mfa_serial", "region"] {
            assert_eq!(masked(key, "x"), "x", "{key}");
        }
        assert_eq!(masked("proxy", "http://u:p@h:1/x@y"), "http://***@h:1/x@y");
        assert_eq!(masked("proxy", "http://h/x@y"), "http://h/x@y");
        assert_eq!(masked("other", "\nclient_secret = x\na = b"), "\nclient_secret = ***\na = b");
        let lines = "eu-west-1\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        assert_eq!(masked("region", lines), "eu-west-1\n***");
    }
}
