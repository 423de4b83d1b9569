//! Usage errors, in the form of this program's other errors.

mod near;
mod values;

use std::cell::OnceCell;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error as ClapError};

use super::fill::Fill;
use super::option::{
    as_given, is_known_value, name_of, option_of, tied_value, value_or, with_value,
};
use super::typed::{Part, Typed};
use super::{verbs, words};
use crate::error::{Error, usage};
use crate::output::format::Format;
use crate::profile::{mask, suggest};
use crate::text::escape::shell_word;
use crate::text::words::variable_of;

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
        format: &|| <Format as clap::ValueEnum>::value_variants()[0],
    };
}

/// A refused command line.
pub(super) struct RefusedCommandLine<'a> {
    typed: Typed<'a>,
    caller: &'a Caller<'a>,
    profiles: OnceCell<Vec<String>>,
}

const EXEC: &str = "`ssowrap -p NAME exec -- COMMAND` runs a command";

const NO_PROFILES: &str = "there are no profiles yet: `ssowrap configure` adds your organisation's \
                           portal, and profiles for its roles";

impl<'a> RefusedCommandLine<'a> {
    pub(super) fn new(command: &'a Command, words: &'a [String], caller: &'a Caller<'a>) -> Self {
        Self { typed: Typed { command, words }, caller, profiles: OnceCell::new() }
    }

    /// Turns clap's error into ours.
    pub(super) fn explain(&self, error: ClapError) -> Refusal {
        let nothing_given = self.typed.words.len() < 2;
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
        let verb = self.typed.verb();
        if let Some(verb) = verb.and_then(|verb| self.typed.command.find_subcommand(verb)) {
            let message = format!("`{}` needs a verb", verb.get_name());
            return usage(message).hint(one_of_below(verb));
        }
        let error = usage("no verb given");
        if let Some(hint) = self.verb_as_profile() {
            return error.hint(hint);
        }
        let exec = format!("{EXEC} with the credentials");
        let export = "`eval ssowrap -p NAME export` puts them into this shell";
        self.lead(error, &[&exec, export]).hint("`ssowrap --help` lists the verbs")
    }

    fn wrong_verb(&self, error: &ClapError) -> Error {
        let word = text(error, ContextKind::InvalidSubcommand);
        let word = self.typed.unescaped(&word);
        if let [first, next, ..] = self.typed.plain_words()[..]
            && next == word
            && let Some(verb) = self.typed.command.find_subcommand(first)
        {
            return self.wrong_verb_below(verb, word);
        }
        let shown = mask::word(word);
        let error = usage(format!("there is no verb `{shown}`"));
        if let Some(hint) = words::for_dash(&shown) {
            return error.hint(hint);
        }
        if let Some(hint) = self.verb_as_profile() {
            return error.hint(hint);
        }
        if self.typed.has_dashes() {
            return self.exec(error, word);
        }
        if let Some(hint) = words::for_aws_cli(&self.typed.plain_words()) {
            return self.lead(error, &[hint]);
        }
        if let Some(hints) = self.option_of_switch(word) {
            return self.lead(error, hints);
        }
        let hints = words::for_verb(word);
        if !hints.is_empty() {
            return self.other_name_of_verb(error, word, hints);
        }
        if self.is_profile(word) {
            let mut next = self.typed.own().skip_while(|next| *next != word);
            let verb = next.nth(1).filter(|next| self.typed.is_verb(next));
            return self.profile_for_verb(error, word, verb);
        }
        self.unknown_verb(error, word)
    }

    /// `ssowrap assume prod`, `ssowrap -p prod ls`
    fn other_name_of_verb(&self, error: Error, word: &str, hints: &[&str]) -> Error {
        let is_profile_given = self.typed.profile().is_some();
        let error = match is_profile_given && (self.caller.is_program)(word) {
            true => self.exec(error, word),
            false => error,
        };
        let error = self.lead(error, hints);
        let mut next = self.typed.plain_words().into_iter().skip_while(|next| *next != word);
        let next = next.nth(1).filter(|_| words::is_switch(word) && !is_profile_given);
        let near = next.and_then(|next| self.near_profiles(next));
        near.into_iter().fold(error, Error::hint)
    }

