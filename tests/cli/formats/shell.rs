//! The shell whose lines are printed if no format is given.

use std::fs;

use crate::clients::installed;
use crate::support::{Home, KEYS, tool};

/// The first line shows the language.
fn first_line(home: &Home, program: &str, arguments: &[&str]) -> String {
    let output = home.tool(program, arguments).succeeds();
    output.stdout().lines().next().unwrap_or_default().to_owned()
}

/// A shell is recognised by its file, whatever runs in it and however it was started.
#[test]
#[cfg(target_os = "linux")]
fn the_shell_that_asks() {
    let home = Home::new().config(KEYS);
    // Not through a link: the file itself counts.
    let dash = fs::canonicalize(tool("sh").expect("a shell")).expect("a file");
    for (name, expected) in [
        ("pwsh", "$Env:AWS_SESSION_TOKEN = $null;"),
        ("fish", "set -eg AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION; or true;"),
        ("nu", "hide-env -i AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION"),
        ("elvish", "unset-env AWS_SESSION_TOKEN"),
        ("csh", "unsetenv AWS_SESSION_TOKEN;"),
        ("xonsh", "${...}.pop('AWS_SESSION_TOKEN', None)"),
        ("bash", "unset AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION;"),
        // Not certain, so the most common format.
        ("fish-like", "unset AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION;"),
        ("python3", "unset AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION;"),
    ] {
        let program = home.path(name);
        // Copied by another process: a file that this process, or a child just being started, has
        // open for writing cannot be run.
        home.tool("cp", [&dash, &program]).succeeds();
        let program = program.to_str().expect("UTF-8");
        let line = first_line(&home, program, &["-c", "ssowrap -p keys export; :"]);
        assert_eq!(line, expected, "{name}");
        let line = first_line(&home, program, &["-c", "ssowrap -p keys export --format sh; :"]);
        assert!(line.starts_with("unset "), "{name}: {line}");
    }
}

/// A program between a shell and ssowrap may not pass the lines on to the shell.
#[test]
fn only_the_parent_counts() {
    let home = Home::new().config(KEYS);
    for (shell, arguments) in [
        ("fish", &["--no-config", "-c"][..]),
        ("tcsh", &["-f", "-c"]),
        ("elvish", &["-norc", "-c"]),
        ("xonsh", &["--no-rc", "-c"]),
    ] {
        let Some(program) = tool(shell) else { continue };
        let program = program.to_str().expect("UTF-8");
        let command = "sh -c 'ssowrap -p keys export; :'";
        let line = first_line(&home, program, &[arguments, &[command]].concat());
        assert!(line.starts_with("unset "), "{shell}: {line}");
    }
}

#[test]
fn nushell_gets_its_own_lines() {
    let Some(nu) = installed("node/node_modules/@nushell/linux-x64/bin/nu") else { return };
    let home = Home::new().config(KEYS);
    let nu = nu.to_str().expect("UTF-8");
    let line = first_line(&home, nu, &["-n", "-c", "ssowrap -p keys export"]);
    assert_eq!(line, "hide-env -i AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION");
}
