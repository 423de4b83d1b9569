//! The login with a code: what is shown, what is requested, and each way it can end.

use std::time::Duration;

use fake_aws::{Consent, Fault, Options};
use serde_json::json;

use super::person::SigningIn;
use super::{REGISTRATION, files, home, home_with, json, sign_in, signed_in, text};
use crate::support::{Home, START_URL, TIMEOUT, token_file};
use crate::terminal::Terminal;

const AGAIN: &str = "hint: to try again, run `ssowrap login --sso-session corp`\n";
const CODE: [&str; 4] = ["-p", "dev", "login", "--use-device-code"];

/// A home whose pages wait for a decision, and where no browser can be started.
fn waiting() -> Home {
    let home = home();
    home.aws().set_consent(Consent::Ask);
    home
}

/// A login that has shown its code.
fn shown(home: &Home) -> (SigningIn, String) {
    let mut login = SigningIn::start(home.run(CODE).without("BROWSER"));
    let url = login.url();
    login.line("check that it shows the code ");
    (login, url)
}

/// All messages up to the end of a login.
fn talk(home: &Home, url: &str, end: &str) -> String {
    let (_, code) = url.split_once("user_code=").expect("a code");
    assert!(url.starts_with(&format!("{}/device?", home.aws().url())), "{url}");
    format!(
        "signing in to sso-session `corp` with a code\nopen this URL in any browser, on any \
         device:\n{url}\ncheck that it shows the code {code}\n{end}"
    )
}

#[test]
fn approved() {
    let home = waiting();
    let (login, url) = shown(&home);
    assert!(home.aws().wait_for("CreateToken", 2, TIMEOUT));
    assert_eq!(home.aws().approve_devices(None), 1);
    let (code, said) = login.ends();
    let end = signed_in(&home, "corp", "sso-session `corp`");
    assert_eq!((code, said), (Some(0), talk(&home, &url, &end)));
    let log = home.aws().log_of("RegisterClient");
    let asked: Vec<_> = log[0].params.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let scopes = "[\"sso:account:access\"]";
    let expected =
        [("clientName", "ssowrap-client-corp"), ("clientType", "public"), ("scopes", scopes)];
    assert_eq!(asked, expected);
    let asked = &home.aws().log_of("StartDeviceAuthorization")[0];
    assert_eq!(asked.params["startUrl"], START_URL);
    // In the AWS CLI's form for this kind of login.
    let client = json(&home, REGISTRATION);
    assert_eq!(
        text(&home, REGISTRATION),
        format!(
            "{{\"clientId\": {}, \"clientSecret\": {}, \"expiresAt\": {}, \"scopes\": \
             [\"sso:account:access\"]}}",
            client["clientId"], client["clientSecret"], client["expiresAt"]
        )
    );
    let token = json(&home, "corp");
    assert_eq!(token["clientSecret"], client["clientSecret"]);
    assert!(token["refreshToken"].is_string());
    home.run(["-p", "dev", "export"]).succeeds();
}

/// The registrations of the two kinds share a file, and are not mixed up.
#[test]
fn registrations_are_kept_apart() {
    let home = home();
    let grants = || json(&home, REGISTRATION)["grantTypes"].clone();
    let with_code = |registrations: usize| {
        let output = home.run(CODE).env("BROWSER", "true");
        assert_eq!(SigningIn::start(output).ends().0, Some(0));
        assert_eq!(home.aws().count("RegisterClient"), registrations);
        std::fs::remove_file(home.path(&token_file("corp"))).expect("a token");
    };
    with_code(1);
    assert!(grants().is_null());
    with_code(1);
    sign_in(home.run(["-p", "dev", "login", "--force"]));
    assert_eq!(home.aws().count("RegisterClient"), 2);
    assert_eq!(grants(), json!(["authorization_code", "refresh_token"]));
    std::fs::remove_file(home.path(&token_file("corp"))).expect("a token");
    with_code(3);
    assert!(grants().is_null());
}

