//! Real clients on what `configure` wrote.

use super::{configure, home};
use crate::clients::{aws_cli_2, installed};
use crate::support::{Home, tool};

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
    ("Production.Admin", "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_"),
    ("Production.terraform", "arn:aws:sts::123456789012:assumed-role/terraform/"),
    ("Production.Admin-process", "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_"),
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
