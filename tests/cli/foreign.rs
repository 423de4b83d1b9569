//! Text from files, servers and the command line is harmless on a terminal wherever it is shown: it
//! can't move the cursor, reorder text, or be invisible.

use std::fs;

use fake_aws::Fault;
use serde_json::{Value, json};

use crate::entries::cli_file;
use crate::support::{DEV, Home, KEYS, SSO_REGION, START_URL, Token};
use crate::terminal::Terminal;

/// Escape sequences in both forms, direction marks, zero-width characters, tags, a line break.
const EVIL: &str = "x\u{1b}[2J\u{9b}31m\u{7f}\u{8}\u{b}\u{85}\u{61c}\u{202e}\u{2066}\u{200b}\u{200d}\u{2060}\u{ad}\u{180e}\u{feff}\u{3164}\u{fe0f}\u{e0041}\u{2028}y";

/// Whether it could mislead a terminal or a user. Written independently of the program.
fn is_harmful(c: char) -> bool {
    let hidden = "\u{61c}\u{202e}\u{2066}\u{200b}\u{200d}\u{2060}\u{ad}\u{180e}\u{feff}\u{3164}\u{fe0f}\u{e0041}\u{2028}";
    (c.is_control() && c != '\n') || hidden.contains(c)
}

fn check(what: &str, text: &str) {
    let found: Vec<char> = text.chars().filter(|c| is_harmful(*c)).collect();
    assert!(found.is_empty(), "{what} shows {found:?}:\n{text:?}");
}

/// Runs it, checks both streams, and returns everything that was shown.
fn shown(home: &Home, arguments: &[&str]) -> String {
    let output = home.run(arguments).report();
    let what = format!("{arguments:?}");
    let stdout = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    check(&what, &stdout);
    check(&what, &output.stderr);
    stdout + &output.stderr
}

/// It must be shown at all, or the test proves nothing.
fn shows(home: &Home, arguments: &[&str]) -> String {
    let text = shown(home, arguments);
    let spelled = text.contains("x\\u{1b}[2J\\u{9b}31m") || text.contains("x\\u001b[2J\\u009b31m");
    assert!(spelled, "{arguments:?} does not show it:\n{text}");
    text
}

/// A config in which everything is foreign text.
fn config() -> String {
    format!(
        "\
[profile '{EVIL}']
sso_session = {EVIL}
sso_account_id = 123456789012
sso_role_name = {EVIL}
region = eu-west-1

[sso-session '{EVIL}']
sso_start_url = https://{EVIL}.awsapps.com/start
sso_region = eu-central-1

[profile chain]
role_arn = arn:aws:iam::210987654321:role/{EVIL}
source_profile = {EVIL}
role_session_name = {EVIL}
external_id = {EVIL}
mfa_serial = {EVIL}
region = eu-west-1

[profile older]
sso_start_url = https://{EVIL}.awsapps.com/start
sso_region = {EVIL}
sso_account_id = {EVIL}
sso_role_name = {EVIL}

[profile process]
credential_process = false '{EVIL}'

[profile web]
role_arn = arn:aws:iam::210987654321:role/{EVIL}
web_identity_token_file = /{EVIL}
region = eu-west-1

[profile lost]
role_arn = arn:aws:iam::210987654321:role/R
source_profile = {EVIL}2

[profile nowhere]
sso_session = {EVIL}3
sso_account_id = 123456789012
sso_role_name = R

[profile static]
aws_access_key_id = {EVIL}
aws_secret_access_key = FAKEsecret
region = {EVIL}

[profile broken]
{EVIL}
"
    )
}

const PROFILES: [&str; 9] =
    ["chain", "older", "process", "web", "lost", "nowhere", "static", "broken", EVIL];

