//! `aws login` logins: alone and at the base of a chain, refreshed once, shared with the AWS CLI.

mod chain;
mod clients;
mod crowd;
mod serve;
mod verbs;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use chrono::{DateTime, TimeDelta, Utc};
use fake_aws::{DPOP_KEY, Fault, RefreshTokens, fingerprint};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::crowd::Running;
use crate::support::{Home, TIMEOUT, now, timestamp};

pub(crate) const OPERATION: &str = "CreateOAuth2Token";

/// The person who signed in.
const ARN: &str = "arn:aws:sts::123456789012:assumed-role/Admin/me";

const SESSION_REFRESH: &str = "aorFAKEtoken-session";
const CLIENT: &str = "arn:aws:signin:::devtools/same-device";

/// The keys in a file created by [`file`].
const KEY: &str = "ASIAOLD";
const SECRET: &str = "FAKEsecret-old/+";
const TOKEN: &str = "FAKEtoken-old==";

pub(crate) const CONFIG: &str = "\
[profile me]
login_session = arn:aws:sts::123456789012:assumed-role/Admin/me
region = eu-west-1
";

pub(crate) const EXPORT: [&str; 3] = ["-p", "me", "export"];

/// The file of the principal with this ARN.
pub(crate) fn path(arn: &str) -> String {
    let digest: String = Sha256::digest(arn).iter().map(|byte| format!("{byte:02x}")).collect();
    format!(".aws/login/cache/{digest}.json")
}

/// What the AWS CLI writes, with this much time left.
pub(crate) fn file(left: TimeDelta) -> Value {
    json!({
        "accessToken": {
            "accessKeyId": KEY,
            "secretAccessKey": SECRET,
            "sessionToken": TOKEN,
            "accountId": "123456789012",
            "expiresAt": timestamp(now() + left),
        },
        "tokenType": "aws_sigv4",
        "clientId": CLIENT,
        "refreshToken": SESSION_REFRESH,
        "idToken": "FAKEtoken.id.token",
        "dpopKey": DPOP_KEY,
    })
}

