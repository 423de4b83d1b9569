//! `ssowrap init`: a shell function that switches credentials, with its completion. Also the link
//! for aws2-wrap.

mod link;

use super::completions;
use crate::cli::{InitArgs, Shell, words};
use crate::context::Context;
use crate::error::{Error, Result, usage};
use crate::text::escape::shell_word;

/// Prints a shell's script (settings, completions, function), or creates the link.
pub(super) fn run(ctx: &Context, args: &InitArgs) -> Result<()> {
    if let Some(directory) = &args.aws2_wrap {
        return link::run(ctx, directory, args.force);
    }
    let Some(shell) = args.shell else { return Err(usage("init needs the name of a shell")) };
    let mut text = switches(args, shell);
    text.push_str(completions::script(shell));
    text.push('\n');
    text.push_str(script(shell));
    ctx.printer.data(text.as_bytes())
}

/// The error of a function `sso` that does not know its words.
pub(super) fn misused(words: &[String]) -> Error {
    let option = words.first().filter(|word| word.starts_with('-') && *word != "-q");
    let message = match option {
        Some(option) => format!("there is no option `{option}` of `sso`"),
        None => "`sso` takes one profile or one option, and `-q`".to_owned(),
    };
    let profile = words.get(1).map(|word| shell_word(word));
    let instead = option.and_then(|option| words::for_option(option, profile.as_deref()));
    let error = instead.into_iter().fold(usage(message), Error::hint);
    error.hint("`sso [-q] [PROFILE | - | --current | --unset]`")
}

/// The function `sso` and its helpers.
fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!("init/sso.bash"),
        Shell::Zsh => include_str!("init/sso.zsh"),
        Shell::Fish => include_str!("init/sso.fish"),
        Shell::Powershell => include_str!("init/sso.ps1"),
        Shell::Elvish => include_str!("init/sso.elv"),
        Shell::Nushell => include_str!("init/sso.nu"),
    }
}

/// The lines that pass the options to the script as variables.
fn switches(args: &InitArgs, shell: Shell) -> String {
    let switch = |name: &str, is_on: bool| {
        let value = if is_on { "yes" } else { "no" };
        match shell {
            Shell::Bash | Shell::Zsh => format!("__sso_{name}={value}\n"),
            Shell::Fish => format!("set --global __sso_{name} {value}\n"),
            Shell::Powershell => format!("$global:__sso_{name} = '{value}'\n"),
            Shell::Elvish => format!("var sso-{name} = {value}\n"),
            Shell::Nushell => format!("const sso_{name} = '{value}'\n"),
        }
    };
    switch("refresh", args.auto_refresh) + &switch("prompt", args.prompt)
}