    /// `ssowrap exprot`, `ssowrap terraform plan`, `ssowrap TOKEN=x terraform plan`
    fn unknown_verb(&self, error: Error, word: &str) -> Error {
        let is_program = (self.caller.is_program)(word);
        let known = verbs::ROWS.iter().map(|row| row.verb).collect();
        let error = suggest::names(error, word, known);
        if self.typed.profile().is_some() {
            return match !is_program && !error.hints.is_empty() {
                true => error,
                false => self.exec(error, word),
            };
        }
        let error = match self.near_profiles(word) {
            Some(hint) => error.hint(hint),
            None => error,
        };
        match is_program || variable_of(word).is_some() {
            true => self.exec(error, word),
            false => error.hint("`ssowrap --help` lists the verbs"),
        }
    }

    /// `ssowrap cache claer`
    fn wrong_verb_below(&self, verb: &Command, word: &str) -> Error {
        let name = verb.get_name();
        let error = usage(format!("`{name}` has no verb `{}`", mask::word(word)));
        if self.is_profile(word) {
            return self.profile_for_verb(error, word, Some(name));
        }
        // `ssowrap eks token`
        let hints = words::for_verb(word).iter().copied();
        let hints: Vec<&str> = hints.filter(|hint| hint.contains(&format!(" {name} "))).collect();
        if !hints.is_empty() {
            return self.lead(error, &hints);
        }
        let error = suggest::names(error, word, names_below(verb));
        if error.hints.is_empty() { error.hint(one_of_below(verb)) } else { error }
    }

