//! What is written, and what is cached.

use std::fs;
use std::time::Duration;

use chrono::TimeDelta;

use super::{Windows, expired, signed_in};
use crate::support::{DEV, Home, now};

/// On Windows, a temporary file's age, not a lock, shows whether it is still being written.
#[test]
fn old_temporary_files_go() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let file = |name: &str, minutes: i64| {
        let path = windows.home.path(".aws").join(name);
        let file = fs::File::create(&path).expect("a file");
        let then = now() - TimeDelta::minutes(minutes);
        file.set_times(fs::FileTimes::new().set_modified(then.into())).expect("a time");
        path
    };
    let (old, young) = (file(".ssowrap-a.tmp", 70), file(".ssowrap-b.tmp", 50));
    windows.ends(0, ["-p", "dev", "generate", "--as", "written"]);
    assert!(!old.exists() && young.exists());
}

#[test]
fn generate_and_back() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    windows.ends(0, ["-p", "dev", "generate", "--as", "written"]);
    windows.ends(0, ["-p", "dev", "generate", "--as", "written"]);
    let file = fs::read_to_string(windows.home.path(".aws/credentials")).expect("a file");
    assert_eq!(file.matches("[written]").count(), 1, "{file}");
    assert!(!file.contains('\r'));
    windows.ends(0, ["generate", "--as", "written", "--remove"]);
    let file = fs::read_to_string(windows.home.path(".aws/credentials")).expect("a file");
    assert!(!file.contains("[written]"), "{file}");
}

#[test]
fn cold_then_warm() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let cold = windows.ends(0, ["-p", "dev", "credential-process"]);
    let warm = windows.ends(0, ["-p", "dev", "credential-process"]);
    assert_eq!(cold.stdout(), warm.stdout());
    assert_eq!(windows.home.aws().count("GetRoleCredentials"), 1);
    windows.ends(0, ["-p", "dev", "--no-cache", "credential-process"]);
    assert_eq!(windows.home.aws().count("GetRoleCredentials"), 2);
}

#[test]
fn the_cache_is_listed_and_cleared() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    windows.ends(0, ["-p", "dev", "export"]);
    let list = windows.ends(0, ["cache", "list", "--json"]);
    assert!(list.stdout().contains("123456789012"), "{}", list.stdout());
    windows.ends(0, ["cache", "clear"]);
    windows.ends(0, ["-p", "dev", "export"]);
    assert_eq!(windows.home.aws().count("GetRoleCredentials"), 2);
}

/// Starts ten at once, with answers so slow that all ten need the request. All must succeed. Returns
/// their output.
fn ten<const N: usize>(windows: &Windows, asked: &str, arguments: [&str; N]) -> [Vec<u8>; 10] {
    windows.home.aws().set_latency(asked, Duration::from_millis(500));
    [(); 10].map(|()| windows.run(arguments).spawn()).map(|child| {
        let output = child.wait_with_output().expect("a child");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    })
}

#[test]
fn ten_at_once_ask_once() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let printed = ten(&windows, "GetRoleCredentials", ["-p", "dev", "credential-process"]);
    assert!(printed.iter().all(|one| *one == printed[0]));
    assert_eq!(windows.home.aws().count("GetRoleCredentials"), 1);
}

#[test]
fn ten_at_once_take_one_role_on_top() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let printed = ten(&windows, "AssumeRole", ["-p", "deploy", "credential-process"]);
    assert!(printed.iter().all(|one| *one == printed[0]));
    assert_eq!(windows.home.aws().count("AssumeRole"), 1);
}

#[test]
fn ten_at_once_refresh_once() {
    let home = Home::with_aws().config(DEV).token("corp", &expired()).refreshable();
    let Some(windows) = Windows::start(home) else { return };
    ten(&windows, "CreateToken", ["-p", "dev", "--no-cache", "credential-process"]);
    assert_eq!(windows.home.aws().count("CreateToken"), 1);
}

/// Each writes the same file.
#[test]
fn ten_at_once_generate() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let names: [String; 10] = std::array::from_fn(|index| format!("written-{index}"));
    let children = names
        .each_ref()
        .map(|name| windows.run(["-q", "-p", "dev", "generate", "--as", name.as_str()]).spawn());
    for child in children {
        let output = child.wait_with_output().expect("a child");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let file = fs::read_to_string(windows.home.path(".aws/credentials")).expect("a file");
    let is_there = |name: &String| file.matches(&format!("[{name}]")).count() == 1;
    assert!(names.iter().all(is_there), "{file}");
}

#[test]
fn man_pages() {
    let Some(windows) = Windows::start(Home::new()) else { return };
    windows.ends(0, ["man", r"C:\users\bin\man"]);
    let page = fs::read_to_string(windows.file("man/ssowrap.1")).expect("a page");
    assert!(!page.contains('\r'));
}
