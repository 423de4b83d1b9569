//! `exec --write-credentials`: a credentials file for one command, from start to end.

#![cfg(unix)]

mod clients;
mod ends;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::support::{DEV, Home, KEYS, TIMEOUT};

const MORE: &str = "
[profile deploy]
role_arn = arn:aws:iam::210987654321:role/deploy
source_profile = dev
role_session_name = ci
region = us-east-2
";

const BOTH: [&str; 6] = ["-p", "deploy", "-p", "dev", "exec", "--write-credentials"];

/// A home whose runtime directory is `run`, which contains the files of running commands.
fn home() -> Home {
    let home = Home::with_aws().config(&format!("{DEV}{MORE}{KEYS}")).login("corp");
    fs::create_dir(home.path("run")).expect("a directory");
    let run = home.path("run");
    home.env("XDG_RUNTIME_DIR", run)
}

fn names(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("a directory");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

#[test]
fn the_file_and_the_environment_of_the_command() {
    let home = home().env("AWS_ACCOUNT_ID", "1").env("AWS_ACCESS_KEY_ID", "AKIAOLD");
    let script = "cat \"$AWS_SHARED_CREDENTIALS_FILE\"; stat -c '%a %U' \
                  \"$AWS_SHARED_CREDENTIALS_FILE\" \"${AWS_SHARED_CREDENTIALS_FILE%/*}\"; \
                  id -un; env | grep -E 'AWS|SSOWRAP' | sort";
    let output = home.run([&BOTH[..], &["--", "sh", "-c", script]].concat()).succeeds();
    let mut lines = output.stdout().lines();
    let mut next = |prefix: &str| {
        let line = lines.next().expect("a line");
        line.strip_prefix(prefix).unwrap_or_else(|| panic!("{line}")).to_owned()
    };
    let log = home.aws().log_of("*");
    let issued = |operation: &str| {
        let entry = log.iter().find(|entry| entry.operation == operation).expect("an exchange");
        entry.issued_access_key_id.clone().expect("a key")
    };
    for (name, operation, account, region) in [
        ("deploy", "AssumeRole", "210987654321", "us-east-2"),
        ("dev", "GetRoleCredentials", "123456789012", "eu-west-1"),
    ] {
        next(&format!("[{name}]"));
        assert_eq!(next("aws_access_key_id = "), issued(operation));
        assert!(next("aws_secret_access_key = ").contains("FAKEsecret"));
        assert!(next("aws_session_token = ").contains("FAKEtoken"));
        assert_eq!(next("aws_account_id = "), account);
        assert_eq!(next("region = "), region);
    }
    let (file, directory) = (next("600 "), next("700 "));
    let user = next("");
    assert_eq!((file.as_str(), directory.as_str()), (user.as_str(), user.as_str()));
    let written = |line: &str| line.contains("=~/run/ssowrap-") && line.ends_with("/credentials");
    let copy = |line: &str| line.contains("=~/.local/state/ssowrap/commands/ssowrap-");
    let mut environment: Vec<&str> =
        lines.filter(|line| !line.starts_with("AWS_ENDPOINT")).collect();
    environment.retain(|line| {
        let is_any = |starts: &[&str]| starts.iter().any(|start| line.starts_with(start));
        let names =
            is_any(&["AWS_SHARED", "SSOWRAP_WRITTEN_CREDENTIALS", "AWS_CREDENTIAL_PROFILES"]);
        assert!(!names || written(line), "{line}");
        let names_copy = is_any(&["AWS_CONFIG_FILE", "SSOWRAP_WRITTEN_CONFIG"]);
        assert!(!names_copy || copy(line), "{line}");
        !names && !names_copy
    });
    assert_eq!(
        environment,
        [
            "AWS_PROFILE=deploy",
            "AWS_SDK_LOAD_CONFIG=1",
            "SSOWRAP_CONFIG_FILE=~/.aws/config",
            "SSOWRAP_PROFILE=deploy",
            "SSOWRAP_SHARED_CREDENTIALS_FILE=~/.aws/credentials",
        ]
    );
    // If all have the same region, it may be in the environment.
    let script = "env | grep -E 'REGION' | sort; grep region \"$AWS_SHARED_CREDENTIALS_FILE\"";
    let own = home.run([&BOTH[..], &["--", "sh", "-c", script]].concat());
    own.env("AWS_REGION", "eu-west-3").prints(
        "AWS_DEFAULT_REGION=eu-west-3\nAWS_REGION=eu-west-3\n\
         SSOWRAP_REGION=eu-west-3:AWS_DEFAULT_REGION\nregion = eu-west-3\nregion = eu-west-3\n",
    );
    let flag = ["--region", "eu-west-2", "--", "sh", "-c", script];
    home.run([&BOTH[..], &flag].concat()).prints(
        "AWS_DEFAULT_REGION=eu-west-2\nAWS_REGION=eu-west-2\n\
         SSOWRAP_REGION=eu-west-2:AWS_REGION,AWS_DEFAULT_REGION\n\
         region = eu-west-2\nregion = eu-west-2\n",
    );
}

/// Eight at once. Only the first one might have to sign in.
#[test]
fn many_profiles_are_asked_for_at_once() {
    let role = |n: usize| {
        format!(
            "[profile p{n}]\nsso_session = corp\nsso_account_id = {n:012}\nsso_role_name = Admin\n"
        )
    };
    let config = format!("{DEV}{}", (0..12).map(role).collect::<String>());
    let home = Home::with_aws().config(&config).login("corp");
    (0..12).for_each(|n| home.aws().grant(&format!("{n:012}"), "Admin"));
    home.run(["-p", "p0", "credential-process"]).succeeds();
    home.aws().hold("GetRoleCredentials");
    let profiles = (0..12).flat_map(|n| ["-p".to_owned(), format!("p{n}")]);
    let words = ["exec", "--write-credentials", "--", "sh", "-c"].map(str::to_owned);
    let script = "grep -c aws_access_key_id \"$AWS_SHARED_CREDENTIALS_FILE\"".to_owned();
    let child = home.run(profiles.chain(words).chain([script])).spawn();
    assert!(home.aws().wait_for("GetRoleCredentials", 1 + 8, TIMEOUT));
    home.aws().release("GetRoleCredentials");
    let output = child.wait_with_output().expect("own child");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "12\n");
    assert_eq!(home.aws().count("GetRoleCredentials"), 12);
}