/// AWS may have forgotten the client although the registration has not expired.
#[test]
fn a_forgotten_client_is_registered_again() {
    let home = home();
    let client = "{\"clientId\": \"gone\", \"clientSecret\": \"FAKEsecret.gone\", \"expiresAt\": \
                  \"2099-01-01T00:00:00Z\", \"grantTypes\": [\"authorization_code\"]}";
    // With a browser, this shows when the token is requested, here through a fault.
    let home = home.raw_token(REGISTRATION, client);
    home.aws().add_client("gone", "FAKEsecret.gone", Duration::from_secs(3600));
    home.aws().fail("CreateToken", Fault::error(401, "InvalidClientException", "no"), 1);
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    super::open(&login.url());
    super::open(&login.url());
    assert_eq!(login.ends().0, Some(0));
    assert_eq!(home.aws().count("RegisterClient"), 1);
    // With a code, it shows at once.
    let client = client.replace(", \"grantTypes\": [\"authorization_code\"]", "");
    let client = client.replace("gone", "unknown");
    let home = home.raw_token(REGISTRATION, client);
    let run = home.run(["-p", "dev", "login", "--use-device-code", "--force"]);
    assert_eq!(SigningIn::start(run).ends().0, Some(0));
    assert_eq!(home.aws().count("RegisterClient"), 2);
    // Twice in a row is final.
    home.aws().fail(
        "StartDeviceAuthorization",
        Fault::error(401, "InvalidClientException", "no"),
        2,
    );
    home.run(["-p", "dev", "login", "--use-device-code", "--force"]).refused(
        5,
        "signing in to sso-session `corp` with a code\nerror: AWS does not accept ssowrap as a \
         client for sso-session `corp`: InvalidClientException: no\nhint: ask your Identity Center \
         administrator\n",
    );
}

#[test]
fn denied() {
    let home = waiting();
    let (login, url) = shown(&home);
    assert_eq!(home.aws().deny_devices(None), 1);
    let (code, said) = login.ends();
    let said = without_request_id(&said);
    let end = format!(
        "error: the login of sso-session `corp` was denied: AccessDeniedException: Authorization \
         was denied\n{AGAIN}"
    );
    assert_eq!((code, said), (Some(3), talk(&home, &url, &end)));
    assert_eq!(files(&home).len(), 1);
}

fn without_request_id(said: &str) -> String {
    let Some(start) = said.find(" (request id ") else { return said.to_owned() };
    let end = start + said[start..].find(')').expect("a bracket");
    format!("{}{}", &said[..start], &said[end + 1..])
}

/// The time is over here before AWS says so, or the other way round.
#[test]
fn too_late() {
    let lifetime = Duration::from_secs(2);
    let home = home_with(Options { device_lifetime: lifetime, ..Options::default() });
    home.aws().set_consent(Consent::Ask);
    let (login, url) = shown(&home);
    let (code, said) = login.ends();
    assert_eq!(code, Some(3));
    let start = talk(&home, &url, "error: the login of sso-session `corp` was not approved ");
    assert!(said.starts_with(&start), "{said}");
    assert!(said.ends_with(AGAIN), "{said}");
    let home = waiting();
    let (login, _) = shown(&home);
    home.aws().fail("CreateToken", Fault::error(400, "ExpiredTokenException", "over"), 1);
    let (code, said) = login.ends();
    let end = format!(
        "error: the login of sso-session `corp` was not approved in time: ExpiredTokenException: \
         over\n{AGAIN}"
    );
    let said = without_request_id(&said);
    assert!(code == Some(3) && said.ends_with(&end), "{said}");
}

/// "Slow down" makes the pauses five seconds longer, and the login continues.
#[test]
fn slow_down() {
    let home = waiting();
    home.aws().fail("CreateToken", Fault::error(400, "SlowDownException", "Slow down"), 1);
    let (login, _) = shown(&home);
    assert!(home.aws().wait_for("CreateToken", 1, TIMEOUT));
    assert_eq!(home.aws().approve_devices(None), 1);
    assert_eq!(login.ends().0, Some(0));
    let polls = home.aws().log_of("CreateToken");
    assert_eq!(polls.len(), 2);
    assert!(polls[1].time_ms - polls[0].time_ms >= 5_900);
}

/// A fault between two polls passes; a permanent one ends the login.
#[test]
fn polls_that_reach_nobody() {
    let home = waiting();
    let html = || Fault::error(500, "InternalServerException", "Internal Server Error");
    // As often as one poll is retried.
    home.aws().fail("CreateToken", html(), 5);
    let (login, _) = shown(&home);
    assert!(home.aws().wait_for("CreateToken", 6, TIMEOUT));
    assert_eq!(home.aws().approve_devices(None), 1);
    assert_eq!(login.ends().0, Some(0));
}

