//! Real AWS SDKs load credentials through `credential_process = ssowrap ...` and make a signed
//! call to the fake AWS, which verifies the signature.

use std::path::{Path, PathBuf};

use crate::support::{DEV, Home, SSOWRAP, tool};

const CHAIN: &str = "
[profile deploy]
role_arn = arn:aws:iam::210987654321:role/deploy
source_profile = dev
role_session_name = ci
region = eu-west-1
";

/// A file that `tests/run` installs below `.tools`; skipped or failed like a missing program.
pub(crate) fn installed(relative: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools").join(relative);
    if path.exists() {
        return Some(path);
    }
    #[expect(clippy::disallowed_methods, reason = "tests look for programs")]
    let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    assert!(!is_ci, "{relative} is not installed: run tests/run");
    eprintln!("skipped: {relative} is not installed; tests/run installs it");
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

/// Both profiles, by a program that prints the ARN STS sees.
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
