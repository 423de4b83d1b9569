//! Messages if there is no new token, and what happens to the old one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use chrono::TimeDelta;
use fake_aws::{Fault, MARKERS, fingerprint};

use super::{EXPORT, LOGIN, OPERATION, contents, end, expired, home, minutes, refreshes, used};
use crate::support::{CLIENT_ID, CLIENT_SECRET, DEV, Home, SSO_REGION, Token, token_file};

const BECAUSE: &str = "hint: requests go to AWS because of AWS_ENDPOINT_URL\n";

/// Failures of CreateToken, and the message for each, without the request id.
fn failures() -> Vec<(Fault, i32, String, String)> {
    let refused = |status, code: &str| Fault::error(status, code, "no");
    let of_service = |words: &str| format!("CreateToken for sso-session `corp` failed: {words}");
    let login = |words: &str| (3, words.to_owned(), LOGIN.to_owned());
    let unknown = "its client registration has expired, or AWS does not know it: ";
    let network = |words: &str, hint: &str| {
        (
            6,
            of_service(words),
            if hint.is_empty() { String::new() } else { format!("hint: {hint}\n") } + BECAUSE,
        )
    };
    let captive = "a captive portal or a proxy may be answering in place of AWS";
    let list = vec![
        (
            refused(400, "InvalidGrantException"),
            login("its session has ended: InvalidGrantException: no"),
        ),
        (
            refused(400, "ExpiredTokenException"),
            login("its session has ended: ExpiredTokenException: no"),
        ),
        (
            refused(401, "InvalidClientException"),
            login(&format!("{unknown}InvalidClientException: no")),
        ),
        (
            refused(400, "UnauthorizedClientException"),
            login(&format!("{unknown}UnauthorizedClientException: no")),
        ),
        (
            refused(400, "InvalidRequestException"),
            login("AWS does not accept the request: InvalidRequestException: no"),
        ),
        (
            refused(400, "UnsupportedGrantTypeException"),
            login("AWS does not accept the request: UnsupportedGrantTypeException: no"),
        ),
        (
            refused(400, "AccessDeniedException"),
            (
                5,
                "AWS denies it: AccessDeniedException: no".to_owned(),
                "hint: ask your Identity Center administrator; if the fault was temporary, run \
                 `ssowrap login --sso-session corp`\n"
                    .to_owned(),
            ),
        ),
        // Without the header that names the exception.
        (
            raw(400, r#"{"error":"invalid_grant","error_description":null}"#),
            login("its session has ended: invalid_grant"),
        ),
        (
            raw(401, r#"{"error":"invalid_client","error_description":"who?"}"#),
            login(&format!("{unknown}invalid_client: who?")),
        ),
        (
            Fault::throttled(),
            network(
                "AWS is throttling requests (2 attempts): TooManyRequestsException: HTTP 429 Too \
                 Many Requests",
                "try again in a moment",
            ),
        ),
        (
            Fault::internal(),
            network(
                "AWS reports a server error (2 attempts): InternalServerException: Internal Server \
                 Error",
                "try again in a moment",
            ),
        ),
        (
            Fault::Drop,
            network(
                "AWS closed the connection before its answer was complete",
                "try again; if that does not help, check the network, the VPN and HTTPS_PROXY",
            ),
        ),
        (Fault::Garbage, network("unexpected answer from AWS: its body is malformed", captive)),
        (Fault::Empty, network("unexpected answer from AWS: it has no access token", captive)),
        (
            Fault::HtmlPage(403),
            network("unexpected answer from AWS: HTTP 403 without an AWS error", captive),
        ),
        // A proxy, not the token service.
        (
            raw(401, r#"{"error":"login"}"#),
            network("unexpected answer from AWS: HTTP 401 without an AWS error", captive),
        ),
        (
            raw(200, r#"{"accessToken":"FAKEtoken-x","tokenType":"Bearer"}"#),
            network("unexpected answer from AWS: its access token has no lifetime", captive),
        ),
        (
            raw(200, r#"{"accessToken":"FAKEtoken-x","expiresIn":-5}"#),
            network("unexpected answer from AWS: its access token has no lifetime", captive),
        ),
        (
            raw(200, "{\"accessToken\":\"FAKEtoken\\r\\nX: y\",\"expiresIn\":3600}"),
            network("unexpected answer from AWS: its access token is malformed", captive),
        ),
    ];
    list.into_iter().map(|(fault, (code, words, hints))| (fault, code, words, hints)).collect()
}

fn raw(status: u16, body: &str) -> Fault {
    Fault::Raw { status, content_type: "application/json".to_owned(), body: body.to_owned() }
}

#[test]
fn a_failure_with_an_expired_token() {
    for (fault, code, words, hints) in failures() {
        let home = expired();
        let before = contents(&home);
        home.aws().fail_always(OPERATION, fault);
        let subject = if code == 3 { "profile `dev` needs a login" } else { "profile `dev`" };
        home.run(EXPORT).refused(
            code,
            &format!(
                "error: {subject}: the token of sso-session `corp` expired at {} (2 h ago) and \
                 cannot be refreshed: {words}\n{hints}",
                end(&home).format("%H:%M")
            ),
        );
        assert_eq!(contents(&home), before);
        assert_eq!(home.aws().count("GetRoleCredentials"), 0);
    }
}

#[test]
fn a_failure_while_the_old_token_is_valid() {
    for (fault, code, words, _) in failures() {
        let home = home(TimeDelta::seconds(290));
        let before = contents(&home);
        home.aws().fail_always(OPERATION, fault);
        let then = if code == 3 { ", then a login is needed" } else { "" };
        home.run(EXPORT).refused(
            0,
            &format!(
                "warning: the token of sso-session `corp` cannot be refreshed: {words}; it is \
                 used until {} (4 min left){then}\n",
                end(&home).format("%H:%M")
            ),
        );
        assert_eq!(used(&home), fingerprint(&Token::new().access_token));
        assert_eq!(contents(&home), before);
    }
}

/// Otherwise twenty processes in a minute would all wait for the same dead network.
#[test]
fn a_failure_is_not_repeated_for_a_while() {
    let home = home(minutes(5));
    home.aws().fail_always(OPERATION, Fault::error(400, "InvalidGrantException", ""));
    assert!(home.run(EXPORT).output().stderr.starts_with("warning: "));
    let file = home.path(".local/state/ssowrap/refresh");
    for entry in fs::read_dir(&file).expect("a directory") {
        let entry = entry.expect("a file");
        let text = fs::read_to_string(entry.path()).expect("text");
        assert!(MARKERS.iter().all(|marker| !text.contains(marker)), "{text}");
        assert_eq!(entry.metadata().expect("a file").permissions().mode() & 0o7777, 0o600);
    }
    assert_eq!(refreshes(&home), 0);
    // Any write to the file makes it new.
    home.aws().clear_faults();
    home.write(&token_file("corp"), contents(&home));
    assert_eq!(refreshes(&home), 1);
}

/// A refusal is remembered: a login that can't be refreshed is not called refreshable.
#[test]
fn a_refusal_is_remembered() {
    for (left, state, code) in [(minutes(5), "valid until ", 0), (minutes(-150), "expired ", 3)] {
        let home = home(left);
        let refreshable = home.run(["status"]).report();
        assert_eq!(refreshable.status.code(), Some(0));
        home.aws().fail_always(OPERATION, Fault::error(400, "InvalidGrantException", "no"));
        home.run(EXPORT).output();
        let asked = home.aws().count("*");
        let refusal = ": AWS refused to refresh it: its session has ended: InvalidGrantException";
        for verb in [&["status"][..], &["-p", "dev", "explain"]] {
            let output = home.run(verb).report();
            assert!(output.stdout().contains(state), "{}", output.stdout());
            assert!(output.stdout().contains(refusal), "{}", output.stdout());
            assert!(!output.stdout().contains("can be refreshed"), "{}", output.stdout());
        }
        assert_eq!(home.run(["status", "--short"]).report().status.code(), Some(code));
        assert_eq!(home.aws().count("*"), asked);
        // Another file is another login.
        home.write(&token_file("corp"), contents(&home));
        assert!(!home.run(["status"]).report().stdout().contains("refused"));
    }
}

/// An expired token leaves no choice.
#[test]
fn a_failure_is_repeated_for_an_expired_token() {
    let home = expired();
    home.aws().fail(OPERATION, Fault::error(400, "InvalidGrantException", ""), 1);
    assert_eq!(home.run(EXPORT).output().status.code(), Some(3));
    assert_eq!(refreshes(&home), 1);
}

#[test]
fn without_a_state_directory() {
    let home = expired().file("state", "in the way");
    let run = || home.run(EXPORT).env("XDG_STATE_HOME", home.path("state"));
    run().succeeds();
    assert_eq!(home.aws().count(OPERATION), 1);
    home.write(&token_file("corp"), Token::new().expires_in(minutes(5)).to_json());
    home.aws().fail_always(OPERATION, Fault::error(400, "InvalidGrantException", ""));
    for _ in 0..2 {
        assert!(run().output().stderr.starts_with("warning: the token of"));
    }
}

#[test]
fn a_wrong_clock_is_reported() {
    let hint = "\nhint: set the clock: 127.0.0.1:";
    let home = expired();
    home.aws().fail_always(OPERATION, Fault::error(400, "InvalidGrantException", ""));
    for (skew, told) in [(3600, true), (-330, true), (0, false), (240, false)] {
        home.aws().date_skew(skew);
        let output = home.run(EXPORT).output();
        assert_eq!(output.stderr.contains(hint), told, "{skew}: {}", output.stderr);
    }
    // The same if the portal refuses a token that looks valid here and can't be refreshed.
    let home = Home::with_aws().config(DEV).token("corp", &Token::new().without_refresh());
    home.aws().revoke_token(&Token::new().access_token);
    for (skew, told) in [(3600, true), (0, false)] {
        home.aws().date_skew(skew);
        let output = home.run(EXPORT).output();
        assert_eq!(output.status.code(), Some(3));
        assert_eq!(output.stderr.contains(hint), told, "{skew}: {}", output.stderr);
    }
}

#[test]
fn another_region_than_the_one_that_issued_it() {
    let token = Token { region: "us-east-1".to_owned(), ..Token::new() };
    let home = Home::with_aws().config(DEV).token("corp", &token.expires_in(minutes(-5)));
    home.aws().add_client(CLIENT_ID, CLIENT_SECRET, Duration::from_secs(3600));
    let output = home.run(EXPORT).output();
    assert!(
        output.stderr.ends_with(&format!(
            "{LOGIN}hint: or correct `sso_region`: it says `{SSO_REGION}`, but the token was \
             issued in `us-east-1`\n"
        )),
        "{}",
        output.stderr
    );
}
