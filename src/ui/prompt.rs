//! Questions to the person at the terminal, asked on the terminal itself: stdin and stdout belong
//! to the protocol or to the command.

use std::io::{self, IsTerminal};

use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::text::escape;
use crate::ui::hidden;

/// Asks for the six digits of an MFA device, three times at most. The echo is off, as in the AWS
/// CLI.
pub(crate) fn mfa_code(serial: &str) -> Result<String> {
    let prompt = format!("Enter MFA code for {}: ", escape::foreign(serial));
    for _ in 0..3 {
        let answer = hidden::ask(&prompt).map_err(|e| no_answer(serial, e))?;
        let code = answer.trim();
        if is_mfa_code(code) {
            return Ok(code.to_owned());
        }
    }
    Err(Error::new(Kind::MfaRequired, format!("no valid MFA code for {serial}: six digits wanted")))
}

/// Whether a person can be asked: stdin and stderr are a terminal.
pub(crate) fn is_attended(ctx: &Context) -> bool {
    io::stdin().is_terminal() && ctx.printer.is_terminal()
}

/// The answer to [`confirm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    Yes,
    No,
    /// To the questions before.
    Back,
}

/// Asks whether to go on; an empty answer is yes. With `can_go_back` it may also be to go back.
///
/// # Errors
/// `Interrupted` at the end of the input.
pub(crate) fn confirm(ctx: &Context, question: &str, can_go_back: bool) -> Result<Consent> {
    let choices = if can_go_back { "[Y]es, [n]o, [b]ack" } else { "[Y]es, [n]o" };
    loop {
        let answer = line(ctx, &format!("{question} {choices}: "))?;
        match answer.trim().to_lowercase().as_str() {
            "" | "y" | "yes" => return Ok(Consent::Yes),
            "n" | "no" => return Ok(Consent::No),
            "b" | "back" if can_go_back => return Ok(Consent::Back),
            _ => {}
        }
    }
}

/// Asks for a line.
///
/// # Errors
/// `Interrupted` at the end of the input.
pub(crate) fn line(ctx: &Context, question: &str) -> Result<String> {
    ctx.printer.ask(question);
    let mut line = String::new();
    match io::stdin().read_line(&mut line) {
        Ok(1..) => Ok(line.trim_end_matches(['\n', '\r']).to_owned()),
        _ => Err(Error::new(Kind::Interrupted, "no answer")),
    }
}

/// Whether `code` has the form STS accepts (SPEC 5.5: six digits).
pub(crate) fn is_mfa_code(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit())
}

fn no_answer(serial: &str, error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::Interrupted {
        return Error::new(Kind::Interrupted, "interrupted");
    }
    nobody_to_ask(serial)
}

/// The error where there is no person, or must not be asked.
pub(crate) fn nobody_to_ask(serial: &str) -> Error {
    Error::new(
        Kind::MfaRequired,
        format!("an MFA code for {serial} is needed and there is no terminal to ask on"),
    )
    .hint(
        "give it with `--mfa-code 123456`, or run `ssowrap export` for the profile in a terminal \
         first: the cache serves others from then on",
    )
}