/// What AWS may answer before there is a code.
#[test]
fn refusals() {
    let start = "signing in to sso-session `corp` with a code\n";
    let of = |operation: &str, code: &str, exit: i32, expected: &str| {
        let home = home();
        home.aws().fail(operation, Fault::error(400, code, "why"), 1);
        home.run(CODE).refused(exit, &format!("{start}{expected}"));
        assert!(!home.path(&token_file("corp")).exists());
    };
    let settings = "hint: check `sso_start_url` and `sso_region` of sso-session `corp`: the region \
                    is that of the Identity Center instance\n";
    for operation in ["RegisterClient", "StartDeviceAuthorization"] {
        of(
            operation,
            "InvalidRequestException",
            4,
            &format!(
                "error: AWS in eu-central-1 does not accept a login at {START_URL}: \
                 InvalidRequestException: why\n{settings}"
            ),
        );
        of(
            operation,
            "AccessDeniedException",
            5,
            "error: AWS denies the login of sso-session `corp`: AccessDeniedException: why\nhint: \
             ask your Identity Center administrator\n",
        );
    }
    of(
        "RegisterClient",
        "InvalidScopeException",
        4,
        "error: AWS does not know the scopes of sso-session `corp`: InvalidScopeException: \
         why\nhint: correct `sso_registration_scopes` in the section of the session, or leave it \
         out to get the default, `sso:account:access`\n",
    );
    for code in ["InvalidClientMetadataException", "UnsupportedGrantTypeException"] {
        of(
            "RegisterClient",
            code,
            1,
            &format!(
                "error: AWS does not accept this kind of login for sso-session `corp`: {code}: \
                 why\nhint: ask your Identity Center administrator\n"
            ),
        );
    }
}

/// Values that must not get into a browser, clipboard or file are not accepted.
#[test]
fn invalid_answers() {
    let of = |operation: &str, answer: &serde_json::Value, what: &str| {
        let home = home().script("browser", "#!/bin/sh\n: > \"$HOME/opened\"\n");
        let answer = Fault::Raw {
            status: 200,
            content_type: "application/json".to_owned(),
            body: answer.to_string(),
        };
        home.aws().fail(operation, answer, 1);
        let browser = home.path("browser").display().to_string();
        let output = home.run(CODE).env("BROWSER", browser).output();
        assert_eq!(output.status.code(), Some(6), "{}", output.stderr);
        let error = format!("error: {operation} for sso-session `corp` failed: unexpected answer");
        assert!(
            output.stderr.contains(&error) && output.stderr.contains(what),
            "{}",
            output.stderr
        );
        assert!(!home.path("opened").exists() && home.aws().count("CreateToken") == 0);
    };
    let page = "https://device.example/";
    for (plain, complete) in [
        ("file:///etc/passwd", None),
        (page, Some("javascript:alert(1)")),
        (page, Some("--new-window")),
        (page, Some("https://device.example/\u{1b}[2J\nid\n")),
        (page, Some("https://device.example/?'$(id)'")),
    ] {
        let answer = json!({
            "deviceCode": "d", "userCode": "c", "expiresIn": 600, "interval": 1,
            "verificationUri": plain, "verificationUriComplete": complete,
        });
        let what = "its verification URL is not a web address";
        of("StartDeviceAuthorization", &answer, what);
    }
    // In milliseconds, which would give a year with five digits.
    let answer = json!({ "clientId": "c", "clientSecret": "s", "clientSecretExpiresAt": 1_795_828_152_703_i64 });
    of("RegisterClient", &answer, "it has no expiration");
}

/// An unavailable key of the instance doesn't mean that somebody refused.
#[test]
fn a_key_that_cannot_be_used() {
    for (description, words) in [
        (json!(null), "access_denied: KMS_AccessDeniedException"),
        (json!("no"), "access_denied: no (KMS_AccessDeniedException)"),
    ] {
        let home = home();
        let body = json!({
            "error": "access_denied", "error_description": description,
            "reason": "KMS_AccessDeniedException",
        });
        let answer = Fault::Raw {
            status: 400,
            content_type: "application/json".to_owned(),
            body: body.to_string(),
        };
        home.aws().fail("CreateToken", answer, 1);
        let (code, said) = SigningIn::start(home.run(CODE)).ends();
        let said = without_request_id(&said);
        let error = format!(
            "\nerror: AWS denies the login of sso-session `corp`: {words}\nhint: ask your Identity \
             Center administrator to check its KMS key\n"
        );
        assert!(code == Some(5) && said.ends_with(&error), "{said}");
    }
}

