//! How the files are written: through links, by many processes at once, on broken disks, and while
//! other programs change them.

use std::fs;
use std::os::unix::fs::symlink;

use super::{SOURCES, TOOLS, config, credentials, generate, home, read};
use crate::crowd::{Running, death_at_any_moment, number};
use crate::disk::{READ_ONLY, namespace};
use crate::entries::{mode, names, set_mode, tree};
use crate::support::{Home, KEYS, injected, until, with_fault};

#[test]
fn links_are_followed_and_stay() {
    let home = home();
    for directory in ["dotfiles", "secrets"] {
        fs::create_dir(home.path(directory)).expect("a directory");
    }
    fs::rename(home.path(".aws/config"), home.path("dotfiles/config")).expect("own file");
    symlink("../dotfiles/link", home.path(".aws/config")).expect("a link");
    symlink("config", home.path("dotfiles/link")).expect("a link");
    // It leads nowhere yet.
    symlink(home.path("secrets/keys"), home.path(".aws/credentials")).expect("a link");
    generate(&home);
    for (link, target) in [
        (".aws/config", "../dotfiles/link".into()),
        ("dotfiles/link", "config".into()),
        (".aws/credentials", home.path("secrets/keys")),
    ] {
        assert_eq!(fs::read_link(home.path(link)).expect("a link"), target);
    }
    assert_eq!(
        read(&home, "dotfiles/config"),
        format!("{SOURCES}\n[profile tools]\nregion = eu-west-1\n")
    );
    assert_eq!(read(&home, "secrets/keys"), TOOLS);
    assert_eq!(names(&home.path(".aws")), ["config", "credentials", "sso", "sso/cache"]);

    fs::remove_file(home.path("dotfiles/link")).expect("own file");
    symlink("link", home.path("dotfiles/link")).expect("a link");
    let run = home
        .run(["-p", "src", "generate", "--as", "tools"])
        .env("AWS_CONFIG_FILE", home.path("dotfiles/config"));
    let run = run.env("AWS_SHARED_CREDENTIALS_FILE", home.path("dotfiles/link"));
    let stderr = run.output().stderr;
    assert!(stderr.contains("too many") || stderr.contains("Too many"), "{stderr}");
}

#[test]
fn modes_stay_and_readable_files_are_reported() {
    let home = home().credentials("[tools]\n");
    for file in [".aws/config", ".aws/credentials"] {
        set_mode(&home.path(file), 0o640);
    }
    let told = generate(&home);
    let warning =
        "warning: other users can read ~/.aws/credentials: `chmod 600 ~/.aws/credentials`\n";
    assert!(told.starts_with(warning), "{told}");
    assert_eq!(mode(&home.path(".aws/config")), 0o640);
    assert_eq!(mode(&home.path(".aws/credentials")), 0o640);
}

#[test]
fn what_cannot_be_replaced_is_left_alone() {
    let home = home().file("read-only", "[a]\n");
    set_mode(&home.path("read-only"), 0o400);
    fs::create_dir(home.path("directory")).expect("a directory");
    symlink("/dev/null", home.path("device")).expect("a link");
    let before = tree(&home.path(".aws"));
    for (file, why) in [
        ("read-only", "it is read-only"),
        ("directory", "it is a directory"),
        ("device", "it is not a regular file"),
    ] {
        let line = ["-p", "src", "generate", "--as", "tools", "--credentials-file", file];
        let output = home.run(line).output();
        let expected = format!("error: cannot change ~/{file}: {why}\n");
        assert!(output.stderr.starts_with(&expected), "{}", output.stderr);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(tree(&home.path(".aws")), before);
    }
    assert_eq!(read(&home, "read-only"), "[a]\n");
    // The region isn't written either if the keys can't be.
    symlink("no/such/keys", home.path(".aws/credentials")).expect("a link");
    let before = tree(&home.path(".aws"));
    let output = home.run(["-p", "src", "generate", "--as", "tools"]).output();
    assert_eq!(
        output.stderr,
        "error: cannot change ~/.aws/credentials: it is a link into ~/.aws/no/such, which does not \
         exist\n"
    );
    assert_eq!(tree(&home.path(".aws")), before);
    let home = super::home().file(".aws/credentials", b"[a]\n\xff\xfe\0");
    let before = tree(&home.path(".aws"));
    home.run(["-p", "src", "generate", "--as", "tools"]).fails(
        4,
        "error: ~/.aws/credentials is left as it is: it contains NUL characters: is it UTF-16, or not \
         text at all?\n",
    );
    assert_eq!(tree(&home.path(".aws")), before);
}

