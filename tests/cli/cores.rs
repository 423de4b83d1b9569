//! No core file contains a secret, and no other process can inspect ssowrap. The system shows this
//! by giving such a process's files in `/proc` to root.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use crate::entries::chown_all;
use crate::support::{DEV, Home, SSOWRAP, tool};

/// `nobody`
const OTHER: u32 = 65_534;

/// A command prefix that runs a command as a user other than root; none if this already is one.
fn as_user(home: &Home) -> Option<Vec<String>> {
    if !rustix::process::geteuid().is_root() {
        return Some(Vec::new());
    }
    let setpriv = tool("setpriv")?.display().to_string();
    let user = [format!("--reuid={OTHER}"), format!("--regid={OTHER}"), "--clear-groups".into()];
    let words: Vec<String> = [setpriv].into_iter().chain(user).collect();
    chown_all(&home.path(""), OTHER);
    let probe = words[1..].iter().map(String::as_str).chain([SSOWRAP, "--version"]);
    let is_reachable = home.tool(&words[0], probe).report().status.success();
    if !is_reachable {
        eprintln!("skipped: another user can't run the program where it is");
    }
    is_reachable.then_some(words)
}

#[test]
#[cfg(target_os = "linux")]
fn a_process_with_secrets_cannot_be_dumped() {
    let home = Home::with_aws().config(DEV).login("corp");
    let Some(mut words) = as_user(&home) else { return };
    words.extend([SSOWRAP, "-p", "dev", "--no-cache", "export"].map(str::to_owned));
    home.aws().hold("GetRoleCredentials");
    let child = home.tool(&words[0], &words[1..]).spawn();
    assert!(home.aws().wait_for("GetRoleCredentials", 1, Duration::from_secs(60)));
    let memory = Path::new("/proc").join(child.id().to_string()).join("environ");
    assert_eq!(fs::metadata(memory).expect("a process").uid(), 0);
    home.aws().release("GetRoleCredentials");
    assert!(child.wait_with_output().expect("it ends").status.success());
}

/// The command's own core files are its own business.
#[test]
#[cfg(target_os = "linux")]
fn a_command_may_leave_cores() {
    let home = Home::with_aws().config(DEV).login("corp");
    let Some(mut words) = as_user(&home) else { return };
    let line = [SSOWRAP, "-p", "dev", "exec", "--", "stat", "-Lc", "%u", "/proc/self/environ"];
    words.extend(line.map(str::to_owned));
    let output = home.tool(&words[0], &words[1..]).output();
    assert_ne!(output.stdout(), "0\n", "{}", output.stderr);
    assert!(output.status.success());
}
