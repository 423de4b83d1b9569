//! GetRoleCredentials and Logout.

use crate::client::{HOUR, TOKEN, portal, send};
use fake_aws::{FakeAws, MARKERS, Options, fingerprint};
use std::time::Duration;

const PATH: &str = "/federation/credentials?role_name=Admin&account_id=123456789012";

fn fake() -> FakeAws {
    let fake = FakeAws::start(Options::default());
    fake.add_token(TOKEN, HOUR);
    fake
}

#[test]
fn a_role_gives_fresh_keys_every_time() {
    let fake = fake();
    let first = portal(&fake, PATH);
    let second = portal(&fake, PATH);
    assert_eq!((first.status, second.status), (200, 200));
    let first = first.json()["roleCredentials"].clone();
    let second = second.json()["roleCredentials"].clone();
    assert!(first["accessKeyId"].as_str().is_some_and(|id| id.starts_with("ASIA")));
    for name in ["accessKeyId", "secretAccessKey", "sessionToken"] {
        assert_ne!(first[name], second[name], "{name}");
    }
    let entry = &fake.log()[0];
    let ms = first["expiration"].as_i64().expect("a number");
    assert_eq!(ms % 1000, 0);
    assert!((3_590_000..=3_600_000).contains(&(ms - entry.time_ms)), "{ms}");
    for (name, marker) in [("secretAccessKey", MARKERS[0]), ("sessionToken", MARKERS[1])] {
        assert!(first[name].as_str().is_some_and(|text| text.contains(marker)), "{name}");
    }
}

#[test]
fn errors_have_the_shape_of_the_portal() {
    let fake = fake();
    fake.forget_account("999999999999");
    let cases = [
        ("/federation/credentials?role_name=Nope&account_id=123456789012", 403, "Forbidden"),
        ("/federation/credentials?role_name=Admin&account_id=111111111111", 403, "Forbidden"),
        ("/federation/credentials?role_name=A&account_id=999999999999", 404, "ResourceNotFound"),
        ("/federation/credentials?role_name=Admin", 400, "InvalidRequest"),
        ("/federation/credentials?role_name=&account_id=123456789012", 400, "InvalidRequest"),
        ("/federation/credentials?role_name=A&account_id=12345", 400, "InvalidRequest"),
        (&format!("{PATH}&account_id=123456789012"), 400, "InvalidRequest"),
        (&format!("{PATH}&other=1"), 400, "InvalidRequest"),
    ];
    for (path, status, code) in cases {
        let reply = portal(&fake, path);
        assert_eq!(reply.status, status, "{path}");
        let name = format!("com.amazonaws.switchboard.portal#{code}Exception");
        assert_eq!(reply.json()["__type"], name.as_str());
        assert_eq!(
            reply.header("x-amzn-errortype"),
            format!(
                "{code}Exception:http://internal.amazon.com/coral/com.amazonaws.switchboard.portal/"
            )
        );
        assert_eq!(reply.header("x-amzn-requestid").len(), 36);
        assert!(reply.header("date").ends_with(" GMT"));
    }
    let last = fake.log().pop().expect("an entry");
    assert_eq!(last.error.as_deref(), Some("InvalidRequestException"));
    assert_eq!(last.status, Some(400));
}

#[test]
fn the_token_decides() {
    let fake = fake();
    fake.add_token("FAKEtoken-old", Duration::ZERO);
    let url = fake.url();
    let mut replies = vec![send(&url, "GET", PATH, &[], "")];
    for token in ["", "other", "FAKEtoken-old"] {
        replies.push(send(&url, "GET", PATH, &[("x-amz-sso_bearer_token", token)], ""));
    }
    let twice = [("x-amz-sso_bearer_token", TOKEN), ("x-amz-sso_bearer_token", TOKEN)];
    replies.push(send(&url, "GET", PATH, &twice, ""));
    // The header has an underscore, and there is no other form.
    replies.push(send(&url, "GET", PATH, &[("x-amz-sso-bearer-token", TOKEN)], ""));
    for reply in replies {
        assert_eq!(reply.status, 401);
        assert_eq!(reply.json()["message"], "Session token not found or invalid");
    }
    fake.revoke_token(TOKEN);
    assert_eq!(portal(&fake, PATH).status, 401);
}

