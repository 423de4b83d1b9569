//! Commands: how they are found, what they get, and how they end.

use std::fs;

use super::{Windows, signed_in};
use crate::support::{Home, KEYS};

fn start() -> Option<Windows> {
    Windows::start(Home::new().config(KEYS))
}

#[test]
fn it_ends_as_the_command_does() {
    let Some(windows) = start() else { return };
    windows.ends(7, ["-p", "keys", "exec", "--", "cmd.exe", "/c", "exit", "7"]);
}

#[test]
fn a_command_that_is_not_there() {
    let Some(windows) = start() else { return };
    let missing = windows.ends(127, ["-p", "keys", "exec", "--", "nothing-of-that-name"]);
    assert!(missing.stderr.contains("command not found"), "{}", missing.stderr);
}

/// Next to its own file, npm puts a script for Unix.
#[test]
fn batch_files_are_found_by_pathext() {
    let Some(windows) = start() else { return };
    windows.batch("cdk.cmd", &["echo %1 %AWS_ACCESS_KEY_ID%", "exit /b 3"]);
    fs::write(windows.file("cdk"), "#!/bin/sh\n").expect("a file");
    let cdk = windows.ends(3, ["-p", "keys", "exec", "--", "cdk", "a b"]);
    assert_eq!(cdk.stdout(), "\"a b\" AKIAEXAMPLE\r\n");
}

#[test]
fn pathext_of_the_caller() {
    let Some(windows) = start() else { return };
    windows.batch("job.bat", &["exit /b 4"]);
    windows.batch("job.cmd", &["exit /b 5"]);
    for (ends, code) in [(".BAT;.CMD", 4), (".CMD;.BAT", 5), (".EXE", 127)] {
        let run = windows.run(["-p", "keys", "exec", "--", "job"]).env("PATHEXT", ends);
        assert_eq!(run.output().status.code(), Some(code), "{ends}");
    }
}

/// cmd cannot receive these unchanged.
#[test]
fn arguments_that_batch_files_cannot_have() {
    let Some(windows) = start() else { return };
    windows.batch("cdk.cmd", &["exit /b 3"]);
    let refused = windows.ends(126, ["-p", "keys", "exec", "--", "cdk", "a\nb"]);
    assert!(refused.stderr.contains("batch file arguments are invalid"), "{}", refused.stderr);
}

/// What cmd would interpret reaches the batch file unchanged.
#[test]
fn arguments_of_batch_files_are_no_commands() {
    let Some(windows) = start() else { return };
    windows.batch("cdk.cmd", &["exit /b 3"]);
    let output = windows.ends(3, ["-p", "keys", "exec", "--", "cdk", "a&echo b", "c|d"]);
    assert_eq!(output.stdout(), "");
}

#[test]
fn a_file_that_is_no_program() {
    let Some(windows) = start() else { return };
    fs::write(windows.file("text.exe"), "text").expect("a file");
    windows.ends(126, ["-p", "keys", "exec", "--", "text.exe"]);
}

#[test]
fn the_file_of_write_credentials_can_be_read_and_is_removed() {
    let Some(windows) = start() else { return };
    let typed = "echo %AWS_SHARED_CREDENTIALS_FILE%& type %AWS_SHARED_CREDENTIALS_FILE%";
    let exec = ["-p", "keys", "exec", "--write-credentials", "--", "cmd.exe", "/c", typed];
    let output = windows.ends(0, exec);
    let (path, contents) = output.stdout().split_once("\r\n").expect("a path");
    assert!(contents.starts_with("[keys]\naws_access_key_id = AKIAEXAMPLE\n"), "{contents}");
    let unix = path.trim().replace('\\', "/").replacen("C:", "wine/drive_c", 1);
    let directory = windows.home.path(&unix);
    let directory = directory.parent().expect("a directory");
    assert!(directory.parent().expect("a place").is_dir() && !directory.exists(), "{path}");
}

#[test]
fn renew_serves_the_command() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let show = "set AWS_CONTAINER";
    let output = windows.ends(0, ["-p", "dev", "exec", "--renew", "--", "cmd.exe", "/c", show]);
    let uri = "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:";
    assert!(output.stdout().contains(uri), "{}", output.stdout());
}

/// An ssowrap that the command starts finds the config that is hidden from the command.
#[test]
fn renew_hides_the_files_from_all_but_ssowrap() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    windows.install();
    let show = "echo %AWS_CONFIG_FILE%& ssowrap -p keys export --format dotenv";
    let output = windows.ends(0, ["-p", "dev", "exec", "--renew", "--", "cmd.exe", "/c", show]);
    let (hidden, found) = output.stdout().split_once("\r\n").expect("two lines");
    assert!(!hidden.contains(r".aws\config"), "{hidden}");
    assert!(found.starts_with("AWS_ACCESS_KEY_ID=AKIAEXAMPLE\n"), "{found}");
}

#[test]
fn each_names_the_lines() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    windows.batch("job.cmd", &["echo %AWS_ACCESS_KEY_ID%"]);
    let output = windows.ends(0, ["-p", "dev", "-p", "keys", "each", "--", "job"]);
    let lines: Vec<_> = output.stdout().lines().collect();
    assert!(lines.iter().any(|line| line.starts_with("dev") && line.contains("ASIA")), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("keys") && line.contains("AKIAEXAMPLE")));
}

#[test]
fn each_tells_of_failures() {
    let Some(windows) = start() else { return };
    let failing = windows.run(["-p", "keys", "each", "--", "cmd.exe", "/c", "exit 3"]).report();
    assert_eq!(failing.status.code(), Some(1), "{}", failing.stderr);
}
