//! The option that a misspelt one means.

use std::collections::BTreeSet;

use clap::{Arg, Command};

use super::RefusedCommandLine;
use crate::cli::option::name_of;
use crate::cli::verbs::{self, VerbRow};
use crate::error::Error;
use crate::profile::suggest;

impl RefusedCommandLine<'_> {
    /// Adds a hint with the option of the verb that somebody may have typed `word` for. clap would propose any that
    /// shares some letters, even those that the verb doesn't take.
    pub(super) fn near_option(&self, error: Error, word: &str) -> Error {
        let Some(word) = name_of(word).strip_prefix("--") else { return error };
        let line = self.typed.verb_line();
        let verb = line.split(' ').next().unwrap_or_default();
        let below = line.split(' ').try_fold(self.typed.command, Command::find_subcommand);
        let takes = |option: &&Arg| {
            let id = option.get_id().as_str();
            let is_taken = VerbRow::of(verb).is_none_or(|row| row.takes(id));
            !option.is_hide_set() && (is_taken || !verbs::is_optional(id))
        };
        let shared = self.typed.command.get_arguments().filter(takes);
        let own = below.into_iter().flat_map(Command::get_arguments);
        let all = own.filter(|option| !option.is_hide_set()).chain(shared);
        // Some verbs have a copy of a shared option.
        let names = BTreeSet::from_iter(all.filter_map(Arg::get_long));
        let near = suggest::mistyped(word, &Vec::from_iter(names));
        suggest::hinted(error, &near.iter().map(|name| format!("--{name}")).collect::<Vec<_>>())
    }
}