#[test]
fn only_a_plain_get_is_taken() {
    let fake = fake();
    let bearer = [("x-amz-sso_bearer_token", TOKEN)];
    for (method, body) in [("POST", ""), ("PUT", ""), ("GET", "{}")] {
        let reply = send(&fake.url(), method, PATH, &bearer, body);
        assert_eq!(reply.status, 405, "{method} {body}");
        assert!(reply.body.contains("MethodNotAllowedException"));
    }
}

#[test]
fn a_token_with_a_list_of_its_own_may_use_nothing_else() {
    let fake = fake();
    fake.grant_to(TOKEN, "555555555555", "Special");
    assert_eq!(portal(&fake, PATH).status, 403);
    let own = "/federation/credentials?role_name=Special&account_id=555555555555";
    assert_eq!(portal(&fake, own).status, 200);
}

#[test]
fn lifetimes_and_sizes_can_be_set() {
    let fake = fake();
    fake.credential_lifetime(Duration::from_secs(900));
    fake.session_token_length(4096);
    let keys = portal(&fake, PATH).json()["roleCredentials"].clone();
    assert_eq!(keys["sessionToken"].as_str().map(str::len), Some(4096));
    let left = keys["expiration"].as_i64().expect("a number") - fake.log()[0].time_ms;
    assert!((890_000..=900_000).contains(&left), "{left}");
}

#[test]
fn logout_ends_the_session() {
    let fake = fake();
    let bearer = [("x-amz-sso_bearer_token", TOKEN)];
    let reply = send(&fake.url(), "POST", "/logout", &bearer, "");
    assert_eq!((reply.status, reply.body.as_str()), (200, ""));
    assert_eq!(portal(&fake, PATH).status, 401);
    assert_eq!(send(&fake.url(), "POST", "/logout", &bearer, "").status, 401);
}

#[test]
fn the_log_names_no_secret() {
    let fake = fake();
    portal(&fake, PATH);
    let entry = fake.log().pop().expect("an entry");
    assert_eq!(entry.operation, "GetRoleCredentials");
    assert_eq!(entry.path, PATH);
    assert_eq!(entry.param("role_name"), "Admin");
    assert_eq!(entry.headers["x-amz-sso_bearer_token"], fingerprint(TOKEN));
    assert!(entry.host().starts_with("127.0.0.1:"));
    let principal = entry.principal.clone().expect("a principal");
    assert!(principal.starts_with("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_"));
    let text = format!("{entry:?} {}", entry.to_json());
    assert!(MARKERS.iter().all(|marker| !text.contains(marker)), "{text}");
}

#[test]
fn credentials_for_the_wrong_service_are_noted() {
    let fake = fake();
    let headers = [("x-amz-sso_bearer_token", TOKEN), ("authorization", "FAKEtoken")];
    assert_eq!(send(&fake.url(), "GET", PATH, &headers, "").status, 200);
    assert_eq!(send(&fake.url(), "POST", "/token", &headers[..1], "").status, 400);
    assert_eq!(portal(&fake, PATH).status, 200);
    let log = fake.log();
    let counts: Vec<_> = log.iter().map(|entry| entry.notes.len()).collect();
    assert_eq!(counts, [1, 1, 0]);
}

#[test]
fn a_prefix_comes_before_every_service() {
    let fake = FakeAws::start(Options { prefix: "/gate/way/".into(), ..Options::default() });
    assert!(fake.url().ends_with("/gate/way"));
    fake.add_token(TOKEN, HOUR);
    assert_eq!(portal(&fake, PATH).status, 200);
    let bare = fake.url().replace("/gate/way", "");
    assert_eq!(send(&bare, "GET", PATH, &[], "").status, 404);
    assert_eq!(send(&bare, "GET", "/gate/wayward", &[], "").status, 404);
    // Clients drop the endpoint's path when they open the authorization page.
    assert_eq!(send(&bare, "GET", "/authorize", &[], "").status, 400);
}
