//! Errors for values and for options that need, or exclude, others.

use std::error::Error as _;

use clap::error::{ContextKind, ErrorKind};
use clap::{Command, Error as ClapError, ValueEnum};

use super::{RefusedCommandLine, text, texts};
use crate::cli::Shell;
use crate::cli::option::{is_option, is_repeatable, name_of, option_of, takes_next, with_value};
use crate::error::{Error, usage};
use crate::profile::{mask, suggest};
use crate::text::escape::shell_word;

const LINK: &str =
    "`ssowrap init --aws2-wrap DIR` creates a link named `aws2-wrap` in the directory DIR";

impl RefusedCommandLine<'_> {
    pub(super) fn anything_else(&self, error: &ClapError) -> Error {
        if error.kind() == ErrorKind::MissingRequiredArgument {
            return self.missing(&texts(error, ContextKind::InvalidArg));
        }
        if self.typed.plain_words().starts_with(&["init", "aws2-wrap"]) {
            return usage("`aws2-wrap` is not a shell").hint(LINK);
        }
        let refused = usage(self.message(error));
        if let Some(hints) = self.link_or_shell(error) {
            return hints.into_iter().fold(refused, Error::hint);
        }
        let known = texts(error, ContextKind::ValidValue);
        if known.is_empty() {
            return match self.without_value(error) {
                Some(line) => refused.hint(format!("`{line}`")),
                None => self.help_hint(refused),
            };
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let given = text(error, ContextKind::InvalidValue);
        match suggest::nearest(&given, known.clone()).is_empty() {
            true => refused.hint(self.one_of(&known)),
            false => suggest::names(refused, &given, known),
        }
    }

    fn message(&self, error: &ClapError) -> String {
        let argument = text(error, ContextKind::InvalidArg);
        let name = name_without_value(&argument);
        let value = text(error, ContextKind::InvalidValue);
        let value = mask::word(self.typed.unescaped(&value));
        let other = text(error, ContextKind::PriorArg);
        match (error.kind(), error.source()) {
            (ErrorKind::InvalidValue, _) if is_value_missing(error) => {
                format!("`{name}` needs a value")
            }
            (ErrorKind::InvalidValue, _) => format!("invalid value `{value}` for `{name}`"),
            (ErrorKind::ValueValidation, Some(why)) => {
                format!("invalid value `{value}` for `{name}`: {why}")
            }
            (ErrorKind::TooManyValues, _) => format!("`{name}` takes no value"),
            (ErrorKind::ArgumentConflict, _) if other == argument => {
                format!("`{name}` is given more than once")
            }
            (ErrorKind::ArgumentConflict, _) if !other.is_empty() => {
                format!("`{name}` cannot be used with `{}`", name_without_value(&other))
            }
            _ => of_clap(error),
        }
    }

    /// `init` sets up a shell or creates the link, each by itself.
    fn link_or_shell(&self, error: &ClapError) -> Option<Vec<String>> {
        let is_shown = |value: &&str| is_repeatable(value) && !is_option(value);
        let directory = self.typed.value_of("--aws2-wrap").filter(is_shown);
        let is_asked = self.typed.own().any(|word| name_of(word) == "--aws2-wrap");
        let is_other = error.kind() != ErrorKind::ArgumentConflict && !is_value_missing(error);
        if !is_asked || is_other || self.typed.verb() != Some("init") {
            return None;
        }
        let link = match directory {
            Some(directory) => LINK.replace("DIR", &shell_word(directory)),
            None => LINK.to_owned(),
        };
        let shells = Shell::value_variants().iter().map(|shell| shell.name());
        let mut typed = self.typed.plain_words().into_iter().skip(1);
        let shell = typed.find(|word| shells.clone().any(|shell| shell == *word));
        let set_up = shell.map(|shell| format!("`ssowrap init {shell}` prints the script"));
        Some(set_up.into_iter().chain([link]).collect())
    }

    /// The line up to an option without its value, with a word that stands for the value.
    fn without_value(&self, error: &ClapError) -> Option<String> {
        if !is_value_missing(error) {
            return None;
        }
        let argument = text(error, ContextKind::InvalidArg);
        let verb = self.typed.verb_line();
        let command = verb.split(' ').try_fold(self.typed.command, Command::find_subcommand)?;
        let option = option_of(command, argument.split(' ').next()?)?;
        let is_it = |word: &&str| option_of(command, word).is_some_and(|it| it == option);
        let word = self.typed.own().rev().find(is_it)?;
        let (line, _) = self.typed.line_before(word)?;
        Some(format!("{line} {}", with_value(option, word, None)))
    }

    fn missing(&self, missing: &[String]) -> Error {
        if let Some(error) = self.needed_by_option(missing) {
            return error;
        }
        match self.typed.verb() {
            Some(verb @ ("init" | "completions")) => {
                let shells = Shell::value_variants().iter().map(|shell| shell.name());
                usage(format!("`{verb}` needs the name of a shell"))
                    .hint(self.one_of(&shells.collect::<Vec<_>>()))
            }
            _ => {
                let message =
                    format!("`{}` needs {}", self.typed.verb_line(), placeholders(missing));
                self.help_hint(usage(message))
            }
        }
    }

    /// For an option that is given without another one that it needs.
    fn needed_by_option(&self, missing: &[String]) -> Option<Error> {
        let verb = self.typed.verb_line();
        let command = verb.split(' ').try_fold(self.typed.command, Command::find_subcommand)?;
        let mut own = self.typed.words.iter().take_while(|word| *word != "--").enumerate().skip(1);
        own.find_map(|(at, word)| {
            let option = option_of(command, word)?;
            let end = (at + 1 + usize::from(takes_next(option, word))).min(self.typed.words.len());
            let without = [&self.typed.words[..at], &self.typed.words[end..]].concat();
            let still_missing = match self.typed.command.clone().try_get_matches_from(without) {
                Ok(_) => Vec::new(),
                Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {
                    texts(&error, ContextKind::InvalidArg)
                }
                Err(_) => return None,
            };
            let needed = missing.iter().filter(|name| !still_missing.contains(name)).cloned();
            let needed: Vec<String> = needed.collect();
            let option = name_of(word);
            let line = self.line_of(&verb);
            (!needed.is_empty()).then(|| {
                usage(format!("`{option}` needs {}", placeholders(&needed)))
                    .hint(format!("add it: `{line} {} ...`", plain(&needed).join(" ")))
            })
        })
    }

    fn one_of(&self, values: &[&str]) -> String {
        let list = values.join(", ");
        match self.typed.verb() {
            Some(verb @ ("init" | "completions")) => {
                format!("one of {list}: `ssowrap {verb} bash`")
            }
            _ => format!("one of {list}"),
        }
    }

    pub(super) fn help_hint(&self, error: Error) -> Error {
        let line = format!("ssowrap {}", self.typed.verb_line());
        error.hint(format!("see `{} --help`", line.trim_end()))
    }
}

