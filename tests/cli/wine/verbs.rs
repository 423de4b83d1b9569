//! Verb by verb: that it does there what it does elsewhere.

use std::fs;
use std::io::Write;

use serde_json::Value;

use super::Windows;
use crate::endpoint::Client;
use crate::support::{DEV, Home, KEYS};

const MORE: &str = r"
[profile deploy]
role_arn = arn:aws:iam::210987654321:role/deploy
source_profile = dev
role_session_name = job
region = eu-west-1

[profile called]
credential_process = C:\users\bin\helper.cmd

[profile ours]
credential_process = C:\users\bin\ssowrap.exe -p keys credential-process
";

fn start() -> Option<Windows> {
    let config = format!("{DEV}{MORE}{KEYS}");
    Windows::start(Home::with_aws().config(&config).login("corp"))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[test]
fn status() {
    let Some(windows) = start() else { return };
    let status = windows.ends(0, ["status", "--json"]);
    assert!(status.stdout().contains("corp"), "{}", status.stdout());
    assert!(!status.stdout().contains('\r'));
}

#[test]
fn whoami() {
    let Some(windows) = start() else { return };
    let who = windows.ends(0, ["-p", "dev", "whoami", "--format", "account"]);
    assert_eq!(who.stdout(), "123456789012\n");
}

#[test]
fn accounts() {
    let Some(windows) = start() else { return };
    for _ in 0..2 {
        let list = windows.ends(0, ["accounts", "--roles", "--csv"]);
        assert!(list.stdout().contains("210987654321"), "{}", list.stdout());
    }
    assert_eq!(windows.home.aws().count("ListAccounts"), 1);
}

#[test]
fn export_for_each_shell() {
    let Some(windows) = start() else { return };
    for (format, line) in [
        ("sh", "export AWS_ACCESS_KEY_ID='AKIAEXAMPLE'\n"),
        ("powershell", "$Env:AWS_ACCESS_KEY_ID = 'AKIAEXAMPLE'"),
        ("cmd", "AWS_ACCESS_KEY_ID=AKIAEXAMPLE"),
        ("dotenv", "AWS_ACCESS_KEY_ID=AKIAEXAMPLE\n"),
    ] {
        let output = windows.ends(0, ["-p", "keys", "export", "--format", format]);
        assert!(output.stdout().contains(line), "{format}: {}", output.stdout());
    }
}

#[test]
fn export_into_a_file() {
    let Some(windows) = start() else { return };
    windows.ends(0, ["-p", "keys", "export", "--format", "dotenv", "-o", r"C:\users\bin\keys.env"]);
    let file = fs::read_to_string(windows.home.path("wine/drive_c/users/bin/keys.env"));
    assert!(file.expect("a file").starts_with("AWS_ACCESS_KEY_ID=AKIAEXAMPLE\n"));
}

#[test]
fn a_role_on_top() {
    let Some(windows) = start() else { return };
    for _ in 0..2 {
        let deploy = windows.ends(0, ["-p", "deploy", "credential-process"]);
        assert_eq!(json(deploy.stdout())["Version"], 1);
    }
    assert_eq!(windows.home.aws().count("AssumeRole"), 1);
}

#[test]
fn a_credential_process_with_backslashes() {
    let Some(windows) = start() else { return };
    let keys =
        r#"{"Version": 1, "AccessKeyId": "AKIAHELPER", "SecretAccessKey": "FAKEsecret/+key"}"#;
    fs::write(windows.home.path("wine/drive_c/users/bin/helper.json"), keys).expect("a file");
    let batch = "@type C:\\users\\bin\\helper.json\r\n";
    fs::write(windows.home.path("wine/drive_c/users/bin/helper.cmd"), batch).expect("a file");
    let called = windows.ends(0, ["-p", "called", "credential-process"]);
    assert_eq!(json(called.stdout())["AccessKeyId"], "AKIAHELPER");
    // Known for what it is, and not started: it isn't there.
    let ours = windows.ends(0, ["-p", "ours", "credential-process"]);
    assert_eq!(json(ours.stdout())["AccessKeyId"], "AKIAEXAMPLE");
}

#[test]
fn generate() {
    let Some(windows) = start() else { return };
    windows.ends(0, ["-p", "dev", "generate", "--as", "written"]);
    windows.ends(0, ["-p", "dev", "generate", "--as", "written"]);
    let file = fs::read_to_string(windows.home.path(".aws/credentials")).expect("a file");
    assert_eq!(file.matches("[written]").count(), 1, "{file}");
    windows.ends(0, ["generate", "--as", "written", "--remove"]);
    let file = fs::read_to_string(windows.home.path(".aws/credentials")).expect("a file");
    assert!(!file.contains("[written]"), "{file}");
}

#[test]
fn configure_and_back() {
    let Some(windows) = start() else { return };
    let before = fs::read(windows.home.path(".aws/config")).expect("a file");
    let which = ["--sso-session", "corp", "--all", "--region", "eu-west-1", "--yes"];
    let output = windows.tool("ssowrap.exe", &[&["configure"][..], &which].concat()).output();
    assert!(output.status.success(), "{}", output.stderr);
    let after = fs::read(windows.home.path(".aws/config")).expect("a file");
    assert!(after.len() > before.len());
    windows.ends(0, ["configure", "--undo", "--yes"]);
    assert_eq!(fs::read(windows.home.path(".aws/config")).expect("a file"), before);
}

#[test]
fn cache() {
    let Some(windows) = start() else { return };
    windows.ends(0, ["-p", "dev", "export"]);
    let list = windows.ends(0, ["cache", "list", "--json"]);
    assert!(list.stdout().contains("123456789012"), "{}", list.stdout());
    windows.ends(0, ["cache", "clear"]);
    windows.ends(0, ["-p", "dev", "export"]);
    assert_eq!(windows.home.aws().count("GetRoleCredentials"), 2);
}

#[test]
fn logout_removes_what_was_cached() {
    let Some(windows) = start() else { return };
    windows.ends(0, ["-p", "deploy", "export"]);
    windows.ends(0, ["-p", "dev", "logout"]);
    windows.ends(3, ["-p", "deploy", "export"]);
    windows.ends(3, ["status"]);
    for directory in [".aws/sso/cache", ".aws/cli/cache"] {
        let left = fs::read_dir(windows.home.path(directory)).expect("a directory").flatten();
        let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
        assert!(left.is_empty(), "{directory}: {left:?}");
    }
}

#[test]
fn eks_and_the_console() {
    let Some(windows) = start() else { return };
    let token = windows.ends(0, ["-p", "dev", "eks", "get-token", "--cluster-name", "blue"]);
    assert_eq!(json(token.stdout())["kind"], "ExecCredential");
    let link = windows.ends(0, ["-p", "dev", "console", "--url"]);
    assert!(link.stdout().contains("Action=login"), "{}", link.stdout());
}

#[test]
fn each() {
    let Some(windows) = start() else { return };
    let echo =
        ["-p", "dev", "-p", "keys", "each", "--", "cmd.exe", "/c", "echo %AWS_ACCESS_KEY_ID%"];
    let output = windows.ends(0, echo);
    assert!(output.stdout().contains("AKIAEXAMPLE"), "{}", output.stdout());
    assert!(output.stdout().lines().any(|line| line.starts_with("dev")), "{}", output.stdout());
    let failing = windows.run(["-p", "keys", "each", "--", "cmd.exe", "/c", "exit 3"]).report();
    assert_eq!(failing.status.code(), Some(1), "{}", failing.stderr);
}

#[test]
fn serve() {
    let Some(windows) = start() else { return };
    // There its output doesn't end before it does.
    let is_token = |line: &str| line.starts_with("AWS_CONTAINER_AUTHORIZATION_TOKEN=");
    let server = Client::read_to(is_token, windows.run(["-q", "-p", "dev", "serve"]));
    let answer = server.get("/");
    assert_eq!(answer.status, 200);
    assert!(answer.key().starts_with("ASIA"), "{}", answer.key());
}

#[test]
fn exec_renews() {
    let Some(windows) = start() else { return };
    let show = "set AWS_CONTAINER";
    let output = windows.ends(0, ["-p", "dev", "exec", "--renew", "--", "cmd.exe", "/c", show]);
    let uri = "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:";
    assert!(output.stdout().contains(uri), "{}", output.stdout());
}

#[test]
fn aws2_wrap() {
    let Some(windows) = start() else { return };
    let line = windows.ends(0, ["aws2-wrap", "--profile", "dev", "--export"]);
    assert!(line.stdout().contains("AWS_SESSION_TOKEN"), "{}", line.stdout());
    for _ in 0..2 {
        windows.ends(0, ["init", "--aws2-wrap", r"C:\users\bin"]);
    }
    assert!(windows.home.path("wine/drive_c/users/bin/aws2-wrap.exe").is_file());
    let missing = windows.run(["init", "--aws2-wrap", r"C:\nowhere"]).output();
    assert_eq!(
        missing.stderr,
        "error: there is no directory C:\\nowhere\nhint: create it with `mkdir 'C:\\nowhere'`\n"
    );
}

#[test]
fn man_and_completions() {
    let Some(windows) = start() else { return };
    windows.ends(0, ["man", r"C:\users\bin\man"]);
    assert!(windows.home.path("wine/drive_c/users/bin/man/ssowrap.1").is_file());
    assert!(windows.ends(0, ["completions", "powershell"]).stdout().contains("ssowrap"));
}

/// As PowerShell 5.1 writes with `>`.
#[test]
fn a_config_file_in_utf_16() {
    let Some(windows) = start() else { return };
    let mut file = fs::File::create(windows.home.path(".aws/config")).expect("a file");
    let text: Vec<u8> =
        format!("\u{feff}{KEYS}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    file.write_all(&text).expect("written");
    let failed = windows.run(["-p", "keys", "export"]).output();
    assert!(failed.stderr.contains("is UTF-16 text"), "{}", failed.stderr);
    assert!(failed.stderr.contains("Notepad"), "{}", failed.stderr);
}

#[test]
fn a_profile_that_is_not_there() {
    let Some(windows) = start() else { return };
    let failed = windows.run(["-p", "dve", "export"]).output();
    assert_eq!(failed.status.code(), Some(4), "{}", failed.stderr);
    assert!(failed.stderr.contains("dev"), "{}", failed.stderr);
}

#[test]
fn ten_at_once_ask_once() {
    let Some(windows) = start() else { return };
    let run = || windows.run(["-p", "dev", "credential-process"]).spawn();
    let printed = [(); 10].map(|()| run()).map(|child| {
        let output = child.wait_with_output().expect("a child");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    });
    assert!(printed.iter().all(|one| *one == printed[0]));
    assert_eq!(windows.home.aws().count("GetRoleCredentials"), 1);
}