#[test]
fn the_profile_is_found_as_usual() {
    let home = home();
    let script =
        ["--", "sh", "-c", "echo $AWS_PROFILE; grep '^.[a-z]*]' \"$AWS_SHARED_CREDENTIALS_FILE\""];
    let exec = ["exec", "--write-credentials"];
    home.run([&exec[..], &script].concat()).env("AWS_PROFILE", "keys").prints("keys\n[keys]\n");
    // In any place, and each only once.
    let before = ["-p", "keys", "exec", "-p", "dev", "-p", "keys", "--write-credentials"];
    home.run([&before[..], &script].concat()).prints("keys\n[keys]\n[dev]\n");
}

#[test]
fn the_command_replaces_ssowrap_and_has_no_unknown_child() {
    let home = home();
    let script = "read -r children < /proc/$$/task/$$/children; echo \"$$ [$children]\"";
    let output = home.run([&BOTH[..], &["--", "sh", "-c", script]].concat()).succeeds();
    assert_eq!(output.stdout(), format!("{} []\n", output.pid));
    // Nor a descriptor of ours, and no other process holds its streams: the run would not end.
    let plain = home.run(["-p", "dev", "exec", "ls", "/proc/self/fd"]).succeeds();
    home.run([&BOTH[..], &["--", "ls", "/proc/self/fd"]].concat()).prints(plain.stdout());
}

