//! Where data is written: pipes, disks, nowhere.

use std::fs::File;
use std::{io, thread};

use crate::support::{DEV, Home, KEYS, SSOWRAP};

/// Commands that print data and need no network.
#[cfg(unix)]
const PRINTING: [&[&str]; 12] = [
    &["-p", "keys", "export"],
    &["-p", "keys", "credential-process"],
    &["-p", "keys", "explain"],
    &["profiles"],
    &["status", "--json"],
    &["cache", "list", "--json"],
    &["generate", "-p", "keys", "--as", "copy", "--dry-run"],
    &["init", "bash"],
    &["completions", "zsh"],
    &["--version"],
    &["--help"],
    &["export", "-h"],
];

#[test]
fn a_reader_that_goes_away_is_not_an_error() {
    let home = Home::new().config(KEYS);
    for arguments in
        [&["--help"][..], &["-p", "keys", "export"], &["-p", "keys", "credential-process"]]
    {
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        home.run(arguments).stdout_to(writer).succeeds();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    let home = Home::new().config(&format!("{KEYS}{DEV}"));
    for arguments in PRINTING {
        let full = File::options().write(true).open("/dev/full").expect("a device");
        let output = home.run(arguments).stdout_to(full).output();
        let told =
            "error: cannot write to standard output: No space left on device (os error 28)\n";
        assert_eq!(
            (output.status.code(), output.stderr.as_str()),
            (Some(1), told),
            "{arguments:?}"
        );
    }
}

/// Rust's runtime replaces a closed stdout with /dev/null, and treats what can't be written as
/// written.
#[test]
#[cfg(unix)]
fn a_closed_stdout_is_an_error() {
    let home = Home::new().config(&format!("{KEYS}{DEV}"));
    let redirections = [">&-", "1</dev/null", "<&- >&-"];
    for (arguments, redirection) in PRINTING.iter().flat_map(|a| redirections.map(|r| (a, r))) {
        let script = format!("exec \"$0\" \"$@\" {redirection}");
        let output = home.tool("sh", [&["-c", &script, SSOWRAP][..], arguments].concat()).output();
        let told = "error: cannot write to standard output: Bad file descriptor (os error 9)\n";
        assert_eq!(
            (output.status.code(), output.stderr.as_str()),
            (Some(1), told),
            "{arguments:?} {redirection}"
        );
    }
}

#[test]
#[cfg(unix)]
fn output_may_go_to_the_null_device() {
    let home = Home::new().config(&format!("{KEYS}{DEV}"));
    for arguments in PRINTING {
        // As shells open it, and as other programs do.
        for file in [File::options().write(true), File::options().read(true).write(true)] {
            let null = file.open("/dev/null").expect("a device");
            assert_eq!(home.run(arguments).stdout_to(null).output().stderr, "", "{arguments:?}");
        }
    }
}

/// Like a terminal or a pipe that another program reads through an event loop.
#[test]
#[cfg(unix)]
fn a_stdout_that_does_not_block_is_waited_for() {
    let section =
        |n: u32| format!("[profile a{n}]\naws_access_key_id = A\naws_secret_access_key = B\n");
    let home = Home::new().config(&(0..5000).map(section).collect::<String>());
    let (reader, writer) = io::pipe().expect("a pipe");
    rustix::io::ioctl_fionbio(&writer, true).expect("a pipe");
    let printed = thread::scope(|scope| {
        let printed = scope.spawn(|| io::read_to_string(reader).expect("text"));
        home.run(["profiles"]).stdout_to(writer).succeeds();
        printed.join().expect("no panic")
    });
    assert!(printed == home.run(["profiles"]).succeeds().stdout(), "{} bytes", printed.len());
}
