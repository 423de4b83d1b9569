//! What the verbs say about an `aws login` login.

use serde_json::{Value, json};

use super::{ARN, CONFIG, OPERATION, ended, file, home, leave, minutes, path, signed_in};
use crate::support::{DEV, Home};

const DEPLOY: &str = "
[profile deploy]
role_arn = arn:aws:iam::210987654321:role/deploy
source_profile = me
region = eu-west-1
";

fn json_of(home: &Home, arguments: &[&str]) -> Value {
    serde_json::from_slice(&home.run(arguments).report().stdout).expect("JSON")
}

#[test]
fn status() {
    let home = home(minutes(14)).config(&format!("{CONFIG}{DEPLOY}"));
    home.aws().add_session(
        super::KEY,
        super::SECRET,
        super::TOKEN,
        ARN,
        std::time::Duration::from_secs(900),
    );
    home.run(["-p", "deploy", "export"]).succeeds();
    let rows = json_of(&home, &["status", "--json"]);
    assert_eq!(rows.as_array().expect("an array").len(), 1);
    let row = &rows[0];
    assert_eq!((&row["session"], &row["start_url"]), (&json!(null), &json!(null)));
    assert_eq!(row["login_session"], ARN);
    assert_eq!(row["profiles"], json!(["me", "deploy"]));
    assert_eq!(row["token"]["state"], "valid");
    assert_eq!(row["cached"][0]["role_arn"], "arn:aws:iam::210987654321:role/deploy");
    for profile in ["me", "deploy"] {
        assert_eq!(json_of(&home, &["-p", profile, "status", "--json"]), rows);
        let short = home.run(["-p", profile, "status", "--short"]).succeeds();
        assert!(short.stdout().starts_with("valid 1"), "{}", short.stdout());
    }
    let text = home.run(["status"]).succeeds();
    let first = format!("login session  {ARN}\ntoken          valid until ");
    assert!(text.stdout().starts_with(&first), "{}", text.stdout());
    assert!(
        text.stdout().contains(", can be refreshed\nprofiles       me, deploy\ncached         ")
    );
}

#[test]
fn status_of_expired_logins() {
    let home = ended();
    let row = &json_of(&home, &["status", "--json"])[0];
    assert_eq!(row["token"]["state"], "refreshable");
    home.aws().fail_always(OPERATION, fake_aws::Fault::error(403, "TOKEN_EXPIRED", "no"));
    assert_eq!(home.run(super::EXPORT).output().status.code(), Some(3));
    let output = home.run(["-p", "me", "status"]).output();
    assert_eq!(output.status.code(), Some(3));
    assert!(output.stdout().contains("login          run `aws login --profile me`\n"));
    std::fs::remove_file(home.path(&path(ARN))).expect("own file");
    let row = &json_of(&home, &["status", "--json"])[0];
    assert_eq!(row["token"]["state"], "missing");
}

#[test]
fn explain() {
    let home = home(minutes(14)).config(&format!("{CONFIG}{DEPLOY}"));
    let report = json_of(&home, &["-p", "deploy", "explain", "--json"]);
    assert_eq!(report["plan"]["source"], json!({"type": "login_session", "arn": ARN}));
    assert_eq!(report["token"]["state"], "valid");
    let text = home.run(["-p", "me", "explain"]).succeeds();
    assert!(
        text.stdout().contains(&format!("source       login session: {ARN}\n")),
        "{}",
        text.stdout()
    );
}

#[test]
fn profiles() {
    let home = Home::new().config(CONFIG);
    let rows = json_of(&home, &["profiles", "--json"]);
    let row = &rows[0];
    assert_eq!((&row["kind"], &row["account"]), (&json!("login_session"), &json!("123456789012")));
    assert_eq!(row["role"], "Admin");
}

/// Like `aws logout`, and it also removes what was obtained with the login.
#[test]
fn logout() {
    let home = signed_in(ended(), &file(minutes(-5))).config(&format!("{CONFIG}{DEPLOY}"));
    home.run(["-p", "deploy", "export"]).succeeds();
    let output = home.run(["-p", "deploy", "logout"]).output();
    let said =
        format!("signed out of login session `{ARN}`\nremoved the cached credentials of 1 role\n");
    assert_eq!(output.stderr, said);
    assert!(output.status.success());
    assert!(!home.path(&path(ARN)).exists());
    let output = home.run(["-p", "me", "logout"]).output();
    assert!(output.stderr.starts_with(&format!("nobody was signed in to login session `{ARN}`")));
}

#[test]
fn logout_of_all() {
    let home = ended().config(&format!("{DEV}{CONFIG}{DEPLOY}")).login("corp");
    home.run(["-p", "deploy", "export"]).succeeds();
    let unknown = "arn:aws:iam::123456789012:user/nobody-here";
    let home = home.file(&path(unknown), super::python(&file(minutes(14))));
    home.write(".aws/login/cache/notes.json", "{}");
    let output = home.run(["logout", "--all"]).output();
    assert!(output.status.success(), "{}", output.stderr);
    assert!(output.stderr.contains(&format!("signed out of login session `{ARN}`\n")));
    assert!(output.stderr.contains(&format!("signed out of ~/{}\n", path(unknown))));
    assert!(output.stderr.contains("signed out of sso-session `corp`\n"), "{}", output.stderr);
    assert!(
        output.stderr.ends_with("removed the cached credentials of 1 role\n"),
        "{}",
        output.stderr
    );
    assert_eq!(crate::entries::names(&home.path(".aws/login/cache")), ["notes.json"]);
}

#[test]
fn login_is_the_aws_clis() {
    let home = home(minutes(14));
    for verb in ["login", "accounts"] {
        home.run(["-p", "me", verb]).fails(
            4,
            "error: profile `me` uses `aws login`, not Identity Center\nhint: run `aws \
             login --profile me`\n",
        );
    }
    leave(&home, &file(minutes(14)));
}

/// `login --all` mentions logins that it can't sign in to.
#[test]
fn login_of_all() {
    let home = home(minutes(14)).config(&format!("{DEV}{CONFIG}{DEPLOY}")).login("corp");
    let all = || home.run(["login", "--all"]).output();
    let output = all();
    let there = format!("already signed in to login session `{ARN}`\n");
    assert!(output.status.success() && output.stderr.ends_with(&there), "{}", output.stderr);
    leave(&home, &file(minutes(-5)));
    assert!(all().stderr.ends_with(&there), "it can be refreshed");
    std::fs::remove_file(home.path(&path(ARN))).expect("own file");
    let output = all();
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
    assert!(output.stderr.starts_with("already signed in to sso-session `corp` until "));
    let why = format!(
        "\nerror: not signed in to login session `{ARN}`: token missing\nhint: run `aws login --profile \
         me`\n"
    );
    assert!(output.stderr.ends_with(&why), "{}", output.stderr);
    home.write(".aws/config", CONFIG);
    assert_eq!(home.run(["login", "--all"]).output().status.code(), Some(3));
    assert_eq!(home.aws().count("*"), 0);
}

/// It never starts a sign-in to Identity Center for it.
#[test]
fn no_login_is_made_on_the_way() {
    let home = Home::with_aws().config(CONFIG);
    let output = home.run(["-p", "me", "--login", "auto", "export"]).output();
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
    assert!(output.stderr.ends_with("\nhint: run `aws login --profile me`\n"));
    assert_eq!(home.aws().count("*"), 0);
}
