//! How options are written on a command line, for hints.

use clap::{Arg, Command};

use crate::text::escape::shell_word;

/// The option that a word names, with or without its value.
pub(super) fn option_of<'a>(command: &'a Command, word: &str) -> Option<&'a Arg> {
    let name = name_of(word);
    let is_it = |option: &&Arg| match (name.strip_prefix("--"), name.strip_prefix('-')) {
        (Some(long), _) => option
            .get_long_and_visible_aliases()
            .is_some_and(|names| !long.is_empty() && names.contains(&long)),
        (None, Some(short)) => option.get_short().is_some_and(|c| short == c.to_string()),
        (None, None) => false,
    };
    command.get_arguments().find(is_it)
}

/// `--format` for `--format=json`, `-o` for `-oFILE`.
pub(super) fn name_of(word: &str) -> &str {
    let end = if word.starts_with("--") {
        word.find('=')
    } else {
        word.char_indices().nth(2).map(|(at, _)| at)
    };
    end.map_or(word, |end| &word[..end])
}

/// Whether the word after `word`, which names `option`, is its value.
pub(super) fn takes_next(option: &Arg, word: &str) -> bool {
    option.get_action().takes_values() && name_of(word) == word
}

/// Whether `value` is one of the few that the option accepts. Such a value is no secret.
pub(super) fn is_known_value(option: &Arg, value: &str) -> bool {
    option.get_possible_values().iter().any(|known| known.matches(value, false))
}

/// An option as it is given, with the value after it.
pub(super) fn as_given(option: Option<&Arg>, word: &str, next: Option<&str>) -> String {
    match option.filter(|option| option.get_id() == "mfa_code") {
        // A code is a secret.
        Some(option) => with_value(option, word, None),
        None => [word].into_iter().chain(next).map(shell_word).collect::<Vec<_>>().join(" "),
    }
}

/// An option with `value`, or with a word that stands for any value.
pub(super) fn with_value(option: &Arg, word: &str, value: Option<&str>) -> String {
    let name = name_of(word);
    let mut names = option.get_value_names().into_iter().flatten();
    match value.or_else(|| names.next().map(|name| name.as_str())) {
        Some(value) if option.get_action().takes_values() => format!("{name} {value}"),
        _ => name.to_owned(),
    }
}
