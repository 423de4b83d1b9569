//! Disks that are full, read-only, broken, or without locks, and other resources that run out.

use std::fs;
use std::process::Command;

use crate::entries::{access_key, chain, dev_file, key_of, names, own_file, own_files, read, tree};
use crate::faults::new_credentials;
use crate::support::{Home, Output, injected};

/// Gets the credentials of `deep`, with `fault` injected into system calls.
fn deep(home: &Home, fault: &str) -> Option<Output> {
    injected(home, fault, &["-p", "deep", "credential-process"])
}

/// For example, NFS without its lock manager.
#[test]
fn a_file_system_without_locks() {
    for error in ["EOPNOTSUPP", "ENOLCK", "ENOSYS", "EINTR"] {
        let home = chain();
        let Some(output) = deep(&home, &format!("inject=flock:error={error}")) else { return };
        assert_eq!(new_credentials(&home, &output), "", "{error}");
        assert_eq!(own_files(&home).len(), 2, "{error}");
        assert_eq!(names(&home.path(".cache/ssowrap/roles")).len(), 2, "{error}: no litter");
    }
}

/// A quota, a broken disk, and the like, at each step of a write.
#[test]
fn writes_that_fail_at_any_step() {
    for fault in [
        "inject=fsync:error=EIO",
        "inject=fsync:error=ENOSPC:when=2",
        "inject=fsync,fdatasync:error=EDQUOT:when=3",
        "inject=rename,renameat,renameat2:error=EIO",
        "inject=rename,renameat,renameat2:error=EACCES:when=2+",
        "inject=mkdir:error=EROFS",
        "inject=unlink,unlinkat:error=EACCES",
    ] {
        let home = chain();
        // So that there is something to unlink.
        fs::create_dir_all(home.path(".cache/ssowrap/roles")).expect("a directory");
        fs::write(home.path(".cache/ssowrap/roles/.ssowrap-x.tmp"), "").expect("a file");
        let Some(output) = deep(&home, fault) else { return };
        let warning = new_credentials(&home, &output);
        let is_silent = fault.contains("unlink");
        assert_eq!(warning.starts_with("cannot cache role credentials"), !is_silent, "{fault}");
        if !is_silent {
            let files = names(&home.path(""));
            let litter = |n: &&String| n.contains(".ssowrap-") && !n.ends_with(".ssowrap-x.tmp");
            assert_eq!(files.iter().find(litter), None, "{fault}: litter");
        }
        // Written files are complete.
        for file in own_files(&home).iter().filter(|f| f.extension().is_some_and(|e| e == "json")) {
            assert!(read(file).is_object(), "{fault}");
        }
        key_of(&home, "deep");
    }
}

/// `ulimit -f`: the signal that it causes must not lose what AWS returned.
#[test]
fn files_that_may_not_grow() {
    let home = chain();
    let script = "ulimit -f 0; exec ssowrap -p deep credential-process";
    let output = home.tool("sh", ["-c", script]).output();
    let warning = new_credentials(&home, &output);
    assert!(warning.starts_with("cannot cache role credentials in "), "{warning}");
}

/// However few files may be open: credentials or an error, never a panic.
#[test]
fn few_files_may_be_open() {
    let home = chain();
    let mut codes = Vec::new();
    for limit in 4..24 {
        let script = format!("ulimit -n {limit}; exec ssowrap -p deep --no-cache export");
        let output = home.tool("sh", ["-c", &script]).output();
        assert!(!output.stderr.contains("panicked"), "{limit}: {}", output.stderr);
        codes.push(output.status.code().expect("no signal"));
    }
    assert_eq!(codes.last(), Some(&0), "{codes:?}");
    assert!(codes.contains(&1) || codes.contains(&6), "{codes:?}");
}

/// However few processes are allowed: an error, never a panic.
#[test]
fn no_more_threads() {
    let home = chain();
    let named = home.aws().url().replace("127.0.0.1", "localhost");
    let home = home.env("AWS_ENDPOINT_URL", named);
    let fault = "inject=clone,clone3:error=EAGAIN";
    let Some(output) = deep(&home, fault) else { return };
    assert!(output.stderr.contains(": Resource temporarily unavailable\n"), "{}", output.stderr);
    assert_eq!(output.status.code(), Some(6));
    // A helper can't be started either.
    home.write(".aws/config", "[profile deep]\ncredential_process = echo\n");
    let Some(output) = deep(&home, fault) else { return };
    let told = " cannot be started: Resource temporarily unavailable";
    assert!(output.stderr.contains(told), "{}", output.stderr);
    assert_eq!(output.status.code(), Some(1));
}

