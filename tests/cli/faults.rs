//! The cache cannot be read, written or locked: credentials are printed anyway, and whatever is
//! there stays unchanged.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::entries::{
    access_key, chain, dev_file, key_of, last_issued, mode, names, own_file, own_files, read,
    set_mode, tree,
};
use crate::support::{Home, Output};

/// A profile, the file of its last link, and the operation that renews it.
type Kind = (&'static str, fn(&Home) -> PathBuf, &'static str);

const KINDS: [Kind; 2] = [
    ("dev", dev_file, "GetRoleCredentials"),
    ("deploy", |home| own_file(home, "/Deploy"), "AssumeRole"),
];

/// Runs each profile, damages the file of its last link, and passes both to a test that starts with
/// an empty log.
fn spoiled(spoil: impl Fn(&Path), test: impl Fn(&Home, &Kind, &Path, String)) {
    for kind in KINDS {
        let home = chain();
        let key = key_of(&home, kind.0);
        let file = kind.1(&home);
        spoil(&file);
        home.aws().clear_log();
        test(&home, &kind, &file, key);
    }
}

fn run(home: &Home, profile: &str) -> Output {
    home.run(["-p", profile, "credential-process"]).output()
}

/// Checks that new credentials were printed, with at most one warning. Returns the warning.
pub(crate) fn new_credentials(home: &Home, output: &Output) -> String {
    assert!(output.status.success(), "{}", output.stderr);
    assert_eq!(access_key(output), last_issued(home, "*"));
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert!(lines.len() <= 1, "{}", output.stderr);
    let line = lines.first().copied().unwrap_or("warning: ");
    line.strip_prefix("warning: ").unwrap_or_else(|| panic!("{line}")).to_owned()
}

fn mkfifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().expect("mkfifo");
    assert!(made.success());
}

#[test]
fn contents_that_are_no_entry() {
    let huge = vec![b' '; 2 << 20];
    let deep = b"[".repeat(200_000);
    let cases: [&[u8]; 12] = [
        b"",
        b"\0",
        b"{",
        b"{}",
        b"[]",
        b"null",
        b"1",
        b"\"accessToken\"",
        b"\xff\xfe{}",
        b"{\"Credentials\": {}}",
        &huge,
        &deep,
    ];
    for contents in cases {
        let words = String::from_utf8_lossy(&contents[..contents.len().min(9)]).into_owned();
        spoiled(
            |file| fs::write(file, contents).expect("own file"),
            |home, (profile, _, operation), file, _| {
                assert_eq!(new_credentials(home, &run(home, profile)), "", "{words:?}");
                assert_eq!(home.aws().count(operation), 1, "{words:?}");
                assert!(read(file).is_object(), "it is replaced");
                assert_eq!(mode(file), 0o600);
            },
        );
    }
}

/// As the AWS CLI leaves them if it is killed, or if two of them write at once.
#[test]
fn torn_entries() {
    for cut in [1, 10, 100, 400, usize::MAX] {
        spoiled(
            |file| {
                let mut bytes = fs::read(file).expect("an entry");
                match bytes.len().checked_sub(cut) {
                    Some(kept) => bytes.truncate(kept),
                    None => bytes.extend_from_slice(b"\"}"),
                }
                fs::write(file, bytes).expect("own file");
            },
            |home, (profile, _, operation), file, _| {
                assert_eq!(new_credentials(home, &run(home, profile)), "", "{cut}");
                assert_eq!(home.aws().count(operation), 1, "{cut}");
                assert!(read(file).is_object(), "it is replaced");
            },
        );
    }
}

/// Nothing there is replaced, or even opened.
#[test]
fn something_else_where_the_file_should_be() {
    type Put = fn(&Path);
    let others: [(Put, &str); 4] = [
        (
            |file| {
                fs::create_dir(file).expect("a directory");
                fs::write(file.join("theirs"), "theirs").expect("a file");
            },
            "is not a file",
        ),
        (mkfifo, "is not a file"),
        (
            |file| {
                let target = file.with_extension("target");
                fs::rename(file.with_extension("old"), &target).expect("an entry");
                symlink(target, file).expect("a link");
            },
            "is a symbolic link",
        ),
        (|file| symlink("/nonexistent/target", file).expect("a link"), "is a symbolic link"),
    ];
    for (put, why) in others {
        spoiled(
            |file| {
                fs::rename(file, file.with_extension("old")).expect("an entry");
                put(file);
            },
            |home, (profile, ..), file, _| {
                let directory = file.parent().expect("a directory");
                let before = tree(directory);
                let shown = file.strip_prefix(home.path("")).expect("at home").display();
                for _ in 0..2 {
                    assert_eq!(
                        new_credentials(home, &run(home, profile)),
                        format!("cannot cache role credentials in ~/{shown}: ~/{shown} {why}")
                    );
                    assert_eq!(tree(directory), before);
                }
            },
        );
    }
}

