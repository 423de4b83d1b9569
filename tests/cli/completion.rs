//! Completion: the answers of `__complete`, and real shells in which TAB is pressed.

use std::collections::BTreeSet;
use std::path::Path;

use crate::docs;
use crate::support::{DEV, Home, tool};
use crate::terminal::Terminal;

mod typed;

const NAMES: &str = r#"
[default]
[profile corp:admin]
[profile corp:audit]
[profile me@home.org]
[profile team/ops]
[profile a=b]
[profile "my prof"]
[profile "it's"]
[profile "say \"hi\""]
[profile x$y]
[profile star*]
[profile "back\\slash"]
[profile ümlaut]
[profile "bang!"]
[sso-session one:two]
[sso-session "three four"]
"#;

/// The file of each shell's script.
const SCRIPTS: [(&str, &str); 6] = [
    ("bash", "ssowrap.bash"),
    ("zsh", "_ssowrap"),
    ("fish", "ssowrap.fish"),
    ("powershell", "ssowrap.ps1"),
    ("elvish", "ssowrap.elv"),
    ("nushell", "ssowrap.nu"),
];

/// The candidates in fish, which gets all of them, without their descriptions.
fn offered(home: &Home, words: &[&str]) -> Vec<String> {
    let output = home.run(["__complete", "fish", "--"].iter().chain(words)).succeeds();
    let text = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    let mut lines = output.stdout().lines();
    assert_eq!(lines.next(), Some("words"), "{words:?}");
    lines.map(text).collect()
}

#[test]
fn committed_scripts_are_what_is_printed() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    for (shell, file) in SCRIPTS {
        let committed = std::fs::read_to_string(directory.join(file)).expect("a script");
        Home::new().run(["completions", shell]).prints(&committed);
    }
    let files = std::fs::read_dir(directory).expect("a directory").count();
    assert_eq!(files, SCRIPTS.len());
}

/// The option in a line of the help text.
fn option(line: &str) -> Option<String> {
    let is_listed = line.starts_with("  -") || line.starts_with("      --");
    let long = line.trim_start().split(", ").find(|part| part.starts_with("--"));
    long.filter(|_| is_listed)?.split([' ', '.']).next().map(str::to_owned)
}

#[test]
fn all_that_the_help_lists_is_offered() {
    let home = Home::new();
    let help =
        |words: &[&str]| home.run(words.iter().chain(&["--help"])).succeeds().stdout().to_owned();
    let text = help(&[]);
    let mut verbs: BTreeSet<String> = offered(&home, &["ssowrap", ""]).into_iter().collect();
    assert!(verbs.remove("help"));
    assert_eq!(verbs.iter().map(String::as_str).collect::<BTreeSet<_>>(), docs::verbs(&text));
    assert!(verbs.contains("export") && !verbs.contains("__complete"), "{verbs:?}");
    // The arguments of `aws2-wrap` are another program's command line.
    assert_eq!(offered(&home, &["ssowrap", "aws2-wrap", "--"]), [""; 0]);
    let verbs = verbs.iter().map(String::as_str).filter(|v| *v != "aws2-wrap");
    let verbs = verbs.map(|verb| vec![verb]).chain([vec![], vec!["cache", "clear"]]);
    for verb in verbs {
        let listed: BTreeSet<String> = help(&verb).lines().filter_map(option).collect();
        let words: Vec<&str> = ["ssowrap"].iter().chain(&verb).chain(&["--"]).copied().collect();
        let options: BTreeSet<String> = offered(&home, &words).into_iter().collect();
        assert_eq!(options, listed, "{verb:?}");
        assert!(options.contains("--quiet"));
    }
}