#[test]
fn names_and_values_of_the_config() {
    let home = Home::new().config(&config());
    shows(&home, &["profiles"]);
    shows(&home, &["profiles", "--json"]);
    shows(&home, &["-v", "profiles"]);
    shows(&home, &["status"]);
    shows(&home, &["status", "--json"]);
    shown(&home, &["status", "--short"]);
    shown(&home, &["logout", "--all"]);
    for profile in PROFILES {
        // Only the number of a broken line is shown.
        let explain = if profile == "broken" { shown } else { shows };
        explain(&home, &["-p", profile, "explain"]);
        explain(&home, &["-p", profile, "explain", "--json"]);
        shown(&home, &["-vv", "-p", profile, "status"]);
        shown(&home, &["-p", profile, "login"]);
        shown(&home, &["-p", profile, "logout"]);
        shown(&home, &["-p", profile, "cache", "clear"]);
        shown(&home, &["-vv", "-p", profile, "credential-process"]);
    }
    for profile in ["chain", "older", "web", "lost", "nowhere", "static"] {
        shows(&home, &["-v", "-p", profile, "exec", "true"]);
    }
    shows(&home, &["-p", EVIL, "export"]);
}

/// JSON is for programs, which get the values unchanged.
#[test]
fn json_says_the_same() {
    let home = Home::new().config(&config());
    let parsed = |arguments: &[&str]| -> Value {
        serde_json::from_str(home.run(arguments).report().stdout()).expect("JSON")
    };
    assert_eq!(parsed(&["profiles", "--json"])[0]["profile"], EVIL);
    assert_eq!(parsed(&["-p", EVIL, "explain", "--json"])["profile"], EVIL);
    assert_eq!(parsed(&["status", "--json"])[0]["session"], EVIL);
}

#[test]
fn words_of_the_command_line() {
    let home = Home::new().config(KEYS);
    let long = format!("--{EVIL}");
    for arguments in [
        &[EVIL][..],
        &[&long],
        &["export", EVIL],
        &["export", "--format", EVIL],
        &["export", "--prefix", EVIL],
        &["-p", EVIL, "export"],
        &["--color", EVIL, "export"],
        &["--region", EVIL, "export"],
        &["--account-id", EVIL, "--role-name=R", "--sso-session=S", "export"],
        &["--start-url", EVIL, "export"],
        &["--min-ttl", EVIL, "export"],
        &["login", "--port", EVIL],
        &["-p", "keys", "exec", EVIL],
        &["-p", "keys", "exec", "--", &format!("./{EVIL}")],
        &["--sso-session", EVIL, "--account-id=123456789012", "--role-name", EVIL, "export"],
    ] {
        shows(&home, arguments);
    }
    // The name of the program itself.
    let link = home.path(EVIL);
    std::os::unix::fs::symlink(crate::support::SSOWRAP, &link).expect("a link");
    for argument in ["--help", "no-such-verb"] {
        let output = home.tool(&link, [argument]).report();
        check("help", &(String::from_utf8_lossy(&output.stdout) + output.stderr.as_str()));
    }
}

#[test]
fn answers_of_servers() {
    let config = format!(
        "{DEV}{KEYS}
[profile role]
role_arn = arn:aws:iam::210987654321:role/R
source_profile = keys
region = eu-west-1
"
    );
    for status in [400, 401, 403, 418] {
        for (operation, arguments) in [
            ("GetRoleCredentials", &["-vv", "-p", "dev", "export"][..]),
            ("RegisterClient", &["-p", "dev", "login", "--force", "--use-device-code"]),
            ("StartDeviceAuthorization", &["-p", "dev", "login", "--force", "--use-device-code"]),
            ("Logout", &["-p", "dev", "logout"]),
        ] {
            let home = Home::with_aws().config(&config).login("corp");
            home.aws().fail_always(operation, Fault::error(status, "OddException", EVIL));
            // AWS need not know a token that is to be removed.
            let show = if (operation, status) == ("Logout", 401) { shown } else { shows };
            show(&home, arguments);
            home.aws().clear_faults();
            home.aws().fail_always(operation, Fault::error(status, "Odd\u{9b}31mException", EVIL));
            shown(&home, arguments);
        }
        // Most of it is impossible in XML.
        let home = Home::with_aws().config(&config);
        let evil = "x\u{9b}31m\u{202e}\u{200b}y";
        home.aws().fail_always("AssumeRole", Fault::error(status, "OddError", evil));
        let text = shown(&home, &["-vv", "-p", "role", "export"]);
        assert!(text.contains("x\\u{9b}31m\\u{202e}\\u{200b}y"), "{text}");
    }
}