/// A shell in its own mount namespace, where it may mount anything: nothing of that remains when it
/// ends. If the system does not allow it, says so.
pub(crate) fn namespace(home: &Home, script: &str) -> Option<Output> {
    let is_root = rustix::process::geteuid().is_root();
    // A user who is not root becomes root in a user namespace.
    let flags = if is_root { "-m" } else { "-rm" };
    let probe =
        Command::new("unshare").args([flags, "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: nothing can be mounted here");
        return None;
    }
    let script = format!("set -e; {script}");
    Some(home.tool("unshare", [flags, "sh", "-c", &script]).output())
}

/// From here on, `$HOME` is read-only.
pub(crate) const READ_ONLY: &str =
    "mount --bind \"$HOME\" \"$HOME\"; mount -o remount,ro,bind \"$HOME\"";

#[test]
fn a_read_only_home() {
    for profile in ["dev", "deploy", "deep"] {
        let home = chain();
        let before = tree(&home.path(""));
        let script = format!("{READ_ONLY}; cd \"$HOME\"; ssowrap -p {profile} credential-process");
        let Some(output) = namespace(&home, &script) else { return };
        let warning = new_credentials(&home, &output);
        assert!(warning.ends_with("Read-only file system (os error 30)"), "{warning}");
        assert_eq!(tree(&home.path("")), before);
    }
}

/// What is cached is used, whatever its mode.
#[test]
fn a_read_only_home_with_something_cached() {
    for (profile, kind) in
        [("dev", dev_file as fn(&Home) -> _), ("deploy", |h| own_file(h, "/Deploy"))]
    {
        let home = chain();
        let key = key_of(&home, profile);
        let before = tree(&home.path(""));
        let script = format!("{READ_ONLY}; ssowrap -p {profile} credential-process");
        let Some(output) = namespace(&home, &script) else { return };
        assert_eq!((access_key(&output), output.stderr.as_str()), (key, ""));
        assert_eq!(tree(&home.path("")), before);

        // If a mode cannot be fixed, AWS is asked.
        let file = kind(&home);
        crate::entries::set_mode(&file, 0o644);
        let before = tree(&home.path(""));
        let Some(output) = namespace(&home, &script) else { return };
        let shown = file.strip_prefix(home.path("")).expect("at home").display();
        assert_eq!(
            new_credentials(&home, &output),
            format!(
                "cached role credentials are not used: ~/{shown} can be read by other users, and \
                 its mode cannot be changed"
            )
        );
        assert_eq!(tree(&home.path("")), before);
    }
}

#[test]
fn a_full_disk() {
    let home = chain();
    for directory in [".aws/cli/cache", ".cache/ssowrap/roles"] {
        fs::create_dir_all(home.path(directory)).expect("a directory");
    }
    // Room for the entries, then none. What was there must stay, and nothing else.
    let script = "
        cd \"$HOME\"
        for directory in .aws/cli/cache .cache/ssowrap/roles; do
            mount -t tmpfs -o size=64k none $directory
        done
        ssowrap -p deep credential-process > first
        cat .aws/cli/cache/*.json .cache/ssowrap/roles/*.json > before
        for directory in .aws/cli/cache .cache/ssowrap/roles; do
            cat /dev/zero > $directory/filler 2> /dev/null || true
        done
        ssowrap -p deep --refresh credential-process
        cat .aws/cli/cache/*.json .cache/ssowrap/roles/*.json > after
        ls -A .aws/cli/cache .cache/ssowrap/roles > listing
        ssowrap -p deep credential-process > second
    ";
    let Some(output) = namespace(&home, script) else { return };
    let warning = new_credentials(&home, &output);
    let why = warning.rsplit(": ").next().expect("a part");
    // If the file can still be created, its contents find no room.
    assert!(["no storage space", "No space left on device (os error 28)"].contains(&why), "{why}");
    let text = |name: &str| fs::read_to_string(home.path(name)).expect("a file");
    assert!(!text("before").is_empty());
    assert_eq!(text("after"), text("before"));
    assert_eq!(text("second"), text("first"));
    let listing = text("listing");
    assert_eq!(listing.lines().filter(|name| name.ends_with(".json")).count(), 3);
    assert!(!listing.contains(".tmp"), "{listing}");
}
