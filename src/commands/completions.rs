//! `ssowrap completions`: the scripts in `completions/`, and the hidden verb they call.

use std::ffi::OsString;

use crate::cli::Shell;
use crate::completion;
use crate::context::Context;
use crate::error::Result;

/// Prints the script of `shell`.
pub(super) fn run(ctx: &Context, shell: Shell) -> Result<()> {
    ctx.printer.data(script(shell).as_bytes())
}

/// The completion script of a shell.
pub(super) fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!("../../completions/ssowrap.bash"),
        Shell::Zsh => include_str!("../../completions/_ssowrap"),
        Shell::Fish => include_str!("../../completions/ssowrap.fish"),
        Shell::Powershell => include_str!("../../completions/ssowrap.ps1"),
        Shell::Elvish => include_str!("../../completions/ssowrap.elv"),
        Shell::Nushell => include_str!("../../completions/ssowrap.nu"),
    }
}

/// Prints the completions. Never fails and never writes to stderr, because the user is typing
/// there.
pub(super) fn complete(ctx: &Context, shell: Shell, words: &[OsString]) {
    let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let reply = completion::reply(ctx, shell, &words);
    // Nobody would see the error.
    let _ = ctx.printer.data(reply.as_bytes());
}
