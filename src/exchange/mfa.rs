//! The codes of MFA devices.

use std::io;

use crate::error::{Error, Kind, Result};
use crate::platform::hidden_line;
use crate::text::escape::{self, shell_option};

/// Asks for the six digits of an MFA device, at most three times. The echo is off, as in the AWS
/// CLI.
pub(super) fn ask(serial: &str, profile: Option<&str>) -> Result<String> {
    let serial_shown = escape::foreign(serial);
    for form in ["", " (six digits)", " (six digits)"] {
        let prompt = format!("Enter MFA code for {serial_shown}{form}: ");
        let answer = hidden_line::ask(&prompt).map_err(|e| no_answer(serial, profile, e))?;
        // Authenticators show two groups of digits.
        let code: String = answer.split_whitespace().collect();
        if is_code(&code) {
            return Ok(code);
        }
    }
    Err(Error::new(
        Kind::MfaRequired,
        format!("no valid MFA code for {serial}: it must be six digits"),
    ))
}

/// Whether `code` is six digits, as STS requires (SPEC 5.5).
pub(crate) fn is_code(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit())
}

fn no_answer(serial: &str, profile: Option<&str>, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::Interrupted => Error::new(Kind::Interrupted, "interrupted"),
        io::ErrorKind::UnexpectedEof => {
            Error::new(Kind::MfaRequired, format!("no MFA code for {serial} was entered"))
        }
        _ => nobody_to_ask(serial, profile),
    }
}

/// The error if there is nobody to ask, or if asking is not allowed, for the role of a profile.
pub(super) fn nobody_to_ask(serial: &str, profile: Option<&str>) -> Error {
    let option = profile.map(|name| format!(" {}", shell_option("-p", name))).unwrap_or_default();
    Error::new(
        Kind::MfaRequired,
        format!("an MFA code for {serial} is needed and there is no terminal to ask on"),
    )
    .hint(format!(
        "give it with `--mfa-code 123456`, or run `ssowrap{option} whoami` in a terminal first: after \
         that, the credentials come from the cache"
    ))
}
