//! Hides the secrets in values that are shown.

use super::key::Key;
use super::line;
use crate::text::words::{DASHES, variable_of};

/// The value, or `***` if it must not be shown; in a nested block, line by line.
pub(crate) fn masked(key: &str, value: &str) -> String {
    if is_secret(key) || (!value.contains('\n') && looks_secret(key, value)) {
        return "***".into();
    }
    let lines = value.split('\n').map(|text| match line::sub_property(text) {
        _ if !value.contains('\n') => without_userinfo(text),
        Some((key, value)) if is_secret(key) || looks_secret(key, value) => format!("{key} = ***"),
        None if looks_secret("", text) => "***".to_owned(),
        _ => without_userinfo(text),
    });
    let shown = lines.collect::<Vec<_>>().join("\n");
    if is_command(key) { without_passwords(&shown) } else { shown }
}

/// Whether the value is the command line of a helper.
pub(super) fn is_command(key: &str) -> bool {
    Key::named(&key.to_ascii_lowercase()).is_some_and(Key::is_command)
}

/// A command line without the values of options and variables that are secrets by their names, and
/// without the passwords in its URLs.
pub(super) fn without_passwords(command: &str) -> String {
    let mut shown = String::with_capacity(command.len());
    let mut rest = command;
    let mut is_value = false;
    while let Some(start) = rest.find(|c: char| !c.is_whitespace()) {
        let (blanks, from_word) = rest.split_at(start);
        let end = from_word.find(char::is_whitespace).unwrap_or(from_word.len());
        let word = &from_word[..end];
        shown.push_str(blanks);
        let name = word.split_once('=').map(|(name, _)| name).filter(|name| names_secret(name));
        rest = if is_value && !word.starts_with("--") {
            is_value = false;
            shown.push_str("***");
            &from_word[length_of_word(from_word)..]
        } else if let Some(name) = name {
            is_value = false;
            shown.push_str(&format!("{name}=***"));
            &from_word[length_of_word(from_word)..]
        } else {
            is_value = word.trim_start_matches(['"', '\'']).starts_with('-') && names_secret(word);
            shown.push_str(&without_userinfo(word));
            &from_word[end..]
        };
    }
    shown + rest
}

/// Whether an option or a variable of this name has a secret as its value.
fn names_secret(name: &str) -> bool {
    let name = name.trim_matches(['"', '\'', '-']).replace('-', "_").to_ascii_lowercase();
    let last = name.rsplit('_').next().unwrap_or_default();
    is_secret(&name) || ["pass", "passcode", "pwd", "pw", "pin"].contains(&last)
}

/// The length of the word at the start of a command line. If a quotation doesn't end, the rest is
/// part of it.
fn length_of_word(text: &str) -> usize {
    let mut quote = None;
    let ends = |c: char| {
        match quote {
            None if c.is_whitespace() => return true,
            None if c == '"' || c == '\'' => quote = Some(c),
            Some(open) if open == c => quote = None,
            _ => {}
        }
        false
    };
    text.find(ends).unwrap_or(text.len())
}

/// A word of a command line, without what may be a secret: the value of a variable or of an option,
/// or the password in a URL.
pub(crate) fn word(word: &str) -> String {
    let is_option = word.starts_with('-') || word.starts_with(DASHES);
    match word.split_once('=') {
        Some((name, _)) if is_option || variable_of(word).is_some() => format!("{name}=..."),
        _ => without_userinfo(word),
    }
}

/// A URL without the user and password before its host.
pub(crate) fn without_userinfo(value: &str) -> String {
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
/// hexadecimal digits, or 20 characters of base64 with upper case, lower case and digits. So may
/// that of `aws_access_key_id`, if somebody swapped it with the secret.
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
    let mut runs = value.split(ends_run);
    match Key::named(&key.to_ascii_lowercase()) {
        None => runs.any(|run| is_hex(run) || is_base64(run)),
        Some(Key::AwsAccessKeyId) => runs.any(is_base64),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_without_passwords() {
        for command in [
            "helper",
            " helper  -p dev credential-process ",
            "helper --token-file a --password",
            "helper --passport a=b https://h/a@b",
            "helper --password --role r",
        ] {
            assert_eq!(without_passwords(command), command);
        }
        assert_eq!(without_passwords("h --password 'a b"), "h --password ***");
        assert_eq!(without_passwords("h --secret=a=b --pin\t1 2"), "h --secret=*** --pin\t*** 2");
    }

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
        let lines = "helper\n--password\n  x y\nclient_secret = x";
        let shown = "helper\n--password\n  *** y\nclient_secret = ***";
        assert_eq!(masked("credential_process", lines), shown);
        let lines = "eu-west-1\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        assert_eq!(masked("region", lines), "eu-west-1\n***");
    }
}
