//! `ssowrap credential-process`.

use serde_json::Value;

use crate::support::{DEV, Home, KEYS};
use crate::terminal::Terminal;

#[test]
fn one_line_of_json_and_nothing_else() {
    let home = Home::with_aws().config(DEV).login("corp");
    for flags in [&[][..], &["-vv"], &["-q"]] {
        let output = home.run(flags.iter().chain(&["-p", "dev", "credential-process"])).output();
        assert!(output.status.success(), "{}", output.stderr);
        assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 1);
        let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let names: Vec<&str> =
            answer.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "Version",
                "AccessKeyId",
                "SecretAccessKey",
                "SessionToken",
                "Expiration",
                "AccountId"
            ]
        );
        assert_eq!(answer["Version"], 1);
        assert_eq!(answer["AccountId"], "123456789012");
        let log = home.aws().log();
        let request = log.last().expect("a request");
        assert_eq!(answer["AccessKeyId"].as_str(), request.issued_access_key_id.as_deref());
    }
}

#[test]
fn static_keys_have_no_token_and_no_expiration() {
    Home::new().config(KEYS).run(["-p", "keys", "credential-process"]).prints(
        "{\"Version\":1,\"AccessKeyId\":\"AKIAEXAMPLE\",\"SecretAccessKey\":\"FAKEsecret/+key\"}\n",
    );
}

#[test]
fn a_failure_prints_nothing() {
    Home::new().config(KEYS).run(["-p", "kays", "credential-process"]).output();
    let output = Home::new().config(DEV).run(["-p", "dev", "credential-process"]).output();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(output.stdout(), "");
}

/// Runs a script on a terminal. Returns what it shows.
fn on_terminal(home: &Home, script: &str) -> String {
    Terminal::start(home.tool("sh", ["-c", script])).ends().1
}

/// Terraform's provider shows only the exit code of its helpers: the user sees one message, however
/// many helpers there are.
#[test]
fn a_missing_login_is_reported_once() {
    let other = "[profile other]\nsso_session = other\nsso_account_id = 123456789012\n\
                 sso_role_name = Admin\n[sso-session other]\nsso_region = eu-central-1\n\
                 sso_start_url = https://other.awsapps.com/start\n";
    let home = Home::new().config(&format!("{DEV}{other}"));
    let piped = "2>&1 >/dev/null | cat >> said";
    let once = format!("ssowrap -p dev credential-process {piped}");
    let crowd = format!("for i in 1 2 3 4 5; do {once} & done; wait");
    let shown = on_terminal(&home, &crowd);
    assert_eq!(shown.matches("`ssowrap login --sso-session corp`").count(), 1, "{shown:?}");
    assert_eq!(shown.lines().count(), 1, "{shown:?}");
    let said = std::fs::read_to_string(home.path("said")).expect("words");
    assert_eq!(said.matches("hint: run `ssowrap login").count(), 5, "{said}");
    assert_eq!(on_terminal(&home, &once), "");
    let shown = on_terminal(&home, &once.replace("-p dev", "-p other"));
    assert_eq!(shown.matches("`ssowrap login --sso-session other`").count(), 1, "{shown:?}");
}

/// Not if the user already sees the error, or doesn't want messages.
#[test]
fn a_visible_error_is_not_repeated() {
    let home = Home::new().config(DEV);
    for script in [
        "ssowrap -p dev credential-process 2>said",
        "ssowrap -p dev credential-process 2>/dev/null",
        "ssowrap -q -p dev credential-process 2>&1 | cat >said",
        "CI=true ssowrap -p dev credential-process 2>&1 | cat >said",
        "ssowrap -p none credential-process 2>&1 | cat >said",
    ] {
        // So that each run is the first to say it.
        let _ = std::fs::remove_dir_all(home.path(".local"));
        assert_eq!(on_terminal(&home, script), "", "{script}");
    }
    let _ = std::fs::remove_dir_all(home.path(".local"));
    let shown = on_terminal(&home, "ssowrap -p dev credential-process");
    assert_eq!(shown.matches("ssowrap login").count(), 1, "{shown:?}");
}
