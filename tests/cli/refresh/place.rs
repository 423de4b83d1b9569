//! A refresh token is worth a login: it is sent only if its successor can be stored.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::Path;

use fake_aws::fingerprint;

use super::{EXPORT, OPERATION, contents, expired, fields, home, minutes, refreshes, used};
use crate::crowd::number;
use crate::disk::{READ_ONLY, namespace};
use crate::entries::{chown_all, set_mode};
use crate::support::{SSOWRAP, Token, injected, token_file, tool};

/// `nobody`
const OTHER: u32 = 65_534;

const RUN: &str = "ssowrap -p dev --no-cache export";

/// Runs a script in which the token's place takes no file: nothing is sent, a valid token is used
/// as it is, and an expired one is an error that names the file and `why`.
fn sends_nothing(script: &str, why: &str) {
    for left in [minutes(5), minutes(-150)] {
        let home = home(left);
        let before = contents(&home);
        let Some(output) = namespace(&home, &format!("{script}; {RUN}")) else { return };
        assert_eq!(home.aws().count(OPERATION), 0, "{script}: {}", output.stderr);
        assert_eq!(contents(&home), before);
        if left > minutes(0) {
            assert_eq!((output.status.code(), output.stderr.as_str()), (Some(0), ""), "{script}");
            assert_eq!(used(&home), fingerprint(&Token::new().access_token));
        } else {
            assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
            let said = format!("and is not refreshed, because ~/{} cannot be", token_file("corp"));
            assert!(output.stderr.contains(&said), "{}", output.stderr);
            assert!(output.stderr.contains(why), "{}", output.stderr);
            assert!(output.stderr.contains("\nhint: "), "{}", output.stderr);
        }
        // The login survives, and works once there is room again.
        assert_eq!(refreshes(&home), 1, "{script}");
    }
}

#[test]
fn a_read_only_home() {
    sends_nothing(&format!("{READ_ONLY}; cd \"$HOME\""), "read-only");
}

#[test]
fn a_read_only_mount_of_aws_alone() {
    let script =
        "mount --bind \"$HOME/.aws\" \"$HOME/.aws\"; mount -o remount,ro,bind \"$HOME/.aws\"";
    sends_nothing(script, "read-only");
}

#[test]
fn a_token_file_that_is_mounted_by_itself() {
    let file = token_file("corp");
    let script = format!("cd \"$HOME\"; cp {file} copy; mount --bind copy {file}");
    sends_nothing(&script, "it is a mount point");
}

#[test]
fn files_that_may_not_grow() {
    sends_nothing("ulimit -f 1", "File too large");
}

/// A tmpfs that contains the token and has no room left.
fn full_disk() -> String {
    let cache = "\"$HOME/.aws/sso/cache\"";
    format!(
        "cp -r {cache} \"$HOME/copy\"; mount -t tmpfs -o size=64k none {cache}; \
         cp \"$HOME\"/copy/* {cache}; cat /dev/zero > {cache}/filler 2> /dev/null || true"
    )
}

#[test]
fn a_full_disk() {
    sends_nothing(&full_disk(), "space");
}

#[test]
fn a_crowd_on_a_full_disk() {
    let home = expired();
    let crowd = number("STORM", 60);
    let script = format!(
        "{}; for i in $(seq {crowd}); do (code=0; {RUN} > /dev/null 2> \
         \"$HOME/said.$i\" || code=$?; echo $code > \"$HOME/code.$i\") & done; wait; rm \"$HOME/.aws/sso/cache/filler\"; {RUN} > /dev/null; \
         ls -A \"$HOME/.aws/sso/cache\" > \"$HOME/listing\"",
        full_disk()
    );
    let Some(output) = namespace(&home, &script) else { return };
    assert!(output.status.success(), "{}", output.stderr);
    for i in 1..=crowd {
        let code = fs::read_to_string(home.path(&format!("code.{i}"))).expect("a code");
        let said = fs::read_to_string(home.path(&format!("said.{i}"))).expect("text");
        assert_eq!(code, "3\n", "{said}");
    }
    assert_eq!(home.aws().count(OPERATION), 1);
    let listing = fs::read_to_string(home.path("listing")).expect("a listing");
    assert_eq!(listing.lines().count(), 1, "{listing}");
}

/// Some file systems have no fsync and say so.
#[test]
fn a_file_system_without_fsync() {
    for error in ["EINVAL", "ENOSYS"] {
        let home = expired();
        let fault = format!("inject=fsync,fdatasync:error={error}");
        let Some(output) = injected(&home, &fault, &EXPORT) else { return };
        assert!(output.status.success() && output.stderr.is_empty(), "{}", output.stderr);
        assert_eq!(home.aws().count(OPERATION), 1);
        assert_eq!(used(&home), fingerprint(fields(&home)["accessToken"].as_str().expect("text")));
    }
}