#[test]
fn a_directory_that_cannot_be_written() {
    let home = home().credentials("[a]\n");
    fs::create_dir_all(home.path(".local/state/ssowrap/locks")).expect("directories");
    let before = tree(&home.path(""));
    let script = format!("{READ_ONLY}; cd \"$HOME\"; ssowrap -p src generate --as tools || true");
    let Some(output) = namespace(&home, &script) else { return };
    assert_eq!(
        output.stderr,
        "error: cannot change ~/.aws/credentials: read-only filesystem or storage medium\nhint: the file \
         and its directory must be writable: check with `ls -ld ~/.aws ~/.aws/credentials`\n"
    );
    assert_eq!(tree(&home.path("")), before);
}

/// A file that is mounted into a container can't be replaced by renaming. It is overwritten.
#[test]
fn a_file_that_is_a_mount_point() {
    let home = home().credentials("[a]\n").file("mounted", "[b]\n");
    let script = "cd \"$HOME\"; mount --bind mounted .aws/credentials; ssowrap -q -p src generate --as tools";
    let Some(output) = namespace(&home, script) else { return };
    assert_eq!(output.stderr, "");
    assert_eq!(
        (credentials(&home), read(&home, "mounted")),
        ("[a]\n".into(), format!("[b]\n\n{TOOLS}"))
    );
    assert_eq!(names(&home.path(".aws")), ["config", "credentials", "sso", "sso/cache"]);
}

/// Nothing is lost if there is no room for that.
#[test]
fn a_mounted_file_on_a_full_disk() {
    let home = home().credentials("[a]\n");
    let script = "
        cd \"$HOME\"; mkdir small
        mount -t tmpfs -o size=8k none small
        echo '[b]' > small/mounted
        cat /dev/zero > small/filler 2> /dev/null || true
        mount --bind small/mounted .aws/credentials
        head -c 4000 /dev/zero | tr '\\0' '#' >> .aws/credentials
        cp .aws/credentials before
        ssowrap -p src generate --as tools || true
        cmp before .aws/credentials";
    let Some(output) = namespace(&home, script) else { return };
    assert!(output.status.success(), "{}", output.stderr);
    assert!(output.stderr.starts_with("error: cannot change ~/.aws/credentials: "));
}

#[test]
fn any_number_at_once_lose_nothing() {
    let home = home().credentials("# mine\n");
    let crowd = number("STORM", 24);
    let run = |i: usize| {
        let name = format!("tools-{}", i / 2);
        Running::start(&home, ["-q", "-p", "src", "generate", "--as", &name])
    };
    let running: Vec<Running> = (0..crowd).map(run).collect();
    for running in running {
        running.succeeds();
    }
    let (credentials, config) = (credentials(&home), config(&home));
    let mut length = "# mine\n".len();
    for i in 0..crowd / 2 {
        let section = format!("\n{}", TOOLS.replace("tools", &format!("tools-{i}")));
        assert_eq!(credentials.matches(&section).count(), 1, "{credentials}");
        length += section.len();
        let section = format!("\n[profile tools-{i}]\nregion = eu-west-1\n");
        assert_eq!(config.matches(&section).count(), 1, "{config}");
    }
    assert_eq!(credentials.len(), length, "{credentials}");
    assert_eq!(names(&home.path(".aws")), ["config", "credentials", "sso", "sso/cache"]);
}

