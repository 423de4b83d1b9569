//! Leftover keys in `[default]`, and programs that read the AWS files in their own way: under `exec
//! --renew` and `exec --write-credentials`, all of them act as the requested profile.

#![cfg(unix)]

use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use rustix::process::{Signal, kill_process};

use crate::clients::installed;
use crate::processes::{companion_of, none_stays};
use crate::support::{DEV, Home, tool};

/// The config apart from the requested profile.
const REST: &str = "
[default]
region = eu-west-3
retry_mode = adaptive

[profile upper]
role_arn = arn:aws:iam::000000000042:role/upper
source_profile = default
region = eu-west-1

[profile other]
sso_session = corp
sso_account_id = 210987654321
sso_role_name = ReadOnly
";

const DECOY: &str = "\
# mine
[default]
aws_access_key_id = AKIADECOY
aws_secret_access_key = FAKEsecret/decoy
[keys]
aws_access_key_id = AKIAKEYS
aws_secret_access_key = FAKEsecret/keys
";

const ADMIN: &str = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_";

const WAYS: [&str; 2] = ["--renew", "--write-credentials"];

fn home() -> Home {
    let home = Home::with_aws().config(&format!("{DEV}{REST}")).credentials(DECOY).login("corp");
    fs::create_dir(home.path("state")).expect("a directory");
    fs::create_dir(home.path("run")).expect("a directory");
    let (state, run) = (home.path("state"), home.path("run"));
    home.env("XDG_STATE_HOME", state).env("XDG_RUNTIME_DIR", run)
}

fn exec<'a>(home: &'a Home, way: &str, command: &[OsString]) -> crate::support::Run<'a> {
    let words = ["-q", "-p", "dev", "exec", way, "--"].map(OsString::from);
    home.run(words.iter().chain(command))
}

fn shell(script: &str) -> [OsString; 3] {
    ["sh".into(), "-c".into(), script.into()]
}

/// Has a program print the ARN that STS sees.
fn check(command: &[OsString]) {
    for way in WAYS {
        let home = home();
        let url = home.aws().url().into();
        let output = exec(&home, way, &[command, &[url]].concat()).report();
        assert!(output.stdout().starts_with(ADMIN), "{way}: {} {}", output.stdout(), output.stderr);
    }
}

#[test]
fn the_javascript_sdk_of_version_2() {
    let (Some(node), Some(script)) = (tool("node"), installed("node/identity_v2.mjs")) else {
        return;
    };
    check(&[node.into(), script.into()]);
}

#[test]
fn the_java_sdk_of_version_1() {
    let (Some(java), Some(classes)) = (tool("java"), installed("java/IdentityV1.class")) else {
        return;
    };
    let directory = classes.parent().expect("a directory").display();
    let path = format!("{directory}:{directory}/lib/*");
    check(&[java.into(), "-cp".into(), path.into(), "IdentityV1".into()]);
}

#[test]
fn the_aws_cli() {
    let Some(aws) = installed("python/bin/aws") else { return };
    let script = "\"$0\" sts get-caller-identity --query Arn --output text";
    check(&[&shell(script)[..], &[aws.into()]].concat());
}

/// The settings of `[default]` still count, and profiles that get their credentials from it still
/// work.
#[test]
fn everything_else_is_seen() {
    let Some(aws) = installed("python/bin/aws") else { return };
    let home = home();
    home.aws().add_user("AKIADECOY", "FAKEsecret/decoy", "arn:aws:iam::000000000042:user/me");
    home.aws().add_user("AKIAKEYS", "FAKEsecret/keys", "arn:aws:iam::000000000042:user/keys");
    let script = "\"$0\" configure get retry_mode; for profile in upper keys other; do \
                  \"$0\" --profile $profile --region eu-west-1 sts get-caller-identity --query Arn \
                  --output text; done";
    let command = [&shell(script)[..], &[aws.into()]].concat();
    let output = exec(&home, "--renew", &command).report();
    let lines: Vec<&str> = output.stdout().lines().collect();
    assert_eq!(lines.len(), 4, "{}{}", output.stdout(), output.stderr);
    assert_eq!(lines[0], "adaptive");
    assert!(lines[1].starts_with("arn:aws:sts::000000000042:assumed-role/upper/"), "{lines:?}");
    assert_eq!(lines[2], "arn:aws:iam::000000000042:user/keys");
    assert!(lines[3].starts_with("arn:aws:sts::210987654321:assumed-role/"), "{lines:?}");
    // The config's own settings for the written profile are hidden; everything else is visible.
    let script = "\"$0\" configure get retry_mode; \"$0\" --profile other --region eu-west-1 sts \
                  get-caller-identity --query Arn --output text";
    let command = [&shell(script)[..], &[installed("python/bin/aws").expect("it").into()]].concat();
    let output = exec(&home, "--write-credentials", &command).report();
    assert!(output.stdout().contains("assumed-role/AWSReservedSSO_ReadOnly"), "{}", output.stderr);
}

