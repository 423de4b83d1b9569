//! Profiles whose `credential_process` is ssowrap itself behave like the profile behind them.

use serde_json::{Value, json};

use crate::resolver::explained;
use crate::support::{DEV, Home, SSOWRAP};
use crate::unresolved::fails;

/// `dev`, and profiles that request it from ssowrap.
fn config() -> String {
    format!(
        "{DEV}\n[profile helper]\ncredential_process = {SSOWRAP} -p dev credential-process\n\
         [profile quiet]\ncredential_process = {SSOWRAP} credential-process -q --profile=dev\n\
         [profile twice]\ncredential_process = {SSOWRAP} -p helper credential-process\n\
         [profile role]\nrole_arn = arn:aws:iam::210987654321:role/deploy\nsource_profile = helper\n\
         region = eu-west-1\n"
    )
}

#[test]
fn the_login_behind_it() {
    let home = Home::with_aws().config(&config()).login("corp");
    let of = |profile: &str| {
        let output = home.run(["-p", profile, "status", "--json"]).succeeds();
        let rows: Value = serde_json::from_str(output.stdout()).expect("JSON");
        rows[0]["session"].clone()
    };
    for profile in ["dev", "helper", "quiet", "twice", "role"] {
        assert_eq!(of(profile), "corp", "{profile}");
    }
    let output = home.run(["status", "--json"]).succeeds();
    let rows: Value = serde_json::from_str(output.stdout()).expect("JSON");
    assert_eq!(rows[0]["profiles"], json!(["dev", "helper", "quiet", "twice", "role"]));
    let said = home.run(["-p", "helper", "logout"]).output();
    assert!(said.stderr.starts_with("signed out of sso-session `corp`"), "{}", said.stderr);
    // The exit code of the profile behind it, and its hint.
    let output = home.run(["-p", "helper", "export"]).output();
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
    assert!(output.stderr.contains("ssowrap login"), "{}", output.stderr);
}

#[test]
fn explain_shows_the_way() {
    let plan = &explained(&config(), "twice")["plan"];
    assert_eq!(plan["chain"], json!(["twice", "helper", "dev"]));
    assert_eq!(plan["source"]["type"], "sso");
    let plan = &explained(&config(), "role")["plan"];
    assert_eq!(plan["chain"], json!(["role", "helper", "dev"]));
    assert_eq!(plan["hops"][0]["role_arn"], "arn:aws:iam::210987654321:role/deploy");
}

/// The endpoints are those of the profile that ssowrap is asked for, not of the one that asks. A role
/// on top has its own.
#[test]
fn the_endpoints_are_those_of_the_profile_behind() {
    let home = Home::with_aws().login("corp");
    let (url, nowhere) = (home.aws().url().to_owned(), "http://127.0.0.1:9");
    let config = |behind: &str, ahead: &str| {
        let dev = DEV.replacen('\n', &format!("\nendpoint_url = {behind}\n"), 1);
        format!(
            "{dev}\n[profile p]\ncredential_process = {SSOWRAP} -p dev credential-process\n\
             endpoint_url = {ahead}\n\n[profile role]\nsource_profile = p\n\
             role_arn = arn:aws:iam::210987654321:role/deploy\nregion = eu-west-1\n\
             endpoint_url = {}\n",
            url.replace("127.0.0.1", "localhost")
        )
    };
    let run = |home: &Home, profile: &str, verb: &str| {
        let output = home.run(["-p", profile, verb]).without("AWS_ENDPOINT_URL").output();
        output.status.code()
    };
    let home = home.config(&config(nowhere, &url));
    assert_eq!(run(&home, "p", "export"), Some(6));
    let home = home.config(&config(&url, nowhere));
    assert_eq!(run(&home, "p", "export"), Some(0));
    assert_eq!(run(&home, "role", "export"), Some(0));
    let log = home.aws().log();
    let asked: Vec<_> = log.iter().map(|entry| (&*entry.operation, entry.host())).collect();
    let [here, there] =
        ["127.0.0.1", "localhost"].map(|host| url.replace("http://127.0.0.1", host));
    assert_eq!(asked, [("GetRoleCredentials", &*here), ("AssumeRole", &*there)]);
    // The credentials are used at the endpoints of the one that asks.
    let home = home.config(&config(&url, &format!("http://{there}")));
    home.aws().clear_log();
    assert_eq!(run(&home, "p", "whoami"), Some(0));
    assert_eq!(home.aws().log()[0].host(), there);
    // The login is dev's alone.
    let output = home.run(["--sso-session", "corp", "logout"]).without("AWS_ENDPOINT_URL").output();
    assert_eq!(output.status.code(), Some(0), "{}", output.stderr);
    assert_eq!(home.aws().log_of("Logout")[0].host(), here);
}

