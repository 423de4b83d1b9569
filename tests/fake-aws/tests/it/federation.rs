//! The console's sign-in.

use crate::client::{Reply, send};
use fake_aws::{FakeAws, Options};
use std::time::Duration;

const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];

fn fake() -> FakeAws {
    let fake = FakeAws::start(Options::default());
    let role = "arn:aws:sts::123456789012:assumed-role/Admin/me";
    fake.add_session("ASIA1", "FAKEsecret-1", "FAKEtoken-1", role, Duration::from_secs(900));
    fake
}

fn ask(fake: &FakeAws, session: &str, more: &str) -> Reply {
    let session: String = session.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let body = format!("Action=getSigninToken&Session={session}{more}");
    send(&fake.url(), "POST", "/federation", FORM, &body)
}

const SESSION: &str =
    r#"{"sessionId":"ASIA1","sessionKey":"FAKEsecret-1","sessionToken":"FAKEtoken-1"}"#;

#[test]
fn a_session_signs_in_once_it_is_known() {
    let fake = fake();
    let reply = ask(&fake, SESSION, "&SessionDuration=900");
    let token = reply.json()["SigninToken"].as_str().expect("a token").to_owned();
    let link = format!("/federation?Action=login&Destination=https%3A%2F%2Fx&SigninToken={token}");
    let reply = send(&fake.url(), "GET", &link, &[], "");
    assert_eq!((reply.status, reply.header("location")), (302, "https://x"));
    fake.clock_skew(16 * 60);
    assert_eq!(send(&fake.url(), "GET", &link, &[], "").status, 400);
    let log = format!("{:?}", fake.log());
    assert!(!log.contains(&token) && !log.contains("FAKEsecret"), "{log}");
}

#[test]
fn what_is_refused() {
    let fake = fake();
    let user = "arn:aws:iam::123456789012:user/me";
    fake.add_session("ASIA2", "FAKEsecret-1", "FAKEtoken-1", user, Duration::from_secs(900));
    for (session, more) in [
        (&*SESSION.replace("-1", "-2"), ""),
        (&SESSION.replace("ASIA1", "ASIA2"), ""),
        (&SESSION.replace('}', ",\"more\":1}"), ""),
        ("", ""),
        ("[]", ""),
        (SESSION, "&SessionDuration=60"),
        (SESSION, "&SessionDuration=43201"),
        (SESSION, "&SessionDuration=900&SessionDuration=900"),
        (SESSION, "&Other=1"),
    ] {
        assert_eq!(ask(&fake, session, more).status, 400, "{session} {more}");
    }
}
