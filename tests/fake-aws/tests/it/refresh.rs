//! Refresh tokens: used up, kept or left out.

use crate::client::{HOUR, Reply, oidc, send};
use fake_aws::{FakeAws, Fault, Options, RefreshTokens};
use serde_json::{Value, json};

const FIRST: &str = "aorFAKEtoken-first";

fn fake(mode: RefreshTokens) -> FakeAws {
    let fake = FakeAws::start(Options { refresh_tokens: mode, ..Options::default() });
    fake.add_client("client", "FAKEsecret-client", HOUR);
    fake.add_refresh_token(FIRST, "client");
    fake
}

fn refresh(fake: &FakeAws, token: &str) -> Reply {
    let body = json!({
        "clientId": "client",
        "clientSecret": "FAKEsecret-client",
        "grantType": "refresh_token",
        "refreshToken": token,
    });
    oidc(fake, "/token", &body)
}

fn lists(fake: &FakeAws, tokens: &Value) -> u16 {
    let access = tokens["accessToken"].as_str().expect("a token");
    let headers = [("x-amz-sso_bearer_token", access)];
    send(&fake.url(), "GET", "/assignment/accounts", &headers, "").status
}

#[test]
fn rotation_uses_the_old_one_up() {
    let fake = fake(RefreshTokens::Rotate);
    let first = refresh(&fake, FIRST).json();
    let next = first["refreshToken"].as_str().expect("a token");
    assert_ne!(next, FIRST);
    let reply = refresh(&fake, FIRST);
    assert_eq!((reply.status, &reply.json()["error"]), (400, &json!("invalid_grant")));
    let second = refresh(&fake, next).json();
    // The access tokens still work, including the older one.
    assert_eq!((lists(&fake, &first), lists(&fake, &second)), (200, 200));
    assert_eq!(refresh(&fake, "aorFAKEtoken-unknown").json()["error"], "invalid_grant");
}

#[test]
fn the_other_modes_leave_it_good() {
    for (mode, member) in [
        (RefreshTokens::Keep, Some(json!(FIRST))),
        (RefreshTokens::Omit, None),
        (RefreshTokens::Null, Some(Value::Null)),
    ] {
        let fake = fake(mode);
        for _ in 0..2 {
            let reply = refresh(&fake, FIRST);
            assert_eq!(reply.status, 200, "{mode:?}");
            assert_eq!(reply.json().get("refreshToken").cloned(), member, "{mode:?}");
        }
    }
}

#[test]
fn a_lost_answer_has_used_it_up() {
    let fake = fake(RefreshTokens::Rotate);
    fake.fail("CreateToken", Fault::Drop, 1);
    let nothing = crate::client::raw(&fake.url(), "POST", "/token", &[], "");
    assert!(nothing.is_empty());
    assert_eq!(fake.log()[0].status, None);
    fake.fail("CreateToken", Fault::LoseAnswer, 1);
    let body = json!({
        "clientId": "client", "clientSecret": "FAKEsecret-client",
        "grantType": "refresh_token", "refreshToken": FIRST,
    });
    let headers = [("content-type", "application/json")];
    let nothing = crate::client::raw(&fake.url(), "POST", "/token", &headers, &body.to_string());
    assert!(nothing.is_empty());
    assert_eq!(refresh(&fake, FIRST).json()["error"], "invalid_grant");
}

#[test]
fn logging_out_ends_the_refresh_tokens_too() {
    let fake = fake(RefreshTokens::Keep);
    let tokens = refresh(&fake, FIRST).json();
    let access = tokens["accessToken"].as_str().expect("a token");
    let headers = [("x-amz-sso_bearer_token", access)];
    assert_eq!(send(&fake.url(), "POST", "/logout", &headers, "").status, 200);
    assert_eq!(refresh(&fake, FIRST).json()["error"], "invalid_grant");
    assert_eq!(lists(&fake, &tokens), 401);
}

#[test]
fn access_tokens_end() {
    let fake = fake(RefreshTokens::Rotate);
    fake.token_lifetime(std::time::Duration::from_secs(30));
    let tokens = refresh(&fake, FIRST).json();
    assert_eq!(tokens["expiresIn"], 30);
    assert_eq!(lists(&fake, &tokens), 200);
    fake.clock_skew(31);
    assert_eq!(lists(&fake, &tokens), 401);
}
