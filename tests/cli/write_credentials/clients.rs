//! Real clients that use the file.

use std::path::Path;

use super::{BOTH, home};
use crate::clients::installed;
use crate::support::tool;

/// Checks both profiles, and that the first one is used if none is named.
fn check_client(program: &Path, script: &str) {
    let home = home();
    let dev = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_";
    let deploy = "arn:aws:sts::210987654321:assumed-role/deploy/ci us-east-2\n";
    for (profile, arn, region) in
        [("dev", dev, " eu-west-1\n"), ("deploy", deploy, ""), ("", deploy, "")]
    {
        let mut words: Vec<std::ffi::OsString> = BOTH.map(Into::into).into();
        words.extend(["--".into(), program.into(), script.into(), home.aws().url().into()]);
        words.extend(Some(profile).filter(|profile| !profile.is_empty()).map(Into::into));
        let output = home.run(words).report();
        assert!(output.stdout().starts_with(arn), "{}{}", output.stdout(), output.stderr);
        assert!(output.stdout().ends_with(region), "{}", output.stdout());
    }
    // The config's own settings for these profiles are hidden: no client signs in by itself.
    assert_eq!(home.aws().count("GetRoleCredentials"), 1);
    assert_eq!(home.aws().count("AssumeRole"), 1);
    assert_eq!(home.aws().count("GetCallerIdentity"), 3);
}

#[test]
fn botocore() {
    let Some(python) = installed("python/bin/python") else { return };
    check_client(&python, concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/chain.py"));
}

#[test]
fn the_javascript_sdk() {
    let (Some(node), Some(script)) = (tool("node"), installed("node/chain.mjs")) else { return };
    check_client(&node, script.to_str().expect("UTF-8"));
}

#[test]
fn the_aws_cli() {
    let Some(aws) = installed("python/bin/aws") else { return };
    let home = home();
    let script = "for profile in dev deploy; do \
                  \"$0\" --profile $profile sts get-caller-identity --query Arn --output text; done";
    let mut words: Vec<std::ffi::OsString> = BOTH.map(Into::into).into();
    words.extend(["--".into(), "sh".into(), "-c".into(), script.into(), aws.into()]);
    let output = home.run(words).report();
    let lines: Vec<&str> = output.stdout().lines().collect();
    assert_eq!(lines.len(), 2, "{}", output.stderr);
    assert!(lines[0].contains("AWSReservedSSO_Admin_"), "{lines:?}");
    assert_eq!(lines[1], "arn:aws:sts::210987654321:assumed-role/deploy/ci");
    assert_eq!(home.aws().count("GetRoleCredentials"), 1);
}
