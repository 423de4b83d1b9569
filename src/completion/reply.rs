//! Answers in the form that each shell's script expects. The first line is the kind: `words`,
//! `described`, `files`, `directories`, `expansion` or `command N`. The candidates follow, one per
//! line, with a tab before the description.

use super::line::CommandLine;
use super::{Completion, Suggestion};
use crate::cli::Shell;

/// For bash: the quoted replacements for `replaced`, of the candidates that begin as typed. In
/// `command N`, N is the number of characters before the command.
pub(super) fn bash(answer: Completion, line: &CommandLine<'_>, replaced: &str) -> String {
    let typed = line.words.last().map_or("", String::as_str);
    match answer {
        Completion::Words(all) => {
            let fitting = all.iter().filter(|candidate| candidate.text.starts_with(typed));
            let fitting =
                fitting.filter_map(|candidate| line.replacement(replaced, &candidate.text));
            lines("words", fitting)
        }
        Completion::Command(word) => format!("command {}\n", line.characters_before(word)),
        other => head(&other),
    }
}

/// For shells that filter and quote by themselves. In `command N`, N is the number of words before
/// the command.
pub(super) fn other(shell: Shell, answer: Completion, typed: &str) -> String {
    let Completion::Words(mut all) = answer else { return head(&answer) };
    match shell {
        Shell::Zsh => return zsh(&all),
        Shell::Nushell => all.retain(|candidate| candidate.text.starts_with(typed)),
        Shell::Powershell => {
            let typed = typed.to_lowercase();
            all.retain(|candidate| candidate.text.to_lowercase().starts_with(&typed));
        }
        _ => {}
    }
    let quote = |text: &str| match shell {
        Shell::Powershell => powershell_word(text),
        Shell::Nushell => nushell_word(text),
        _ => text.to_owned(),
    };
    let line = |Suggestion { text, help }: &Suggestion| match help {
        Some(help) => format!("{}\t{}", quote(text), one_line(help)),
        None => quote(text),
    };
    lines("words", all.iter().map(line))
}

/// The form of zsh's `_describe`: a colon before the description, and backslashes before the colons
/// in the word itself.
fn zsh(all: &[Suggestion]) -> String {
    if all.iter().all(|candidate| candidate.help.is_none()) {
        return lines("words", all.iter().map(|candidate| candidate.text.clone()));
    }
    let line = |Suggestion { text, help }: &Suggestion| {
        let text = text.replace('\\', "\\\\").replace(':', "\\:");
        format!("{text}:{}", one_line(help.as_deref().unwrap_or_default()))
    };
    lines("described", all.iter().map(line))
}

fn head(answer: &Completion) -> String {
    match answer {
        Completion::Words(_) => "words\n".to_owned(),
        Completion::Files => "files\n".to_owned(),
        Completion::Directories => "directories\n".to_owned(),
        Completion::Expansion => "expansion\n".to_owned(),
        Completion::Command(word) => format!("command {word}\n"),
    }
}

fn lines(head: &str, lines: impl Iterator<Item = String>) -> String {
    let mut text = format!("{head}\n");
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn one_line(help: &str) -> &str {
    help.lines().next().unwrap_or_default()
}

/// Quotes a word for PowerShell, which inserts it unchanged. PowerShell also treats the typographic
/// quotes U+2018 to U+201B as quotes.
fn powershell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:=+%".contains(c);
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    let doubled = |c: char| match c {
        '\'' | '\u{2018}'..='\u{201B}' => [Some(c), Some(c)],
        c => [Some(c), None],
    };
    format!("'{}'", text.chars().flat_map(doubled).flatten().collect::<String>())
}

/// Quotes a word for Nushell, which inserts it unchanged.
fn nushell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:=@+%".contains(c);
    match text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}
