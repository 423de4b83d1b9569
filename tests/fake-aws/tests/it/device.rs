//! Registration and the device login.

use crate::client::{oidc, send};
use fake_aws::{Consent, FakeAws, Options};
use serde_json::{Value, json};
use std::time::Duration;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn register(fake: &FakeAws) -> Value {
    let body =
        json!({"clientName": "test", "clientType": "public", "scopes": ["sso:account:access"]});
    let reply = oidc(fake, "/client/register", &body);
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

fn start(fake: &FakeAws, client: &Value) -> Value {
    let body = json!({
        "clientId": client["clientId"],
        "clientSecret": client["clientSecret"],
        "startUrl": "https://d-1234567890.awsapps.com/start",
    });
    let reply = oidc(fake, "/device_authorization", &body);
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

fn poll(fake: &FakeAws, client: &Value, device: &Value) -> (u16, Value) {
    let body = json!({
        "clientId": client["clientId"],
        "clientSecret": client["clientSecret"],
        "grantType": GRANT,
        "deviceCode": device["deviceCode"],
    });
    let reply = oidc(fake, "/token", &body);
    (reply.status, reply.json())
}

fn refused(answer: (u16, Value), code: &str) {
    assert_eq!((answer.0, &answer.1["error"]), (400, &json!(code)), "{answer:?}");
}

#[test]
fn a_login_from_registration_to_credentials() {
    let fake = FakeAws::start(Options { device_interval: Some(0), ..Options::default() });
    let client = register(&fake);
    let issued = client["clientIdIssuedAt"].as_i64().expect("seconds");
    let expires = client["clientSecretExpiresAt"].as_i64().expect("seconds");
    assert_eq!(expires - issued, 90 * 24 * 3600);
    let device = start(&fake, &client);
    assert_eq!((&device["expiresIn"], &device["interval"]), (&json!(600), &json!(0)));
    let user_code = device["userCode"].as_str().expect("a code");
    assert_eq!(user_code.len(), 9);
    assert_eq!(fake.pending_devices(), [user_code]);
    refused(poll(&fake, &client, &device), "authorization_pending");
    // Through the page, as a user would.
    let complete = device["verificationUriComplete"].as_str().expect("a URL");
    let path = complete.strip_prefix(&fake.url()).expect("a page of the fake");
    let page = send(&fake.url(), "GET", path, &[], "");
    assert_eq!(page.status, 200);
    let link = page.body.split("id=\"approve\" href=\"").nth(1).expect("a link");
    let link = link.split('"').next().expect("an end").replace("&amp;", "&");
    let path = link.strip_prefix(&fake.url()).expect("a page of the fake");
    assert_eq!(send(&fake.url(), "GET", path, &[], "").status, 200);
    let (status, tokens) = poll(&fake, &client, &device);
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(tokens["tokenType"], "Bearer");
    assert_eq!(tokens["expiresIn"], 3600);
    assert_eq!(tokens["idToken"], Value::Null);
    assert!(tokens["refreshToken"].is_string());
    let access = tokens["accessToken"].as_str().expect("a token");
    let headers = [("x-amz-sso_bearer_token", access)];
    assert_eq!(send(&fake.url(), "GET", "/assignment/accounts", &headers, "").status, 200);
    refused(poll(&fake, &client, &device), "invalid_grant");
    assert_eq!(send(&fake.url(), "GET", path, &[], "").status, 400);
}

#[test]
fn polling_faster_than_the_interval_is_slowed_down() {
    let fake = FakeAws::start(Options { device_interval: Some(60), ..Options::default() });
    let client = register(&fake);
    let device = start(&fake, &client);
    refused(poll(&fake, &client, &device), "authorization_pending");
    refused(poll(&fake, &client, &device), "authorization_pending");
    refused(poll(&fake, &client, &device), "slow_down");
    // The interval is 65 seconds now, and 70 after another early poll.
    fake.clock_skew(61);
    refused(poll(&fake, &client, &device), "slow_down");
    fake.clock_skew(61 + 71);
    refused(poll(&fake, &client, &device), "authorization_pending");
}

#[test]
fn denied_and_expired_logins_end() {
    let fake = FakeAws::start(Options { device_interval: Some(0), ..Options::default() });
    let client = register(&fake);
    let (denied, old) = (start(&fake, &client), start(&fake, &client));
    assert_eq!(fake.deny_devices(denied["userCode"].as_str()), 1);
    refused(poll(&fake, &client, &denied), "access_denied");
    fake.clock_skew(601);
    refused(poll(&fake, &client, &old), "expired_token");
    fake.set_consent(Consent::Approve);
    let device = start(&fake, &client);
    assert_eq!(poll(&fake, &client, &device).0, 200);
}

#[test]
fn the_client_must_be_known_and_valid() {
    let fake = FakeAws::start(Options::default());
    let client = register(&fake);
    let device = start(&fake, &client);
    let mut wrong = client.clone();
    wrong["clientSecret"] = json!("other");
    let (status, error) = poll(&fake, &wrong, &device);
    assert_eq!((status, &error["error"]), (401, &json!("invalid_client")));
    // A device code belongs to the client that requested it.
    refused(poll(&fake, &register(&fake), &device), "invalid_grant");
    fake.clock_skew(91 * 24 * 3600);
    assert_eq!(poll(&fake, &client, &device).0, 401);
    fake.add_client("seeded", "FAKEsecret", Duration::from_secs(60));
    let seeded = json!({"clientId": "seeded", "clientSecret": "FAKEsecret"});
    refused(poll(&fake, &seeded, &device), "invalid_grant");
}

#[test]
fn registrations_are_validated() {
    let fake = FakeAws::start(Options::default());
    let pkce = json!({
        "clientName": "test", "clientType": "public", "scopes": ["sso:account:access"],
        "grantTypes": ["authorization_code", "refresh_token"],
        "redirectUris": ["http://127.0.0.1/oauth/callback"],
        "issuerUrl": "https://d-1234567890.awsapps.com/start",
    });
    assert_eq!(oidc(&fake, "/client/register", &pkce).status, 200);
    let cases = [
        ("clientName", Value::Null, "invalid_request"),
        ("clientType", json!("confidential"), "invalid_client_metadata"),
        ("scopes", json!(["everything"]), "invalid_scope"),
        ("scopes", json!("sso:account:access"), "invalid_request"),
        ("grantTypes", json!(["password"]), "unsupported_grant_type"),
        ("redirectUris", json!([]), "invalid_request"),
        ("redirectUris", json!(["http://localhost/cb"]), "invalid_redirect_uri"),
        ("redirectUris", json!(["http://127.0.0.1.example/cb"]), "invalid_redirect_uri"),
        ("issuerUrl", Value::Null, "invalid_request"),
        ("client_name", json!("x"), "invalid_request"),
    ];
    for (name, value, code) in cases {
        let mut body = pkce.clone();
        body[name] = value;
        let reply = oidc(&fake, "/client/register", &body);
        refused((reply.status, reply.json()), code);
    }
    let reply = send(&fake.url(), "POST", "/client/register", &[], &pkce.to_string());
    refused((reply.status, reply.json()), "invalid_request");
}

#[test]
fn errors_have_the_shape_of_sso_oidc() {
    let fake = FakeAws::start(Options::default());
    let client = register(&fake);
    fake.set_start_url(Some("https://known.awsapps.com/start"));
    let body = json!({
        "clientId": client["clientId"],
        "clientSecret": client["clientSecret"],
        "startUrl": "https://unknown.awsapps.com/start",
    });
    let reply = oidc(&fake, "/device_authorization", &body);
    assert_eq!(reply.status, 400);
    assert_eq!(reply.json(), json!({"error": "invalid_request", "error_description": null}));
    assert_eq!(
        reply.header("x-amzn-errortype"),
        "InvalidRequestException:http://internal.amazon.com/coral/com.amazonaws.sso.oidc/"
    );
    let entry = fake.log_of("StartDeviceAuthorization").pop().expect("an entry");
    assert!(entry.param("clientSecret").starts_with("sha256:"));
    assert_eq!(entry.error.as_deref(), Some("InvalidRequestException"));
}
