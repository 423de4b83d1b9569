//! Asks the user questions on the terminal itself, because stdin and stdout belong to the protocol
//! or to the command.

use std::io::{self, IsTerminal};

use crate::context::Context;
use crate::error::{Error, Kind, Result};

/// Whether the user can be asked: stdin and stderr are a terminal.
pub(crate) fn is_attended(ctx: &Context) -> bool {
    io::stdin().is_terminal() && ctx.printer.is_terminal()
}

/// The answer to [`confirm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    Yes,
    No,
    /// Back to the previous questions.
    Back,
}

/// How [`confirm`] asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    /// Whether the answer may also be to go back.
    pub can_go_back: bool,
    /// Whether an empty answer means yes, else no.
    pub is_yes_usual: bool,
}

/// Asks whether to continue.
///
/// # Errors
/// `Interrupted` at the end of the input.
pub(crate) fn confirm(ctx: &Context, question: &str, how: Question) -> Result<Consent> {
    let Question { can_go_back, is_yes_usual } = how;
    let choices = if is_yes_usual { "[Y]es, [n]o" } else { "[y]es, [N]o" };
    let back = if can_go_back { ", [b]ack" } else { "" };
    loop {
        let answer = line(ctx, &format!("{question} {choices}{back}: "))?;
        match answer.trim().to_lowercase().as_str() {
            "" if !is_yes_usual => return Ok(Consent::No),
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
