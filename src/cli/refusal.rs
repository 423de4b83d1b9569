//! Usage errors, in the form of this program's other errors.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error as ClapError, ValueEnum};

use super::option::{as_given, is_known_value, name_of, option_of, takes_next, with_value};
use super::{Shell, verbs, words};
use crate::error::{Error, usage};
use crate::output::format::Format;
use crate::profile::suggest;
use crate::text::escape::shell_word;

/// Why a command line is refused.
pub(crate) enum Refusal {
    /// clap's text: the help, the version, or the help for an empty command line.
    Text(ClapError),
    /// The command line is wrong.
    Usage(Error),
}

/// Who typed the command line. Asked only if it is refused.
pub(crate) struct Caller<'a> {
    /// The profiles in the config.
    pub(crate) profiles: &'a dyn Fn() -> Vec<String>,
    /// Whether a word is a program in the caller's PATH.
    pub(crate) is_program: &'a dyn Fn(&str) -> bool,
    /// The format that its shell evaluates.
    pub(crate) format: &'a dyn Fn() -> Format,
}

#[cfg(test)]
impl Caller<'static> {
    pub(super) const NOBODY: Self = Self {
        profiles: &Vec::new,
        is_program: &|_| false,
        format: &|| Format::value_variants()[0],
    };
}

/// A refused command line.
pub(super) struct RefusedCommandLine<'a> {
    pub(super) command: &'a Command,
    pub(super) words: &'a [OsString],
    pub(super) caller: &'a Caller<'a>,
}