#[test]
fn files_of_others() {
    let entry = json!({
        "ProviderType": "sso",
        "Credentials": {
            "AccessKeyId": EVIL, "SecretAccessKey": "FAKEsecret", "SessionToken": "FAKEtoken",
            "Expiration": "2099-01-01T00:00:00Z", "AccountId": EVIL,
        }
    });
    let key = r#"{"accountId":"123456789012","roleName":"Admin","sessionName":"corp"}"#;
    let home = Home::new().config(DEV);
    fs::create_dir_all(home.path(".aws/cli/cache")).expect("directories");
    home.write(&cli_file(key), entry.to_string());
    shown(&home, &["cache", "list"]);
    shown(&home, &["cache", "list", "--json"]);
    shown(&home, &["-p", "dev", "status", "--json"]);
    let token = Token::new().start_url(EVIL).to_json().replace(SSO_REGION, EVIL);
    let escaped = serde_json::to_string(EVIL).expect("JSON");
    let token = token.replace(EVIL, &escaped[1..escaped.len() - 1]);
    for token in [
        token.clone(),
        token.replace("accessToken", EVIL),
        Token::new().expires_at("x\\u001b[2J").to_json(),
        format!("{{\"startUrl\": \"{START_URL}\u{1b}[2J"),
    ] {
        let home = Home::new().config(DEV).raw_token("corp", token);
        for arguments in [
            &["-p", "dev", "export"][..],
            &["-p", "dev", "explain"],
            &["-p", "dev", "explain", "--json"],
            &["status"],
            &["status", "--json"],
            &["-p", "dev", "logout"],
        ] {
            shown(&home, arguments);
        }
    }
}

/// The answer to the device authorization is shown, also as a QR code.
#[test]
fn a_code_to_type() {
    let home = Home::with_aws().config(DEV).env("LC_ALL", "C.UTF-8");
    let answer = json!({
        "deviceCode": "FAKEtoken-device", "userCode": EVIL, "expiresIn": 600, "interval": 1,
        "verificationUri": "https://example.com/",
    });
    let answer = Fault::Raw {
        status: 200,
        content_type: "application/json".into(),
        body: answer.to_string(),
    };
    home.aws().fail_always("StartDeviceAuthorization", answer);
    let run = home.run(["-p", "dev", "login", "--use-device-code", "--color", "never"]);
    let terminal = Terminal::start(run);
    let before = terminal.expect("then enter the code x\\u{1b}[2J\\u{9b}31m");
    assert!(before.contains("https://example.com/"), "{before:?}");
    terminal.send("\u{3}");
    let (_, rest) = terminal.ends();
    // Our own escape sequence removes the status line.
    let text = (before + &rest).replace("\r\u{1b}[K", "").replace('\r', "");
    check("the page of a code", &text);
}

#[test]
fn a_question_for_a_code() {
    let config = format!(
        "{KEYS}
[profile admin]
role_arn = arn:aws:iam::210987654321:role/R
source_profile = keys
mfa_serial = arn:aws:iam::123456789012:mfa/{EVIL}
region = eu-west-1
"
    );
    let home = Home::with_aws().config(&config);
    let terminal = Terminal::start(home.run(["--color", "never", "-p", "admin", "export"]));
    let before = terminal.expect("x\\u{1b}[2J\\u{9b}31m");
    terminal.send("\u{3}");
    let (_, rest) = terminal.ends();
    check("the question", &(before + &rest).replace('\r', ""));
}