#[test]
fn a_file_where_a_directory_should_be() {
    let places = [".aws/cli", ".aws/cli/cache", ".cache", ".cache/ssowrap", ".cache/ssowrap/roles"];
    // All of them at once, too: a chain has more than one link to store.
    let cases = places.iter().map(|place| vec![*place]).chain([vec![".aws/cli", ".cache"]]);
    for places in cases {
        let home = chain();
        for place in &places {
            let path = home.path(place);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            fs::write(&path, "theirs").expect("a file");
            set_mode(&path, 0o644);
        }
        let output = run(&home, "deep");
        let warning = new_credentials(&home, &output);
        assert!(warning.starts_with("cannot cache role credentials in ~/."), "{warning}");
        let is_named = |place: &&str| warning.contains(&format!("~/{place}"));
        assert!(places.iter().any(is_named), "{places:?}: {warning}");
        for place in &places {
            let path = home.path(place);
            assert_eq!(fs::read(&path).expect("it is still there"), b"theirs");
            assert_eq!(mode(&path), 0o644);
        }
    }
}

/// The user keeps them on another disk.
#[test]
fn directories_behind_links_are_used() {
    let home = chain();
    for (link, target) in [(".aws/cli", "elsewhere"), (".cache", "cache")] {
        fs::create_dir(home.path(target)).expect("a directory");
        symlink(home.path(target), home.path(link)).expect("a link");
    }
    let key = key_of(&home, "deploy");
    assert_eq!(key_of(&home, "deploy"), key);
    assert_eq!(names(&home.path("elsewhere/cache")).len(), 1);
    assert_eq!(names(&home.path("cache/ssowrap/roles")).len(), 1);
}

#[test]
fn a_mode_that_lets_others_read_is_put_right() {
    for wide in [0o644, 0o640, 0o604, 0o710] {
        spoiled(
            |file| set_mode(file, wide),
            |home, (profile, ..), file, key| {
                let shown = file.strip_prefix(home.path("")).expect("at home").display();
                let output = run(home, profile);
                assert_eq!(
                    output.stderr,
                    format!(
                        "warning: ~/{shown} could be read by other users; its mode is now 0600\n"
                    )
                );
                assert_eq!(access_key(&output), key);
                assert_eq!(mode(file), 0o600);
                assert_eq!(key_of(home, profile), key, "and says so once");
                assert_eq!(home.aws().count("*"), 0);
            },
        );
    }
}

/// Another user may have put credentials for their own account there.
#[test]
fn what_others_can_write_is_not_believed() {
    for wide in [0o666, 0o620, 0o602] {
        spoiled(
            |file| set_mode(file, wide),
            |home, (profile, _, operation), file, key| {
                let shown = file.strip_prefix(home.path("")).expect("at home").display();
                home.aws().fail(operation, fake_aws::Fault::Garbage, 1);
                let output = run(home, profile);
                assert_eq!(output.status.code(), Some(6), "not even for want of better");
                assert_eq!(mode(file), wide, "nor does it look trustworthy from now on");
                let output = run(home, profile);
                assert_eq!(
                    new_credentials(home, &output),
                    format!(
                        "cached role credentials are not used: ~/{shown} can be written by other \
                         users"
                    )
                );
                assert_ne!(access_key(&output), key);
                assert_eq!(mode(file), 0o600, "it is replaced");
                assert_eq!(key_of(home, profile), access_key(&output));
            },
        );
    }
}

#[test]
fn a_file_of_another_user() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can give files away");
        return;
    }
    spoiled(
        |file| std::os::unix::fs::chown(file, Some(65_534), None).expect("root may"),
        |home, (profile, ..), file, key| {
            let before = tree(file.parent().expect("a directory"));
            let shown = file.strip_prefix(home.path("")).expect("at home").display();
            let output = run(home, profile);
            assert_eq!(
                new_credentials(home, &output),
                format!(
                    "cannot cache role credentials in ~/{shown}: ~/{shown} belongs to another user"
                )
            );
            assert_ne!(access_key(&output), key);
            assert_eq!(tree(file.parent().expect("a directory")), before);
        },
    );
}

