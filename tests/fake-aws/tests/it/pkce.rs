//! The browser login.

use crate::client::{Reply, oidc, send};
use fake_aws::{Consent, FakeAws, Options};
use serde_json::{Value, json};

// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CALLBACK: &str = "http://127.0.0.1:4711/oauth/callback";

fn fake() -> (FakeAws, Value) {
    let fake = FakeAws::start(Options { consent: Consent::Approve, ..Options::default() });
    let body = json!({
        "clientName": "test", "clientType": "public", "scopes": ["sso:account:access"],
        "grantTypes": ["authorization_code", "refresh_token"],
        "redirectUris": ["http://127.0.0.1/oauth/callback"],
        "issuerUrl": "https://d-1234567890.awsapps.com/start",
    });
    let client = oidc(&fake, "/client/register", &body).json();
    (fake, client)
}

fn query(client: &Value) -> String {
    format!(
        "/authorize?response_type=code&client_id={}\
         &redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2Foauth%2Fcallback&state=st%2Fate\
         &code_challenge_method=S256&scopes=sso%3Aaccount%3Aaccess&code_challenge={CHALLENGE}",
        client["clientId"].as_str().expect("an id")
    )
}

fn open(fake: &FakeAws, path: &str) -> Reply {
    send(&fake.url(), "GET", path, &[], "")
}

/// The code in the redirect.
fn code(reply: &Reply) -> String {
    assert_eq!(reply.status, 302, "{reply:?}");
    let location = reply.header("location");
    let rest = location.strip_prefix(&format!("{CALLBACK}?code=")).expect("a code");
    let (code, state) = rest.split_once("&state=").expect("a state");
    assert_eq!(state, "st%2Fate");
    code.to_owned()
}

fn exchange(fake: &FakeAws, client: &Value, code: &str, verifier: &str, back: &str) -> Reply {
    let body = json!({
        "clientId": client["clientId"],
        "clientSecret": client["clientSecret"],
        "grantType": "authorization_code",
        "code": code,
        "codeVerifier": verifier,
        "redirectUri": back,
    });
    oidc(fake, "/token", &body)
}

#[test]
fn a_code_is_good_once() {
    let (fake, client) = fake();
    let code = code(&open(&fake, &query(&client)));
    let reply = exchange(&fake, &client, &code, VERIFIER, CALLBACK);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(reply.json()["refreshToken"].is_string());
    let reply = exchange(&fake, &client, &code, VERIFIER, CALLBACK);
    assert_eq!(reply.json()["error"], "invalid_grant");
    let entry = fake.log_of("CreateToken").remove(0);
    for name in ["code", "codeVerifier", "clientSecret"] {
        assert!(entry.param(name).starts_with("sha256:"), "{name}");
    }
    assert_eq!(entry.param("redirectUri"), CALLBACK);
}

#[test]
fn the_page_asks_and_the_person_decides() {
    let (fake, client) = fake();
    fake.set_consent(Consent::Ask);
    let link = |page: &Reply, id: &str| {
        assert_eq!(page.status, 200);
        let link = page.body.split(&format!("id=\"{id}\" href=\"")).nth(1).expect("a link");
        let link = link.split('"').next().expect("an end").replace("&amp;", "&");
        link.strip_prefix(&fake.url()).expect("a page of the fake").to_owned()
    };
    let approve = link(&open(&fake, &query(&client)), "approve");
    let approved = code(&open(&fake, &approve));
    assert_eq!(exchange(&fake, &client, &approved, VERIFIER, CALLBACK).status, 200);
    assert_eq!(open(&fake, &approve).status, 400);
    let deny = link(&open(&fake, &query(&client)), "deny");
    let reply = open(&fake, &deny);
    assert_eq!(reply.status, 302);
    let location = reply.header("location");
    assert!(location.starts_with(&format!("{CALLBACK}?error=access_denied&")), "{location}");
    assert!(location.ends_with("&state=st%2Fate"), "{location}");
}

#[test]
fn the_exchange_is_bound_to_the_request() {
    let (fake, client) = fake();
    let fresh = || code(&open(&fake, &query(&client)));
    let other = VERIFIER.replace('d', "e");
    let moved = CALLBACK.replace("4711", "4712");
    let registered = "http://127.0.0.1/oauth/callback";
    for (verifier, back) in [(other.as_str(), CALLBACK), (VERIFIER, &moved), (VERIFIER, registered)]
    {
        let code = fresh();
        let reply = exchange(&fake, &client, &code, verifier, back);
        assert_eq!(reply.json()["error"], "invalid_grant", "{verifier} {back}");
        // A failed attempt uses the code up.
        assert_eq!(exchange(&fake, &client, &code, VERIFIER, CALLBACK).status, 400);
    }
    let reply = exchange(&fake, &client, &fresh(), "short", CALLBACK);
    assert_eq!(reply.json()["error"], "invalid_request");
    let late = fresh();
    fake.clock_skew(601);
    let reply = exchange(&fake, &client, &late, VERIFIER, CALLBACK);
    assert_eq!(reply.json()["error"], "expired_token");
}

#[test]
fn the_query_is_validated() {
    let (fake, client) = fake();
    let good = query(&client);
    let cases = [
        ("response_type=code", "response_type=token", "invalid_request"),
        ("code_challenge_method=S256", "code_challenge_method=plain", "invalid_request"),
        (CHALLENGE, "short", "invalid_request"),
        ("&state=st%2Fate", "", "invalid_request"),
        ("scopes=", "scope=", "invalid_request"),
        ("sso%3Aaccount%3Aaccess", "sso%3Aother", "invalid_scope"),
        ("127.0.0.1%3A4711", "localhost%3A4711", "invalid_redirect_uri"),
        ("127.0.0.1%3A4711", "127.0.0.1", "invalid_redirect_uri"),
    ];
    for (part, other, code) in cases {
        let reply = open(&fake, &good.replace(part, other));
        assert_eq!((reply.status, &reply.json()["error"]), (400, &json!(code)), "{other}");
    }
    let reply = open(&fake, &good.replace("client_id=", "client_id=x"));
    assert_eq!(reply.status, 401);
}

#[test]
fn registrations_are_for_one_kind_of_login() {
    let (fake, browser) = fake();
    let body =
        json!({"clientName": "test", "clientType": "public", "scopes": ["sso:account:access"]});
    let device = oidc(&fake, "/client/register", &body).json();
    let reply = open(&fake, &query(&device));
    assert_eq!(reply.json()["error"], "unauthorized_client");
    let reply = exchange(&fake, &device, "FAKEcode", VERIFIER, CALLBACK);
    assert_eq!(reply.json()["error"], "unauthorized_client");
    let body = json!({
        "clientId": browser["clientId"],
        "clientSecret": browser["clientSecret"],
        "startUrl": "https://d-1234567890.awsapps.com/start",
    });
    let reply = oidc(&fake, "/device_authorization", &body);
    assert_eq!(reply.json()["error"], "unauthorized_client");
}
