//! The config: where it is, what it contains, and the messages about it.

use std::fs;

use super::{Windows, signed_in};
use crate::support::{DEV, Home, KEYS};

fn profiles(windows: &Windows) -> usize {
    windows.ends(0, ["profiles"]).stdout().lines().count()
}

#[test]
fn explain_names_places() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let explained = windows.ends(0, ["-p", "deploy", "explain"]);
    for line in [r"\.aws\config:2  sso_session = corp", r"\.aws\config:13  source_profile = dev"] {
        assert!(explained.stdout().contains(line), "{}", explained.stdout());
    }
}

#[test]
fn lines_that_end_as_there() {
    let config = format!("{DEV}{KEYS}").replace('\n', "\r\n");
    let Some(windows) = Windows::start(Home::new().config(&config)) else { return };
    assert_eq!(profiles(&windows), 3);
    let output = windows.ends(0, ["-p", "keys", "export", "--format", "dotenv"]);
    assert!(output.stdout().starts_with("AWS_ACCESS_KEY_ID=AKIAEXAMPLE\n"), "{}", output.stdout());
}

#[test]
fn nul_is_an_empty_file() {
    let Some(windows) = Windows::start(Home::new().config(KEYS)) else { return };
    for spelling in ["NUL", "nul"] {
        let list = windows.run(["profiles"]).env("AWS_CONFIG_FILE", spelling).output();
        assert_eq!((list.status.code(), list.stdout()), (Some(0), ""), "{spelling}");
    }
}

/// wine itself sets it for the first program.
#[test]
fn the_home_directory_is_userprofile() {
    let home = Home::new().config(KEYS);
    fs::create_dir_all(home.path("other/.aws")).expect("directories");
    home.write("other/.aws/config", "[profile there]\nregion = x\n");
    let Some(windows) = Windows::start(home) else { return };
    let set = format!("set USERPROFILE={}", windows.path("other"));
    windows.batch("there.cmd", &[&set, "ssowrap.exe profiles"]);
    windows.install();
    let list = windows.ends(0, ["-p", "keys", "exec", "--", "there.cmd"]);
    assert!(list.stdout().lines().any(|line| line.starts_with("there ")), "{}", list.stdout());
}

#[test]
fn variables_in_the_path_of_the_config() {
    let home = Home::new();
    fs::create_dir_all(home.path("other")).expect("a directory");
    home.write("other/config", KEYS);
    let Some(windows) = Windows::start(home) else { return };
    let run = windows.run(["-p", "keys", "export", "--format", "sh"]);
    let run = run.env("AWS_CONFIG_FILE", r"%PLACE%\config").env("PLACE", windows.path("other"));
    assert!(run.output().stdout().contains("AKIAEXAMPLE"));
}

#[test]
fn names_of_variables_ignore_case() {
    let Some(windows) = Windows::start(Home::new().config(KEYS)) else { return };
    let output = windows.run(["export", "--format", "sh"]).env("aws_profile", "keys").output();
    assert!(output.stdout().contains("AKIAEXAMPLE"), "{}", output.stderr);
}

/// What PowerShell 5.1 writes with `>`.
#[test]
fn utf_16_is_named() {
    let Some(windows) = Windows::start(Home::new()) else { return };
    let text: Vec<u8> =
        format!("\u{feff}{KEYS}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    windows.home.write(".aws/config", text);
    let failed = windows.ends(4, ["-p", "keys", "export"]);
    assert!(failed.stderr.contains("it is UTF-16 text"), "{}", failed.stderr);
    assert!(failed.stderr.contains("in Notepad"), "{}", failed.stderr);
}

/// Commands in hints are for shells without single quotes.
#[test]
fn hints_fit_the_shells_there() {
    let config = DEV.replace("corp", "my corp");
    let Some(windows) = Windows::start(Home::new().config(&config)) else { return };
    let failed = windows.ends(3, ["-p", "dev", "--login", "never", "credential-process"]);
    let hint = "ssowrap login --sso-session \"my corp\"";
    assert!(failed.stderr.contains(hint), "{}", failed.stderr);
}

#[test]
fn a_profile_that_is_not_there() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let failed = windows.ends(4, ["-p", "dve", "export"]);
    assert!(failed.stderr.contains("did you mean `dev`?"), "{}", failed.stderr);
}

#[test]
fn a_credential_process_with_backslashes() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let keys =
        r#"{"Version": 1, "AccessKeyId": "AKIAHELPER", "SecretAccessKey": "FAKEsecret/+key"}"#;
    fs::write(windows.file("helper.json"), keys).expect("a file");
    windows.batch("helper.cmd", &[r"type C:\users\bin\helper.json"]);
    let called = windows.ends(0, ["-p", "called", "credential-process"]);
    assert!(called.stdout().contains("AKIAHELPER"), "{}", called.stdout());
    // It is recognised without being started, because it isn't installed.
    let ours = windows.ends(0, ["-p", "ours", "credential-process"]);
    assert!(ours.stdout().contains("AKIAEXAMPLE"), "{}", ours.stdout());
}

#[test]
fn a_credential_process_that_runs_itself() {
    let helper = r"C:\users\bin\round.cmd";
    let config = format!("[profile round]\ncredential_process = {helper}\n");
    let Some(windows) = Windows::start(Home::new().config(&config)) else { return };
    windows.batch("round.cmd", &["ssowrap.exe -p round credential-process"]);
    windows.install();
    let failed = windows.run(["-p", "round", "credential-process"]).output();
    assert!(!failed.status.success());
    assert!(failed.stderr.contains("leads back to itself"), "{}", failed.stderr);
}
