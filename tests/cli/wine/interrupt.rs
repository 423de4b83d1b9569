//! Ctrl-C in a console.

use std::fs;

use fake_aws::Consent;

use super::{Windows, program, signed_in};
use crate::support::{DEV, Home, KEYS};

/// Presses Ctrl-C once `text` has been printed. Returns the exit code and the whole output.
fn press(windows: &Windows, text: &str, command: &[&str]) -> (Option<i32>, String) {
    let (printed, ssowrap) = (windows.path("printed"), program("ssowrap.exe"));
    let words = [&[printed.as_str(), text, &ssowrap], command].concat();
    let output = windows.tool("interrupt.exe", &words).report();
    let printed = fs::read_to_string(windows.home.path("printed")).expect("a file");
    (output.status.code(), printed)
}

/// The command handles it, and ssowrap exits as the command does.
#[test]
fn is_for_the_command() {
    let Some(windows) = Windows::start(Home::new().config(KEYS)) else { return };
    let exec = ["-p", "keys", "exec", "--", &program("interrupt.exe"), "wait"];
    assert_eq!(press(&windows, "waiting", &exec), (Some(42), "waiting\r\n".to_owned()));
}

#[test]
fn takes_the_file_of_write_credentials_with_it() {
    let Some(windows) = Windows::start(Home::new().config(KEYS)) else { return };
    let show = "echo %AWS_SHARED_CREDENTIALS_FILE%";
    windows.batch("job.cmd", &[show, &format!("{} wait", program("interrupt.exe"))]);
    let exec = ["-p", "keys", "exec", "--write-credentials", "--", "job"];
    let (_, printed) = press(&windows, "waiting", &exec);
    let (path, _) = printed.split_once("\r\n").expect("a path");
    let unix = path.trim().replace('\\', "/").replacen("C:", "wine/drive_c", 1);
    let directory = windows.home.path(&unix);
    let directory = directory.parent().expect("a directory");
    assert!(directory.parent().expect("a place").is_dir() && !directory.exists(), "{path}");
}

#[test]
fn ends_serve() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let (code, printed) = press(&windows, "until Ctrl-C", &["-p", "dev", "serve"]);
    assert_eq!(code, Some(0), "{printed}");
    // Both streams used one file, of which only stdout was closed.
    assert!(printed.contains("AWS_CONTAINER_AUTHORIZATION_TOKEN"), "{printed}");
}

#[test]
fn ends_a_login() {
    let home = Home::with_aws().config(DEV);
    home.aws().set_consent(Consent::Ask);
    let Some(windows) = Windows::start(home) else { return };
    for login in [&["login", "--no-browser"][..], &["login", "--use-device-code"]] {
        let (code, printed) = press(&windows, "http", &[&["-p", "dev"], login].concat());
        assert_eq!(code, Some(130), "{printed}");
    }
}
