//! The words of a refused command line, read as far as possible.

use clap::{Arg, ArgAction, Command};

use super::option::{GivenOption, as_given, is_option, name_of, option_of, takes_next, tied_value};
use super::verbs::{self, Repeated, VerbRow};
use super::words;
use crate::text::escape;

/// A command line that clap refuses.
#[derive(Clone, Copy)]
pub(super) struct Typed<'a> {
    pub(super) command: &'a Command,
    /// With U+FFFD for what is not UTF-8.
    pub(super) words: &'a [String],
}

/// A part of it.
#[derive(Clone, Copy)]
pub(super) enum Part<'a> {
    /// An option of any verb or of another tool, with the word after it if that is its value.
    Option(&'a str, Option<&'a str>),
    /// The `--` after the options.
    Dashes,
    /// Another word.
    Plain(&'a str),
}

impl<'a> Typed<'a> {
    /// The words after the program's name.
    pub(super) fn own(self) -> impl DoubleEndedIterator<Item = &'a str> {
        self.words.iter().skip(1).map(String::as_str)
    }

    /// The word that clap was given in this form, without its control characters.
    pub(super) fn unescaped(self, text: &'a str) -> &'a str {
        self.own().find(|word| escape::foreign(*word) == text).unwrap_or(text)
    }

    pub(super) fn parts(self) -> Vec<Part<'a>> {
        let mut parts = Vec::new();
        let mut words = self.own().peekable();
        while let Some(word) = words.next() {
            match word {
                "--" => {
                    parts.push(Part::Dashes);
                    parts.extend(words.map(Part::Plain));
                    break;
                }
                _ if !is_option(word) => parts.push(Part::Plain(word)),
                _ if !self.takes_next(word) => parts.push(Part::Option(word, None)),
                _ => parts.push(Part::Option(word, words.next_if(|next| !is_option(next)))),
            }
        }
        parts
    }

    /// Whether a `--` is among them.
    pub(super) fn has_dashes(self) -> bool {
        self.own().any(|word| word == "--")
    }

    /// The words that are neither options nor their values.
    pub(super) fn plain_words(self) -> Vec<&'a str> {
        let plain = self.parts().into_iter().filter_map(|part| match part {
            Part::Plain(word) => Some(word),
            _ => None,
        });
        plain.collect()
    }

    /// The verb.
    pub(super) fn verb(self) -> Option<&'a str> {
        self.plain_words().into_iter().find(|word| self.is_verb(word))
    }

    /// The verb, with the one below it: `login`, `cache clear`.
    pub(super) fn verb_line(self) -> String {
        let mut words = self.plain_words().into_iter().skip_while(|word| !self.is_verb(word));
        let Some(verb) = words.next() else { return String::new() };
        let below = self.command.find_subcommand(verb).zip(words.next());
        match below.filter(|(command, word)| command.find_subcommand(word).is_some()) {
            Some((_, word)) => format!("{verb} {word}"),
            None => verb.to_owned(),
        }
    }

    pub(super) fn is_verb(self, word: &str) -> bool {
        self.command.find_subcommand(word).is_some_and(|verb| !verb.is_hide_set())
    }

    /// The value of an option, given by one of its names.
    pub(super) fn value_of(self, name: &str) -> Option<&'a str> {
        let mut options = self.options().into_iter().filter(|(word, _)| name_of(word) == name);
        options.find_map(|(word, next)| next.or_else(|| tied_value(word)))
    }

    /// The value of `-p`.
    pub(super) fn profile(self) -> Option<&'a str> {
        self.value_of("-p").or_else(|| self.value_of("--profile"))
    }

    /// The options, each with the word after it if that is its value.
    pub(super) fn options(self) -> Vec<(&'a str, Option<&'a str>)> {
        self.options_before(&|_| false)
    }

    /// The options before the first word that may begin a command: one that is neither the first nor
    /// a verb nor a profile.
    pub(super) fn options_before_command(
        self,
        is_profile: &dyn Fn(&str) -> bool,
    ) -> Vec<(&'a str, Option<&'a str>)> {
        let first = self.plain_words().first().copied();
        self.options_before(&|word| first != Some(word) && !self.is_verb(word) && !is_profile(word))
    }

    /// The options before a word.
    pub(super) fn options_before(
        self,
        is_end: &dyn Fn(&str) -> bool,
    ) -> Vec<(&'a str, Option<&'a str>)> {
        let parts = self.parts().into_iter();
        let before = parts.take_while(|part| match part {
            Part::Option(..) => true,
            Part::Dashes => false,
            Part::Plain(word) => !is_end(word),
        });
        let options = before.filter_map(|part| match part {
            Part::Option(word, value) => Some((word, value)),
            _ => None,
        });
        options.collect()
    }

    /// Whether the word after an option of any verb, or of another tool, is its value.
    fn takes_next(self, word: &str) -> bool {
        let verbs = || self.command.get_subcommands();
        let below = verbs().flat_map(Command::get_subcommands);
        let commands = [self.command].into_iter().chain(verbs()).chain(below);
        let mut options = commands.filter_map(|command| option_of(command, own_name(word)));
        words::takes_next(word) || options.any(|option| takes_next(option, own_name(word)))
    }

    /// Those of the `options` that the verb takes too.
    pub(super) fn taken_by(
        self,
        verb: &[&str],
        options: &[(&str, Option<&str>)],
        has_profile: bool,
    ) -> Vec<GivenOption> {
        let below = |command: &'a Command, word: &&str| command.find_subcommand(word);
        let Some(first) = verb.first().and_then(|word| below(self.command, word)) else {
            return Vec::new();
        };
        let command = verb.get(1).and_then(|word| below(first, word)).unwrap_or(first);
        let option = |word: &str| {
            let name = own_name(word);
            option_of(command, name).or_else(|| option_of(self.command, name))
        };
        let is_given = |id: &str| {
            options.iter().any(|(word, _)| option(word).is_some_and(|option| option.get_id() == id))
        };
        let row = VerbRow::of(first.get_name());
        let is_repeated = |option: &Arg| {
            let id = option.get_id().as_str();
            let is_foreign = verbs::is_optional(id) && !row.is_some_and(|row| row.takes(id));
            match Repeated::of(id) {
                _ if option.is_hide_set() => false,
                // The verb's own.
                _ if !option.is_global_set() => true,
                _ if is_foreign => false,
                Repeated::Always => true,
                Repeated::Never => false,
                Repeated::WithoutProfile => !has_profile,
                Repeated::With(id) => is_given(id),
            }
        };
        let mut given: Vec<(&Arg, GivenOption)> = Vec::new();
        for (word, next) in options {
            let Some(option) = option(word).filter(|option| is_repeated(option)) else { continue };
            let is_again = given.iter().any(|(given, _)| *given == option);
            if is_again && !matches!(option.get_action(), ArgAction::Append) {
                continue;
            }
            given.extend(GivenOption::new(option, word, *next).map(|given| (option, given)));
        }
        given.into_iter().map(|(_, given)| given).collect()
    }

    /// The line up to a word after the verb, and whether more follows.
    pub(super) fn line_before(self, word: &str) -> Option<(String, bool)> {
        let verb = self.verb_line();
        let command = verb.split(' ').try_fold(self.command, Command::find_subcommand)?;
        let mut line = "ssowrap".to_owned();
        let mut is_after_verb = false;
        let mut parts = self.parts().into_iter();
        while let Some(part) = parts.next() {
            let (given, value) = match part {
                Part::Option(given, value) => (given, value),
                Part::Plain(given) => (given, None),
                Part::Dashes => return None,
            };
            if is_after_verb && given == word {
                return Some((line, parts.next().is_some()));
            }
            let option = option_of(command, given).or_else(|| option_of(self.command, given));
            is_after_verb |= verb.split(' ').next_back() == Some(given);
            line.push(' ');
            line.push_str(&as_given(option, given, value));
        }
        None
    }
}

/// ssowrap's name for an option of another tool, else the word itself.
fn own_name(word: &str) -> &str {
    words::own_option(word).unwrap_or(word)
}