    /// `ssowrap assume -c prod`, `ssowrap prod --exec env`: the hints for the option, which says what
    /// to do with the profile.
    fn option_of_switch(&self, word: &str) -> Option<&'static [&'static str]> {
        if !words::is_switch(word) && !self.is_profile(word) {
            return None;
        }
        let options = self.typed.options_before_command(&|word| self.is_profile(word));
        let hints = options.into_iter().map(|(option, _)| words::for_option(option));
        hints.into_iter().find(|hints| {
            hints.iter().any(|hint| hint.contains("ssowrap -p NAME") || hint.contains("`eval "))
        })
    }

    /// `ssowrap prod`, `ssowrap prod exec env`, `ssowrap cache prod`.
    fn profile_for_verb(&self, error: Error, name: &str, verb: Option<&str>) -> Error {
        let (name, profile) = (shell_word(name), profile_option(name));
        let fill = |hint: &str| self.fill(&[hint], None).remove(0);
        match verb {
            Some(verb) => {
                let line = format!("ssowrap {profile} {verb} ...");
                error.hint(format!("`{name}` is a profile: `{line}`"))
            }
            None => error
                .hint(format!("`{name}` is a profile: {}", fill(EXEC)))
                .hint(fill("`eval ssowrap -p NAME export` exports its credentials")),
        }
    }

    fn wrong_argument(&self, error: &ClapError) -> Error {
        let word = text(error, ContextKind::InvalidArg);
        let word = self.typed.unescaped(&word);
        let verb = self.typed.verb_line();
        let shown = mask::word(word);
        if let Some(hint) = words::for_dash(&shown) {
            return usage(format!("there is no option `{shown}`")).hint(hint);
        }
        if !word.starts_with('-') {
            return self.surplus_word(word);
        }
        if let Some(error) = self.before_its_verb(word) {
            return error;
        }
        let refused = usage(match verb.as_str() {
            "" => format!("there is no option `{word}`"),
            verb => format!("`{verb}` has no option `{word}`"),
        });
        // clap takes the `-un` of other tools for several options.
        let whole = self.typed.own().find(|typed| name_of(typed) == word).unwrap_or(word);
        for option in [whole, word] {
            let hints = words::for_option(option);
            if !hints.is_empty() {
                return self.lead(refused, hints);
            }
        }
        if let Some(hint) = self.of_another_name(word) {
            return refused.hint(hint);
        }
        if let Some(hint) = self.without_its_verb(word) {
            return refused.hint(hint);
        }
        self.help_hint(self.near_option(refused, word))
    }

    /// An option of the verb that is before the verb: `ssowrap --renew exec`.
    fn before_its_verb(&self, word: &str) -> Option<Error> {
        let verb = self.typed.verb_line();
        let command = verb.split(' ').try_fold(self.typed.command, Command::find_subcommand)?;
        let (mut before, mut after) = ("ssowrap".to_owned(), verb.clone());
        let mut is_found = false;
        let mut parts = self.typed.parts().into_iter();
        while let Some(Part::Option(given, value)) = parts.next() {
            let global = option_of(self.typed.command, given);
            let own = option_of(command, given).filter(|_| global.is_none());
            is_found |= own.is_some() && name_of(given) == name_of(word);
            let line = if own.is_some() { &mut after } else { &mut before };
            line.push(' ');
            line.push_str(&as_given(global.or(own), given, value));
        }
        // The first word of the verb has ended the loop.
        let rest = match parts.nth(verb.split(' ').count() - 1) {
            Some(_) => " ...",
            None => "",
        };
        let message = format!("`{word}` is an option of `{verb}`: it belongs after the verb");
        is_found.then(|| usage(message).hint(format!("`{before} {after}{rest}`")))
    }

    /// `-r us-east-1`: ssowrap's name for the option, if the verb takes it.
    fn of_another_name(&self, word: &str) -> Option<String> {
        let name = words::own_option(word)?;
        let verb = self.typed.verb_line();
        let verb: Vec<&str> = verb.split(' ').filter(|word| !word.is_empty()).collect();
        let options = self.typed.options();
        let options: Vec<_> = options.into_iter().filter(|(option, _)| *option == word).collect();
        let given = match verb.is_empty() {
            true => self.typed.taken_by(&["export"], &options, false),
            false => self.typed.taken_by(&verb, &options, false),
        };
        let given = given.into_iter().find(|given| given.names.iter().any(|own| own == name))?;
        Some(format!("write `{}`", given.text))
    }

    /// For an option without a verb: `ssowrap --format json`.
    fn without_its_verb(&self, word: &str) -> Option<String> {
        if self.typed.verb().is_some() {
            return None;
        }
        let verbs = self.typed.command.get_subcommands().filter(|verb| !verb.is_hide_set());
        let mut takers: Vec<_> = verbs
            .filter_map(|verb| option_of(verb, word).map(|option| (verb.get_name(), option)))
            .collect();
        let given = self.typed.value_of(name_of(word)).unwrap_or_default();
        let known = takers.iter().any(|(_, option)| is_known_value(option, given)).then_some(given);
        takers.retain(|(_, option)| known.is_none_or(|value| is_known_value(option, value)));
        let (verb, option) = *takers.first()?;
        let names: Vec<&str> = takers.iter().map(|(verb, _)| *verb).collect();
        let hint = format!("it is an option of `{}`", names.join("`, `"));
        if names.len() > 1 && !option.get_action().takes_values() {
            return Some(hint);
        }
        let line = with_value(option, word, known);
        Some(format!("{hint}: `{} {line}`", self.line_of(verb)))
    }

    /// `ssowrap -p exec -- env`: the profile's name was forgotten.
    fn verb_as_profile(&self) -> Option<String> {
        let verb = self.typed.profile().filter(|name| self.typed.is_verb(name))?;
        let line = format!("ssowrap -p NAME {verb} ...");
        let hint = format!("`-p` took `{verb}` as the name of the profile: `{line}`");
        (!self.is_profile(verb)).then_some(hint)
    }

    fn surplus_word(&self, word: &str) -> Error {
        let Some(verb) = self.typed.verb() else {
            let error = usage("no verb given");
            return match self.verb_as_profile() {
                Some(hint) => error.hint(hint),
                // `ssowrap -p prod -- env`
                None => self.exec(error, word),
            };
        };
        let line = self.typed.verb_line();
        let error = usage(format!("unexpected argument `{}` after `{line}`", mask::word(word)));
        if let Some(hint) = words::for_aws_cli(&self.typed.plain_words()) {
            return self.lead(error, &[hint]);
        }
        let is_profile_given = self.typed.profile().is_some();
        let near = if is_profile_given { None } else { self.near_profiles(word) };
        let takes_profile = verbs::VerbRow::of(verb).is_some_and(|row| row.takes("profile"));
        if near.is_none()
            && let Some(hint) = self.value_without_option(verb, word)
        {
            return error.hint(hint);
        }
        // `ssowrap -p prod export -- env`
        let is_command =
            self.typed.has_dashes() || is_profile_given && (self.caller.is_program)(word);
        if takes_profile && is_command {
            return self.exec(error, word);
        }
        if takes_profile && !is_profile_given {
            return error.hint(match self.is_profile(word) {
                true => {
                    let line = self.fill(&[&format!("`ssowrap -p NAME {line}`")], None).remove(0);
                    format!("`{}` is a profile: {line}", shell_word(word))
                }
                false => near
                    .unwrap_or_else(|| format!("choose a profile with `{}`", profile_option(word))),
            });
        }
        self.help_hint(error)
    }

    /// `ssowrap configure https://...`, `ssowrap console s3`: a value without its option.
    fn value_without_option(&self, verb: &str, word: &str) -> Option<String> {
        if self.is_profile(word) || self.typed.has_dashes() {
            return None;
        }
        let takes_login = verbs::VerbRow::of(verb).is_some_and(|row| row.takes("start_url"));
        let is_url = word.starts_with("https://") || word.starts_with("http://");
        let is_service = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'/';
        let option = match verb {
            "console" if is_url => "--destination",
            "console" if word.bytes().all(is_service) => "--service",
            _ if is_url && takes_login => "--start-url",
            _ => return None,
        };
        let command = self.typed.command;
        let arg = command.find_subcommand(verb).and_then(|verb| option_of(verb, option));
        let arg = arg.or_else(|| option_of(command, option))?;
        let (line, has_more) = self.typed.line_before(word)?;
        let rest = if has_more { " ..." } else { "" };
        let option = with_value(arg, option, Some(word));
        Some(format!("put its option before it: `{line} {option}{rest}`"))
    }

    /// The profiles with a similar name.
    fn near_profiles(&self, word: &str) -> Option<String> {
        if self.is_profile(word) {
            return None;
        }
        let known = self.profiles().iter().map(String::as_str).collect();
        let near = suggest::nearest(word, known).into_iter();
        let near: Vec<String> = near.map(|name| format!("`{}`", shell_word(name))).collect();
        let names = near.join(" or ");
        (!near.is_empty()).then(|| format!("did you mean the profile {names}? choose it with `-p`"))
    }

    /// Adds hints, filled in with what was typed.
    fn lead(&self, error: Error, hints: &[&str]) -> Error {
        let mut filled = self.fill(hints, None);
        let is_first = filled.iter().any(|hint| hint.contains("-p NAME"));
        if is_first && self.profiles().is_empty() {
            // `configure` signs in too.
            filled.retain(|hint| !hint.contains("-p NAME login`"));
            filled.insert(0, NO_PROFILES.to_owned());
        }
        filled.into_iter().fold(error, Error::hint)
    }

    /// Adds the line that runs a program.
    fn exec(&self, error: Error, program: &str) -> Error {
        self.fill(&[EXEC], Some(program)).into_iter().fold(error, Error::hint)
    }

    /// Fills in hints with what was typed. The words after the `program` belong to it.
    fn fill(&self, hints: &[&str], program: Option<&str>) -> Vec<String> {
        let all = self.typed.options();
        let (profile, before) = match program {
            Some(program) => {
                (self.typed.profile(), self.typed.options_before(&|word| word == program))
            }
            None => {
                let is_profile = |word: &str| self.is_profile(word);
                (self.profile(), self.typed.options_before_command(&is_profile))
            }
        };
        let of_exec = || {
            let line = all.iter().find(|(option, _)| name_of(option) == "--exec")?;
            line.1.or_else(|| tied_value(line.0)).map(words::command_of)
        };
        let fill = Fill {
            command: program.map(words::command_from).or_else(of_exec),
            options: &|verb, has_command| {
                let options = if has_command { &before } else { &all };
                self.typed.taken_by(verb, options, profile.is_some())
            },
            line: &|line| (self.caller.format)().line(line),
            profile,
        };
        hints.iter().map(|hint| fill.hint(hint)).collect()
    }

    /// The beginning of a line for the same profile.
    fn line_of(&self, verb: &str) -> String {
        match self.profile() {
            Some(name) => format!("ssowrap {} {verb}", profile_option(name)),
            None => format!("ssowrap {verb}"),
        }
    }

    /// The profile of the command line, even without `-p`.
    fn profile(&self) -> Option<&str> {
        let is_it = |word: &&str| !self.typed.is_verb(word) && self.is_profile(word);
        self.typed.profile().or_else(|| self.typed.plain_words().into_iter().find(is_it))
    }

    fn is_profile(&self, word: &str) -> bool {
        self.profiles().iter().any(|name| name == word)
    }

    fn profiles(&self) -> &[String] {
        self.profiles.get_or_init(|| (self.caller.profiles)())
    }
}

/// The verbs below a verb.
fn names_below(verb: &Command) -> Vec<&str> {
    verb.get_subcommands().map(Command::get_name).filter(|name| *name != "help").collect()
}

fn one_of_below(verb: &Command) -> String {
    format!("one of `{}`", names_below(verb).join("`, `"))
}

/// `-p` with this profile, or with a placeholder if no hint can repeat it.
fn profile_option(name: &str) -> String {
    value_or("-p", Some(name), "NAME")
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