#[test]
fn names_come_from_the_files() {
    let config = format!("{DEV}{NAMES}");
    let home = Home::new().config(&config).credentials("[keys]\n[default]\n");
    let profiles = [
        "a=b",
        "back\\slash",
        "bang!",
        "corp:admin",
        "corp:audit",
        "default",
        "dev",
        "it's",
        "keys",
        "me@home.org",
        "my prof",
        "say \"hi\"",
        "star*",
        "team/ops",
        "x$y",
        "ümlaut",
    ];
    for words in [
        &["ssowrap", "-p", ""][..],
        &["ssowrap", "export", "--profile", "typed"],
        &["ssowrap", "-vqp", ""],
        &["ssowrap", "cache", "clear", "-p", ""],
        &["AWS_REGION=x", "ssowrap", "-p", ""],
        &["sso", ""],
    ] {
        assert_eq!(offered(&home, words), profiles, "{words:?}");
    }
    let with = |before: &str| profiles.map(|name| format!("{before}{name}"));
    assert_eq!(offered(&home, &["ssowrap", "--profile="]), with("--profile="));
    assert_eq!(offered(&home, &["ssowrap", "-pm"]), with("-p"));
    let sessions = ["corp", "one:two", "three four"];
    assert_eq!(offered(&home, &["ssowrap", "login", "--sso-session", ""]), sessions);
    assert_eq!(offered(&home, &["ssowrap", "--start-url", ""]), ["https://corp.awsapps.com/start"]);
    assert_eq!(offered(&home, &["ssowrap", "--account-id", ""]), ["123456789012"]);
    assert_eq!(offered(&home, &["ssowrap", "--role-name", ""]), ["Admin"]);
    let other = ["ssowrap", "--sso-session", "one:two", "--role-name", ""];
    assert_eq!(offered(&home, &other), [""; 0]);
    for option in ["--region", "--sso-region"] {
        let regions = offered(&home, &["ssowrap", option, ""]);
        assert!(regions.contains(&"eu-central-1".to_owned()), "{regions:?}");
    }
    assert_eq!(offered(&home, &["ssowrap", "--color", ""]), ["auto", "always", "never"]);
    let shells = ["bash", "zsh", "fish", "powershell", "elvish", "nushell"];
    assert_eq!(offered(&home, &["ssowrap", "completions", ""]), shells);
    assert_eq!(offered(&home, &["ssowrap", "init", "--prompt", ""]), shells);
    assert_eq!(
        offered(&home, &["ssowrap", "--account-id", "1", "--account-id", "2", "export", ""]),
        [""; 0]
    );
}

#[test]
fn what_is_given_is_not_offered_again() {
    let home = Home::new();
    let options = offered(&home, &["ssowrap", "-v", "-p", "x", "export", "--region=r", "-"]);
    assert!(!options.iter().any(|option| ["--profile", "--region"].contains(&option.as_str())));
    // This one can be given twice.
    assert!(options.contains(&"--verbose".to_owned()));
    let options = offered(&home, &["ssowrap", "-p", "x", "serve", "-"]);
    assert!(options.contains(&"--profile".to_owned()));
    assert_eq!(offered(&home, &["ssowrap", "-p"])[0], "-p");
}

#[test]
fn names_that_would_mislead_are_left_out() {
    let home = Home::new().config(
        "[profile ev\x1b[2Jil]\n[profile a\u{202e}b]\n[profile \"t\tb\"]\n[profile \"\"]\n[profile ok]\n",
    );
    assert_eq!(offered(&home, &["ssowrap", "-p", ""]), ["ok"]);
}

#[test]
fn other_commands_and_files() {
    let home = Home::new();
    for (words, reply) in [
        (&["ssowrap", "exec", ""][..], "command 2\n"),
        (&["ssowrap", "exec", "--", ""], "command 3\n"),
        (&["ssowrap", "exec", "--", "-"], "command 3\n"),
        (&["ssowrap", "-p", "x", "exec", "--renew", "ls", "-"], "command 5\n"),
        (&["ssowrap", "exec", "ls", "--", "-p", ""], "command 2\n"),
        (&["A=b", "ssowrap", "exec", "ls", ""], "command 3\n"),
        (&["ssowrap", "man", ""], "directories\n"),
    ] {
        home.run(["__complete", "zsh", "--"].iter().chain(words)).prints(reply);
    }
    home.run(["__complete", "bash", "--", "A=é ssowrap exec 'ls' ", ""]).prints("command 17\n");
    home.run(["__complete", "bash", "--", "ssowrap export > fi", "fi"]).prints("files\n");
    home.run(["__complete", "bash", "--", "ssowrap -p $PRO", "$PRO"]).prints("expansion\n");
}