/// `generate --as tools`, delayed by `fault` once it has written the new file, while `meanwhile`
/// runs. False if there is no strace.
fn held_up(home: &Home, fault: &str, meanwhile: impl FnOnce()) -> bool {
    let line = ["-q", "-p", "keys", "generate", "--as", "tools"];
    let Some(run) = with_fault(home, fault, &line) else { return false };
    let child = run.spawn();
    // Not `names`, because a file may disappear between listing it and reading it.
    let is_written = || {
        let mut entries = fs::read_dir(home.path(".aws")).expect("a directory").flatten();
        entries.any(|entry| entry.path().extension().is_some_and(|end| end == "tmp"))
    };
    until("the new file", || is_written().then_some(()));
    meanwhile();
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    true
}

const KEYS_AS_TOOLS: &str =
    "[tools]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = FAKEsecret/+key\n";

#[test]
fn what_another_program_writes_meanwhile_stays() {
    let home = Home::new().config(KEYS).credentials("[a]\n");
    let theirs = "[a]\n[b]\naws_access_key_id = theirs\n";
    let fault = "inject=fsync:delay_exit=1s:when=1";
    if held_up(&home, fault, || home.write(".aws/credentials", theirs)) {
        assert_eq!(credentials(&home), format!("{theirs}\n{KEYS_AS_TOOLS}"));
        assert_eq!(names(&home.path(".aws")), ["config", "credentials", "sso", "sso/cache"]);
    }
}

/// In the moment before a file is replaced, checking it doesn't help: one process waits for the
/// other.
#[test]
fn one_waits_for_the_other() {
    let home = Home::new().config(KEYS).credentials("[a]\n");
    let fault = "inject=rename,renameat,renameat2:delay_enter=1s:when=1";
    let another = || {
        home.run(["-q", "-p", "keys", "generate", "--as", "others"]).succeeds();
    };
    if held_up(&home, fault, another) {
        let others = KEYS_AS_TOOLS.replace("tools", "others");
        assert_eq!(credentials(&home), format!("[a]\n\n{KEYS_AS_TOOLS}\n{others}"));
    }
}

/// Whenever it is killed, each file is the old one or the new one.
#[test]
fn killed_at_any_moment() {
    let home = home();
    let new =
        (format!("{SOURCES}\n[profile tools]\nregion = eu-west-1\n"), format!("# mine\n\n{TOOLS}"));
    let run = || Running::start(&home, ["-q", "-p", "src", "generate", "--as", "tools"]);
    let prepare = || {
        home.write(".aws/config", SOURCES);
        home.write(".aws/credentials", "# mine\n");
    };
    death_at_any_moment(run, prepare, || {
        let (config, credentials) = (config(&home), credentials(&home));
        assert!(config == new.0 || config == SOURCES, "{config}");
        assert!(credentials == new.1 || credentials == "# mine\n", "{credentials}");
        // The keys come last.
        assert!(config == new.0 || credentials == "# mine\n");
    });
    assert_eq!(names(&home.path(".aws")), ["config", "credentials", "sso", "sso/cache"]);
}

/// A quota, a broken disk, and the like, at each step of a write. Before both files, the earlier
/// region is remembered, which may fail.
#[test]
fn writes_that_fail_at_any_step() {
    for fault in [
        "inject=fsync:error=EIO",
        "inject=fsync:error=ENOSPC:when=4",
        "inject=rename,renameat,renameat2:error=EIO",
        "inject=rename,renameat,renameat2:error=EIO:when=3",
    ] {
        let home = home().credentials("# mine\n");
        let line = ["-p", "src", "generate", "--as", "tools"];
        let Some(output) = injected(&home, fault, &line) else { return };
        assert_eq!(output.status.code(), Some(1), "{fault}");
        assert!(output.stderr.starts_with("error: cannot change ~/.aws/c"), "{}", output.stderr);
        assert_eq!(credentials(&home), "# mine\n", "{fault}");
        assert_eq!(config(&home) == SOURCES, !fault.contains(":when="), "{fault}");
        assert_eq!(names(&home.path(".aws")), ["config", "credentials", "sso", "sso/cache"]);
    }
}
