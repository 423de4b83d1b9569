//! The line that puts a directory first in PATH, in each shell that has one.

use super::{CSH, OTHER_SHELLS, SHELLS, Shell};
use crate::support::{Home, SSOWRAP};

/// Names of directories that shells might expand, split or execute.
const NAMES: [&str; 10] = [
    "plain",
    "a b",
    "it's",
    "back\\slash \\' \\\\",
    "$(touch pwned) `touch pwned` $HOME ${HOME}",
    "a \"double\" quote",
    "!touch pwned",
    "* ? [a] {a,b} ; & | < > ( ) # % ~",
    "équipe 漢字",
    "‘; touch pwned; ’",
];

const BEFORE: &str = "hint: for the startup file of your shell: `";

/// How a shell spells the variable DIRECTORY.
fn variable(shell: &Shell) -> &'static str {
    match shell.program {
        "elvish" => "$E:DIRECTORY",
        "nu" => "$env.DIRECTORY",
        "xonsh" => "$DIRECTORY",
        _ => "\"$DIRECTORY\"",
    }
}

#[test]
fn each_shell_finds_the_program_in_any_directory() {
    for shell in SHELLS.iter().chain(&OTHER_SHELLS).chain([&CSH]) {
        let Some(program) = shell.find() else { continue };
        for name in NAMES {
            let home = Home::new().file("find", "command -v aws2-wrap\n");
            // Part of fish_add_path is in fish's own startup files.
            let options = shell.options.iter().filter(|option| **option != "--no-config");
            let run = |script: String| {
                home.write("script", script);
                home.tool(&program, options.clone().chain(&["script"]))
                    .env("LC_ALL", "C.UTF-8")
                    .env("DIRECTORY", name)
                    .output()
            };
            let told = run(format!("{SSOWRAP} init --aws2-wrap {}\n", variable(shell))).stderr;
            // It expands variables in PATH.
            if shell.program == "xonsh" && name.contains('$') {
                assert!(!told.contains(BEFORE), "{told}");
                continue;
            }
            let line = told.split_once(BEFORE).and_then(|(_, rest)| rest.strip_suffix("`\n"));
            let line = line.unwrap_or_else(|| panic!("{}: {told}", shell.program));
            // The test's output has `~` for the home directory.
            let root = home.path("").display().to_string();
            let line = line.replace("~/", &format!("{}/", root.trim_end_matches('/')));
            let found = run(format!("{line}\nsh find\n"));
            let whole = format!("~/{name}/aws2-wrap\n");
            assert_eq!(
                (found.stdout(), &*found.stderr),
                (&*whole, ""),
                "{}: {line}",
                shell.program
            );
            assert!(!home.path("pwned").exists(), "{}: {line}", shell.program);
        }
    }
}
