//! Text from servers, made safe to show. A server may repeat what it was sent: whole, encoded or
//! truncated, anywhere in its answer.

use std::fmt;

/// The longest part of a message that is shown.
const LONGEST: usize = 600;

/// A run of this many token characters or more may be a token.
const LONGEST_RUN: usize = 16;

/// The longest error code.
const LONGEST_CODE: usize = 64;

/// A server's message. It can be searched unchanged, and is shown masked.
#[derive(Clone)]
pub(crate) struct ServerText(String);

impl ServerText {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether the message contains `part`.
    pub(crate) fn contains(&self, part: &str) -> bool {
        self.0.contains(part)
    }
}

impl fmt::Display for ServerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(&self.0))
    }
}

impl fmt::Debug for ServerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", mask(&self.0))
    }
}

/// The text, if it looks like an error code: letters and dots as in `AccessDenied`, lower case and
/// underscores as in OAuth's `access_denied`, or upper case and underscores as in `TOKEN_EXPIRED`.
/// AWS puts `KMS_` before some.
pub(crate) fn code(text: &str) -> Option<&str> {
    let name = text.strip_prefix("KMS_").unwrap_or(text);
    let is_aws = name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'.');
    let is_oauth = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let is_constant = name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let is_any = is_aws || is_oauth || is_constant;
    let is_code = !name.is_empty() && text.len() <= LONGEST_CODE && is_any;
    is_code.then_some(text)
}

/// The text, if it looks like a request id: hexadecimal digits as in a UUID.
pub(crate) fn request_id(text: &str) -> Option<&str> {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths = groups.iter().map(|group| group.len());
    let is_hex = groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()));
    (is_hex && lengths.eq([8, 4, 4, 4, 12])).then_some(text)
}

/// The first line of a server's text, shortened, with `***` for everything that may be a token. In
/// later lines, services that check signatures repeat the request.
pub(crate) fn mask(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    let mut shown = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(is_of_token) {
        let (before, from) = rest.split_at(start);
        let (run, after) = from.split_at(from.find(|c| !is_of_token(c)).unwrap_or(from.len()));
        shown.push_str(before);
        shown.push_str(&mask_run(run));
        rest = after;
    }
    shown.push_str(rest);
    if let Some((end, _)) = shown.char_indices().nth(LONGEST) {
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

/// Whether tokens contain this character, encoded or not: base64, base64url, JWT, the colon in
/// Identity Center's own tokens, percent-encoding, JSON's backslash.
fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+/=-_:%~\\".contains(c)
}

/// Masks a run of token characters. ARNs consist of them too, but each part of an ARN counts by
/// itself.
fn mask_run(run: &str) -> String {
    if !run.starts_with("arn:aws") {
        return if is_harmless(run) { run.to_owned() } else { "***".to_owned() };
    }
    let parts = run.split_inclusive([':', '/']).map(|part| {
        let name = part.trim_end_matches([':', '/']);
        if is_harmless(name) { part.to_owned() } else { part.replace(name, "***") }
    });
    parts.collect()
}

/// Words such as `MultiFactorAuthentication`, variables such as `AWS_EC2_METADATA_DISABLED` and times
/// such as `20260102T030405Z` are longer than the shortest part of a token that is masked.
fn is_harmless(run: &str) -> bool {
    let is_short = run.len() <= LONGEST_CODE;
    let is_word = run.bytes().all(|b| b.is_ascii_alphabetic());
    let is_of_name = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let is_variable = run.starts_with("AWS_") && run.bytes().all(is_of_name);
    run.len() < LONGEST_RUN || (is_short && (is_word || is_variable)) || is_time(run)
}

/// Whether a text is a time as in signatures: `20260102T030405Z`.
fn is_time(text: &str) -> bool {
    let is_digits = |part: &str, len| part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
    let parts = text.strip_suffix('Z').and_then(|text| text.split_once('T'));
    parts.is_some_and(|(date, time)| is_digits(date, 8) && is_digits(time, 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_letters_and_dots() {
        for text in [
            "AccessDenied",
            "invalid_grant",
            "Client.RequestLimit",
            "KMS_Disabled",
            "TOKEN_EXPIRED",
            &"a".repeat(64),
        ] {
            assert_eq!(code(text), Some(text));
        }
        for text in ["", "AccessDenied1", "a b", "x/y", "aoa:x", "aoaFAKE_token", &"a".repeat(65)] {
            assert_eq!(code(text), None, "{text}");
        }
    }

    #[test]
    fn request_ids_are_uuids() {
        let id = "6d1f3b1e-0c9b-4a53-9f63-1f2e3d4c5b6a";
        assert_eq!(request_id(id), Some(id));
        for text in ["", "6d1f3b1e", "6d1f3b1e-0c9b-4a53-9f63-1f2e3d4c5b6g", "aoaToken-of-corp"] {
            assert_eq!(request_id(text), None, "{text}");
        }
    }

    #[test]
    fn what_may_be_a_token_is_masked() {
        for (text, shown) in [
            ("No access", "No access"),
            ("bad aoaFAKEtoken:AbC_d-1/2+3=!", "bad ***!"),
            ("T=aoa%2Fb%2B%3D12345&", "***&"),
            ("0123456789abcde 0123456789abcdef", "0123456789abcde ***"),
            ("MultiFactorAuthentication failed", "MultiFactorAuthentication failed"),
            ("by AWS_EC2_METADATA_DISABLED AWS_aoaFAKEtoken1", "by AWS_EC2_METADATA_DISABLED ***"),
            ("20260102T030405Z 2026010200030405Z 20260102T0304056Z", "20260102T030405Z *** ***"),
            ("é0123456789abcdefé", "é***é"),
            (
                "User: arn:aws:sts::210987654321:assumed-role/Admin_0123456789ab/me may not",
                "User: arn:aws:sts::210987654321:assumed-role/***/me may not",
            ),
            ("first\nsecond", "first"),
            ("", ""),
        ] {
            assert_eq!(mask(text), shown);
        }
        let long = "é".repeat(LONGEST + 1);
        assert_eq!(mask(&long).chars().count(), LONGEST + 1);
        assert!(mask(&long).ends_with('…'));
    }

    /// However a token is cut, no more than the shortest part of it is shown.
    #[test]
    fn no_part_of_a_token_is_shown() {
        let token = "aoaFAKEtoken:Zx9_-aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7";
        for start in 0..token.len() - LONGEST_RUN {
            for end in start + LONGEST_RUN..=token.len() {
                assert_eq!(mask(&format!("x {} y", &token[start..end])), "x *** y");
            }
        }
    }
}