#[test]
fn what_is_there_is_left_alone() {
    let home = home().file("mine", "mine").file("target", "theirs");
    symlink(home.path("target"), home.path("link")).expect("a link");
    symlink(home.path("nothing"), home.path("dangling")).expect("a link");
    fs::create_dir(home.path("open")).expect("a directory");
    fs::set_permissions(home.path("open"), fs::Permissions::from_mode(0o777)).expect("own");
    let write = |path: &str| home.run([&BOTH[..], &[path, "--", "touch", "ran"]].concat());
    for path in ["mine", "link", "dangling", "open"] {
        write(path).fails(
            1,
            &format!(
                "error: cannot write the credentials file ~/{path}: it already exists, and is left \
                 alone\nhint: name a file that does not exist; it is removed when the command \
                 ends\n"
            ),
        );
    }
    write("no/such/place").fails(
        1,
        "error: cannot write the credentials file ~/no/such/place: No such file or directory (os \
         error 2)\nhint: create its directory first\n",
    );
    write("mine/file").fails(
        1,
        "error: cannot write the credentials file ~/mine/file: Not a directory (os error 20)\n",
    );
    write("open/file").fails(
        1,
        "error: cannot write the credentials file ~/open/file: anyone can replace the files in \
         ~/open\nhint: leave out FILE: the file is then in a private directory\n",
    );
    assert_eq!(fs::read_to_string(home.path("mine")).expect("a file"), "mine");
    assert_eq!(fs::read_to_string(home.path("target")).expect("a file"), "theirs");
    assert!(!home.path("nothing").exists() && !home.path("ran").exists());
    // No request was sent.
    assert_eq!(home.aws().count("*"), 0);
}

#[test]
fn one_file_serves_one_command_after_the_other() {
    let home = home();
    for _ in 0..5 {
        home.run([&BOTH[..], &["file", "--", "test", "-s", "file"]].concat()).succeeds();
    }
    // But not two at a time.
    let inner = "ssowrap -p dev exec --write-credentials file -- echo inner; echo $?";
    let output = home.run([&BOTH[..], &["file", "--", "sh", "-c", inner]].concat()).report();
    assert_eq!(output.stdout(), "1\n");
    assert_eq!(
        output.stderr,
        "error: cannot write the credentials file ~/file: it already exists, and is left \
         alone\nhint: name a file that does not exist; it is removed when the command ends\nhint: \
         another command is still using it\n"
    );
}

#[test]
fn without_a_runtime_directory_it_is_among_the_temporary_files() {
    let home = home().env("XDG_RUNTIME_DIR", "/no/such/directory");
    fs::create_dir(home.path("tmp")).expect("a directory");
    let show = ["--", "sh", "-c", "echo ${AWS_SHARED_CREDENTIALS_FILE%-*}"];
    let run = home.run([&BOTH[..], &show].concat());
    run.env("TMPDIR", home.path("tmp")).prints("~/tmp/ssowrap\n");
    let output = home.run([&BOTH[..], &show].concat()).env("TMPDIR", "/no/such/place").output();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        output.stderr.starts_with("error: no directory for the credentials file: "),
        "{}",
        output.stderr
    );
}

#[test]
fn what_does_not_fit_together() {
    let config = format!("{DEV}[profile two words]\nregion = eu-west-1\n");
    let home = Home::with_aws().config(&config).login("corp");
    for (arguments, message) in [
        (
            &["-p", "two words", "exec", "--write-credentials", "--", "true"][..],
            "error: not every AWS SDK can read the profile `two words` from a credentials \
             file\nhint: rename it in the config: all SDKs can read letters, digits and any of \
             `_-/.%@:+`\n",
        ),
        (
            &[&BOTH[..], &["--mfa-code", "123456", "--", "true"]].concat(),
            "error: --mfa-code cannot be used with several profiles: AWS accepts a code only \
             once\nhint: leave it out: ssowrap asks for the codes on the terminal\n",
        ),
        (
            &[
                "exec",
                "--sso-session=corp",
                "--account-id=123456789012",
                "--role-name=Admin",
                "--write-credentials",
                "--",
                "true",
            ],
            "error: --write-credentials needs a profile: a role given by options has no profile \
             name to write\n",
        ),
        (
            &[&BOTH[..], &["-p", "", "--", "true"]].concat(),
            "error: a value of --profile is empty\n",
        ),
    ] {
        home.run(arguments).fails(2, message);
    }
    for (arguments, message) in [
        (
            &[&BOTH[..], &["--renew", "--", "true"]].concat()[..],
            "error: `--write-credentials` cannot be used with `--renew`",
        ),
        (
            &["exec", "-p", "a", "-p", "b", "true"],
            "error: only `each`, `serve` and `exec --write-credentials` accept more",
        ),
        (
            &["-p", "a", "-p", "b", "exec", "--renew", "true"],
            "error: only `each`, `serve` and `exec --write-credentials` accept more",
        ),
    ] {
        let output = home.run(arguments).output();
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stderr.starts_with(message), "{}", output.stderr);
    }
    assert_eq!(home.aws().count("*"), 0);
    // All of them are checked before any request.
    let output = home.run(["-p", "dev", "-p", "typo", "exec", "--write-credentials", "--", "true"]);
    assert_eq!(output.output().status.code(), Some(4));
    assert_eq!(home.aws().count("*"), 0);
}

