//! Accounts, roles, and the profiles for them. Also the verbs that set up a shell.

use std::fs;

use super::{Windows, signed_in};
use crate::support::Home;

const CONFIGURE: [&str; 6] =
    ["configure", "--sso-session", "corp", "--all", "--region", "eu-west-1"];

#[test]
fn accounts() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    for _ in 0..2 {
        let list = windows.ends(0, ["accounts", "--roles", "--csv"]);
        assert!(list.stdout().contains("210987654321"), "{}", list.stdout());
    }
    assert_eq!(windows.home.aws().count("ListAccounts"), 1);
}

#[test]
fn configure_and_back() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let before = fs::read(windows.home.path(".aws/config")).expect("a file");
    let output = windows.tool("ssowrap.exe", &[&CONFIGURE[..], &["--yes"]].concat()).output();
    assert!(output.status.success(), "{}", output.stderr);
    let after = fs::read(windows.home.path(".aws/config")).expect("a file");
    assert!(after.len() > before.len() && !after.contains(&b'\r'));
    windows.ends(0, ["configure", "--undo", "--yes"]);
    assert_eq!(fs::read(windows.home.path(".aws/config")).expect("a file"), before);
}

/// The AWS CLI splits such a line by Windows' rules, and starts the quoted program.
#[test]
fn a_credential_process_that_configure_writes() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let words = [&CONFIGURE[..], &["--credential-process", "--yes"]].concat();
    let output = windows.tool("ssowrap.exe", &words).output();
    assert!(output.status.success(), "{}", output.stderr);
    let config = fs::read_to_string(windows.home.path(".aws/config")).expect("a file");
    let start = format!("credential_process = \"{}\" ", super::program("ssowrap.exe"));
    assert!(config.contains(&start), "{config}");
    let name =
        config.lines().find_map(|line| line.strip_prefix("[profile ")?.strip_suffix("-process]"));
    let name = format!("{}-process", name.expect("a profile"));
    windows.ends(0, ["-p", &name, "credential-process"]);
}

#[test]
fn nothing_is_written_unasked() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let before = fs::read(windows.home.path(".aws/config")).expect("a file");
    let unanswered = windows.tool("ssowrap.exe", &CONFIGURE).output();
    assert!(!unanswered.status.success(), "{}", unanswered.stderr);
    assert_eq!(fs::read(windows.home.path(".aws/config")).expect("a file"), before);
}

#[test]
fn scripts_for_shells() {
    let Some(windows) = Windows::start(Home::new()) else { return };
    for shell in ["bash", "zsh", "fish", "powershell", "nushell"] {
        for verb in ["init", "completions"] {
            let script = windows.ends(0, [verb, shell]);
            assert!(script.stdout().contains("ssowrap"), "{verb} {shell}");
            assert!(!script.stdout().contains('\r'), "{verb} {shell}");
        }
    }
}

#[test]
fn version() {
    let Some(windows) = Windows::start(Home::new()) else { return };
    let version = windows.ends(0, ["--version"]);
    assert_eq!(version.stdout(), concat!("ssowrap ", env!("CARGO_PKG_VERSION"), "\n"));
}
