//! The page that the browser returns to: what counts as an answer, and that nobody else can block
//! it.

use std::fs;
use std::io::{ErrorKind, Write};
use std::net::TcpStream;

use fake_aws::{Consent, Fault};

use super::person::{SigningIn, answer, ask, connect, open, sent_to};
use super::{files, home, parameter};

const AGAIN: &str = "hint: to try again, run `ssowrap login --sso-session corp`\n";

/// The messages after the URL.
fn last_words(said: &str) -> &str {
    let url = said.find("http://").expect("a URL");
    said[url..].split_once('\n').expect("a line").1
}

#[test]
fn denied() {
    let home = home();
    home.aws().set_consent(Consent::Deny);
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    let page = open(&login.url());
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<h1>Request denied</h1>"), "{}", page.body);
    let (code, said) = login.ends();
    let expected = format!(
        "error: the login of sso-session `corp` was denied in the browser: access_denied: The \
         resource owner denied the request\n{AGAIN}"
    );
    assert_eq!((code, last_words(&said)), (Some(3), expected.as_str()));
    assert_eq!(home.aws().count("CreateToken"), 0);
    // Only the registration is left.
    assert_eq!(files(&home).len(), 1);
}

#[test]
fn other_errors() {
    for (error, code, expected) in [
        (
            "error=server_error&error_description=%3Cb%3E%1b[2J",
            3,
            format!(
                "error: the login of sso-session `corp` failed in the browser: server_error: \
                 <b>\\u{{1b}}[2J\n{AGAIN}"
            ),
        ),
        (
            "error=invalid_scope",
            4,
            "error: AWS does not know the scopes of sso-session `corp`: invalid_scope\nhint: \
             correct `sso_registration_scopes` in the section of the session, or leave it out to get \
             the default, `sso:account:access`\n"
                .to_owned(),
        ),
    ] {
        let home = home();
        let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
        let url = login.url();
        let state = parameter(&url, "state");
        let page = open(&format!("{}?{error}&state={state}", SigningIn::callback(&url)));
        assert_eq!(page.status, 200);
        assert!(page.body.contains("<h1>Sign-in failed</h1>"), "{}", page.body);
        let (status, said) = login.ends();
        assert_eq!((status, last_words(&said)), (Some(code), expected.as_str()));
    }
}

/// Everything except the answer is refused, and the login keeps waiting.
#[test]
fn strangers() {
    let home = home();
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    let url = login.url();
    let callback = SigningIn::callback(&url);
    let state = parameter(&url, "state");
    let root = callback.replace("/oauth/callback", "");
    for (method, url, status) in [
        ("GET", format!("{callback}?code=forged&state=forged"), 400),
        ("GET", format!("{callback}?code=forged"), 400),
        ("GET", format!("{callback}?state={state}"), 400),
        ("GET", format!("{callback}?code=&state={state}"), 400),
        ("GET", format!("{callback}?code=forged&state={state}&state={state}"), 400),
        ("GET", format!("{callback}?error=access_denied&state=forged"), 400),
        ("GET", callback.clone(), 400),
        ("GET", format!("{root}/favicon.ico"), 404),
        ("GET", format!("{root}/"), 404),
        ("GET", format!("{callback}/?code=forged&state={state}"), 404),
        ("GET", format!("{root}/oauth/../oauth/callback?code=forged&state={state}"), 404),
        ("POST", format!("{callback}?code=forged&state={state}"), 405),
        ("OPTIONS", format!("{callback}?code=forged&state={state}"), 405),
    ] {
        let page = ask(method, &url, "");
        assert_eq!(page.status, status, "{method} {url}");
        assert_eq!(page.header("allow"), (status == 405).then_some("GET"));
        assert_eq!(page.header("access-control-allow-origin"), None);
    }
    let huge = format!("X: {}\r\n", "x".repeat(20_000));
    assert_eq!(ask("GET", &format!("{callback}?code=c&state=s"), &huge).status, 431);
    assert_eq!(ask("NONSENSE\r\n", &callback, "").status, 400);
    assert_eq!(open(&url).status, 200);
    assert_eq!(login.ends().0, Some(0));
    assert_eq!(home.aws().count("CreateToken"), 1);
}