#[test]
fn failures_are_silent() {
    let words = ["__complete", "fish", "--", "ssowrap", "-p", ""];
    let home = Home::new();
    home.run(words).prints("words\n");
    home.run(words).env("HOME", "/nowhere").prints("words\n");
    home.run(words).env("AWS_CONFIG_FILE", "/").prints("words\n");
    // Whatever can be read is offered anyway.
    let home = Home::new().credentials("[keys]\n").config("[profile x\n[[[\n\u{0}=\n[profile y]\n");
    home.run(words).prints("words\nkeys\ny\n");
    home.run(words).env("AWS_CONFIG_FILE", "/").prints("words\nkeys\n");
    let home = Home::new().file(".aws/config", b"[profile caf\xe9]\n[profile z]\n\xff\xfe");
    home.run(words).prints("words\nz\n");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish", "nushell"] {
        for words in [
            &[][..],
            &[""],
            &["", ""],
            &["--", "--", "--", "--"],
            &["ssowrap", "--no-such-option", "no-such-verb", "--x=y", "-"],
            &["ssowrap", "-pé", "'\"\\", "é"],
        ] {
            home.run(["__complete", shell, "--"].iter().chain(words)).succeeds();
        }
    }
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    home.run(words).stdout_to(writer).succeeds();
}

#[test]
fn shells_that_insert_words_as_they_stand_get_them_quoted() {
    let home = Home::new().config(NAMES);
    for (shell, typed, reply) in [
        ("powershell", ".IT", "words\n'it''s'\n"),
        ("powershell", ".team", "words\nteam/ops\n"),
        ("nushell", "\"my", "words\n\"my prof\"\n"),
        ("nushell", "'say", "words\n\"say \\\"hi\\\"\"\n"),
        ("nushell", "back", "words\n\"back\\\\slash\"\n"),
    ] {
        let words = match shell {
            "powershell" => [".ssowrap", ".-p", typed],
            _ => ["ssowrap", "-p", typed],
        };
        home.run(["__complete", shell, "--"].iter().chain(&words)).prints(reply);
    }
}

/// Whether a shell reads the script itself, or finds it where it looks for scripts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loading {
    Read,
    Found,
}

/// A shell in a terminal, ready for typing. `ssowrap` there shows its arguments, each between `<`
/// and `>`, and a dot at the end.
fn shell(home: &Home, name: &str, loading: Loading, setup: &str) -> Option<Terminal> {
    let program = tool(name)?;
    for directory in ["functions", ".config/fish/completions"] {
        std::fs::create_dir_all(home.path(directory)).expect("a directory");
    }
    let script = home.run(["completions", name]).succeeds().stdout().to_owned();
    home.write("script", &script);
    let (file, before, show, found) = match name {
        "bash" => (
            ".bashrc",
            "PS1='> '; bind 'set enable-bracketed-paste off'",
            "ssowrap() { printf '<%s>' \"$@\" .; echo; }",
            None,
        ),
        "zsh" => (
            ".zshrc",
            "PROMPT='> '; unset zle_bracketed_paste; fpath=(~/functions $fpath)
             autoload -Uz compinit; compinit -u -D",
            "ssowrap() { printf '<%s>' \"$@\" .; echo; }",
            Some("functions/_ssowrap"),
        ),
        _ => (
            ".config/fish/config.fish",
            "set fish_greeting; function fish_prompt; echo '> '; end",
            "function ssowrap; printf '<%s>' $argv .; echo; end",
            Some(".config/fish/completions/ssowrap.fish"),
        ),
    };
    let read = match loading {
        Loading::Read => "source ./script",
        Loading::Found => {
            home.write(found.expect("it looks for scripts"), &script);
            ""
        }
    };
    home.write(file, format!("{before}\n{read}\n{show}\n{setup}\necho rea'dy'\n"));
    let arguments: &[&str] = if name == "bash" { &["--noprofile", "-i"] } else { &["-i"] };
    let run = home.tool(program, arguments).env("TERM", "xterm").env("LC_ALL", "C.UTF-8");
    let terminal = Terminal::start(run);
    terminal.expect("ready");
    Some(terminal)
}
