//! How options are written on a command line, for hints.

use clap::{Arg, Command};

use crate::profile::mask;
use crate::text::escape::{is_shown_as_is, shell_option, shell_word};

/// An option of one line that another line can have too.
pub(crate) struct GivenOption {
    /// All its names: `--output`, `-o`.
    pub(super) names: Vec<String>,
    /// Its value, unless no hint may repeat it.
    pub(super) value: Option<String>,
    /// The option with its value, quoted for a shell.
    pub(super) text: String,
}

impl GivenOption {
    /// None if its value is missing. `next` is the word after `word`, if that is its value.
    pub(super) fn new(option: &Arg, word: &str, next: Option<&str>) -> Option<Self> {
        let long = option.get_long().map(|name| format!("--{name}"))?;
        let takes_value = option.get_action().takes_values();
        let value = if takes_value { Some(next.or_else(|| tied_value(word))?) } else { None };
        let value = value.filter(|value| !is_secret(option) && is_repeatable(value));
        let text = with_value(option, &long, value);
        let others = option.get_all_aliases().unwrap_or_default();
        let others = others.into_iter().map(|name| format!("--{name}"));
        let short = option.get_short().map(|name| format!("-{name}"));
        let names = [long].into_iter().chain(others).chain(short).collect();
        Some(Self { names, value: value.map(str::to_owned), text })
    }

    /// Whether it names a login, which makes a profile needless.
    pub(super) fn is_login(&self) -> bool {
        ["--sso-session", "--start-url"].iter().any(|name| self.names[0] == *name)
    }
}

/// The option that a word names, with or without its value.
pub(super) fn option_of<'a>(command: &'a Command, word: &str) -> Option<&'a Arg> {
    let name = name_of(word);
    let is_it = |option: &&Arg| match (name.strip_prefix("--"), name.strip_prefix('-')) {
        (Some(long), _) => option
            .get_long()
            .into_iter()
            .chain(option.get_all_aliases().unwrap_or_default())
            .any(|name| name == long),
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

/// The value in the same word as the option: `json` for `--format=json`.
pub(super) fn tied_value(word: &str) -> Option<&str> {
    let value = word[name_of(word).len()..].strip_prefix('=');
    value.or_else(|| word.strip_prefix(name_of(word)).filter(|value| !value.is_empty()))
}

/// Whether a word is an option, or the end of the options.
pub(super) fn is_option(word: &str) -> bool {
    word.starts_with('-') && word != "-"
}

/// Whether the word after `word`, which names `option`, is its value.
pub(super) fn takes_next(option: &Arg, word: &str) -> bool {
    option.get_action().takes_values() && name_of(word) == word
}

/// Whether `value` is one of the few that the option accepts. Such a value is no secret.
pub(super) fn is_known_value(option: &Arg, value: &str) -> bool {
    option.get_possible_values().iter().any(|known| known.matches(value, false))
}

/// Whether no hint repeats its value. That of `--set` can be a key's secret.
fn is_secret(option: &Arg) -> bool {
    ["mfa_code", "set"].iter().any(|id| option.get_id() == id)
}

/// Whether a hint can repeat a word: the command then gets the same one, and nothing in it may be a
/// secret.
pub(super) fn is_repeatable(word: &str) -> bool {
    !word.is_empty() && is_shown_as_is(word) && mask::word(word) == word
}

/// A word as it is given, with the value after it if it is an option.
pub(super) fn as_given(option: Option<&Arg>, word: &str, next: Option<&str>) -> String {
    let (name, tied) =
        if is_option(word) { (name_of(word), tied_value(word)) } else { (word, None) };
    let value = next.or(tied);
    match option {
        Some(option) if is_secret(option) || !value.is_none_or(is_repeatable) => {
            with_value(option, word, None)
        }
        None if !is_repeatable(name) => "...".to_owned(),
        // Which values of another tool's options are secrets is unknown.
        None if value.is_some() => format!("{} ...", shell_word(name)),
        _ => [word].into_iter().chain(next).map(shell_word).collect::<Vec<_>>().join(" "),
    }
}

/// An option with `value`, or with a word that stands for any value.
pub(super) fn with_value(option: &Arg, word: &str, value: Option<&str>) -> String {
    let name = name_of(word);
    let mut placeholders = option.get_value_names().into_iter().flatten();
    match placeholders.next().filter(|_| option.get_action().takes_values()) {
        Some(placeholder) => value_or(name, value, placeholder),
        None => name.to_owned(),
    }
}

/// An option with `value` if a hint can repeat it, else with the placeholder.
pub(crate) fn value_or(name: &str, value: Option<&str>, placeholder: &str) -> String {
    shell_option(name, value.filter(|value| is_repeatable(value)).unwrap_or(placeholder))
}