#[test]
fn keys_that_no_file_can_hold() {
    let config =
        "[profile odd]\naws_access_key_id = AKIA\naws_secret_access_key = FAKEsecret;\\x\n";
    Home::new()
        .config(config)
        .run(["-p", "odd", "exec", "--write-credentials", "--", "true"])
        .fails(
            1,
            "error: not every AWS SDK can read the aws_secret_access_key of profile `odd` from a \
             credentials file\nhint: pass the credentials as variables: use `ssowrap exec`, or \
             `export` in another `--format`\n",
        );
}

/// A missing word: the command is taken for the file.
#[test]
fn a_command_that_is_taken_for_the_file() {
    let home = home();
    home.run([&BOTH[..], &["aws", "no-such-command"]].concat()).fails(
        127,
        "error: `no-such-command`: command not found\nhint: it is not in PATH\nhint: without FILE, \
         `--write-credentials` needs `--` before the command\n",
    );
}

/// ssowrap itself sees the real files: whatever it runs is as without `--write-credentials`.
#[test]
fn an_inner_exec_wins() {
    let home =
        home().credentials("[own]\naws_access_key_id = AKIAOWN\naws_secret_access_key = x\n");
    let inner = |words: &[&str]| {
        let words = [&BOTH[..], &["--", "ssowrap"], words, &["env"]].concat();
        let output = home.run(words).succeeds();
        let lines = output.stdout().lines().map(str::to_owned);
        lines.filter(|line| line.contains("AWS_") || line.contains("SSOWRAP_")).collect::<Vec<_>>()
    };
    let plain = inner(&["-p", "own", "exec"]);
    let has = |lines: &[String], line: &str| lines.iter().any(|l| l == line);
    assert!(has(&plain, "AWS_ACCESS_KEY_ID=AKIAOWN"), "{plain:?}");
    assert!(has(&plain, "AWS_SHARED_CREDENTIALS_FILE=~/.aws/credentials"), "{plain:?}");
    assert!(has(&plain, "AWS_CONFIG_FILE=~/.aws/config"), "{plain:?}");
    let left = |lines: &[String]| {
        lines.iter().any(|l| l.starts_with("AWS_PROFILE=") || l.contains("WRITTEN"))
    };
    assert!(!left(&plain), "{plain:?}");
    let each = inner(&["each", "-q", "-p", "own", "--"]);
    assert!(has(&each, "own | AWS_CONFIG_FILE=~/.aws/config"), "{each:?}");
    assert!(has(&each, "own | AWS_SHARED_CREDENTIALS_FILE=~/.aws/credentials"), "{each:?}");
    assert!(each.iter().all(|line| !line.contains("WRITTEN")), "{each:?}");
    let renewing = inner(&["-p", "dev", "exec", "--renew"]);
    assert!(has(&renewing, "AWS_SHARED_CREDENTIALS_FILE=~/.aws/credentials"), "{renewing:?}");
    assert!(renewing.iter().any(|l| l.starts_with("AWS_CONTAINER_CREDENTIALS_FULL_URI=")));
    assert!(!left(&renewing), "{renewing:?}");
    let again = inner(&["-p", "own", "exec", "--write-credentials", "--"]);
    assert!(has(&again, "AWS_PROFILE=own"), "{again:?}");
    assert!(has(&again, "SSOWRAP_SHARED_CREDENTIALS_FILE=~/.aws/credentials"), "{again:?}");
    // And the other way round.
    let words = ["-p", "dev", "exec", "--renew", "--", "ssowrap", "-p", "own", "exec"];
    let outer = home.run([&words[..], &["--write-credentials", "--", "env"]].concat()).succeeds();
    assert!(!outer.stdout().contains("CONTAINER"), "{}", outer.stdout());
    assert!(outer.stdout().contains("AWS_PROFILE=own\n"), "{}", outer.stdout());
}
