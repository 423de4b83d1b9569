//! Types the beginning of a line and presses TAB, in real shells.

use super::{Loading, NAMES, shell};
use crate::support::Home;

/// What is typed before TAB, and the arguments that the program then gets, in every shell.
const LINES: [(&str, &str); 32] = [
    ("ssowrap expo", "<export>"),
    ("ssowrap --sso-s", "<--sso-session>"),
    ("ssowrap export --min", "<export><--min-ttl>"),
    ("ssowrap completions po", "<completions><powershell>"),
    ("ssowrap --region eusc", "<--region><eusc-de-east-1>"),
    ("ssowrap -p tea", "<-p><team/ops>"),
    ("ssowrap -p team/o", "<-p><team/ops>"),
    ("ssowrap -p corp:ad", "<-p><corp:admin>"),
    ("ssowrap -p \"corp:ad", "<-p><corp:admin>"),
    ("ssowrap -p corp\\:au", "<-p><corp:audit>"),
    ("ssowrap -p me", "<-p><me@home.org>"),
    ("ssowrap -p me@", "<-p><me@home.org>"),
    ("ssowrap -p me@ho", "<-p><me@home.org>"),
    ("ssowrap -p a", "<-p><a=b>"),
    ("ssowrap -p a=", "<-p><a=b>"),
    ("ssowrap -p my", "<-p><my prof>"),
    ("ssowrap -p my\\ p", "<-p><my prof>"),
    ("ssowrap -p \"my p", "<-p><my prof>"),
    ("ssowrap -p 'my p", "<-p><my prof>"),
    ("ssowrap -p it", "<-p><it's>"),
    ("ssowrap -p \"it", "<-p><it's>"),
    ("ssowrap -p 'it", "<-p><it's>"),
    ("ssowrap -p say", "<-p><say \"hi\">"),
    ("ssowrap -p \"say", "<-p><say \"hi\">"),
    ("ssowrap -p x", "<-p><x$y>"),
    ("ssowrap -p \"x", "<-p><x$y>"),
    ("ssowrap -p sta", "<-p><star*>"),
    ("ssowrap -p back", "<-p><back\\slash>"),
    ("ssowrap -p \u{fc}", "<-p><\u{fc}mlaut>"),
    ("ssowrap --profile=corp:ad", "<--profile=corp:admin>"),
    ("ssowrap --profile=my", "<--profile=my prof>"),
    ("ssowrap -pmy", "<-pmy prof>"),
];

/// The same for a command that follows.
const COMMANDS: [(&str, &str); 6] = [
    ("ssowrap exec mkfif", "<exec><mkfifo>"),
    ("ssowrap -p me@home.org exec -- mkfif", "<-p><me@home.org><exec><--><mkfifo>"),
    ("ssowrap exec -- cat unusual-f", "<exec><--><cat><unusual-file>"),
    ("ssowrap -p corp:admin exec -- errand fir", "<-p><corp:admin><exec><--><errand><first2>"),
    ("ssowrap -p a=b exec errand x:y fir", "<-p><a=b><exec><errand><x:y><first3>"),
    ("ssowrap man unusual-d", "<man><unusual-dir>"),
];

fn types(name: &str, setup: &str, lines: &[(&str, &str)]) {
    types_after(name, Loading::Read, setup, lines);
}

fn types_after(name: &str, loading: Loading, setup: &str, lines: &[(&str, &str)]) {
    let home = Home::new().config(NAMES).file("unusual-file", "");
    std::fs::create_dir(home.path("unusual-dir")).expect("a directory");
    home.without_manuals();
    let Some(terminal) = shell(&home, name, loading, setup) else { return };
    for (typed, arguments) in lines {
        terminal.send(&format!("{typed}\t\r"));
        let shown = terminal.expect("<.>");
        let got = shown.find('<').map_or("", |start| &shown[start..]);
        assert_eq!(got.replace("/>", ">"), *arguments, "{name}: {typed:?} became {shown:?}");
    }
    terminal.send("exit\r");
    assert!(terminal.ends().0.success());
}

#[test]
fn bash() {
    types("bash", "", &LINES);
    types(
        "bash",
        "set -u",
        &[("ssowrap -p bang", "<-p><bang!>"), ("ssowrap -p \"ban", "<-p><bang!>")],
    );
    // Some people remove characters from this, so that other completions work.
    types("bash", "COMP_WORDBREAKS=${COMP_WORDBREAKS//[:=@]/}; IFS=:", &LINES);
    types("bash", "set -o posix", &LINES[5..8]);
}

#[test]
fn bash_and_the_commands_of_exec() {
    let errand = "_errand() { COMPREPLY=($(compgen -W first${#COMP_WORDS[@]} -- \"$2\")); }\n\
        complete -F _errand errand\n";
    // bash splits `x:y` into three words.
    let mut lines = COMMANDS;
    lines[4].1 = "<-p><a=b><exec><errand><x:y><first5>";
    types("bash", errand, &lines);
    // A completer that is loaded on first use, and one that is a program.
    let loaded = "_errand() { COMPREPLY=(first2); }\n\
        _load() { complete -F _errand \"$1\"; return 124; }\ncomplete -D -F _load\n";
    types("bash", loaded, &lines[3..4]);
    let program =
        "answer() { echo \"first${#COMP_LINE}$COMP_POINT$1$3\"; }; complete -C 'answer' errand\n";
    types(
        "bash",
        program,
        &[("ssowrap exec -- errand fir", "<exec><--><errand><first1010erranderrand>")],
    );
}

#[test]
fn zsh() {
    types("zsh", "", &LINES);
    types("zsh", "setopt ksh_arrays no_glob no_unset sh_word_split", &LINES[..20]);
    types("zsh", "", &[("ssowrap -p bang", "<-p><bang!>"), ("ssowrap -p \"ban", "<-p><bang!>")]);
}

#[test]
fn zsh_and_the_commands_of_exec() {
    types("zsh", "_errand() { compadd first$#words }; compdef _errand errand", &COMMANDS);
}

#[test]
fn fish() {
    types("fish", "", &LINES);
    types("fish", "", &[("ssowrap -p bang", "<-p><bang!>"), ("ssowrap -p \"ban", "<-p><bang!>")]);
}

#[test]
fn fish_and_the_commands_of_exec() {
    let errand = "complete -c errand -f -a '(echo first(math 1 + (count (commandline -opc))))'";
    types("fish", errand, &COMMANDS);
}

#[test]
fn scripts_that_shells_find_themselves() {
    types_after("zsh", Loading::Found, "", &LINES[..6]);
    types_after("fish", Loading::Found, "", &LINES[..6]);
}
