//! Files that other programs hold open. `ROUNDS=500` repeats tests of random events more often.

use std::fs;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use serde_json::Value;

use super::{Hold, Windows, expired, json, rounds, signed_in, token};
use crate::support::{CLIENT_ID, DEV, Home, REFRESH_TOKEN, token_file, until};

fn refreshable() -> Option<Windows> {
    Windows::start(Home::with_aws().config(DEV).token("corp", &expired()).refreshable())
}

/// Each refresh token is used once: if the file could not be replaced, the login would be lost.
#[test]
fn a_refresh_beside_readers_loses_nothing() {
    let Some(windows) = refreshable() else { return };
    let _readers = [(); 3].map(|()| windows.hold(&token_file("corp"), Hold::AgainAndAgain));
    let rounds = rounds(8);
    for _ in 0..rounds {
        windows.home.write(&token_file("corp"), expired().to_json());
        windows.home.aws().add_refresh_token(REFRESH_TOKEN, CLIENT_ID);
        let output = windows.ends(0, ["-p", "dev", "--no-cache", "credential-process"]);
        assert_eq!(output.stderr, "");
        assert_ne!(json(&token(&windows))["accessToken"], expired().access_token);
    }
    assert_eq!(windows.home.aws().count("CreateToken"), rounds);
}

#[test]
fn a_reader_that_never_lets_go_costs_no_login() {
    let Some(windows) = refreshable() else { return };
    let _reader = windows.hold(&token_file("corp"), Hold::Open);
    windows.ends(0, ["-p", "dev", "--no-cache", "credential-process"]);
    assert_ne!(json(&token(&windows))["accessToken"], expired().access_token);
}

/// A refresh token is used only if the new one can be stored.
#[test]
fn a_locked_file_costs_no_refresh_token() {
    let Some(windows) = refreshable() else { return };
    let locked = windows.hold(&token_file("corp"), Hold::Locked);
    let failed = windows.run(["-p", "dev", "--no-cache", "credential-process"]).output();
    assert!(!failed.status.success());
    assert!(failed.stderr.contains("close it in other programs"), "{}", failed.stderr);
    assert_eq!(windows.home.aws().count("CreateToken"), 0);
    drop(locked);
    windows.ends(0, ["-p", "dev", "--no-cache", "credential-process"]);
}

#[test]
fn a_read_only_file_costs_no_refresh_token() {
    let Some(windows) = refreshable() else { return };
    let path = windows.home.path(&token_file("corp"));
    let mut permissions = fs::metadata(&path).expect("a file").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).expect("permissions");
    let failed = windows.run(["-p", "dev", "--no-cache", "credential-process"]).output();
    assert!(!failed.status.success());
    assert!(failed.stderr.contains("it is read-only"), "{}", failed.stderr);
    assert!(!failed.stderr.contains("chmod") && !failed.stderr.contains("ls -ld"));
    assert_eq!(windows.home.aws().count("CreateToken"), 0);
}