/// Other tools keep other files in the AWS CLI's directory.
#[test]
fn other_files_stay_as_they_are() {
    let home = chain();
    let cache = home.path(".aws/cli/cache");
    fs::create_dir_all(&cache).expect("a directory");
    for (name, contents, mode) in [
        ("session.db", "SQLite format 3\0", 0o644),
        ("5f52c9c583acfd120a607977e4f21fe86b7fa42d.json", r#"{"Credentials": {}}"#, 0o600),
        ("torn.json", "{", 0o600),
        ("tmpabcdefgh.tmp", "botocore's", 0o600),
        (".ssowrap-old", "not one of ours", 0o600),
    ] {
        fs::write(cache.join(name), contents).expect("a file");
        set_mode(&cache.join(name), mode);
    }
    fs::create_dir(cache.join(".ssowrap-directory.tmp")).expect("a directory");
    mkfifo(&cache.join(".ssowrap-fifo.tmp"));
    let before = tree(&home.path(".aws"));
    for flags in [&["-p", "dev"][..], &["-p", "dev", "--refresh"], &["-p", "deep"]] {
        home.run(flags.iter().chain(&["credential-process"])).succeeds();
        let mut after = tree(&home.path(".aws"));
        after.remove(&dev_file(&home)).expect("our entry");
        assert_eq!(after, before, "{flags:?}");
    }
}

#[test]
fn what_killed_processes_left_is_swept() {
    let home = chain();
    key_of(&home, "deploy");
    let places = [".aws/cli/cache", ".cache/ssowrap/roles"];
    let left = |place: &str| home.path(place).join(".ssowrap-abcdef.tmp");
    for place in places {
        fs::write(left(place), "{\"version\"").expect("a file");
    }
    // A file that another process is writing.
    let busy = home.path(".cache/ssowrap/roles/.ssowrap-busy.tmp");
    let writer = fs::File::create(&busy).expect("a file");
    writer.lock().expect("a lock");
    home.run(["-p", "deploy", "--refresh", "export"]).succeeds();
    for place in places {
        assert!(!left(place).exists(), "{place}");
    }
    assert!(busy.exists());
    drop(writer);
    home.run(["-p", "deploy", "--refresh", "export"]).succeeds();
    assert!(!busy.exists());
}

/// Runs `deep` without working locks, and checks that only `-vv` mentions it.
fn without_locks(home: &Home) {
    assert_eq!(new_credentials(home, &run(home, "deep")), "", "in silence");
    let output = home.run(["-vv", "--refresh", "-p", "dev", "export"]).output();
    assert!(output.status.success());
    assert!(output.stderr.contains("debug: continuing without the lock sso-"), "{}", output.stderr);
    assert_eq!(own_files(home).len(), 2, "the cache works nevertheless");
}

#[test]
fn no_directory_for_locks() {
    for place in [".local", ".local/state", ".local/state/ssowrap", ".local/state/ssowrap/locks"] {
        let home = chain();
        let path = home.path(place);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(&path, "theirs").expect("a file");
        without_locks(&home);
        assert_eq!(fs::read(&path).expect("it is still there"), b"theirs");
    }
}

#[test]
fn something_else_where_a_lock_should_be() {
    type Put = fn(&Path);
    let others: [Put; 3] = [
        |lock| fs::create_dir(lock).expect("a directory"),
        mkfifo,
        |lock| symlink("/nonexistent/target", lock).expect("a link"),
    ];
    for put in others {
        let home = chain();
        key_of(&home, "deep");
        let locks = home.path(".local/state/ssowrap/locks");
        assert_eq!(names(&locks).len(), 4, "one per link and one for the note of the login");
        for name in names(&locks) {
            fs::remove_file(locks.join(&name)).expect("a lock");
            put(&locks.join(&name));
        }
        for file in own_files(&home).iter().chain([&dev_file(&home)]) {
            fs::remove_file(file).expect("an entry");
        }
        let before = tree(&locks);
        without_locks(&home);
        assert_eq!(tree(&locks), before);
    }
}