/// Regular private files, which are removed with the command.
#[test]
fn the_copies() {
    for way in WAYS {
        let home = home();
        let script = "echo \"$AWS_CONFIG_FILE\"; stat -c '%a %F' \"$AWS_CONFIG_FILE\" \
                      \"$AWS_SHARED_CREDENTIALS_FILE\"; stat -c %a \"${AWS_CONFIG_FILE%/*}\"; \
                      echo \"$AWS_SDK_LOAD_CONFIG\"; \
                      test \"$AWS_CREDENTIAL_PROFILES_FILE\" = \"$AWS_SHARED_CREDENTIALS_FILE\"; \
                      echo $?; grep -c DECOY \"$AWS_SHARED_CREDENTIALS_FILE\"";
        let output = exec(&home, way, &shell(script)).report();
        let lines: Vec<&str> = output.stdout().lines().collect();
        let path = lines[0].to_owned();
        assert!(path.starts_with("~/state/ssowrap/commands/ssowrap-"), "{way}: {path}");
        assert_eq!(
            lines[1..6],
            ["600 regular file", "600 regular file", "700", "1", "0"],
            "{way}: {}",
            output.stderr
        );
        // The profile that names `default` as its source has its keys, under another name.
        assert_eq!(lines[6], if way == "--renew" { "1" } else { "0" });
        none_stays(&home);
        assert!(!home.path(path.trim_start_matches("~/")).exists());
        let left = fs::read_dir(home.path("state/ssowrap/commands")).expect("a directory").count();
        assert_eq!(left, 0, "{way}");
    }
}

#[test]
fn the_decoy_is_named() {
    let home = home();
    let warning = "warning: a program that always reads ~/.aws/credentials uses the \
                   access key of `[default]` there, not the command's credentials \
                   (~/.aws/credentials:3)\n";
    for way in WAYS {
        let output = home.run(["-p", "dev", "exec", way, "--", "true"]).output();
        assert_eq!(output.stderr, warning, "{way}");
        assert!(output.status.success());
    }
    // Not if they are what was requested, and not if there are none.
    home.run(["-p", "default", "exec", "--write-credentials", "--", "true"]).succeeds();
    let home = home.credentials("[keys]\naws_access_key_id = AKIAKEYS\n");
    home.run(["-p", "dev", "exec", "--renew", "--", "true"]).succeeds();
}

/// If a companion is killed, the next start, `logout` or `cache clear` removes its files.
#[test]
fn what_a_killed_companion_leaves() {
    for next in [&["-p", "dev", "exec", "--renew", "--", "true"][..], &["cache", "clear"]] {
        let home = home();
        let mut child = exec(&home, "--write-credentials", &shell("echo; exec sleep 60")).spawn();
        // The command runs, so its files are complete.
        child.stdout.as_mut().expect("piped").read_exact(&mut [0]).expect("a line");
        let companion = companion_of(&home).expect("a companion");
        let files = || {
            let count = |directory: &str| {
                fs::read_dir(home.path(directory)).map_or(0, |entries| entries.count())
            };
            count("state/ssowrap/commands") + count("run")
        };
        assert_eq!(files(), 2);
        kill_process(companion, Signal::KILL).expect("own process");
        none_stays(&home);
        assert_eq!(files(), 2);
        // Another user's directory stays, and so does one that others can access.
        let others = [
            ("run/ssowrap-mine", 0o700, "run/ssowrap-mine/notes"),
            ("run/ssowrap-open", 0o755, "run/ssowrap-open/credentials"),
        ];
        for (directory, mode, file) in others {
            fs::create_dir(home.path(directory)).expect("a directory");
            home.write(file, "mine");
            fs::set_permissions(home.path(directory), fs::Permissions::from_mode(mode))
                .expect("own");
        }
        home.run([&["-q"], next].concat()).output();
        none_stays(&home);
        assert_eq!(files(), others.len(), "{next:?}");
        assert!(others.iter().all(|(_, _, file)| home.path(file).exists()), "{next:?}");
        child.kill().expect("own process");
        child.wait().expect("own child");
    }
}

/// Programs built on Rust's object_store need the token in a file. Others fail if the file is
/// missing, so it is created only on request.
#[test]
fn the_token_in_a_file() {
    let home = Home::with_aws().config(DEV).login("corp");
    fs::create_dir(home.path("run")).expect("a directory");
    let run = home.path("run");
    let home = home.env("XDG_RUNTIME_DIR", run);
    let script = "stat -c %a \"$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE\"; \
                  wc -c < \"$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE\"; \
                  echo ${AWS_CONTAINER_AUTHORIZATION_TOKEN-none}";
    let words = ["-p", "dev", "exec", "--renew", "--token-file", "--", "sh", "-c", script];
    home.run(words).prints("600\n64\nnone\n");
    none_stays(&home);
    assert_eq!(fs::read_dir(home.path("run")).expect("a directory").count(), 0);
    let output = home.run(["-p", "dev", "exec", "--token-file", "--", "true"]).output();
    assert_eq!(output.status.code(), Some(2), "{}", output.stderr);
}

#[test]
fn botocore_reads_the_token_file() {
    let Some(python) = installed("python/bin/python") else { return };
    let home = Home::with_aws().config(DEV).login("corp");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/renew.py");
    let words = ["-p", "dev", "exec", "--renew", "--token-file", "--"].map(OsString::from);
    let command = [python.into(), script.into()];
    let output = home.run(words.iter().chain(&command)).stdin("call\n").report();
    assert!(output.stdout().starts_with(ADMIN), "{}{}", output.stdout(), output.stderr);
}
