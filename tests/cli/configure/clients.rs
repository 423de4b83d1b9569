//! Real clients with the config that `configure` wrote.

use std::ffi::OsString;

use super::{configure, home};
use crate::clients::{aws_cli_2, installed};
use crate::sdks::java;
use crate::support::{Home, Output, tool};

fn configured() -> Home {
    let home = home();
    let arn = "arn:aws:iam::{account_id}:role/terraform";
    configure(
        &home,
        &[
            "--account",
            "Production",
            "--role-name",
            "Admin",
            "--region",
            "eu-west-1",
            "--name",
            "{account_name}/{role_name}",
            "--assume",
            arn,
            "--assume-name",
            "{account_name}.terraform",
            "--credential-process",
        ],
    );
    home
}

/// Each profile, and the start of the ARN that STS must see.
const PROFILES: [(&str, &str); 3] = [
    ("Production/Admin", "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_"),
    ("Production.terraform", "arn:aws:sts::123456789012:assumed-role/terraform/"),
    ("Production/Admin-process", "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_"),
];

#[test]
fn the_aws_cli() {
    let Some(aws) = aws_cli_2() else { return };
    let home = configured();
    for (profile, arn) in PROFILES {
        let line =
            ["sts", "get-caller-identity", "--output", "text", "--query", "Arn", "--profile"];
        let output = home.tool(&aws, line.iter().chain(&[profile])).report();
        assert!(output.stdout().starts_with(arn), "{profile}: {}", output.stderr);
    }
}

#[test]
fn boto3() {
    let Some(python) = installed("python/bin/python") else { return };
    let home = configured();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/identity.py");
    for (profile, arn) in PROFILES {
        let output = home.tool(&python, [script, profile, &home.aws().url()]).report();
        assert!(output.stdout().starts_with(arn), "{profile}: {}", output.stderr);
    }
}

#[test]
fn the_javascript_sdk() {
    let (Some(node), Some(script)) = (tool("node"), installed("node/identity.mjs")) else { return };
    let home = configured();
    for (profile, arn) in PROFILES {
        let url = home.aws().url();
        let arguments = [script.as_os_str(), profile.as_ref(), url.as_ref()];
        let output = home.tool(&node, arguments).report();
        assert!(output.stdout().starts_with(arn), "{profile}: {}", output.stderr);
    }
}

/// The output of a program that calls STS once with a profile.
fn asks_once(home: &Home, command: &[OsString], profile: &str) -> Output {
    let run = home.tool(&command[0], &command[1..]).env("AWS_PROFILE", profile);
    // The Go SDK's SSO client uses only these variables.
    let run = run.env("AWS_ENDPOINT_URL_SSO", home.aws().url());
    let run = run.env("AWS_ENDPOINT_URL_STS", home.aws().url());
    run.stdin("\n").report()
}

#[test]
fn the_go_sdk() {
    let Some(program) = installed("go/renew") else { return };
    let home = configured();
    for (profile, arn) in PROFILES {
        let output = asks_once(&home, &[program.clone().into()], profile);
        assert!(output.stdout().starts_with(arn), "{profile}: {}", output.stderr);
    }
}

#[test]
fn the_java_sdk() {
    let Some(java) = java() else { return };
    let home = configured();
    for (profile, arn) in PROFILES {
        let output = asks_once(&home, &java, profile);
        assert!(output.stdout().starts_with(arn), "{profile}: {}", output.stderr);
    }
}
