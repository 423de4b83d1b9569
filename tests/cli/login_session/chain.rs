//! Roles assumed with an `aws login` login, and their cached credentials.

use std::fs;
use std::time::Duration;

use serde_json::json;

use super::{ARN, CONFIG, KEY, OPERATION, SECRET, TOKEN};
use super::{asking, ended, file, home, leave, minutes, path, python, refreshes};
use crate::crowd::Running;
use crate::entries::access_key;
use crate::support::{Home, TIMEOUT};

const DEPLOY: [&str; 3] = ["-p", "deploy", "export"];

/// With keys that STS knows.
pub(super) fn chain(home: Home) -> Home {
    let role = "
[profile deploy]
role_arn = arn:aws:iam::210987654321:role/deploy
source_profile = me
role_session_name = ci
duration_seconds = 7200
region = eu-west-1
";
    home.config(&format!("{CONFIG}{role}"))
}

fn assumed(home: &Home) -> usize {
    home.aws().count("AssumeRole")
}

#[test]
fn a_role_is_obtained_with_the_login_and_cached() {
    let home = chain(ended());
    let warning = home.run(DEPLOY).output().stderr;
    assert!(
        warning.starts_with("warning: duration_seconds = 7200 of profile `deploy`"),
        "{warning}"
    );
    assert_eq!((refreshes(&home), assumed(&home)), (1, 1));
    assert_eq!(home.aws().log_of("AssumeRole")[0].principal.as_deref(), Some(ARN));
    // What was obtained with it outlasts the login's own credentials.
    let mut login = super::fields(&home);
    login["accessToken"]["expiresAt"] = json!("2020-01-01T00:00:00Z");
    leave(&home, &login);
    home.run(DEPLOY).succeeds();
    assert_eq!((refreshes(&home), assumed(&home)), (1, 1));
    let link = home.run(["cache", "list", "--json"]).succeeds();
    let rows: serde_json::Value = serde_json::from_slice(&link.stdout).expect("JSON");
    assert_eq!(rows[0]["profiles"], json!(["deploy"]));
    assert_eq!(rows[0]["link"]["source"]["arn"], ARN);
}

/// The ARN of the person who signed in gives the account for the role.
#[test]
fn a_role_in_the_account_of_the_login() {
    let home = home(minutes(14));
    let template = "arn:aws:iam::{account_id}:role/audit";
    let plan = home.run(["-p", "me", "--assume", template, "explain", "--json"]).succeeds();
    let report: serde_json::Value = serde_json::from_slice(&plan.stdout).expect("JSON");
    assert_eq!(report["plan"]["hops"][0]["role_arn"], "arn:aws:iam::123456789012:role/audit");
}

/// If nobody is signed in, nothing cached is used.
#[test]
fn after_a_logout_nothing_is_served() {
    let home = chain(ended());
    home.run(DEPLOY).output();
    fs::remove_file(home.path(&path(ARN))).expect("own file");
    let output = home.run(DEPLOY).output();
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
    assert!(output.stderr.ends_with("hint: run `aws login --profile me`\n"), "{}", output.stderr);
}

/// A refresh by any tool is the same login; another key is another login.
#[test]
fn another_login_gets_its_own() {
    let home = chain(ended());
    let first = access_key(&home.run(DEPLOY).output());
    let mut login = file(minutes(14));
    login["accessToken"]["accessKeyId"] = json!("ASIAREFRESHED");
    login["refreshToken"] = json!("FAKEtoken-of-another-tool");
    leave(&home, &login);
    assert_eq!(access_key(&home.run(DEPLOY).succeeds()), first);
    let mut login = super::fields(&home);
    login["dpopKey"] = json!("another key");
    leave(&home, &login);
    home.run(DEPLOY).output();
    assert_eq!(assumed(&home), 2);
}

/// Somebody signs in meanwhile: the role is theirs, and so is what is cached.
#[test]
fn a_login_that_changes_meanwhile() {
    let home = chain(ended());
    let running = asking(&home, DEPLOY);
    let mut login = file(minutes(14));
    login["dpopKey"] = json!("another key");
    leave(&home, &login);
    home.aws().add_session(KEY, SECRET, TOKEN, ARN, Duration::from_secs(900));
    home.aws().release(OPERATION);
    let ended = running.ends();
    assert!(ended.status.success(), "{}", ended.stderr);
    assert_eq!(home.aws().log_of("AssumeRole")[0].access_key_id.as_deref(), Some(KEY));
    home.run(DEPLOY).succeeds();
    assert_eq!(assumed(&home), 1);
    leave(&home, &file(minutes(14)));
    home.run(DEPLOY).output();
    assert_eq!(assumed(&home), 2);
}

/// Somebody signs out meanwhile: nothing of it is left.
#[test]
fn a_logout_meanwhile() {
    let home = chain(ended());
    home.aws().hold("AssumeRole");
    let running = Running::start(&home, DEPLOY);
    assert!(home.aws().wait_for("AssumeRole", 1, TIMEOUT));
    home.run(["-p", "me", "logout"]).output();
    home.aws().release("AssumeRole");
    running.ends();
    assert_eq!(home.run(["cache", "list", "--json"]).succeeds().stdout(), "[]\n");
}

/// If a file doesn't distinguish logins, nothing is cached.
#[test]
fn without_a_key_nothing_is_kept() {
    let home = chain(ended());
    home.run(["-p", "me", "export"]).succeeds();
    let mut login = super::fields(&home);
    login["dpopKey"] = json!(null);
    leave(&home, &login);
    home.run(DEPLOY).output();
    home.run(DEPLOY).output();
    assert_eq!(assumed(&home), 2);
}

/// If the login has ended at AWS, the role lasts until it expires.
#[test]
fn the_login_ends_while_the_role_is_valid() {
    let home = chain(ended());
    home.run(DEPLOY).output();
    home.aws().fail_always(OPERATION, fake_aws::Fault::error(403, "TOKEN_EXPIRED", "no"));
    let mut login = super::fields(&home);
    login["accessToken"]["expiresAt"] = json!("2020-01-01T00:00:00Z");
    leave(&home, &login);
    home.run(DEPLOY).succeeds();
    let output = home.run(["-p", "deploy", "--refresh", "export"]).output();
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
}

/// With a user's credentials, AWS may allow a role more than an hour, so that is requested.
#[test]
fn a_login_of_an_iam_user_is_no_role() {
    let arn = "arn:aws:iam::123456789012:user/me";
    let home = chain(home(minutes(14)));
    let config = fs::read_to_string(home.path(".aws/config")).expect("text").replace(ARN, arn);
    home.aws().add_session(KEY, SECRET, TOKEN, arn, Duration::from_secs(900));
    let home = home.config(&config).file(&path(arn), python(&file(minutes(14))));
    home.run(DEPLOY).output();
    assert_eq!(home.aws().log_of("AssumeRole")[0].params["DurationSeconds"], "7200");
}
