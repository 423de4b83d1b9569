//! What mends a command line that was refused.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

/// The error with a tip, where one of the usual mistakes was made.
pub(super) fn given(mut error: Error, command: &Command, words: &[OsString]) -> Error {
    let invalid = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(word)) => word.as_str(),
        _ => "",
    };
    let tip = match error.kind() {
        ErrorKind::UnknownArgument
            if !invalid.starts_with('-') && takes_no_words(command, words) =>
        {
            format!("choose a profile with `-p {invalid}`")
        }
        ErrorKind::MissingRequiredArgument if words.iter().any(|w| w == "--write-credentials") => {
            "without FILE put `--` before the command: `exec --write-credentials -- COMMAND`".into()
        }
        _ => return error,
    };
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    error
}

/// Whether the verb has options alone.
fn takes_no_words(command: &Command, words: &[OsString]) -> bool {
    let verb = words.iter().skip(1).find_map(|word| command.find_subcommand(word));
    verb.is_some_and(|verb| verb.get_positionals().next().is_none())
}
