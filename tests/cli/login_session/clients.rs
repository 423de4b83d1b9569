//! The AWS CLI reads what ssowrap refreshed, and the other way round.

use std::path::Path;

use serde_json::Value;

use super::{KEY, contents, ended, fields, home, key, minutes, refreshes};
use crate::clients::{aws_cli_2, installed};
use crate::support::{Home, Output};

/// The credentials that the AWS CLI finds for a profile.
fn exported_by(aws: &Path, home: &Home, profile: &str) -> Output {
    let arguments = ["configure", "export-credentials", "--profile", profile];
    home.tool(aws, arguments).output()
}

fn key_of(output: &Output) -> String {
    let credentials: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {} {}", output.stdout(), output.stderr));
    credentials["AccessKeyId"].as_str().expect("text").to_owned()
}

/// Versions before 2.32 don't have `aws login`.
fn aws_cli() -> Option<std::path::PathBuf> {
    let aws = aws_cli_2()?;
    let home = home(minutes(14));
    let found = exported_by(&aws, &home, "me");
    if !found.status.success() {
        eprintln!("skipped: this AWS CLI has no `aws login`: {}", found.stderr);
        return None;
    }
    assert_eq!(key_of(&found), KEY);
    Some(aws)
}

#[test]
fn what_ssowrap_refreshed() {
    let Some(aws) = aws_cli() else { return };
    let home = ended();
    let ours = key(&home);
    let before = contents(&home);
    assert_eq!(key_of(&exported_by(&aws, &home, "me")), ours);
    assert_eq!((refreshes(&home), contents(&home)), (1, before));
    // It signs with them, and STS knows who that is.
    let arguments = ["sts", "get-caller-identity", "--profile", "me", "--output", "text"];
    let identity = home.tool(&aws, arguments).output();
    assert!(identity.stdout().contains(super::ARN), "{} {}", identity.stdout(), identity.stderr);
}

/// botocore signs its proof with the AWS common runtime.
#[test]
fn botocore() {
    let Some(python) = installed("python/bin/python") else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/identity.py");
    let identity = |home: &Home| {
        let url = home.aws().url();
        let output = home.tool(&python, [script, "me", url.as_str()]).report();
        assert!(output.stdout().starts_with(super::ARN), "{} {}", output.stdout(), output.stderr);
    };
    let home = ended();
    let ours = key(&home);
    identity(&home);
    assert_eq!((refreshes(&home), key(&home)), (1, ours.clone()));
    let mut login = fields(&home);
    login["accessToken"]["expiresAt"] = "2020-01-01T00:00:00Z".into();
    super::leave(&home, &login);
    identity(&home);
    assert_ne!(key(&home), ours);
    assert_eq!(refreshes(&home), 2);
}

/// Each uses the other's refresh token for the next refresh. The fake verifies both proofs.
#[test]
fn what_the_aws_cli_refreshed() {
    let Some(aws) = aws_cli() else { return };
    let home = ended();
    let end = |home: &Home| {
        let mut login = fields(home);
        login["accessToken"]["expiresAt"] = "2020-01-01T00:00:00Z".into();
        super::leave(home, &login);
    };
    for round in 0..2 {
        let theirs = key_of(&exported_by(&aws, &home, "me"));
        assert_eq!(refreshes(&home), 2 * round + 1);
        assert_eq!(key(&home), theirs);
        assert_eq!(refreshes(&home), 2 * round + 1);
        end(&home);
        let ours = key(&home);
        assert_ne!(ours, theirs);
        assert_eq!(key_of(&exported_by(&aws, &home, "me")), ours);
        assert_eq!(refreshes(&home), 2 * round + 2);
        end(&home);
    }
}

/// Identical to what the AWS CLI writes, except for the new values.
#[test]
fn both_write_the_same_form() {
    let Some(aws) = aws_cli() else { return };
    let form = |home: &Home| {
        let fields = fields(home);
        let mut text = contents(home);
        let token = &fields["accessToken"];
        for name in ["accessKeyId", "secretAccessKey", "sessionToken", "expiresAt"] {
            text = text.replace(token[name].as_str().expect("text"), name);
        }
        text.replace(fields["refreshToken"].as_str().expect("text"), "refreshToken")
    };
    let (ours, theirs) = (ended(), ended());
    key(&ours);
    key_of(&exported_by(&aws, &theirs, "me"));
    assert_eq!(form(&ours), form(&theirs));
}

/// The same settings in one profile, read by both.
#[test]
fn the_same_setting_wins() {
    let Some(aws) = aws_cli() else { return };
    let session = "login_session = arn:aws:sts::123456789012:assumed-role/Admin/me\n";
    let keys = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = FAKEsecret/+key\n";
    let helper = "credential_process = false\n";
    for (config, credentials) in [
        (format!("{session}{keys}"), ""),
        (format!("{session}{helper}"), ""),
        (format!("{session}{helper}"), keys),
    ] {
        let home = home(minutes(14))
            .config(&format!("[profile me]\nregion = eu-west-1\n{config}"))
            .credentials(&format!("[me]\n{credentials}"));
        let theirs = key_of(&exported_by(&aws, &home, "me"));
        assert_eq!(key(&home), theirs, "{config}{credentials}");
    }
}

/// What `aws logout` removes counts as a logout.
#[test]
fn aws_logout() {
    let Some(aws) = aws_cli() else { return };
    let home = home(minutes(14));
    let output = home.tool(&aws, ["logout", "--profile", "me"]).output();
    assert!(output.status.success(), "{}", output.stderr);
    assert_eq!(home.run(super::EXPORT).output().status.code(), Some(3));
}