/// The file of the only cached role.
fn cached(windows: &Windows) -> PathBuf {
    let files = fs::read_dir(windows.home.path(".aws/cli/cache")).expect("a directory").flatten();
    let files: Vec<_> = files.map(|entry| entry.path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

fn key(credentials: &Value) -> &str {
    credentials["AccessKeyId"].as_str().expect("a key")
}

const HELPER: [&str; 4] = ["-p", "dev", "--refresh", "credential-process"];

/// With one role in the cache. Returns its file.
fn with_cached_role() -> Option<(Windows, String)> {
    let windows = Windows::start(signed_in())?;
    windows.ends(0, HELPER);
    let file = cached(&windows);
    let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
    let path = format!(".aws/cli/cache/{name}");
    Some((windows, path))
}

/// What happens to the files of a directory from now on.
fn watch(directory: &Path) -> OwnedFd {
    let events = inotify::init(CreateFlags::NONBLOCK).expect("a queue");
    inotify::add_watch(&events, directory, WatchFlags::CLOSE_NOWRITE).expect("a directory");
    events
}

/// Waits until new files could not replace others this many times. Each attempt opens the new file,
/// and closes it by that name if it fails.
fn wait_for_failures(events: &OwnedFd, count: usize) {
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut events = inotify::Reader::new(events, &mut buffer);
    let mut failures = 0;
    until("failures", || {
        // None if nothing has happened since.
        let event = events.next().ok()?;
        let is_new = event.file_name().is_some_and(|name| name.to_bytes().ends_with(b".tmp"));
        failures += usize::from(is_new);
        (failures == count).then_some(())
    });
}

#[test]
fn a_reader_of_the_cache_that_lets_go_is_waited_for() {
    let Some((windows, path)) = with_cached_role() else { return };
    let reader = windows.hold(&path, Hold::Open);
    let events = watch(&windows.home.path(".aws/cli/cache"));
    let child = windows.run(HELPER).spawn();
    wait_for_failures(&events, 10);
    drop(reader);
    let output = child.wait_with_output().expect("a child");
    let kept = json(&fs::read_to_string(cached(&windows)).expect("a file"));
    let given = json(&String::from_utf8_lossy(&output.stdout));
    assert_eq!(key(&kept["Credentials"]), key(&given));
}

/// If readers leave no gap for too long, the older credentials stay in the cache; its files are
/// never torn.
#[test]
fn a_cache_beside_readers_is_never_torn() {
    let Some((windows, path)) = with_cached_role() else { return };
    let kept =
        || json(&fs::read_to_string(cached(&windows)).expect("a file"))["Credentials"].take();
    let mut issued = vec![key(&kept()).to_owned()];
    let _readers = [(); 3].map(|()| windows.hold(&path, Hold::AgainAndAgain));
    for _ in 0..rounds(8) {
        issued.push(key(&json(windows.ends(0, HELPER).stdout())).to_owned());
        let kept = kept();
        assert!(issued.iter().any(|issued| issued == key(&kept)), "{kept}: {issued:?}");
    }
}

#[test]
fn generate_beside_readers_loses_nothing() {
    let other = "[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = FAKEsecret/+o\n";
    let Some(windows) = Windows::start(signed_in().credentials(other)) else { return };
    let _readers = [(); 3].map(|()| windows.hold(".aws/credentials", Hold::AgainAndAgain));
    for _ in 0..rounds(8) {
        windows.ends(0, ["-q", "-p", "dev", "--refresh", "generate", "--as", "written"]);
        let kept = fs::read_to_string(windows.home.path(".aws/credentials")).expect("a file");
        let given = json(&fs::read_to_string(cached(&windows)).expect("a file"));
        let line = format!("[written]\naws_access_key_id = {}\n", key(&given["Credentials"]));
        assert!(kept.starts_with(other) && kept.contains(&line), "{kept}");
    }
}

#[test]
fn writers_of_the_config_beside_readers_lose_nothing() {
    const ROLES: [(&str, &str); 6] = [
        ("123456789012", "Admin"),
        ("123456789012", "ReadOnly"),
        ("210987654321", "Admin"),
        ("210987654321", "Developer"),
        ("210987654321", "ReadOnly"),
        ("000000000042", "Developer"),
    ];
    let (_, session) = DEV.split_once("\n\n").expect("a session");
    let Some(windows) = Windows::start(Home::with_aws().config(session).login("corp")) else {
        return;
    };
    let _readers = [(); 3].map(|()| windows.hold(".aws/config", Hold::AgainAndAgain));
    let children = ROLES.map(|(account, role)| {
        let which = ["--sso-session", "corp", "--account", account, "--role-name", role];
        let how = ["--name", "{account_id}.{role_name}", "--region", "eu-west-1", "--yes"];
        windows.tool("ssowrap.exe", &[&["configure"][..], &which, &how].concat()).spawn()
    });
    for child in children {
        let output = child.wait_with_output().expect("a child");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let config = fs::read_to_string(windows.home.path(".aws/config")).expect("a file");
    for (account, role) in ROLES {
        let section = format!("[profile {account}.{role}]");
        assert!(config.contains(&section), "{section} is lost:\n{config}");
    }
}
