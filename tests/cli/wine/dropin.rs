//! aws2-wrap on Windows.

use std::fs;

use super::{Windows, signed_in};

fn start() -> Option<Windows> {
    Windows::start(signed_in())
}

#[test]
fn export() {
    let Some(windows) = start() else { return };
    let export = || windows.run(["aws2-wrap", "--profile", "keys", "--export"]);
    assert!(export().output().stdout().contains("export AWS_ACCESS_KEY_ID=AKIAEXAMPLE\n"));
    // PowerShell adds the user's own module directory for the programs it starts.
    let modules = windows.path("Documents/PowerShell/Modules");
    let lines = export().env("PSModulePath", modules).output();
    assert!(lines.stdout().starts_with("$ENV:AWS_ACCESS_KEY_ID="), "{}", lines.stdout());
}

#[test]
fn process() {
    let Some(windows) = start() else { return };
    let printed = windows.ends(0, ["aws2-wrap", "--profile", "keys", "--process"]);
    assert_eq!(super::json(printed.stdout())["AccessKeyId"], "AKIAEXAMPLE");
}

#[test]
fn generate() {
    let Some(windows) = start() else { return };
    windows.ends(0, ["aws2-wrap", "--profile", "dev", "--generate", "--outprofile", "written"]);
    let file = fs::read_to_string(windows.home.path(".aws/credentials")).expect("a file");
    assert!(file.contains("[written]\naws_access_key_id = ASIA"), "{file}");
}

#[test]
fn commands() {
    let Some(windows) = start() else { return };
    windows.batch("cdk.cmd", &["echo %AWS_ACCESS_KEY_ID% %1", "exit /b 3"]);
    let cdk = windows.ends(3, ["aws2-wrap", "--profile", "keys", "cdk", "deploy"]);
    assert_eq!(cdk.stdout(), "AKIAEXAMPLE deploy\r\n");
    let line = "echo %AWS_ACCESS_KEY_ID%& exit 5";
    let exec = windows.ends(5, ["aws2-wrap", "--profile", "keys", "--exec", line]);
    assert_eq!(exec.stdout().trim_end(), "AKIAEXAMPLE");
    windows.ends(127, ["aws2-wrap", "--profile", "keys", "nothing-of-that-name"]);
}

#[test]
fn a_failure_is_one() {
    let Some(windows) = start() else { return };
    windows.ends(1, ["aws2-wrap", "--profile", "nobody", "--export"]);
    windows.ends(2, ["aws2-wrap", "--no-such-option"]);
}

#[test]
fn installed_twice_it_is_there_once() {
    let Some(windows) = start() else { return };
    let said = [(); 2].map(|()| windows.ends(0, ["init", "--aws2-wrap", r"C:\users\bin"]).stderr);
    assert_eq!(said[0], said[1]);
    let names = fs::read_dir(windows.file("")).expect("a directory").flatten();
    let names: Vec<_> = names.map(|entry| entry.file_name()).collect();
    assert_eq!(names, ["aws2-wrap.exe"]);
    // It recognises itself by that name.
    let dll = "bcryptprimitives.dll";
    std::os::unix::fs::symlink(super::native(dll), windows.file(dll)).expect("a link");
    let exec = ["-p", "keys", "exec", "--", "aws2-wrap", "--profile", "keys", "--process"];
    let printed = windows.ends(0, exec);
    assert!(printed.stdout().contains("AKIAEXAMPLE"), "{}", printed.stdout());
}

/// A copy of an older ssowrap can't be told from another program.
#[test]
fn what_is_there_is_replaced_by_force() {
    let Some(windows) = start() else { return };
    fs::write(windows.file("aws2-wrap.exe"), "older").expect("a file");
    windows.fails(
        1,
        ["init", "--aws2-wrap", r"C:\users\bin"],
        "error: C:\\users\\bin\\aws2-wrap.exe already exists and is another program, perhaps an \
         older ssowrap\nhint: choose another directory, earlier in PATH, or replace it with \
         `--force`\n",
    );
    windows.ends(0, ["init", "--force", "--aws2-wrap", r"C:\users\bin"]);
    assert!(fs::metadata(windows.file("aws2-wrap.exe")).expect("a file").len() > 1_000_000);
}

#[test]
fn a_missing_directory_is_created() {
    let Some(windows) = start() else { return };
    let said = windows.ends(0, ["init", "--aws2-wrap", r"C:\users\new\bin"]).stderr;
    assert!(
        said.starts_with("created C:\\users\\new\\bin\nC:\\users\\new\\bin\\aws2-wrap.exe -> "),
        "{said}"
    );
}
