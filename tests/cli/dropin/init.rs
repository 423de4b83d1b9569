//! `ssowrap init --aws2-wrap DIR`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::entries::names;
use crate::support::{Home, SSOWRAP};

/// A home with directories `a` and `b`. `b` and ssowrap's directory are in PATH.
fn home() -> Home {
    let home = Home::new();
    for directory in ["a", "b"] {
        fs::create_dir(home.path(directory)).expect("a directory");
    }
    let program = Path::new(SSOWRAP).parent().expect("a directory").display();
    let path = format!("{}:{program}:/usr/bin:/bin", home.path("b").display());
    home.env("PATH", path)
}

/// The messages after success.
fn init(home: &Home, flags: &[&str]) -> String {
    let output = home.run(["init", "--aws2-wrap"].iter().chain(flags)).output();
    assert!(output.status.success(), "{}", output.stderr);
    assert_eq!(output.stdout(), "");
    output.stderr
}

#[test]
fn the_link_is_put_in_place() {
    let home = home();
    let told = format!("~/b/aws2-wrap -> {SSOWRAP}\n");
    assert_eq!(init(&home, &["b"]), told);
    assert_eq!(fs::read_link(home.path("b/aws2-wrap")).expect("a link"), Path::new(SSOWRAP));
    home.tool("aws2-wrap", ["--version"]).prints("aws2-wrap 1.4.0\n");
    assert_eq!(init(&home, &["b"]), told, "once more");
    // A link of an earlier version, which is gone.
    fs::remove_file(home.path("b/aws2-wrap")).expect("own file");
    symlink("/opt/old/ssowrap", home.path("b/aws2-wrap")).expect("a link");
    assert_eq!(init(&home, &["b"]), told);
    assert_eq!(names(&home.path("b")), ["aws2-wrap"]);
}

/// The file behind a name in PATH may disappear with the next version.
#[test]
fn it_leads_to_the_name_in_path() {
    let home = home();
    symlink(SSOWRAP, home.path("b/ssowrap")).expect("a link");
    assert_eq!(init(&home, &["b"]), "~/b/aws2-wrap -> ~/b/ssowrap\n");
}

#[test]
fn other_files_are_replaced_only_by_force() {
    let home = home().file("b/aws2-wrap", "#!/usr/bin/python3\n");
    home.run(["init", "--aws2-wrap", "b"]).fails(
        1,
        "error: ~/b/aws2-wrap already exists and is not a link to ssowrap\nhint: choose another \
         directory, earlier in PATH, or replace it with `--force`\n",
    );
    assert_eq!(fs::read(home.path("b/aws2-wrap")).expect("a file"), b"#!/usr/bin/python3\n");
    assert_eq!(init(&home, &["b", "--force"]), format!("~/b/aws2-wrap -> {SSOWRAP}\n"));
    fs::create_dir(home.path("a/aws2-wrap")).expect("a directory");
    home.run(["init", "--aws2-wrap", "a", "--force"]).fails(
        1,
        "error: ~/a/aws2-wrap is a directory\nhint: choose another directory, or remove this one\n",
    );
}

/// `~/.local/bin` is missing on many new machines.
#[test]
fn a_missing_directory_is_created() {
    let home = home();
    let link = format!(
        "~/.local/bin/aws2-wrap -> {SSOWRAP}\nwarning: ~/.local/bin is not in PATH: add it to PATH, \
         before the directory of an older aws2-wrap\nhint: for the startup file of your shell: \
         `export PATH=~/.local/bin:\"$PATH\"`\n"
    );
    assert_eq!(init(&home, &[".local/bin"]), format!("created ~/.local/bin\n{link}"));
    assert_eq!(init(&home, &[".local/bin"]), link, "once more");
    let line = "umask 022 && exec \"$0\" init --aws2-wrap 'c d/e'";
    let output = home.tool("sh", ["-c", line, SSOWRAP]).output();
    assert!(output.status.success(), "{}", output.stderr);
    for directory in ["c d", "c d/e"] {
        let mode = fs::metadata(home.path(directory)).expect("a directory").permissions().mode();
        assert_eq!(mode & 0o777, 0o755, "{directory}");
    }
    let home = home.file("file", "");
    for directory in ["file", "file/bin"] {
        let output = home.run(["init", "--aws2-wrap", directory]).output();
        let error = format!("error: cannot create the directory ~/{directory}: ");
        assert!(output.stderr.starts_with(&error), "{}", output.stderr);
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn a_link_that_a_shell_would_not_run() {
    let home = home();
    let told = init(&home, &["a"]);
    assert!(told.contains("\nwarning: ~/a is not in PATH: add it to PATH, before "), "{told}");
    // The line to paste, in the caller's shell.
    let spaced = init(&home, &["c d"]);
    // The test's output has `~` for the home directory.
    let line = spaced.split('`').nth(1).expect("a line");
    let line = line.replace('~', home.path("").display().to_string().trim_end_matches('/'));
    let script = format!("{line}; command -v aws2-wrap");
    home.tool("sh", ["-c", &script]).prints("~/c d/aws2-wrap\n");
    let path = format!("{}:{}:/usr/bin", home.path("b").display(), home.path("a").display());
    let home = home.env("PATH", path).script("b/aws2-wrap", "#!/bin/sh\n");
    let told = init(&home, &["a"]);
    assert!(
        told.ends_with("\nwarning: ~/b/aws2-wrap comes before ~/a/aws2-wrap in PATH\n"),
        "{told}"
    );
}
