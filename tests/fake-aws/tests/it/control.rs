//! `/_fake/…` and the program.

use crate::client::{TOKEN, portal, send};
use fake_aws::{FakeAws, Options};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

const PATH: &str = "/federation/credentials?role_name=Special&account_id=555555555555";

fn set(url: &str, body: &Value) -> (u16, Value) {
    let reply = send(url, "POST", "/_fake/set", &[], &body.to_string());
    (reply.status, reply.json())
}

#[test]
fn everything_can_be_set_over_http() {
    let fake = FakeAws::start(Options::default());
    let document = json!({
        "clearFaults": true,
        "clearGrants": true,
        "clearLog": true,
        "tokens": [{"accessToken": TOKEN, "lifetimeSeconds": 60,
                    "grants": [{"account": "555555555555", "role": "Special"}]}],
        "clients": [{"clientId": "c", "clientSecret": "FAKEsecret"}],
        "refreshTokens": [{"refreshToken": "FAKEtoken", "clientId": "c"}],
        "grants": [{"account": "111111111111", "role": "Admin"}],
        "users": [{"accessKeyId": "AKIA", "secretAccessKey": "FAKEsecret",
                   "arn": "arn:aws:iam::111111111111:user/a"}],
        "sessions": [{"accessKeyId": "ASIA", "secretAccessKey": "FAKEsecret",
                      "sessionToken": "FAKEtoken", "lifetimeSeconds": 60,
                      "arn": "arn:aws:sts::111111111111:assumed-role/r/s"}],
        "roles": [{"arn": "arn:aws:iam::111111111111:role/r", "denied": false,
                   "principals": ["*"], "externalId": "id", "mfaSerial": "GAHT12345678",
                   "mfaCode": "123456", "maxDurationSeconds": 3600}],
        "webIdentityTokens": [{"token": "t", "subject": "s"}],
        "faults": [{"operation": "GetRoleCredentials", "times": 1,
                    "fault": {"kind": "error", "status": 429, "code": "TooManyRequestsException",
                              "message": "", "retryAfter": "1"}}],
        "hold": ["Logout"],
        "release": ["Logout"],
        "latencyMs": {"*": 1},
        "quota": {"burst": 20, "perSecond": 20},
        "lifetimeSeconds": {"GetRoleCredentials": 900},
        "credentialLifetimeSeconds": 1200,
        "tokenLifetimeSeconds": 60,
        "deviceLifetimeSeconds": 60,
        "deviceIntervalSeconds": null,
        "sessionTokenLength": 100,
        "pageSize": 2,
        "clockSkewSeconds": -3,
        "dateSkewSeconds": 3,
        "startUrl": null,
        "containerToken": "FAKEtoken",
        "userName": "someone",
        "refreshMode": "keep",
        "consent": "deny",
    });
    // Logins belong to the person who signs in at that time.
    assert_eq!(set(&fake.url(), &json!({"userName": "someone"})), (200, json!({})));
    assert_eq!(set(&fake.url(), &document), (200, json!({})));
    assert_eq!(portal(&fake, PATH).status, 429);
    let keys = portal(&fake, PATH).json()["roleCredentials"].clone();
    assert_eq!(keys["sessionToken"].as_str().map(str::len), Some(100));
    let reply = send(&fake.url(), "GET", "/_fake/log?operation=GetRoleCredentials", &[], "");
    let log = reply.json();
    assert_eq!(log["count"], 2);
    assert_eq!(log["entries"][0]["status"], 429);
    assert_eq!(log["entries"][1]["params"]["role_name"], "Special");
    assert!(log["entries"][1]["principal"].as_str().is_some_and(|arn| arn.ends_with("/someone")));
    assert_eq!(send(&fake.url(), "POST", "/_fake/reset", &[], "").status, 200);
    assert_eq!(portal(&fake, PATH).status, 401);
    assert_eq!(fake.count("*"), 1);
}

#[test]
fn the_document_in_the_readme_is_taken() {
    let readme = include_str!("../../README.md");
    let block = readme.split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
    let fake = FakeAws::start(Options::default());
    assert_eq!(fake.set_json(block.expect("a document")), Ok(()));
}

#[test]
fn mistakes_are_named() {
    let fake = FakeAws::start(Options::default());
    let cases = [
        (json!({"tokns": []}), "tokns: there is no such setting"),
        (json!({"tokens": {}}), "tokens: must be a list of objects"),
        (json!({"tokens": [{}]}), "tokens: `accessToken` is missing"),
        (json!({"users": [{"accessKeyId": 1}]}), "users: `accessKeyId` must be a string"),
        (json!({"pageSize": -1}), "pageSize: must be a whole number, not negative"),
        (json!({"consent": "maybe"}), "consent: must be ask, approve or deny"),
        (json!({"faults": [{"operation": "A"}]}), "faults: `fault` is missing"),
        (
            json!({"faults": [{"operation": "A", "fault": {"kind": "x"}}]}),
            "faults: no fault is called `x`",
        ),
        (json!({"roles": [{"arn": "a", "x": 1}]}), "roles: a role has no `x`"),
        (json!([]), "the body must be a JSON object"),
    ];
    for (document, error) in cases {
        assert_eq!(set(&fake.url(), &document), (400, json!({"error": error})));
    }
    assert_eq!(send(&fake.url(), "GET", "/_fake/set", &[], "").status, 404);
    assert_eq!(send(&fake.url(), "GET", "/_fake/ca.pem", &[], "").status, 400);
}

#[test]
fn device_logins_are_approved_over_http() {
    let fake = FakeAws::start(Options::default());
    fake.add_client("c", "FAKEsecret", crate::client::HOUR);
    let body = json!({"clientId": "c", "clientSecret": "FAKEsecret", "startUrl": "https://x"});
    let device = crate::client::oidc(&fake, "/device_authorization", &body).json();
    let waiting = send(&fake.url(), "GET", "/_fake/devices", &[], "").json();
    assert_eq!(waiting, json!({"userCodes": [device["userCode"]]}));
    let other = json!({"userCode": "none"}).to_string();
    let approve = |body: &str| send(&fake.url(), "POST", "/_fake/approve", &[], body).json();
    assert_eq!(approve(&other), json!({"decided": 0}));
    assert_eq!(approve(""), json!({"decided": 1}));
    let denied = send(&fake.url(), "POST", "/_fake/deny", &[], "").json();
    assert_eq!(denied, json!({"decided": 0}));
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_fake-aws"))
}

#[test]
fn the_program_serves_until_its_input_ends() {
    let mut child = program()
        .args(["--prefix", "gate", "--token", TOKEN, "--approve"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut url = String::new();
    BufReader::new(child.stdout.take().expect("output")).read_line(&mut url).expect("a line");
    let url = url.trim_end();
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/gate"), "{url}");
    let headers = [("x-amz-sso_bearer_token", TOKEN)];
    assert_eq!(send(url, "GET", "/assignment/accounts", &headers, "").status, 200);
    drop(child.stdin.take());
    assert!(child.wait().expect("an end").success());
}

#[test]
fn the_program_says_what_is_wrong() {
    let output = program().arg("--help").output().expect("the program");
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("--port N"));
    for (args, error) in [
        (&["--nonsense"][..], "unknown option --nonsense; see --help"),
        (&["--port"], "--port needs a value"),
        (&["--port", "x"], "--port needs a number"),
    ] {
        let output = program().args(args).output().expect("the program");
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(String::from_utf8_lossy(&output.stderr), format!("fake-aws: {error}\n"));
    }
}