#[test]
fn every_page_is_harmless() {
    let home = home();
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    let url = login.url();
    let callback = SigningIn::callback(&url);
    let root = callback.replace("/oauth/callback", "/");
    let forged = format!("{callback}?code=%3Cscript%3E&state=forged");
    for page in [open(&root), open(&forged), open(&sent_to(&url))] {
        let header = |name| page.header(name).unwrap_or_default();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(policy.ends_with("form-action 'none'; frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("connection", "close"),
        ] {
            assert_eq!(header(name), value, "{name}");
        }
        assert!(!page.body.contains("<script"), "{}", page.body);
        assert!(page.body.contains("ssowrap"), "{}", page.body);
    }
    assert_eq!(login.ends().0, Some(0));
}

/// Many connections send little or nothing, and the real answer still gets through.
#[test]
fn slow_clients() {
    let home = home();
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    let url = login.url();
    let callback = SigningIn::callback(&url);
    let idle: Vec<_> = (0..100)
        .map(|n| {
            let mut stream = connect(&callback);
            if n % 2 == 0 {
                // It may be closed already: the oldest ones make room.
                let _ = stream.write_all(b"GET /oauth/callback?code=");
            }
            stream
        })
        .collect();
    assert_eq!(open(&url).status, 200);
    assert_eq!(login.ends().0, Some(0));
    drop(idle);
}

/// A crowd right after the real answer does not displace it.
#[test]
fn a_crowd_behind_the_answer() {
    let home = home();
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    let back = sent_to(&login.url());
    // All of them wait to be accepted at once.
    login.signal("STOP");
    let answering = asked(&back);
    let crowd: Vec<_> = (0..100).map(|_| connect(&back)).collect();
    login.signal("CONT");
    assert_eq!(answer(answering).status, 200);
    assert_eq!(login.ends().0, Some(0));
    drop(crowd);
}

/// Only the first answer counts, and then the port is closed. The browser sees the end of the login
/// when it comes, not before.
#[test]
fn one_answer() {
    let home = home();
    home.aws().hold("CreateToken");
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    let url = login.url();
    let (callback, state) = (SigningIn::callback(&url), parameter(&url, "state"));
    let mut late = connect(&callback);
    write!(late, "GET /oauth/callback?code=other&state={state} HTTP/1.1\r\n").expect("sent");
    let browser = asked(&sent_to(&url));
    assert!(home.aws().wait_for("CreateToken", 1, crate::support::TIMEOUT));
    // Whether it gets a page depends on timing; it never gets a token.
    let _ = late.write_all(b"Host: x\r\n\r\n");
    let port = callback.replace("http://", "").replace("/oauth/callback", "");
    assert!(TcpStream::connect(port).is_err(), "the port is still open");
    browser.set_nonblocking(true).expect("a mode");
    let early = browser.peek(&mut [0]).map_err(|e| e.kind());
    assert_eq!(early, Err(ErrorKind::WouldBlock), "a page before the token");
    browser.set_nonblocking(false).expect("a mode");
    home.aws().release("CreateToken");
    let page = answer(browser);
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<h1>Signed in</h1>"), "{}", page.body);
    let text = "You are signed in to sso-session corp until ";
    assert!(page.body.contains(text), "{}", page.body);
    assert_eq!(login.ends().0, Some(0));
    assert_eq!(home.aws().count("CreateToken"), 1);
}

/// A pending request for the page of `url`.
fn asked(url: &str) -> TcpStream {
    let (_, path) = url.split_once("/oauth").expect("a path");
    let mut stream = connect(url);
    write!(stream, "GET /oauth{path} HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
    stream
}

/// A failure after the approval is shown in the browser.
#[test]
fn a_login_that_fails_after_the_approval() {
    let home = home();
    home.aws().fail_always("CreateToken", Fault::error(400, "InvalidGrantException", "gone"));
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    let page = open(&login.url());
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<h1>Sign-in failed</h1>"), "{}", page.body);
    let why = "You were not signed in to sso-session corp: ";
    assert!(page.body.contains(why), "{}", page.body);
    let (code, said) = login.ends();
    assert!(code != Some(0) && said.contains("error: "), "{said}");
}

/// So is a token that can't be stored.
#[test]
fn a_token_that_is_not_kept() {
    let home = home();
    home.aws().hold("CreateToken");
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    let browser = asked(&sent_to(&login.url()));
    assert!(home.aws().wait_for("CreateToken", 1, crate::support::TIMEOUT));
    let directory = home.path(".aws/sso");
    fs::remove_dir_all(&directory).expect("a directory");
    fs::write(&directory, "").expect("a file in its place");
    home.aws().release("CreateToken");
    let page = answer(browser);
    assert!(page.body.contains("<h1>Sign-in failed</h1>"), "{}", page.body);
    assert!(page.body.contains("cannot save the new token"), "{}", page.body);
    assert_eq!(login.ends().0, Some(1));
}

/// An answer in two pieces counts as one.
#[test]
fn an_answer_in_pieces() {
    let home = home();
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    let back = sent_to(&login.url());
    let (_, path) = back.split_once("/oauth").expect("a path");
    let mut stream = connect(&back);
    for piece in ["GET /oau", &path.replacen('/', "th/", 1), " HTTP/1.1\r\n", "Host: x\r\n\r\n"] {
        stream.write_all(piece.as_bytes()).expect("sent");
        stream.flush().expect("sent");
    }
    assert_eq!(answer(stream).status, 200);
    assert_eq!(login.ends().0, Some(0));
}
