//! Completion: the candidates at the cursor of a command line. One engine serves all shells: verbs,
//! options and fixed values come from the definitions of the command line, names from the config
//! files. Each shell has a small script (`completions/`) that runs the hidden verb `__complete` and
//! inserts its answer.

mod line;
mod reply;
mod values;
mod walk;

use clap::{Arg, ArgAction, Command};

use crate::cli::{self, Shell};
use crate::context::Context;
use line::CommandLine;
use values::{Live, Narrowing};
use walk::VerbWalk;

/// The candidates at the cursor.
#[derive(Debug, PartialEq, Eq)]
enum Completion {
    /// These words; empty if nothing is known to fit.
    Words(Vec<Suggestion>),
    /// A file path.
    Files,
    /// A directory path.
    Directories,
    /// Another program's command line, which starts at this word.
    Command(usize),
    /// A word that the shell expands itself, such as a variable.
    Expansion,
}

/// A candidate at the cursor.
#[derive(Debug, PartialEq, Eq)]
struct Suggestion {
    text: String,
    /// Its meaning, in one line.
    help: Option<String>,
}

/// The reply to the script of `shell`, in the form it expects (see [`mod@reply`]).
///
/// `words` are the words of the command line up to the cursor, without quotes (for Nushell with
/// them). The first is the program's name, the last the word at the cursor. bash passes two texts
/// instead: the line up to the cursor, and what readline considers the word to be replaced.
///
/// Nothing is an error here: files that cannot be read contribute no names.
pub(crate) fn reply(ctx: &Context, shell: Shell, words: &[String]) -> String {
    if shell == Shell::Bash {
        let [line, replaced] = words else { return String::new() };
        let line = CommandLine::parse(line);
        let answer = match line.kind {
            line::AtCursor::Plain => answer(ctx, &line.words),
            line::AtCursor::Expansion => Completion::Expansion,
            line::AtCursor::Redirection => Completion::Files,
        };
        return reply::bash(answer, &line, replaced);
    }
    let words: Vec<String> = match shell {
        // PowerShell drops empty arguments, so its script puts a dot before each.
        Shell::Powershell => words.iter().map(|word| word.chars().skip(1).collect()).collect(),
        Shell::Nushell => words.iter().map(|word| line::nushell_word(word)).collect(),
        _ => words.to_vec(),
    };
    reply::other(shell, answer(ctx, &words), words.last().map_or("", String::as_str))
}

fn answer(ctx: &Context, words: &[String]) -> Completion {
    // `NAME=value ssowrap ...`
    let is_assignment = |word: &&String| {
        let name = word.split_once('=').map_or("", |(name, _)| name);
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let before = words.iter().take_while(is_assignment).count();
    let [program, passed @ .., current] = &words[before..] else {
        return Completion::Words(Vec::new());
    };
    let mut command = if program == "sso" { sso() } else { cli::command() };
    command.build();
    let walk = VerbWalk::along(&command, passed);
    let given = Narrowing {
        session: walk.value_of(values::SSO_SESSION),
        account_id: walk.value_of("account_id"),
    };
    let live = Live::new(ctx, given);
    match walk.answer(current, &live) {
        Completion::Command(start) => Completion::Command(before + 1 + start),
        answer => answer,
    }
}

/// The function that `ssowrap init` defines.
fn sso() -> Command {
    let profile = Arg::new(values::PROFILE);
    let flag = |name: &'static str| Arg::new(name).action(ArgAction::SetTrue);
    let (current, unset) = (flag("current").long("current"), flag("unset").long("unset"));
    Command::new("sso").disable_version_flag(true).args([
        profile.help("Profile to switch to, or - for the previous one"),
        flag("quiet").short('q').help("Print nothing about the new credentials"),
        current.help("Print the profile and when its credentials expire"),
        unset.help("Remove the credentials from this shell"),
    ])
}
