//! Fills in the lines of hints with what was typed.

use super::option::{GivenOption, is_repeatable, value_or};
use crate::text::escape::{shell_option, shell_word};

/// In hints, stands for the profile.
const PROFILE: &str = "NAME";

/// In hints, stands for the command.
const COMMAND: &str = "COMMAND";

/// What was typed.
pub(crate) struct Fill<'a> {
    /// The profile.
    pub(crate) profile: Option<&'a str>,
    /// The command of `exec`, quoted for a shell.
    pub(crate) command: Option<String>,
    /// The options that another verb takes too, given its words and whether a command follows.
    pub(crate) options: &'a dyn Fn(&[&str], bool) -> Vec<GivenOption>,
    /// The line with which the caller's shell evaluates what a command prints.
    pub(crate) line: &'a dyn Fn(&str) -> String,
}

impl Fill<'_> {
    /// Fills in the code of a hint. In code that begins with `eval `, the rest is a line whose output
    /// the shell evaluates.
    pub(crate) fn hint(&self, hint: &str) -> String {
        let parts = hint.split('`').enumerate().map(|(at, part)| match at % 2 {
            0 => part.to_owned(),
            _ => self.code(part),
        });
        parts.collect::<Vec<_>>().join("`")
    }

    fn code(&self, code: &str) -> String {
        if let Some(line) = code.strip_prefix("eval ") {
            return (self.line)(&self.ssowrap(line));
        }
        match code.split_once(' ') {
            Some(("ssowrap", _)) => self.ssowrap(code),
            Some(("sso", PROFILE)) => {
                let profile = self.profile.filter(|name| is_repeatable(name));
                format!("sso {}", shell_word(profile.unwrap_or(PROFILE)))
            }
            _ => code.to_owned(),
        }
    }

    /// A line of ours.
    fn ssowrap(&self, line: &str) -> String {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let verb: Vec<&str> = line.split(' ').skip(1).skip_while(|w| is_no_verb(w)).collect();
        let has_command = words.iter().any(|word| word == "--");
        let options = (self.options)(&verb, has_command);
        if self.profile.is_none() && options.iter().any(GivenOption::is_login) {
            drop_profile(&mut words);
        }
        for option in options {
            match words.iter().position(|word| option.names.contains(word)) {
                Some(at) => {
                    let place = words.get(at + 1).filter(|word| is_placeholder(word));
                    if let Some((_, value)) = place.zip(option.value) {
                        let option = shell_option(&words[at], &value);
                        words.splice(at..at + 2, [option]);
                    }
                }
                None => {
                    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
                    words.insert(end, option.text);
                }
            }
        }
        let is_profile =
            |pair: &[String]| ["-p", "--profile"].contains(&&*pair[0]) && pair[1] == PROFILE;
        if let Some(at) = words.windows(2).position(is_profile) {
            let option = value_or(&words[at], self.profile, PROFILE);
            words.splice(at..at + 2, [option]);
        }
        let place = words.iter_mut().find(|word| *word == COMMAND);
        place.into_iter().zip(&self.command).for_each(|(place, command)| place.clone_from(command));
        words.join(" ")
    }
}

/// Whether a word is before the verb.
fn is_no_verb(word: &str) -> bool {
    word.starts_with('-') || is_placeholder(word)
}

/// Whether it stands for another word.
fn is_placeholder(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
}

fn drop_profile(words: &mut Vec<String>) {
    if let Some(at) = words.iter().position(|word| word == "-p") {
        words.drain(at..(at + 2).min(words.len()));
    }
}