/// Other options may matter, so the helper runs, and its exit code is passed on.
#[test]
fn a_helper_with_options_runs() {
    let config = format!(
        "{DEV}\n[profile p]\ncredential_process = {SSOWRAP} -p dev --no-cache credential-process\n"
    );
    let home = Home::new().config(&config);
    let output = home.run(["-p", "p", "explain", "--json"]).succeeds();
    let report: Value = serde_json::from_str(output.stdout()).expect("JSON");
    assert_eq!(report["plan"]["source"]["type"], "credential_process");
    assert_eq!(home.run(["-p", "p", "status"]).output().status.code(), Some(3));
    let output = home.run(["-p", "p", "export"]).output();
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
    // The only hint is the helper's own.
    let (_, after) =
        output.stderr.split_once("\nerror: the credential_process").expect("both errors");
    assert!(!after.contains("hint: "), "{}", output.stderr);
}

/// Only the shell knows what it makes of the name.
#[test]
fn a_helper_that_a_shell_completes_runs() {
    let config = format!(
        "{DEV}\n[profile p]\ncredential_process = {SSOWRAP} -p \"$NAME\" credential-process\n"
    );
    let home = Home::with_aws().config(&config).login("corp");
    let export = || home.run(["-p", "p", "export"]).env("NAME", "dev");
    export().succeeds();
    home.run(["-p", "dev", "logout"]).output();
    let output = export().output();
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
}

#[test]
fn a_profile_that_is_not_there() {
    fails(
        "[profile p]\ncredential_process = ssowrap -p prdo credential-process\n[profile prod]\n",
        "p",
        "source_profile_not_found",
        2,
        "error: profile `p`: its credential_process asks ssowrap for profile `prdo`, which does not \
         exist\n  --> ~/.aws/config:2\nhint: did you mean `prod`?\n",
    );
}

#[test]
fn loops() {
    fails(
        "[profile a]\ncredential_process = ssowrap -p b credential-process\n\
         [profile b]\ncredential_process = ssowrap -p a credential-process\n",
        "a",
        "credential_process_loop",
        4,
        "error: the credential_process of profile `b` closes a loop: `a` -> `b` \
         -> `a`\n  --> ~/.aws/config:4\nhint: put the SSO settings into one profile, and \
         the credential_process that names it into another\n",
    );
}

/// A profile that granted wrote: its keys are the AWS CLI's under other names.
#[test]
fn a_profile_of_granted() {
    let config = "[profile g]\ngranted_sso_start_url = https://corp.awsapps.com/start\n\
                  granted_sso_region = eu-central-1\ngranted_sso_account_id = 123456789012\n\
                  granted_sso_role_name = Admin\ncommon_fate_generated_from = aws-sso\n\
                  credential_process = granted credential-process --profile g\n";
    let source = explained(config, "g")["plan"]["source"].clone();
    assert_eq!(
        (&source["type"], &source["start_url"], &source["account_id"], &source["role_name"]),
        (
            &json!("sso"),
            &json!("https://corp.awsapps.com/start"),
            &json!("123456789012"),
            &json!("Admin")
        )
    );
    let home = Home::new().config(config);
    assert_eq!(home.run(["-p", "g", "status"]).output().status.code(), Some(3));
    let listed = home.run(["profiles"]).succeeds();
    let words: Vec<&str> =
        listed.stdout().lines().nth(1).expect("a row").split_whitespace().collect();
    assert_eq!(words, ["g", "sso", "123456789012", "Admin", "-"]);
    fails(
        &config.replace("= 123456789012", "= 1234-5678-9012"),
        "g",
        "invalid_setting",
        4,
        "error: profile `g`: `granted_sso_account_id` `1234-5678-9012` is not twelve digits\n  --> \
         ~/.aws/config:4\nhint: write it as `123456789012`\n",
    );
    // AWS refuses the role.
    let refused = Home::with_aws().config(&config.replace("= Admin", "= admin"));
    let output =
        refused.login("https://corp.awsapps.com/start").run(["-p", "g", "export"]).output();
    let hint = "hint: check `granted_sso_account_id`, and that `granted_sso_role_name` is the";
    assert!(output.stderr.contains(hint), "{}", output.stderr);
    // With another command, these keys are ignored.
    let config = config.replace("granted credential-process", "other");
    assert_eq!(explained(&config, "g")["plan"]["source"]["type"], "credential_process");
    fails(
        &config.replace("other", "/usr/bin/granted").replace("granted_sso_region", "x"),
        "g",
        "missing_setting",
        1,
        "error: the SSO settings of profile `g` are incomplete: granted_sso_region missing\n  --> \
         ~/.aws/config:1\nhint: add the lines, or let `ssowrap configure` write the profile\n",
    );
}

#[test]
fn include_profile_is_not_understood() {
    let config = format!("{DEV}[profile p]\ninclude_profile = dev\nregion = eu-west-1\n");
    let home = Home::new().config(&config);
    let output = home.run(["-p", "p", "explain", "--json"]).report();
    let report: Value = serde_json::from_str(output.stdout()).expect("JSON");
    assert_eq!(
        report["warnings"][0]["message"],
        "only aws-vault reads `include_profile`: ssowrap ignores what it includes"
    );
    assert_eq!(report["error"]["kind"], "no_credentials");
}