/// The link belongs to another program; it stays, and its target is replaced.
#[test]
fn a_symbolic_link() {
    for target in ["elsewhere", ".aws/elsewhere"] {
        let home = expired();
        let file = home.path(&token_file("corp"));
        fs::rename(&file, home.path(target)).expect("own file");
        symlink(home.path(target), &file).expect("a link");
        assert_eq!(refreshes(&home), 1);
        assert!(file.is_symlink());
        assert_eq!(fs::read_to_string(home.path(target)).expect("text"), contents(&home));
        assert_eq!(used(&home), fingerprint(fields(&home)["accessToken"].as_str().expect("text")));
        // Nothing is left next to either.
        assert_eq!(fs::read_dir(file.parent().expect("a directory")).expect("it").count(), 1);
        assert_eq!(refreshes(&home), 0);
    }
}

fn owners(path: &Path) -> Vec<u32> {
    let metadata = path.symlink_metadata().expect("a file");
    let mut owners = vec![metadata.uid()];
    if metadata.is_dir() {
        for entry in fs::read_dir(path).expect("a directory") {
            owners.extend(self::owners(&entry.expect("an entry").path()));
        }
    }
    owners
}

fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        eprintln!("skipped: only root can give files to others");
    }
    is_root
}

/// Root in a container with somebody's home mounted, or `sudo` that keeps HOME: existing files stay
/// theirs, and new files and directories become theirs.
#[test]
fn root_in_the_home_of_another_user() {
    if !is_root() {
        return;
    }
    let home = expired();
    chown_all(&home.path(""), OTHER);
    home.run(["-p", "dev", "export"]).succeeds();
    assert_eq!(home.aws().count(OPERATION), 1);
    assert!(home.path(".aws/cli/cache").is_dir() && home.path(".local/state/ssowrap").is_dir());
    assert_eq!(owners(&home.path("")).iter().find(|owner| **owner != OTHER), None);
    // The current token is used.
    home.run(["-p", "dev", "export"]).succeeds();
    assert_eq!(home.aws().count("GetRoleCredentials"), 1);
}

/// That user replaces a file that root has left there.
#[test]
fn a_file_of_root_in_the_own_home() {
    if !is_root() {
        return;
    }
    let Some(setpriv) = tool("setpriv") else { return };
    let home = expired();
    chown_all(&home.path(""), OTHER);
    let file = home.path(&token_file("corp"));
    chown(&file, Some(0), Some(0)).expect("root may");
    set_mode(&file, 0o644);
    let (user, group) = (format!("--reuid={OTHER}"), format!("--regid={OTHER}"));
    let line = [&user, &group, "--clear-groups", SSOWRAP];
    let program_is_reachable = home.tool(&setpriv, line.iter().chain(&["--version"])).report();
    if !program_is_reachable.status.success() {
        eprintln!("skipped: another user can't run the program where it is");
        return;
    }
    let run = home.tool(&setpriv, line.iter().chain(&EXPORT));
    run.succeeds();
    assert_eq!(home.aws().count(OPERATION), 1);
    assert_eq!(owners(&file), [OTHER]);
    assert_eq!(used(&home), fingerprint(fields(&home)["accessToken"].as_str().expect("text")));
}

/// In another user's directory, another user's file stays.
#[test]
fn a_file_of_root_in_a_directory_of_root() {
    if !is_root() {
        return;
    }
    let Some(setpriv) = tool("setpriv") else { return };
    let home = expired();
    set_mode(&home.path(""), 0o755);
    let file = home.path(&token_file("corp"));
    set_mode(&file, 0o644);
    set_mode(file.parent().expect("a directory"), 0o1777);
    let (user, group) = (format!("--reuid={OTHER}"), format!("--regid={OTHER}"));
    let line = [&user, &group, "--clear-groups", SSOWRAP];
    let output = home.tool(&setpriv, line.iter().chain(&EXPORT)).report();
    if output.stderr.contains("failed to execute") {
        eprintln!("skipped: another user can't run the program where it is");
        return;
    }
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
    assert!(output.stderr.contains("it belongs to another user"), "{}", output.stderr);
    assert_eq!(home.aws().count(OPERATION), 0);
}

/// Values that the user's own program added to the file stay unchanged, byte for byte.
#[test]
fn foreign_values_stay_as_they_are() {
    let others = "\"n\": 12345678901234567890123, \"price\": 1.10, \"e\": 1E+2, \"deep\": {\"a\":  [1.0, -0, \
                  \"\\u00e9\\/\"]}, \"text\": \"\\u0041é\"";
    let home = expired();
    let before = contents(&home);
    home.write(
        &token_file("corp"),
        before.replace("{\"startUrl", &format!("{{{others}, \"startUrl")),
    );
    assert_eq!(refreshes(&home), 1);
    let after = contents(&home);
    assert!(after.ends_with(&format!(", {others}}}")), "{after}");
}
