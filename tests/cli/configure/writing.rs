//! How the config file is written: every other byte stays, in one step, or not at all.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use fake_aws::Account;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::{SESSION, config, configure, home, written};
use crate::clients::installed;
use crate::differential::text;
use crate::entries::{mode, names, set_mode};
use crate::support::{Home, SSOWRAP, tool, until};

#[test]
fn every_other_byte_stays() {
    let before = format!(
        "\u{feff}# top\r\n{}[profile a]\r\n  x : y ; z\r\n\r\n[profile a]\r\nx=1\r\n[odd\r\n",
        SESSION.replace('\n', "\r\n")
    );
    let home = home().config(&before);
    set_mode(&home.path(".aws/config"), 0o640);
    fs::rename(home.path(".aws/config"), home.path("real")).expect("own file");
    symlink("../real", home.path(".aws/config")).expect("a link");
    configure(&home, &["--account", "Sandbox"]);
    let expected = written("Sandbox.Developer", "000000000042", "Developer").replace('\n', "\r\n");
    assert_eq!(config(&home), format!("{before}{expected}"));
    assert!(home.path(".aws/config").is_symlink());
    assert_eq!(mode(&home.path("real")), 0o640);
    assert!(names(&home.path("")).iter().all(|name| !name.ends_with(".tmp")));
    let inode = || fs::metadata(home.path("real")).expect("a file").ino();
    let written = inode();
    assert_eq!(configure(&home, &["--account", "Sandbox"]), "nothing to change\n");
    assert_eq!(inode(), written, "what does not change is not written");
}

#[test]
fn files_that_cannot_be_changed() {
    let home = home();
    set_mode(&home.path(".aws/config"), 0o400);
    home.run(["configure", "--all", "--yes", "--region", "-"]).fails(
        1,
        "error: cannot change ~/.aws/config: it is read-only\nhint: the file and its directory must \
         be writable: check with `ls -ld ~/.aws ~/.aws/config`\n",
    );
    home.aws().clear_log();
    let home = Home::with_aws().login("corp").config(&format!("{SESSION}\0"));
    let output = home
        .run(["configure", "--all", "--yes", "--region", "-", "--sso-session", "corp"])
        .output();
    assert_eq!(output.status.code(), Some(4), "{}", output.stderr);
    assert!(output.stderr.contains("~/.aws/config is left as it is: "), "{}", output.stderr);
    assert_eq!(config(&home), format!("{SESSION}\0"));
}

/// Killed at each step of writing: the file is the old one or the new one, and the next run cleans
/// up.
#[test]
fn a_kill_at_every_step() {
    let Some(strace) = tool("strace") else { return };
    let home = home();
    home.aws().set_accounts(Account::organisation(60, 3));
    let line = [SSOWRAP, "configure", "--all", "--region", "-", "--yes", "-q"];
    home.run(&line[1..]).succeeds();
    let (whole, left) = (config(&home), names(&home.path(".aws")));
    let mut seen = [0, 0];
    for step in
        ["?open,openat", "write", "fsync,fdatasync", "fchmod,fchown", "/^rename", "/^unlink"]
    {
        for when in 1..200 {
            home.write(".aws/config", SESSION);
            let fault = format!("inject={step}:signal=SIGKILL:when={when}");
            let traced = ["-f", "-o", "/dev/null", "-e", &format!("trace={step}"), "-e", &fault];
            let output = home.tool(&strace, [&traced[..], &line].concat()).report();
            if output.status.success() {
                assert!(when > 1, "{step} is no step of it");
                break;
            }
            let now = config(&home);
            assert!(now == SESSION || now == whole, "torn by {step} {when}");
            seen[usize::from(now == whole)] += 1;
            home.run(&line[1..]).succeeds();
            assert_eq!(config(&home), whole, "after {step} {when}");
            assert_eq!(names(&home.path(".aws")), left, "after {step} {when}");
        }
    }
    assert!(seen[0] > 10 && seen[1] > 2, "killed before and after it was written: {seen:?}");
}

/// The file changes while AWS is asked: the new text is made from what is there then.
#[test]
fn a_file_that_changes_meanwhile() {
    let home = home();
    home.aws().hold("ListAccountRoles");
    let child =
        home.run(["configure", "--account", "Sandbox", "--region", "-", "--yes", "-q"]).spawn();
    until("a request", || (home.aws().count("ListAccountRoles") > 0).then_some(()));
    home.write(".aws/config", format!("{SESSION}\n[profile new]\nx = y\n"));
    home.aws().release("ListAccountRoles");
    let output = child.wait_with_output().expect("own child");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected = written("Sandbox.Developer", "000000000042", "Developer");
    assert_eq!(config(&home), format!("{SESSION}\n[profile new]\nx = y\n{expected}"));
}

/// Random configs: botocore reads the same before and after, except for the additions.
#[test]
fn botocore_reads_the_rest_as_before() {
    let Some(python) = installed("python/bin/python") else { return };
    let home = home();
    let mut runner = TestRunner::deterministic();
    let mut cases = Vec::new();
    let strategy = text();
    for i in 0..250 {
        let text = strategy.new_tree(&mut runner).expect("a case").current();
        // The session of the login, in an arbitrary file.
        let text = format!("{text}\n{SESSION}");
        home.write(".aws/config", &text);
        let line = ["configure", "--account", "Sandbox", "--region", "-", "--yes", "-q"];
        let output = home.run(line.iter().chain(&["--sso-session", "corp"])).output();
        let after = fs::read(home.path(".aws/config")).expect("a file");
        if !output.status.success() {
            assert_eq!(after, text.as_bytes(), "{}", output.stderr);
            continue;
        }
        let [before_file, after_file] = ["before", "after"].map(|when| format!("{when}-{i}"));
        home.write(&before_file, &text);
        home.write(&after_file, &after);
        cases.push(json!({
            "kind": "config",
            "before": before_file,
            "after": after_file,
            "profile": "Sandbox.Developer",
            "expected": {
                "sso_session": "corp",
                "sso_account_id": "000000000042",
                "sso_role_name": "Developer",
                "ssowrap_generated": "corp",
            },
        }));
    }
    home.write("cases.json", serde_json::to_vec(&cases).expect("JSON"));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/edited.py");
    let output = home.tool(python, [script, "cases.json"]).report();
    assert!(output.status.success(), "{}{}", output.stdout(), output.stderr);
    let read: usize = output.stdout().trim().parse().expect("a number");
    assert!(read > 50, "only {read} of {} texts are read by botocore at all", cases.len());
}