#[test]
fn the_network() {
    let output = home().aws_gone().run(CODE).output();
    assert_eq!(output.status.code(), Some(6), "{}", output.stderr);
    assert!(
        output.stderr.contains(
            "error: RegisterClient for sso-session `corp` failed: cannot \
                                    connect to 127.0.0.1:"
        ),
        "{}",
        output.stderr
    );
}

/// If no browser can return, the code is used, and a message says why.
#[test]
fn by_itself() {
    for (variable, value, why) in [
        ("X", "", "there is no display"),
        (
            "SSH_CONNECTION",
            "a 1 b 2",
            "a browser cannot report back through SSH; to use one anyway, run `ssowrap login --port \
             N`",
        ),
        ("CODESPACES", "true", "a browser cannot report back into a codespace"),
        ("AWS_EXECUTION_ENV", "CloudShell", "a browser cannot report back into CloudShell"),
        ("WSL_DISTRO_NAME", "Debian", "no Windows browser can be started here"),
    ] {
        let home = home();
        let run = home.run(["-p", "dev", "login"]).without("BROWSER").env(variable, value);
        let (code, said) = SigningIn::start(run).ends();
        let start = format!("signing in to sso-session `corp` with a code: {why}\nopen this URL");
        assert!(code == Some(0) && said.starts_with(&start), "{said}");
    }
}

/// In tmux, `BROWSER` may still name an editor's helper that is gone: then no port is forwarded.
#[test]
fn a_browser_that_is_gone_over_ssh() {
    let home = home();
    let gone = home.path("gone/browser.sh");
    let run = home.run(["-p", "dev", "login"]).env("SSH_CONNECTION", "a 1 b 2");
    let (code, said) = SigningIn::start(run.env("BROWSER", gone)).ends();
    let start = "signing in to sso-session `corp` with a code: a browser cannot report back through \
                 SSH; ";
    assert!(code == Some(0) && said.starts_with(start), "{said}");
}

/// On a terminal, there is a QR code, the time left, and a clipboard.
#[test]
fn on_a_terminal() {
    let home = waiting();
    let arguments = CODE.iter().chain(&["--copy"]);
    let terminal = Terminal::start(home.run(arguments).env("LANG", "C.UTF-8").without("BROWSER"));
    terminal.expect("on any device:\r\n");
    let url = terminal.expect("\r\n");
    let copied = terminal.expect("\x07");
    let copied = copied.split("\x1b]52;c;").nth(1).expect("a copy");
    let copied = base64_simd::STANDARD.decode_to_vec(copied).expect("base64");
    assert_eq!(String::from_utf8_lossy(&copied), url);
    terminal.expect("▀▀▀");
    terminal.expect("left (Ctrl-C cancels)");
    assert_eq!(home.aws().approve_devices(None), 1);
    terminal.expect("\r\x1b[K");
    terminal.expect("signed in to sso-session `corp` until ");
    assert!(terminal.ends().0.success());
    // Not if the terminal cannot draw it.
    let home = waiting();
    let terminal = Terminal::start(home.run(CODE).without("BROWSER"));
    let shown = terminal.expect("left (Ctrl-C cancels)");
    assert!(shown.contains("check that it shows the code") && !shown.contains('▀'), "{shown}");
}

/// An editor's terminal understands no escape sequences.
#[test]
fn on_a_dumb_terminal() {
    let home = waiting();
    let run = home.run(CODE).env("TERM", "dumb").env("LANG", "C.UTF-8").without("BROWSER");
    let terminal = Terminal::start(run);
    assert!(home.aws().wait_for("CreateToken", 1, TIMEOUT));
    let shown = terminal.expect("▀▀▀");
    assert!(!shown.contains('\x1b'), "{shown:?}");
    terminal.send("\x03");
    let (_, shown) = terminal.ends();
    assert!(shown.ends_with("interrupted\r\n") && !shown.contains('\x1b'), "{shown:?}");
}

/// If there is no room, the QR code is left out, and the time left stays on one line.
#[test]
fn on_a_narrow_terminal() {
    let home = waiting();
    let run = home.run(CODE).env("LANG", "C.UTF-8").without("BROWSER");
    let terminal = Terminal::of_size(run, 24, 20);
    let shown = terminal.expect("\r\x1b[Kwaiting for the app");
    assert!(shown.contains("check that it shows the code") && !shown.contains('▀'), "{shown}");
    assert_eq!(terminal.expect("\r\x1b[K"), "");
    assert_eq!(home.aws().approve_devices(None), 1);
    assert!(terminal.ends().0.success());
}
