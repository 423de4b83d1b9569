//! The output of `export`. It contains no `\r`, because Unix shells run on Windows too.

use std::fs;

use super::{Windows, json};
use crate::support::{Home, KEYS};

fn start() -> Option<Windows> {
    Windows::start(Home::new().config(&format!("{KEYS}region = eu-west-1\n")))
}

/// Checks that a format's output contains this line, and only `\n` as line break.
fn has_line(format: &str, line: &str) {
    let Some(windows) = start() else { return };
    let output = windows.ends(0, ["-p", "keys", "export", "--format", format]);
    assert!(output.stdout().lines().any(|found| found == line), "{}", output.stdout());
    assert!(!output.stdout().contains('\r') && output.stdout().ends_with('\n'));
}

#[test]
fn sh() {
    has_line("sh", "export AWS_ACCESS_KEY_ID='AKIAEXAMPLE'");
}

#[test]
fn fish() {
    has_line("fish", "set -gx AWS_ACCESS_KEY_ID 'AKIAEXAMPLE';");
}

#[test]
fn powershell() {
    has_line("powershell", "$Env:AWS_ACCESS_KEY_ID = 'AKIAEXAMPLE';");
}

#[test]
fn nushell() {
    has_line("nushell", "$env.AWS_ACCESS_KEY_ID = \"AKIAEXAMPLE\"");
}

#[test]
fn dotenv() {
    has_line("dotenv", "AWS_SECRET_ACCESS_KEY=FAKEsecret/+key");
}

#[test]
fn ini() {
    has_line("ini", "aws_access_key_id = AKIAEXAMPLE");
}

#[test]
fn json_and_process() {
    let Some(windows) = start() else { return };
    let object = windows.ends(0, ["-p", "keys", "export", "--format", "json"]);
    assert_eq!(json(object.stdout())["AWS_REGION"], "eu-west-1");
    let process = windows.ends(0, ["-p", "keys", "export", "--format", "process"]);
    let asked = windows.ends(0, ["-p", "keys", "credential-process"]);
    assert_eq!(process.stdout(), asked.stdout());
    assert_eq!(json(asked.stdout())["AccessKeyId"], "AKIAEXAMPLE");
}

/// cmd itself evaluates the lines, and removes the variables again.
#[test]
fn cmd() {
    let Some(windows) = start() else { return };
    let shown = "echo [%AWS_ACCESS_KEY_ID%] [%AWS_SECRET_ACCESS_KEY%]";
    windows.batch("show.cmd", &["call set.cmd", shown, "call unset.cmd", shown]);
    for (name, what) in [("set.cmd", None), ("unset.cmd", Some("--unset"))] {
        let words = ["-q", "-p", "keys", "export", "--format", "cmd"].into_iter().chain(what);
        let lines = windows.tool("ssowrap.exe", &words.collect::<Vec<_>>()).output();
        fs::write(windows.file(name), lines.stdout()).expect("a file");
    }
    let output = windows.ends(0, ["-p", "keys", "exec", "--", "cmd.exe", "/d/c", "show.cmd"]);
    assert_eq!(output.stdout(), "[AKIAEXAMPLE] [FAKEsecret/+key]\r\n[] []\r\n");
}

#[test]
fn github() {
    let Some(windows) = start() else { return };
    let github = ["-p", "keys", "export", "--format", "github"];
    let env = windows.path("github.env");
    let output = windows.run(github).env("GITHUB_ENV", env).output();
    assert!(output.stdout().contains("::add-mask::"), "{}", output.stderr);
    let file = fs::read_to_string(windows.home.path("github.env")).expect("a file");
    assert!(file.contains("AKIAEXAMPLE") && !file.contains('\r'), "{file}");
}

#[test]
fn a_second_set() {
    let Some(windows) = start() else { return };
    let output =
        windows.ends(0, ["-p", "keys", "export", "--format", "powershell", "--prefix", "B_"]);
    assert!(output.stdout().contains("$Env:B_AWS_ACCESS_KEY_ID = 'AKIAEXAMPLE';\n"));
}

/// It turns a value that begins with `/` into a Windows path, unless the name is in that list.
#[test]
fn in_git_bash() {
    let Some(windows) = start() else { return };
    let export = || windows.run(["-p", "keys", "export", "--format", "sh"]);
    let output = export().env("MSYSTEM", "MINGW64").env("MSYS2_ENV_CONV_EXCL", "MINE").output();
    let line = output.stdout().lines().find(|line| line.contains("MSYS2_ENV_CONV_EXCL="));
    let names = line.unwrap_or_else(|| panic!("{}", output.stdout())).split(['\'', ';']);
    let names: Vec<_> = names.collect();
    assert!(names.contains(&"MINE") && names.contains(&"AWS_SECRET_ACCESS_KEY"), "{names:?}");
    assert!(!export().output().stdout().contains("MSYS2"));
}

#[test]
fn into_a_file() {
    let Some(windows) = start() else { return };
    let export =
        |file: &str| windows.ends(0, ["-p", "keys", "export", "--format", "dotenv", "-o", file]);
    assert_eq!(export(&windows.path("keys.env")).stderr, "");
    let file = fs::read_to_string(windows.home.path("keys.env")).expect("a file");
    assert!(file.starts_with("AWS_ACCESS_KEY_ID=AKIAEXAMPLE\n") && !file.contains('\r'), "{file}");
    // Elsewhere, other users may be able to read it.
    let elsewhere = export(r"C:\users\bin\keys.env").stderr;
    assert!(elsewhere.contains("is outside your profile directory"), "{elsewhere}");
    assert_eq!(fs::read_to_string(windows.file("keys.env")).expect("a file"), file);
}
