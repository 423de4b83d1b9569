//! Real AWS SDKs load credentials through `credential_process = ssowrap ...` and make a signed
//! call to the fake AWS, which verifies the signature.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{DEV, Home, SSOWRAP, tool};

const CHAIN: &str = "
[profile deploy]
role_arn = arn:aws:iam::210987654321:role/deploy
source_profile = dev
role_session_name = ci
region = eu-west-1
";

/// A file that `tests/run` installs in `.tools`. If it is missing, the test is skipped or fails, as
/// for a missing program.
pub(crate) fn installed(relative: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools").join(relative);
    if path.exists() {
        return Some(path);
    }
    missing(relative)
}

/// An AWS CLI of version 2, the only one that can sign in: that of `tests/run`, of the system, or
/// in PATH, where version 1 may come first.
pub(crate) fn aws_cli_2() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests look for programs")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/aws-cli/aws");
    let system = PathBuf::from("/usr/bin/aws");
    let in_path = std::env::split_paths(&path).map(|directory| directory.join("aws"));
    let is_2 = |path: &PathBuf| {
        let output = Command::new(path).arg("--version").output();
        output.is_ok_and(|output| output.stdout.starts_with(b"aws-cli/2."))
    };
    [tools, system].into_iter().chain(in_path).find(is_2).or_else(|| missing("the AWS CLI 2"))
}

/// Debian's AWS CLI 2, which `aws_cli.py` runs. It is older than the one of `tests/run`.
pub(crate) fn debian_aws_cli_2() -> Option<()> {
    let version = "import awscli; print(awscli.__version__)";
    let output = Command::new("/usr/bin/python3").args(["-I", "-c", version]).output();
    let is_2 = output.is_ok_and(|output| output.stdout.starts_with(b"2."));
    if is_2 { Some(()) } else { missing("Debian's AWS CLI 2") }
}

/// If something is missing, the test is skipped by name, and fails in CI.
fn missing<T>(what: &str) -> Option<T> {
    #[expect(clippy::disallowed_methods, reason = "tests look for programs")]
    let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    assert!(!is_ci, "{what} is not installed: run tests/run");
    eprintln!("skipped: {what} is not installed; tests/run installs it");
    None
}

fn home() -> Home {
    let config = format!(
        "{DEV}{CHAIN}
[profile dev-tools]
credential_process = {SSOWRAP} -p dev credential-process
[profile deploy-tools]
credential_process = {SSOWRAP} -p deploy credential-process
"
    );
    Home::with_aws().config(&config).login("corp")
}

/// Checks both profiles with a program that prints the ARN that STS sees.
fn check(program: &Path, script: &str) {
    let script = Path::new(script);
    for (profile, arn) in [
        ("dev-tools", "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_"),
        ("deploy-tools", "arn:aws:sts::210987654321:assumed-role/deploy/ci"),
    ] {
        let home = home();
        let url = home.aws().url();
        let arguments = [script.as_os_str(), profile.as_ref(), url.as_ref()];
        let output = home.tool(program, arguments).report();
        assert!(output.status.success(), "{}", output.stderr);
        assert!(output.stdout().starts_with(arn), "{}", output.stdout());
        assert_eq!(home.aws().count("GetCallerIdentity"), 1);
        assert_eq!(home.aws().count("GetRoleCredentials"), 1);
    }
}

#[test]
fn botocore() {
    let Some(python) = installed("python/bin/python") else {
        return;
    };
    check(&python, concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/identity.py"));
}

#[test]
fn the_javascript_sdk() {
    let (Some(node), Some(script)) = (tool("node"), installed("node/identity.mjs")) else {
        return;
    };
    check(&node, script.to_str().expect("UTF-8"));
}

#[test]
fn the_aws_cli() {
    let Some(aws) = installed("python/bin/aws") else {
        return;
    };
    let home = home();
    let arguments = [
        "sts",
        "get-caller-identity",
        "--profile",
        "deploy-tools",
        "--output",
        "text",
        "--query",
        "Arn",
    ];
    let output = home.tool(aws, arguments).env("AWS_DEFAULT_REGION", "eu-west-1").succeeds();
    assert_eq!(output.stdout(), "arn:aws:sts::210987654321:assumed-role/deploy/ci\n");
}

/// What `explain` says about a profile with an access key beside its Identity Center role: the
/// AWS CLI and ssowrap use the role.
#[test]
fn the_javascript_sdk_prefers_an_access_key() {
    let (Some(node), Some(script)) = (tool("node"), installed("node/chain.mjs")) else {
        return;
    };
    let home = Home::with_aws().config(DEV).login("corp");
    let arn = "arn:aws:iam::123456789012:user/me";
    home.aws().add_user("AKIAFAKE", "FAKEsecret-user", arn);
    let home = home.credentials(
        "[dev]\naws_access_key_id = AKIAFAKE\naws_secret_access_key = FAKEsecret-user\n",
    );
    let (url, script) = (home.aws().url(), script.into_os_string());
    let output = home.tool(&node, [script.as_os_str(), url.as_ref(), "dev".as_ref()]).report();
    assert!(output.stdout().starts_with(arn), "{}", output.stderr);
    home.run(["-p", "dev", "export"]).succeeds();
    assert_eq!(home.aws().count("GetRoleCredentials"), 1);
}
