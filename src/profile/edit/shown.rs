//! The lines of a file as they may be shown, without secrets.

use crate::profile::line;
use crate::profile::lines::LineKind;
use crate::profile::mask::{
    is_command, is_secret, looks_secret, without_passwords, without_userinfo,
};
use crate::profile::parse::{Document, FileKind};

/// A line with its line ending, and the text to show, without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown<'a> {
    /// The line.
    pub bytes: &'a [u8],
    /// The text to show, with `***` for what may be a secret.
    pub text: String,
}

/// The lines of `text`, a file of this kind.
pub fn lines(kind: FileKind, text: &[u8]) -> Vec<Shown<'_>> {
    let document = Document::parse(kind, text.to_vec());
    let (mut in_secret, mut in_command) = (false, false);
    let shown = |raw: crate::profile::lines::RawLine| {
        let line = String::from_utf8_lossy(&text[raw.start as usize..raw.end as usize]);
        let shown = match raw.kind {
            LineKind::Header => line.into_owned(),
            LineKind::Property => {
                let property = line::property(line::trim(&line)).ok();
                in_secret = property.is_some_and(|(key, _)| is_secret(key));
                in_command = property.is_some_and(|(key, _)| is_command(key));
                masked(&line)
            }
            LineKind::Continuation if in_secret => "***".to_owned(),
            LineKind::Continuation if in_command => without_passwords(&line),
            LineKind::Continuation | LineKind::Nothing => masked_if_key(&line),
        };
        let end = document.next_line(&raw) as usize;
        Shown { bytes: &text[raw.start as usize..end], text: shown }
    };
    document.lines_of_file().map(shown).collect()
}

/// A property. If it cannot be parsed, it may contain anything.
fn masked(line: &str) -> String {
    if line::property(line::trim(line)).is_ok() { masked_if_key(line) } else { "***".to_owned() }
}

/// A line that may be a property, in a comment or a nested block.
fn masked_if_key(line: &str) -> String {
    let start = line.len() - line.trim_start_matches([' ', '\t', '#', ';']).len();
    let Some(sign) = line[start..].find(['=', ':']).map(|at| start + at) else {
        return line.to_owned();
    };
    let (key, value) = (line[start..sign].trim(), &line[sign + 1..]);
    if is_secret(key) || looks_secret(key, value) {
        let blanks = line[sign + 1..].len() - line[sign + 1..].trim_start().len();
        return format!("{}***", &line[..sign + 1 + blanks]);
    }
    if is_command(key) { without_passwords(line) } else { without_userinfo(line) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown() {
        let text = b"[default] # c\r\naws_access_key_id = AKIA\r\naws_secret_access_key=TOP/+\r\n\
            # aws_session_token : TOP # x\r\n  TOP\r\nbroken TOP\r\nproxy = https://u:TOP@h/\r\n\
            s3 =\n  client_secret = TOP\n  a = b\naws_session_token =\n  TOP\n# a: b\ncredential_process = h\n  --pin TOP\n";
        let lines = lines(FileKind::Credentials, text);
        let shown: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            shown,
            [
                "[default] # c",
                "aws_access_key_id = AKIA",
                "aws_secret_access_key=***",
                "# aws_session_token : ***",
                "***",
                "***",
                "proxy = https://***@h/",
                "s3 =",
                "  client_secret = ***",
                "  a = b",
                "aws_session_token =***",
                "***",
                "# a: b",
                "credential_process = h",
                "  --pin ***",
            ]
        );
        assert_eq!(lines.iter().flat_map(|line| line.bytes).count(), text.len());
    }
}
