//! `ssowrap init`: a shell function that switches credentials, with its completion. Also the link
//! for aws2-wrap.

mod link;

use super::completions;
use crate::cli::fill::Fill;
use crate::cli::option::value_or;
use crate::cli::{InitArgs, Shell, words};
use crate::context::Context;
use crate::error::{Error, Result, usage};
use crate::output::format::Format;
use crate::profile::files::known_profiles;

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
pub(super) fn misused(ctx: &Context, words: &[String]) -> Error {
    let typed = SsoWords::read(words);
    let message = match typed.option {
        Some(option) => format!("`sso` has no option `{option}`"),
        None => "`sso` takes either a profile or an option, and `-q` with either".to_owned(),
    };
    if let Some(hint) = typed.of_other_tool(ctx) {
        return usage(message).hint(hint);
    }
    let instead = typed.option.map(|option| typed.instead(ctx, option)).unwrap_or_default();
    let error = instead.into_iter().fold(usage(message), Error::hint);
    error.hint("`sso [-q] [PROFILE | - | --current | --unset]`")
}

/// What was typed after `sso`, in any order.
#[derive(Default)]
struct SsoWords<'a> {
    profile: Option<&'a str>,
    /// All words that are no options.
    plain: Vec<&'a str>,
    /// The first option that `sso` does not have, and the word that belongs to it.
    option: Option<&'a str>,
    value: Option<&'a str>,
}

impl<'a> SsoWords<'a> {
    /// The words that `sso` knows, except a profile.
    const OWN: [&'static str; 6] = ["-", "-q", "--current", "--unset", "-h", "--help"];
    const REGION: [&'static str; 2] = ["--region", "-r"];
    /// Options of other tools that are followed by a value.
    const WITH_VALUE: [&'static str; 6] =
        ["--exec", "--service", "-s", "--duration", "-d", "--reason"];

    fn read(words: &'a [String]) -> Self {
        let mut typed = Self::default();
        let words = words.iter().map(String::as_str);
        // A command of other tools may begin after `--`.
        let mut words = words.filter(|word| !Self::OWN.contains(word) && *word != "--");
        while let Some(word) = words.next() {
            if !word.starts_with('-') {
                typed.profile.get_or_insert(word);
                typed.plain.push(word);
                continue;
            }
            let takes_value = Self::REGION.contains(&word) || Self::WITH_VALUE.contains(&word);
            let (option, value) = match word.split_once('=') {
                Some((option, value)) => (option, Some(value)),
                None => (word, takes_value.then(|| words.next()).flatten()),
            };
            if typed.option.is_none() {
                (typed.option, typed.value) = (Some(option), value);
            }
        }
        typed
    }

    /// What to type instead of `sso login` and the like.
    fn of_other_tool(&self, ctx: &Context) -> Option<String> {
        let known = known_profiles(ctx);
        let is_profile = |word: &&&str| known.iter().any(|name| name == **word);
        let profile = self.plain.iter().skip(1).find(is_profile);
        let hint = words::for_aws_cli(&["sso", self.plain.first()?])?;
        Some(filled(ctx, profile.copied(), None, hint))
    }

    /// What to type instead of an option.
    fn instead(&self, ctx: &Context, option: &str) -> Vec<String> {
        if !Self::REGION.contains(&option) {
            let command = self.value.filter(|_| option == "--exec").map(words::command_of);
            let hints = words::for_option(option).iter();
            let fill = |hint: &&str| filled(ctx, self.profile, command.clone(), hint);
            return hints.map(fill).collect();
        }
        let profile = value_or("-p", self.profile, "NAME");
        let region = value_or("--region", self.value, "REGION");
        let line = Format::of_caller(ctx).line(&format!("ssowrap {profile} export {region}"));
        vec![format!("`{line}` loads the credentials with a region of your choice")]
    }
}

/// A hint with the profile and the command that were typed.
fn filled(ctx: &Context, profile: Option<&str>, command: Option<String>, hint: &str) -> String {
    let line = |line: &str| Format::of_caller(ctx).line(line);
    Fill { profile, command, options: &|_, _| Vec::new(), line: &line }.hint(hint)
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
