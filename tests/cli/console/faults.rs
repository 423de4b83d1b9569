//! Whatever the sign-in endpoint answers, no message shows the credentials.

use fake_aws::Fault;

use super::home;
use crate::support::Home;

/// The secrets in the request.
fn secrets(home: &Home) -> [String; 3] {
    secrets_of(home, "dev")
}

fn secrets_of(home: &Home, profile: &str) -> [String; 3] {
    let output = home.run(["-p", profile, "credential-process"]).succeeds();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |name: &str| json[name].as_str().expect(name).to_owned();
    let token = text("SessionToken");
    [text("SecretAccessKey"), token[..40].to_owned(), token[token.len() - 40..].to_owned()]
}

/// A run that fails, even with `-vv`.
fn fails(home: &Home, secrets: &[String], code: i32) -> String {
    fails_for(home, "dev", &["--url"], secrets, code)
}

fn fails_for(home: &Home, profile: &str, words: &[&str], secrets: &[String], code: i32) -> String {
    let output = home.run([&["-p", profile, "-vv", "console"], words].concat()).report();
    let told = format!("{}{}", output.stdout(), output.stderr);
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert_eq!(output.stdout(), "");
    for secret in secrets {
        for start in 0..secret.len() - 12 {
            assert!(!told.contains(&secret[start..start + 12]), "{told}");
        }
    }
    output.stderr
}

#[test]
fn invalid_answers() {
    let home = home();
    let secrets = secrets(&home);
    let json = |body: &str| Fault::Raw {
        status: 200,
        content_type: "application/json".to_owned(),
        body: body.to_owned(),
    };
    let echo = format!("{}{}", secrets[0], secrets[1]);
    let echoed = format!("{{\"message\":\"{echo}\",\"code\":\"{echo}\"}}");
    for (fault, code) in [
        (Fault::Drop, 6),
        (Fault::Empty, 6),
        (Fault::Endless, 6),
        (Fault::Garbage, 6),
        (Fault::CutHeaders, 6),
        (Fault::CutBody, 6),
        (Fault::LoseAnswer, 6),
        (Fault::Truncated, 6),
        (Fault::HtmlPage(200), 6),
        (Fault::HtmlPage(502), 6),
        (Fault::HtmlPage(403), 6),
        (Fault::internal(), 6),
        (Fault::error(400, "Bad", &echo), 5),
        (Fault::redirect("https://evil.example/federation"), 6),
        (json("{}"), 6),
        (json("[]"), 6),
        (json("{\"SigninToken\":\"\"}"), 6),
        (json("{\"SigninToken\":7}"), 6),
        (json("{\"SigninToken\":null}"), 6),
        (json(&echoed), 6),
        (
            Fault::Raw {
                status: 500,
                content_type: "application/json".into(),
                body: echoed.clone(),
            },
            6,
        ),
        (Fault::Raw { status: 418, content_type: "text/plain".into(), body: echo.clone() }, 6),
        (
            Fault::Raw {
                status: 403,
                content_type: "application/json".into(),
                body: echoed.clone(),
            },
            5,
        ),
    ] {
        home.aws().clear_faults();
        home.aws().fail_always("GetSigninToken", fault.clone());
        let told = fails(&home, &secrets, code);
        assert!(
            told.contains("error: getSigninToken for profile `dev` failed: "),
            "{fault:?}: {told}"
        );
    }
    // Nothing followed the redirect.
    assert_eq!(home.aws().count("ConsoleLogin"), 0);
}

#[test]
fn nobody_there() {
    let home = home();
    let secrets = secrets(&home);
    let home = home.env("AWS_ENDPOINT_URL_SIGNIN", "http://127.0.0.1:9");
    let told = fails(&home, &secrets, 6);
    assert!(told.contains("cannot connect to 127.0.0.1:9"), "{told}");
}

/// A role assumed with another, with a browser and with a link, and a host that is unreachable,
/// slow or malicious.
#[test]
fn a_chain() {
    let home = home();
    let secrets = secrets_of(&home, "deploy");
    let echo = Fault::error(400, &secrets[0], &secrets[1]);
    for (words, fault, code) in [
        (&["--url"][..], Fault::Drop, 6),
        (&["--url"], echo.clone(), 5),
        (&[], Fault::Drop, 6),
        (&[], Fault::Hang, 6),
        (&[], echo.clone(), 5),
        (&["--sign-out"], echo, 5),
    ] {
        home.aws().clear_faults();
        home.aws().fail_always("GetSigninToken", fault);
        let told = fails_for(&home, "deploy", words, &secrets, code);
        let start = "error: getSigninToken for profile `deploy` failed: ";
        assert!(told.contains(start), "{told}");
    }
}

#[test]
fn slow() {
    let home = home();
    let secrets = secrets(&home);
    home.aws().fail_always("GetSigninToken", Fault::Hang);
    let told = fails(&home, &secrets, 6);
    assert!(told.contains("no complete answer from"), "{told}");
}

/// A token with unusual characters doesn't lead anywhere else.
#[test]
fn odd_tokens() {
    let home = home();
    for token in ["a&Destination=https://evil.example", "a\\r\\nLocation: x", "\\u0000", "é #%"] {
        let body = format!("{{\"SigninToken\":\"{token}\"}}");
        let fault = Fault::Raw { status: 200, content_type: "application/json".into(), body };
        home.aws().fail("GetSigninToken", fault, 1);
        let output = home.run(["-p", "dev", "console", "--url"]).succeeds();
        let link = output.stdout().strip_suffix('\n').expect("a line");
        assert!(link.bytes().all(|byte| byte.is_ascii_graphic()), "{link}");
        assert_eq!(link.matches("Destination=").count(), 1, "{link}");
    }
}