impl RefusedCommandLine<'_> {
    /// Turns clap's error into ours.
    pub(super) fn explain(&self, error: ClapError) -> Refusal {
        let nothing_given = self.words.len() < 2;
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Refusal::Text(error),
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if nothing_given => {
                Refusal::Text(error)
            }
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
                Refusal::Usage(self.no_verb())
            }
            ErrorKind::InvalidSubcommand => Refusal::Usage(self.wrong_verb(&error)),
            ErrorKind::UnknownArgument => Refusal::Usage(self.wrong_argument(&error)),
            _ => Refusal::Usage(self.anything_else(&error)),
        }
    }

    fn no_verb(&self) -> Error {
        if let Some(verb) = self.verb().and_then(|verb| self.command.find_subcommand(verb)) {
            let below =
                verb.get_subcommands().map(Command::get_name).filter(|name| *name != "help");
            let below: Vec<String> = below.map(|name| format!("`{name}`")).collect();
            let message = format!("`{}` needs a subcommand", verb.get_name());
            return usage(message).hint(format!("one of {}", below.join(", ")));
        }
        if let Some(hint) = self.verb_as_profile() {
            return usage("no verb given").hint(hint);
        }
        let name = shell_word(self.profile().unwrap_or("NAME"));
        usage("no verb given")
            .hint(format!(
                "`ssowrap -p {name} exec -- COMMAND` runs a command with the credentials"
            ))
            .hint(format!("`{}` puts them into this shell", self.export_line(&name)))
            .hint("`ssowrap --help` lists the verbs")
    }

    /// The line that loads a profile's credentials into the caller's shell.
    fn export_line(&self, name: &str) -> String {
        (self.caller.format)().line(&format!("ssowrap -p {name} export"))
    }

    fn wrong_verb(&self, error: &ClapError) -> Error {
        let word = text(error, ContextKind::InvalidSubcommand);
        let error = usage(format!("there is no verb `{word}`"));
        if let Some(hint) = words::for_dash(&word) {
            return error.hint(hint);
        }
        if let Some(hint) = self.verb_as_profile() {
            return error.hint(hint);
        }
        let profile = self.profile().map(shell_word);
        if self.words.iter().any(|word| word == "--") {
            let name = profile.as_deref().unwrap_or("NAME");
            return error.hint(exec_hint(name, &word));
        }
        if let Some(hint) = words::for_aws_cli(&self.plain_words(), profile.as_deref()) {
            return error.hint(hint);
        }
        let meant = profile.clone().or_else(|| self.profile_after(&word));
        let hints = words::for_verb(&word, meant.as_deref());
        if !hints.is_empty() {
            // `ssowrap -p prod ls`
            let program = profile.filter(|_| (self.caller.is_program)(&word));
            let error = match program {
                Some(name) => error.hint(exec_hint(&name, &word)),
                None => error,
            };
            return hints.into_iter().fold(error, Error::hint);
        }
        if (self.caller.profiles)().contains(&word) {
            return self.profile_for_verb(error, &word);
        }
        let known = verbs::ROWS.iter().map(|row| row.verb).collect();
        let error = suggest::names(error, &word, known);
        let is_program = (self.caller.is_program)(&word);
        match profile {
            Some(_) if !is_program && !error.hints.is_empty() => error,
            Some(name) => error.hint(exec_hint(&name, &word)),
            None if is_program => error.hint(exec_hint("NAME", &word)),
            None => error.hint("`ssowrap --help` lists the verbs"),
        }
    }

    /// `ssowrap prod`, `ssowrap prod exec env`.
    fn profile_for_verb(&self, error: Error, name: &str) -> Error {
        let next = self.words.iter().filter_map(|word| word.to_str());
        let verb = next.skip_while(|word| *word != name).nth(1).filter(|w| self.is_verb(w));
        let (name, error) = (shell_word(name), error);
        match verb {
            Some(verb) => {
                let line = format!("ssowrap -p {name} {verb} ...");
                error.hint(format!("`{name}` is a profile: `{line}`"))
            }
            None => error
                .hint(format!(
                    "`{name}` is a profile: `ssowrap -p {name} exec -- COMMAND` runs a command"
                ))
                .hint(format!("`{}` exports its credentials", self.export_line(&name))),
        }
    }

    fn wrong_argument(&self, error: &ClapError) -> Error {
        let word = text(error, ContextKind::InvalidArg);
        let verb = self.verb();
        let of_verb = verb.map(|verb| format!(" of `{verb}`")).unwrap_or_default();
        if let Some(hint) = words::for_dash(&word) {
            return usage(format!("there is no option `{word}`")).hint(hint);
        }
        let profile = self.profile().map(shell_word);
        if !word.starts_with('-') {
            return self.surplus_word(&word, profile.as_deref());
        }
        if let Some(error) = self.before_its_verb(&word) {
            return error;
        }
        let refused = usage(format!("there is no option `{word}`{of_verb}"));
        if let Some(hint) = words::for_option(&word, profile.as_deref()) {
            let other = self.value_of("--outprofile").map(shell_word);
            return refused.hint(match other {
                Some(name) => hint.replace(words::OTHER, &name),
                None => hint,
            });
        }
        if let Some(hint) = self.without_its_verb(&word, profile.as_deref()) {
            return refused.hint(hint);
        }
        let near = text(error, ContextKind::SuggestedArg);
        let refused = match near.is_empty() {
            true => refused,
            false => refused.hint(format!("did you mean `{near}`?")),
        };
        self.help_hint(refused)
    }

    /// An option of the verb that is before the verb: `ssowrap --renew exec`.
    fn before_its_verb(&self, word: &str) -> Option<Error> {
        let verb = self.verb_line();
        let mut names = verb.split(' ');
        let command = names.clone().try_fold(self.command, Command::find_subcommand)?;
        let first = names.next()?;
        let (mut before, mut after) = ("ssowrap".to_owned(), verb.clone());
        let mut is_found = false;
        let mut words = self.words.iter().skip(1).filter_map(|word| word.to_str());
        while let Some(given) = words.next().filter(|given| *given != first) {
            let global = option_of(self.command, given);
            let own = option_of(command, given).filter(|_| global.is_none());
            is_found |= own.is_some() && name_of(given) == name_of(word);
            let option = global.or(own);
            let takes_next = option.is_some_and(|option| takes_next(option, given));
            let value = if takes_next { words.next() } else { None };
            let line = if own.is_some() { &mut after } else { &mut before };
            line.push(' ');
            line.push_str(&as_given(option, given, value));
        }
        let rest = if words.nth(names.count()).is_some() { " ..." } else { "" };
        let message = format!("`{word}` is an option of `{verb}`: it belongs after the verb");
        is_found.then(|| usage(message).hint(format!("`{before} {after}{rest}`")))
    }

    /// For an option without a verb: `ssowrap --unset`.
    fn without_its_verb(&self, word: &str, profile: Option<&str>) -> Option<String> {
        if self.verb().is_some() {
            return None;
        }
        let verbs = self.command.get_subcommands().filter(|verb| !verb.is_hide_set());
        let mut takers: Vec<_> = verbs
            .filter_map(|verb| option_of(verb, word).map(|option| (verb.get_name(), option)))
            .collect();
        let given = self.value_of(name_of(word)).unwrap_or_default();
        let known = takers.iter().any(|(_, option)| is_known_value(option, given)).then_some(given);
        takers.retain(|(_, option)| known.is_none_or(|value| is_known_value(option, value)));
        let (verb, option) = *takers.first()?;
        let names: Vec<&str> = takers.iter().map(|(verb, _)| *verb).collect();
        let hint = format!("it is an option of `{}`", names.join("`, `"));
        if names.len() > 1 && !option.get_action().takes_values() {
            return Some(hint);
        }
        let line = with_value(option, word, known);
        Some(format!("{hint}: `{} {line}`", on_profile(profile, verb)))
    }

    /// `ssowrap -p exec -- env`: the profile's name was forgotten.
    fn verb_as_profile(&self) -> Option<String> {
        let verb = self.profile().filter(|name| self.is_verb(name))?;
        let is_profile = (self.caller.profiles)().iter().any(|profile| profile == verb);
        (!is_profile).then(|| {
            format!(
                "`-p` took `{verb}` as the name of the profile: `{} ...`",
                on_profile(Some("NAME"), verb)
            )
        })
    }

    fn surplus_word(&self, word: &str, profile: Option<&str>) -> Error {
        let Some(verb) = self.verb() else {
            if let Some(hint) = self.verb_as_profile() {
                return usage("no verb given").hint(hint);
            }
            // `ssowrap -p prod -- env`
            return usage("no verb given").hint(exec_hint(profile.unwrap_or("NAME"), word));
        };
        let line = self.verb_line();
        let error = usage(format!("unexpected argument `{word}` after `{line}`"));
        if let Some(hint) = words::for_aws_cli(&self.plain_words(), profile) {
            return error.hint(hint);
        }
        let takes_profile = verbs::VerbRow::of(verb).is_some_and(|row| row.takes("profile"));
        // `ssowrap -p prod export -- env`
        let is_command = self.words.iter().any(|word| word == "--")
            || profile.is_some() && (self.caller.is_program)(word);
        if takes_profile && is_command {
            return error.hint(exec_hint(profile.unwrap_or("NAME"), word));
        }
        if takes_profile && profile.is_none() {
            let name = shell_word(word);
            return error.hint(
                match (self.caller.profiles)().iter().any(|profile| profile == word) {
                    true => format!("`{name}` is a profile: `ssowrap -p {name} {line}`"),
                    false => format!("choose a profile with `-p {name}`"),
                },
            );
        }
        self.help_hint(error)
    }

    fn anything_else(&self, error: &ClapError) -> Error {
        if error.kind() == ErrorKind::MissingRequiredArgument {
            return self.missing(&texts(error, ContextKind::InvalidArg));
        }
        if self.plain_words().starts_with(&["init", "aws2-wrap"]) {
            return usage("`aws2-wrap` is not a shell").hint(
                "`ssowrap init --aws2-wrap DIR` creates a link with that name in the directory DIR",
            );
        }
        // clap's message, up to its usage.
        let rendered = error.render().to_string();
        let lines = rendered.lines().take_while(|line| !line.is_empty()).map(str::trim);
        let message: Vec<&str> =
            lines.filter(|line| !line.starts_with("[possible values: ")).collect();
        let message = message.join(" ");
        let message = message.strip_prefix("error: ").unwrap_or(&message);
        let refused = usage(message.replace('\'', "`"));
        let known = texts(error, ContextKind::ValidValue);
        if known.is_empty() {
            return self.help_hint(refused);
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let given = text(error, ContextKind::InvalidValue);
        match suggest::nearest(&given, known.clone()).is_empty() {
            true => refused.hint(self.one_of(&known)),
            false => suggest::names(refused, &given, known),
        }
    }

    fn missing(&self, missing: &[String]) -> Error {
        if let Some(error) = self.needed_by_option(missing) {
            return error;
        }
        match self.verb() {
            Some(verb @ ("init" | "completions")) => {
                let shells = Shell::value_variants().iter().map(|shell| shell.name());
                usage(format!("`{verb}` needs the name of a shell"))
                    .hint(self.one_of(&shells.collect::<Vec<_>>()))
            }
            _ => {
                let message = format!("`{}` needs {}", self.verb_line(), placeholders(missing));
                self.help_hint(usage(message))
            }
        }
    }

    /// For an option that is given without another one that it needs.
    fn needed_by_option(&self, missing: &[String]) -> Option<Error> {
        let verb = self.verb_line();
        let command = verb.split(' ').try_fold(self.command, Command::find_subcommand)?;
        let own = self.words.iter().take_while(|word| *word != "--").enumerate().skip(1);
        own.filter_map(|(at, word)| word.to_str().zip(Some(at))).find_map(|(word, at)| {
            let option = option_of(command, word)?;
            let end = (at + 1 + usize::from(takes_next(option, word))).min(self.words.len());
            let without = [&self.words[..at], &self.words[end..]].concat();
            let still_missing = match self.command.clone().try_get_matches_from(without) {
                Ok(_) => Vec::new(),
                Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {
                    texts(&error, ContextKind::InvalidArg)
                }
                Err(_) => return None,
            };
            let needed = missing.iter().filter(|name| !still_missing.contains(name)).cloned();
            let needed: Vec<String> = needed.collect();
            let option = name_of(word);
            let line = on_profile(self.profile().map(shell_word).as_deref(), &verb);
            (!needed.is_empty()).then(|| {
                usage(format!("`{option}` needs {}", placeholders(&needed)))
                    .hint(format!("add it: `{line} {} ...`", plain(&needed).join(" ")))
            })
        })
    }

    fn one_of(&self, values: &[&str]) -> String {
        let list = values.join(", ");
        match self.verb() {
            Some(verb @ ("init" | "completions")) => {
                format!("one of {list}: `ssowrap {verb} bash`")
            }
            _ => format!("one of {list}"),
        }
    }

    fn help_hint(&self, error: Error) -> Error {
        let line = format!("ssowrap {}", self.verb_line());
        error.hint(format!("see `{} --help`", line.trim_end()))
    }

    /// The verb of the command line, with the one below it: `login`, `cache clear`.
    fn verb_line(&self) -> String {
        let mut words = self.plain_words().into_iter().skip_while(|word| !self.is_verb(word));
        let Some(verb) = words.next() else { return String::new() };
        let below = self.command.find_subcommand(verb).zip(words.next());
        match below.filter(|(command, word)| command.find_subcommand(word).is_some()) {
            Some((_, word)) => format!("{verb} {word}"),
            None => verb.to_owned(),
        }
    }

    /// The words that are neither options nor the value of `-p`.
    fn plain_words(&self) -> Vec<&str> {
        let mut plain = Vec::new();
        let mut words = self.words.iter().skip(1).filter_map(|word| word.to_str());
        while let Some(word) = words.next() {
            if word == "-p" || word == "--profile" {
                words.next();
            } else if !word.starts_with('-') {
                plain.push(word);
            }
        }
        plain
    }

    /// The profile after a word, as in `ssowrap use prod`.
    fn profile_after(&self, word: &str) -> Option<String> {
        let mut words = self.plain_words().into_iter().skip_while(|plain| *plain != word);
        let name = words.nth(1)?;
        (self.caller.profiles)().iter().any(|profile| profile == name).then(|| shell_word(name))
    }

    /// The verb of the command line.
    fn verb(&self) -> Option<&str> {
        self.plain_words().into_iter().find(|word| self.is_verb(word))
    }

    fn is_verb(&self, word: &str) -> bool {
        self.command.find_subcommand(word).is_some_and(|verb| !verb.is_hide_set())
    }

    /// The value of an option with this name, which may be unknown here.
    fn value_of(&self, option: &str) -> Option<&str> {
        let mut words = self.words.iter().skip(1).filter_map(|word| word.to_str());
        let word = words.find(|word| name_of(word) == option)?;
        word.split_once('=').map_or_else(|| words.next(), |(_, value)| Some(value))
    }

    /// The value of `-p`.
    fn profile(&self) -> Option<&str> {
        let mut words = self.words.iter().skip(1).filter_map(|word| word.to_str());
        while let Some(word) = words.next() {
            if word == "-p" || word == "--profile" {
                return words.next();
            }
            if let Some(name) = word.strip_prefix("--profile=") {
                return Some(name);
            }
            if let Some(name) = word.strip_prefix("-p").filter(|_| !word.starts_with("--")) {
                return Some(name.strip_prefix('=').unwrap_or(name));
            }
        }
        None
    }
}

/// The arguments are left out, because they may contain a secret.
fn exec_hint(profile: &str, program: &str) -> String {
    format!("`ssowrap -p {profile} exec -- {} ...` runs a command", shell_word(program))
}

/// The beginning of a command line.
fn on_profile(profile: Option<&str>, verb: &str) -> String {
    match profile {
        Some(name) => format!("ssowrap -p {name} {verb}"),
        None => format!("ssowrap {verb}"),
    }
}

/// `--cluster-name NAME` for clap's `--cluster-name <NAME>`.
fn plain(arguments: &[String]) -> Vec<String> {
    arguments.iter().map(|argument| argument.replace(['<', '>'], "")).collect()
}

fn placeholders(arguments: &[String]) -> String {
    plain(arguments).iter().map(|argument| format!("`{argument}`")).collect::<Vec<_>>().join(", ")
}

/// A text that clap attaches to its error.
fn text(error: &ClapError, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        _ => texts(error, kind).into_iter().next().unwrap_or_default(),
    }
}

/// All of them.
fn texts(error: &ClapError, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}
