//! The help: verbs in groups, with an example for each.

use std::fmt::Write;

use clap::{Command, CommandFactory};

use super::Cli;
use super::otherwise;
use super::verbs::{self, Example, Group, ROWS, VerbRow};

/// The whole command line, as help, errors, man pages and completion show it. A command line is read
/// without these texts.
pub(crate) fn command() -> Command {
    let mut command = Cli::command();
    for row in ROWS {
        if command.find_subcommand(row.verb).is_some() {
            command = command.mut_subcommand(row.verb, |verb| with_examples(verb, row));
        }
    }
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}Options:\n{{options}}{{after-help}}",
        listing(&command)
    );
    let command = with_verbs(command.help_template(template).max_term_width(100));
    // In this order: changing a verb puts it last, and the second changes all.
    verbs::hide_what_is_not_taken(otherwise::explain(command))
}

/// [`command`] with a help of its own that fits one screen: the main verbs are described, the
/// others only named.
pub(crate) fn brief() -> Command {
    let command = command();
    let mut text = format!(
        "{}\n\nUsage: ssowrap [OPTIONS] <VERB>\n\n",
        command.get_about().map(ToString::to_string).unwrap_or_default()
    );
    for group in Group::ALL {
        let _ = writeln!(text, "{}:", group.heading());
        let rows = ROWS.iter().filter(|row| row.group == group);
        let (main, others): (Vec<_>, Vec<_>) = rows.partition(|row| MAIN.contains(&row.verb));
        for row in main {
            let _ = writeln!(text, "  {:9}  {}", row.verb, about(&command, row));
        }
        let others: Vec<&str> = others.iter().map(|row| row.verb).collect();
        if !others.is_empty() {
            let _ = writeln!(text, "  also: {}", others.join(", "));
        }
    }
    text.push_str("Options: -p NAME (the profile), -v, -q, -V; `ssowrap VERB -h` shows more\n");
    command.override_help(text)
}

/// The verbs that [`brief`] describes.
const MAIN: [&str; 10] = [
    "export",
    "exec",
    "each",
    "console",
    "login",
    "configure",
    "accounts",
    "profiles",
    "explain",
    "init",
];

fn about(command: &Command, row: &VerbRow) -> String {
    let verb = command.find_subcommand(row.verb);
    verb.and_then(Command::get_about).map(ToString::to_string).unwrap_or_default()
}

/// The verbs, grouped by purpose.
fn listing(command: &Command) -> String {
    let mut text = String::new();
    let width = ROWS.iter().map(|row| row.verb.len()).max().unwrap_or_default();
    for group in Group::ALL {
        let _ = writeln!(text, "{}:", group.heading());
        for row in ROWS.iter().filter(|row| row.group == group) {
            let _ = writeln!(text, "  {:width$}  {}", row.verb, about(command, row));
        }
        text.push('\n');
    }
    text
}

/// Makes the help call subcommands "verbs", because a command is what `exec` and `each` run.
fn with_verbs(command: Command) -> Command {
    command.subcommand_value_name("VERB").subcommand_help_heading("Verbs")
}

/// Adds the examples to a verb and to the verbs below it.
fn with_examples(mut verb: Command, row: &VerbRow) -> Command {
    let below: Vec<String> =
        verb.get_subcommands().map(|action| action.get_name().to_owned()).collect();
    for action in below {
        let words = format!("{} {action}", row.verb);
        let own = row.examples.iter().filter(|(line, _)| line.contains(&words)).copied();
        let own = examples(&own.collect::<Vec<_>>());
        verb = verb.mut_subcommand(action, |action| {
            action.after_long_help(own).after_help(hidden_options(row))
        });
    }
    with_verbs(verb).after_long_help(examples(row.examples)).after_help(hidden_options(row))
}

/// Options that the short help leaves out although people look for them.
fn hidden_options(row: &VerbRow) -> &'static str {
    match row.takes("refresh") {
        true => "Also --refresh (ask AWS again), -v (more messages) and -q (fewer): see --help",
        false => "Also -v (more messages) and -q (fewer): see --help",
    }
}

fn examples(rows: &[Example]) -> String {
    let width = rows.iter().map(|(line, _)| line.len()).max().unwrap_or_default();
    let mut text = match rows.len() {
        0 => return String::new(),
        1 => "Example:".to_owned(),
        _ => "Examples:".to_owned(),
    };
    for (line, meaning) in rows {
        // A long line has its meaning on the next one.
        let _ = match line.len() {
            0..=46 => write!(text, "\n  {line:0$}  {meaning}", width.min(46)),
            _ => write!(text, "\n  {line}\n      {meaning}"),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::ffi::OsString;

    use super::*;

    #[test]
    fn every_verb_has_a_row_and_an_example() {
        let command = command();
        let visible = command.get_subcommands().filter(|verb| !verb.is_hide_set());
        let visible: BTreeSet<&str> = visible.map(Command::get_name).collect();
        let rows: BTreeSet<&str> = ROWS.iter().map(|row| row.verb).collect();
        assert_eq!(visible, rows);
        for row in ROWS {
            let verb = command.find_subcommand(row.verb).expect("a verb");
            for command in std::iter::once(verb).chain(verb.get_subcommands()) {
                let has_one =
                    command.get_after_long_help().is_some_and(|e| !e.to_string().is_empty());
                assert!(has_one, "{} {}", row.verb, command.get_name());
            }
        }
    }

    #[test]
    fn every_global_option_is_in_a_group() {
        let export = VerbRow::of("export").expect("a verb");
        let cli = Cli::command();
        let options = cli.get_arguments().filter(|arg| arg.is_global_set());
        for option in options.map(|arg| arg.get_id().as_str()).filter(|id| *id != "help") {
            assert!(export.takes(option), "{option} is in no group of cli/verbs.rs");
        }
    }

    #[test]
    fn examples_are_command_lines() {
        for (line, _) in ROWS.iter().flat_map(|row| row.examples) {
            super::super::words::tests::check(line);
        }
    }

    #[test]
    fn short_help_fits_a_screen() {
        let all = command();
        let words = all.get_subcommands().filter(|verb| !verb.is_hide_set()).flat_map(|verb| {
            let below =
                verb.get_subcommands().map(|action| vec![verb.get_name(), action.get_name()]);
            std::iter::once(vec![verb.get_name()]).chain(below)
        });
        // aws2-wrap has its own help.
        for words in words.filter(|words| words[0] != "aws2-wrap").chain([vec![]]) {
            let line = ["ssowrap"].into_iter().chain(words.iter().copied()).chain(["-h"]);
            let command = brief().term_width(80);
            let help = command.try_get_matches_from(line.map(OsString::from));
            let help = help.expect_err("help").to_string();
            assert!(help.lines().count() <= 24, "{words:?}:\n{help}");
            assert!(help.lines().all(|line| line.chars().count() <= 80), "{words:?}:\n{help}");
        }
    }
}