/// As Python writes it.
pub(crate) fn python(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let member = |(key, value)| format!("{}: {}", json!(key), python(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A home where somebody has signed in, with this much time left.
pub(crate) fn home(left: TimeDelta) -> Home {
    let home = Home::with_aws().config(CONFIG);
    home.aws().add_login_session(SESSION_REFRESH, ARN);
    signed_in(home, &file(left))
}

/// Writes a login to the home.
pub(crate) fn signed_in(home: Home, login: &Value) -> Home {
    fs::create_dir_all(home.path(".aws/login/cache")).expect("directories");
    leave(&home, login);
    home
}

pub(crate) fn leave(home: &Home, login: &Value) {
    home.write(&path(ARN), python(login));
}

pub(crate) fn minutes(n: i64) -> TimeDelta {
    TimeDelta::minutes(n)
}

pub(crate) fn ended() -> Home {
    home(minutes(-5))
}

pub(crate) fn contents(home: &Home) -> String {
    fs::read_to_string(home.path(&path(ARN))).expect("a file")
}

pub(crate) fn fields(home: &Home) -> Value {
    serde_json::from_str(&contents(home)).expect("JSON")
}

fn key(home: &Home) -> String {
    home.run(EXPORT).succeeds().exported()["AWS_ACCESS_KEY_ID"].clone()
}

pub(crate) fn refreshes(home: &Home) -> usize {
    home.aws().count(OPERATION)
}

/// A process whose refresh has reached AWS, which answers once it is released.
fn asking(home: &Home, words: [&str; 3]) -> Running {
    home.aws().hold(OPERATION);
    let running = Running::start(home, words);
    assert!(home.aws().wait_for(OPERATION, 1, TIMEOUT));
    running
}

#[test]
fn what_exists_is_used_unchanged() {
    let home = home(minutes(14));
    let before = contents(&home);
    let exported = home.run(EXPORT).succeeds().exported();
    let expected = [
        ("AWS_ACCESS_KEY_ID", KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_SESSION_TOKEN", TOKEN),
        ("AWS_ACCOUNT_ID", "123456789012"),
        ("AWS_REGION", "eu-west-1"),
    ];
    for (name, value) in expected {
        assert_eq!(exported[name], value, "{name}");
    }
    let end = exported["AWS_CREDENTIAL_EXPIRATION"].parse::<DateTime<Utc>>().expect("a time");
    assert!(end > now() + minutes(12));
    assert_eq!(contents(&home), before);
    assert_eq!(home.aws().count("*"), 0);
}

/// Credentials are handed out with at least half of AWS's lifetime, or as long as requested.
#[test]
fn when_a_refresh_is_due() {
    for (left, arguments, due) in [
        (minutes(10), &EXPORT[..], 0),
        (minutes(8), &EXPORT, 0),
        (minutes(7), &EXPORT, 1),
        (minutes(0), &EXPORT, 1),
        (minutes(-600), &EXPORT, 1),
        (minutes(10), &["-p", "me", "--min-ttl", "9m", "export"], 0),
        (minutes(10), &["-p", "me", "--min-ttl", "12m", "export"], 1),
    ] {
        let home = home(left);
        home.run(arguments).succeeds();
        assert_eq!(refreshes(&home), due, "{left} {arguments:?}");
        home.run(EXPORT).succeeds();
        assert_eq!(refreshes(&home), due, "the new one is good for the next");
    }
}

#[test]
fn more_than_aws_gives_spends_nothing() {
    let home = home(minutes(14));
    let arguments = ["-p", "me", "--min-ttl", "20m", "export"];
    let stderr = home.run(arguments).output().stderr;
    assert!(
        stderr.ends_with(
            "but --min-ttl asks for 20 min\nhint: lower --min-ttl: whatever gives these credentials \
             decides how long they last\n"
        ),
        "{stderr}"
    );
    assert_eq!(refreshes(&home), 0);
}

/// The fake verifies the proof.
#[test]
fn what_is_asked() {
    let home = ended();
    assert_ne!(key(&home), KEY);
    let request = &home.aws().log_of(OPERATION)[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/v1/token"));
    let params: Vec<_> = request.params.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let token = fingerprint(SESSION_REFRESH);
    let expected =
        [("clientId", CLIENT), ("grantType", "refresh_token"), ("refreshToken", token.as_str())];
    assert_eq!(params, expected);
    assert_eq!(request.notes, [""; 0]);
    assert_eq!(request.principal.as_deref(), Some(ARN));
}

/// Everything except the credentials and the refresh token stays unchanged, even unknown members.
#[test]
fn what_is_written() {
    let mut old = file(minutes(-5));
    old["accessToken"]["vendor"] = json!({"a": [1, null]});
    old["vendor"] = json!(true);
    let home = signed_in(ended(), &old);
    let text = python(&old).replace("true}", "1.10}");
    home.write(&path(ARN), &text);
    let new_key = key(&home);
    let fields = fields(&home);
    let token = &fields["accessToken"];
    assert_eq!(token["accessKeyId"], new_key.as_str());
    let mut expected = old.clone();
    for name in ["accessKeyId", "secretAccessKey", "sessionToken", "expiresAt"] {
        expected["accessToken"][name] = token[name].clone();
    }
    expected["refreshToken"] = fields["refreshToken"].clone();
    assert_ne!(fields["refreshToken"], SESSION_REFRESH);
    assert_eq!(contents(&home), python(&expected).replace("true}", "1.10}"));
    let end = token["expiresAt"].as_str().expect("text").parse::<DateTime<Utc>>().expect("a time");
    assert!(end > now() + minutes(13) && end <= now() + minutes(15), "{end}");
    let file = home.path(&path(ARN));
    assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o7777, 0o600);
    assert_eq!(fs::read_dir(file.parent().expect("a directory")).expect("one").count(), 1);
    // The new refresh token is for the next refresh.
    leave(&home, &{
        let mut fields = fields;
        fields["accessToken"]["expiresAt"] = json!(timestamp(now()));
        fields
    });
    assert_ne!(key(&home), new_key);
    assert_eq!(refreshes(&home), 2);
}

#[test]
fn a_refresh_token_that_does_not_come_is_not_dropped() {
    for mode in [RefreshTokens::Omit, RefreshTokens::Null] {
        let home = ended();
        home.aws().set_refresh_tokens(mode);
        assert_ne!(key(&home), KEY);
        assert_eq!(fields(&home)["refreshToken"], SESSION_REFRESH, "{mode:?}");
    }
}

#[test]
fn another_directory() {
    let home = home(minutes(14)).env("AWS_LOGIN_CACHE_DIRECTORY", "~/$PLACE").env("PLACE", "else");
    home.run(EXPORT).fails(
        3,
        &format!(
            "error: profile `me` needs a login: there is no token for login session `{ARN}` (~/else/\
             {} does not exist)\nhint: run `aws login --profile me`\n",
            &path(ARN)[17..]
        ),
    );
    fs::rename(home.path(".aws/login/cache"), home.path("else")).expect("a directory");
    assert_eq!(key(&home), KEY);
}

/// The region of the sign-in service is the one that the AWS CLI would use.
#[test]
fn without_a_region() {
    let config = CONFIG.replace("region = eu-west-1\n", "");
    let home = ended().config(&config);
    let output = home.run(EXPORT).output();
    assert_eq!(output.status.code(), Some(4));
    let said = "5 min ago) and cannot be refreshed: profile `me` has no region\n  --> \
                ~/.aws/config:2\nhint: add `region = ...` to the profile, or give `--region`\n";
    assert!(output.stderr.ends_with(said), "{}", output.stderr);
    home.run(EXPORT).env("AWS_REGION", "us-east-1").succeeds();
}

/// AWS's answer, the exit code, and what the error must contain.
#[test]
fn refusals() {
    let ended_hint = "\nhint: run `aws login --profile me`\n";
    for (status, code, exit, said) in [
        (
            403,
            "TOKEN_EXPIRED",
            3,
            "its session has ended: AccessDeniedException: no (TOKEN_EXPIRED)",
        ),
        (403, "USER_CREDENTIALS_CHANGED", 3, "its session has ended"),
        (400, "INVALID_REQUEST", 3, "AWS does not accept the request"),
        (403, "INSUFFICIENT_PERMISSIONS", 5, "AWS denies it"),
        (429, "TooManyRequestsError", 6, "is throttling requests (2 attempts)"),
        (500, "server_error", 6, "reports a server error (2 attempts)"),
    ] {
        let home = ended();
        home.aws().fail_always(OPERATION, Fault::error(status, code, "no"));
        let output = home.run(EXPORT).output();
        assert_eq!(output.status.code(), Some(exit), "{code}: {}", output.stderr);
        assert!(output.stderr.contains(said), "{code}: {}", output.stderr);
        let asks_for_login = output.stderr.contains(ended_hint);
        assert_eq!(asks_for_login, exit == 3, "{code}: {}", output.stderr);
        if exit == 5 {
            let hint = "hint: you need the permission `signin:CreateOAuth2Token`";
            assert!(output.stderr.contains(hint), "{}", output.stderr);
        }
        // If the credentials are still valid, they are used, with a warning.
        let home = self::home(minutes(3));
        home.aws().fail_always(OPERATION, Fault::error(status, code, "no"));
        let output = home.run(EXPORT).output();
        assert_eq!(output.exported()["AWS_ACCESS_KEY_ID"], KEY, "{code}");
        assert!(output.stderr.starts_with("warning: the token of login session `"), "{code}");
    }
}

/// An answer that is lost may have used up the refresh token, so it is not sent again.
#[test]
fn lost_answers() {
    let raw = |body: &str| Fault::Raw {
        status: 200,
        content_type: "application/json".into(),
        body: body.to_owned(),
    };
    for (fault, sent) in [
        (Fault::LoseAnswer, 1),
        (Fault::CutBody, 1),
        (Fault::Empty, 1),
        (Fault::Garbage, 1),
        (raw("{}"), 1),
        (raw("{\"accessToken\": {}, \"expiresIn\": 900}"), 1),
    ] {
        let home = ended();
        let before = contents(&home);
        home.aws().fail_always(OPERATION, fault.clone());
        let output = home.run(EXPORT).output();
        assert_eq!(output.status.code(), Some(6), "{fault:?}: {}", output.stderr);
        assert_eq!(refreshes(&home), sent, "{fault:?}");
        assert_eq!(contents(&home), before, "{fault:?}");
    }
}

/// What a file may contain other than a login.
#[test]
fn files_that_are_no_login() {
    let no_object = "it is not a JSON object, or has a repeated field";
    let whole = python(&file(minutes(14)));
    let cases = [
        (String::new(), "it is empty"),
        (whole[..300].to_owned(), "its JSON is cut off"),
        ("[]".to_owned(), no_object),
        ("{}".to_owned(), "it has no `accessToken`"),
        (whole.replace("\"accessKeyId\"", "\"id\""), "it has no `accessKeyId`"),
        (whole.replace("ASIAOLD", "ASIA\\nOLD"), "its `accessKeyId` holds control characters"),
        (
            whole.replace("\"expiresAt\": \"2", "\"expiresAt\": \"x"),
            "its `expiresAt` is not a time",
        ),
    ];
    for (text, why) in cases {
        let home = home(minutes(14));
        home.write(&path(ARN), &text);
        home.run(EXPORT).fails(
            3,
            &format!(
                "error: profile `me` needs a login: the token of login session `{ARN}` is broken: \
                 {why} (~/{})\nhint: run `aws login --profile me`\n",
                path(ARN)
            ),
        );
        assert_eq!(home.aws().count("*"), 0);
    }
}

#[test]
fn the_file_of_another_account() {
    let mut other = file(minutes(14));
    other["accessToken"]["accountId"] = json!("210987654321");
    let home = signed_in(home(minutes(14)), &other);
    home.run(EXPORT).fails(
        3,
        &format!(
            "error: profile `me` needs a login: the token of login session `{ARN}` was issued for \
             account `210987654321`, not for `123456789012`\nhint: run `aws login --profile me`\n"
        ),
    );
}

/// The credentials can be used; the refresh token is not sent.
#[test]
fn logins_that_lack_something_for_the_refresh() {
    for member in ["refreshToken", "clientId", "dpopKey"] {
        for left in [minutes(3), minutes(-3)] {
            let mut login = file(left);
            login[member] = json!(null);
            let home = signed_in(home(left), &login);
            if left > minutes(0) {
                assert_eq!(key(&home), KEY);
            } else {
                let stderr = home.run(EXPORT).output().stderr;
                let said = "needs a login: the token of login session `";
                assert!(stderr.contains(said) && stderr.contains(" (3 min ago)\n"), "{stderr}");
            }
            assert_eq!(refreshes(&home), 0, "{member}");
        }
    }
}

#[test]
fn an_invalid_key() {
    let mut login = file(minutes(-5));
    login["dpopKey"] =
        json!("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n");
    let home = signed_in(ended(), &login);
    let output = home.run(EXPORT).output();
    assert_eq!(output.status.code(), Some(3));
    let said = "5 min ago) and cannot be refreshed: its `dpopKey` is not a P-256 private \
                key\nhint: run `aws login --profile me`\n";
    assert!(output.stderr.ends_with(said), "{}", output.stderr);
    assert_eq!(refreshes(&home), 0);
}

#[test]
fn a_file_that_others_may_read_is_taken_from_them() {
    let home = home(minutes(14));
    let file = home.path(&path(ARN));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("own file");
    assert!(home.run(EXPORT).output().stderr.ends_with("; its mode is now 0600\n"));
    assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o7777, 0o600);
}

/// Which setting in a profile wins: the AWS CLI's order (SPEC 2.1, 2.3).
#[test]
fn precedence() {
    let session = "login_session = arn:aws:sts::123456789012:assumed-role/Admin/me\n";
    let keys = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = FAKEsecret/+key\n";
    let sso = "sso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n\
               sso_account_id = 123456789012\nsso_role_name = Admin\n";
    let role = "role_arn = arn:aws:iam::210987654321:role/r\nsource_profile = keys\n";
    for (config, credentials, expected) in [
        (session.to_owned(), "", "login_session"),
        (format!("{session}credential_process = false\n"), "", "login_session"),
        (format!("{session}{keys}"), "", "login_session"),
        (session.to_owned(), keys, "static"),
        (format!("{session}{sso}"), "", "sso"),
        (format!("{session}{role}"), "", "static"),
        (
            format!(
                "{session}role_arn = arn:aws:iam::210987654321:role/r\nweb_identity_token_file = f\n"
            ),
            "",
            "web_identity",
        ),
    ] {
        let home = Home::new()
            .config(&format!("[profile keys]\n{keys}[profile p]\n{config}"))
            .credentials(&format!("[p]\n{credentials}"));
        let report = home.run(["-p", "p", "explain", "--json"]).report();
        let report: Value = serde_json::from_slice(&report.stdout).expect("JSON");
        assert_eq!(report["plan"]["source"]["type"], expected, "{config}{credentials}");
    }
}