fn is_value_missing(error: &ClapError) -> bool {
    let value = text(error, ContextKind::InvalidValue);
    error.kind() == ErrorKind::InvalidValue && value.is_empty()
}

/// clap's message, up to its usage.
fn of_clap(error: &ClapError) -> String {
    let rendered = error.render().to_string();
    let lines = rendered.lines().take_while(|line| !line.is_empty()).map(str::trim);
    let message: Vec<&str> = lines.filter(|line| !line.starts_with("[possible values: ")).collect();
    let message = message.join(" ");
    message.strip_prefix("error: ").unwrap_or(&message).replace('\'', "`")
}

/// `--port` for clap's `--port <NUMBER>`, `SHELL` for its `[SHELL]`.
fn name_without_value(argument: &str) -> &str {
    let name = argument.split_once(' ').map_or(argument, |(name, _)| name);
    name.trim_matches(['<', '>', '[', ']', '.'])
}

/// `--cluster-name NAME` for clap's `--cluster-name <NAME>`.
fn plain(arguments: &[String]) -> Vec<String> {
    arguments.iter().map(|argument| argument.replace(['<', '>'], "")).collect()
}

fn placeholders(arguments: &[String]) -> String {
    plain(arguments).iter().map(|argument| format!("`{argument}`")).collect::<Vec<_>>().join(", ")
}
