//! Random values. Every secret contains one of [`MARKERS`], so that a test can search any output
//! for a leak.

use sha2::{Digest, Sha256};

/// Substrings of which every secret that the fake issues contains exactly one. The last is part of
/// [`DPOP_KEY`](crate::DPOP_KEY).
pub const MARKERS: [&str; 4] = ["FAKEsecret", "FAKEtoken", "FAKEcode", "EIF+uqzd0feHd"];

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// No vowels, so that a user code never spells a word.
const USER_CODE: &[u8; 16] = b"BCDFGHJKLMNPQRST";

/// Identifies a secret without revealing it: `sha256:` and the first 12 hex digits of its digest.
#[must_use]
pub fn fingerprint(secret: &str) -> String {
    let digest = hex(&Sha256::digest(secret.as_bytes()));
    format!("sha256:{}", &digest[..12])
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)] as char);
        text.push(DIGITS[usize::from(byte & 15)] as char);
    }
    text
}

/// `ASIA` or another four-letter prefix and 16 characters.
pub(crate) fn id(prefix: &str) -> String {
    format!("{prefix}{}", random(BASE32, 16))
}

/// A 40-character secret access key that always contains `/` and `+`, which bad quoting breaks.
pub(crate) fn secret_key() -> String {
    format!("FAKEsecret/+{}", random(BASE64, 28))
}

/// A session token of about `length` characters; `=` at the end, as real ones often have.
pub(crate) fn session_token(length: usize) -> String {
    let head = "IQoJb3JpZ2luFAKEtoken/+";
    let body = length.saturating_sub(head.len() + 2).max(16);
    format!("{head}{}==", random(BASE64, body))
}

/// An opaque token of the portal (`aoa…` for access, `aor…` for refresh tokens).
pub(crate) fn portal_token(prefix: &str) -> String {
    format!("{prefix}FAKEtoken:{}/{}", random(URL_SAFE, 64), random(URL_SAFE, 32))
}

/// A client secret as RegisterClient returns it.
pub(crate) fn client_secret() -> String {
    format!("eyJraWQiFAKEsecret.{}.{}", random(URL_SAFE, 120), random(URL_SAFE, 43))
}

/// A client id, page token or other identifier that is not a secret.
pub(crate) fn opaque(length: usize) -> String {
    random(URL_SAFE, length)
}

/// A device code or authorization code.
pub(crate) fn code() -> String {
    format!("FAKEcode{}", random(URL_SAFE, 48))
}

/// `XXXX-XXXX`.
pub(crate) fn user_code() -> String {
    format!("{}-{}", random(USER_CODE, 4), random(USER_CODE, 4))
}

/// A version 4 UUID, the form of a request id.
pub(crate) fn uuid() -> String {
    let mut bytes = [0u8; 16];
    fill(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let h = hex(&bytes);
    format!("{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..])
}

/// The alphabets' lengths are powers of two, so the remainder is unbiased.
fn random(alphabet: &[u8], length: usize) -> String {
    let mut bytes = vec![0u8; length];
    fill(&mut bytes);
    bytes.iter().map(|byte| alphabet[usize::from(*byte) % alphabet.len()] as char).collect()
}

fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system has a random number generator");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_carry_exactly_one_marker() {
        for secret in
            [secret_key(), session_token(700), portal_token("aoa"), client_secret(), code()]
        {
            let found = MARKERS.iter().filter(|marker| secret.contains(**marker)).count();
            assert_eq!(found, 1, "{secret}");
        }
    }

    #[test]
    fn shapes() {
        assert_eq!(secret_key().len(), 40);
        assert_eq!(session_token(700).len(), 700);
        assert_eq!(id("ASIA").len(), 20);
        assert_eq!(user_code().len(), 9);
        assert_eq!(uuid().len(), 36);
        assert_eq!(fingerprint("").len(), 19);
    }
}
