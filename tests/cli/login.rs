//! `login`: in the browser and with a code, what is requested and written, and what gets in the
//! way.

mod auto;
mod browser;
mod callback;
mod code;
mod ends;
mod interop;
pub(crate) mod person;
mod reach;
mod regions;
mod rest;
mod secrets;
mod targets;
mod together;
mod unusable;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use chrono::TimeDelta;
use fake_aws::{Consent, Options, fingerprint};
use serde_json::Value;

use crate::support::{
    DEV, Home, Run, SSO_REGION, START_URL, Token, now, reader, timestamp, token_file,
};
use person::{SigningIn, open, sent_to};

/// The message before the URL if a browser is started.
const IN_BROWSER: &str = "signing in to sso-session `corp` in the browser\nto sign in with a code instead: \
                          `--use-device-code`\nif no browser opens, open this URL:\n";

/// The registration file of the session of [`DEV`] (SPEC 3.6).
const REGISTRATION: &str = "{\"region\": \"eu-central-1\", \"scopes\": null, \"session_name\": \
                            \"corp\", \"startUrl\": \"https://corp.awsapps.com/start\", \"tool\": \
                            \"botocore\"}";

/// A home with the session `corp`, whose pages approve at once, and a browser that does nothing.
fn home() -> Home {
    home_with(Options::default())
}

fn home_with(options: Options) -> Home {
    let lifetime = Duration::from_secs(30_600);
    let options = Options { consent: Consent::Approve, token_lifetime: lifetime, ..options };
    Home::with_options(options).config(DEV).env("BROWSER", "true")
}

/// Signs in completely through the browser.
fn sign_in(run: Run<'_>) -> String {
    let mut login = SigningIn::start(run);
    let page = open(&login.url());
    assert_eq!(page.status, 200, "{}", page.body);
    let (code, said) = login.ends();
    assert_eq!(code, Some(0), "{said}");
    said
}

fn json(home: &Home, key: &str) -> Value {
    serde_json::from_str(&text(home, key)).expect("JSON")
}

fn text(home: &Home, key: &str) -> String {
    fs::read_to_string(home.path(&token_file(key))).expect("a file")
}

/// The last message, according to the token in the file.
fn signed_in(home: &Home, key: &str, owner: &str) -> String {
    let end = json(home, key)["expiresAt"].as_str().expect("text").to_owned();
    format!("signed in to {owner} until {} (8 h left)\n", &end[11..16])
}

/// The files in the directory of tokens.
fn files(home: &Home) -> Vec<String> {
    let entries = fs::read_dir(home.path(".aws/sso/cache")).expect("a directory");
    let mut names: Vec<_> =
        entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// A parameter of the page's URL.
fn parameter(url: &str, name: &str) -> String {
    let (_, query) = url.split_once('?').expect("a query");
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(found, _)| *found == name).expect("a parameter").1.to_owned()
}

/// The browser gets the URL that is shown, and its output is discarded.
#[test]
fn the_browser_is_started() {
    let home = home().script(
        "browser",
        "#!/bin/sh\necho noise\necho noise >&2\nprintf '%s\\n' \"$@\" > \"$HOME/opened\"\n",
    );
    let pipe = home.path("opened");
    assert!(Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()));
    let command = format!("'{}' --new %s", home.path("browser").display());
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]).env("BROWSER", command));
    let url = login.url();
    let opened =
        reader(Some(fs::File::open(pipe).expect("the browser"))).recv().expect("its words");
    assert_eq!(String::from_utf8_lossy(&opened), format!("--new\n{url}\n"));
    let page = open(&url);
    assert!(page.body.contains("<h1>Signed in</h1>"), "{}", page.body);
    let (code, said) = login.ends();
    let end = signed_in(&home, "corp", "sso-session `corp`");
    assert_eq!((code, said), (Some(0), format!("{IN_BROWSER}{url}\n{end}")));
    // Every other command continues from there.
    home.run(["-p", "dev", "export"]).succeeds();
}

#[test]
fn what_is_asked() {
    let home = home();
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    let url = login.url();
    open(&url);
    assert_eq!(login.ends().0, Some(0));
    let log = home.aws().log();
    let operations: Vec<_> = log.iter().map(|entry| entry.operation.as_str()).collect();
    assert_eq!(operations, ["RegisterClient", "Authorize", "CreateToken"]);
    for entry in &log {
        assert_eq!(entry.notes, [""; 0]);
        assert_eq!(entry.headers.get("authorization"), None);
    }
    let params = |at: usize| -> Vec<(&str, &str)> {
        log[at].params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    };
    assert_eq!(
        params(0),
        [
            ("clientName", "ssowrap-client-corp"),
            ("clientType", "public"),
            ("grantTypes", "[\"authorization_code\",\"refresh_token\"]"),
            ("issuerUrl", START_URL),
            ("redirectUris", "[\"http://127.0.0.1/oauth/callback\"]"),
            ("scopes", "[\"sso:account:access\"]"),
        ]
    );
    // In the AWS CLI's order.
    let order: Vec<_> = url.split(['?', '&']).skip(1).map(|p| p.split('=').next()).collect();
    let expected = [
        "response_type",
        "client_id",
        "redirect_uri",
        "state",
        "code_challenge_method",
        "scopes",
        "code_challenge",
    ];
    assert_eq!(order, expected.map(Some));
    assert_eq!(log[1].params["redirect_uri"], log[2].params["redirectUri"]);
    assert_eq!(log[2].params["grantType"], "authorization_code");
    assert_eq!(log[1].params["client_id"], log[2].params["clientId"]);
}

/// State and verifier are different each time.
#[test]
fn nothing_secret_is_used_twice() {
    let home = home();
    let url = || {
        let mut login = SigningIn::start(home.run(["-p", "dev", "login", "--force"]));
        let url = login.url();
        open(&url);
        assert_eq!(login.ends().0, Some(0));
        url
    };
    let (first, second) = (url(), url());
    for (name, length) in [("state", 43), ("code_challenge", 43)] {
        let (first, second) = (parameter(&first, name), parameter(&second, name));
        assert_eq!((first.len(), second.len()), (length, length));
        assert_ne!(first, second, "{name}");
    }
}

/// The files are identical to the AWS CLI's (SPEC 3.2, 3.6).
#[test]
fn what_is_written() {
    let home = home();
    let before = now();
    sign_in(home.run(["-p", "dev", "login"]));
    let (token, client) = (json(&home, "corp"), json(&home, REGISTRATION));
    let of = |value: &Value, name: &str| value[name].as_str().expect("text").to_owned();
    assert_eq!(
        text(&home, REGISTRATION),
        format!(
            "{{\"clientId\": \"{}\", \"clientSecret\": \"{}\", \"expiresAt\": \"{}\", \"scopes\": \
             [\"sso:account:access\"], \"grantTypes\": [\"authorization_code\", \
             \"refresh_token\"]}}",
            of(&client, "clientId"),
            of(&client, "clientSecret"),
            of(&client, "expiresAt"),
        )
    );
    assert_eq!(
        text(&home, "corp"),
        format!(
            "{{\"startUrl\": \"{START_URL}\", \"region\": \"{SSO_REGION}\", \"accessToken\": \"{}\", \
             \"expiresAt\": \"{}\", \"clientId\": \"{}\", \"clientSecret\": \"{}\", \
             \"registrationExpiresAt\": \"{}\", \"refreshToken\": \"{}\"}}",
            of(&token, "accessToken"),
            of(&token, "expiresAt"),
            of(&client, "clientId"),
            of(&client, "clientSecret"),
            of(&client, "expiresAt"),
            of(&token, "refreshToken"),
        )
    );
    let end: chrono::DateTime<chrono::Utc> = of(&token, "expiresAt").parse().expect("a time");
    let asked = end - TimeDelta::seconds(30_600);
    assert!(before - TimeDelta::seconds(1) <= asked && asked <= now());
    for key in ["corp", REGISTRATION] {
        let mode = fs::metadata(home.path(&token_file(key))).expect("a file").permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
    }
    assert_eq!(files(&home).len(), 2);
    let used = &home.aws().log_of("CreateToken")[0];
    assert_eq!(used.params["clientSecret"], fingerprint(&of(&client, "clientSecret")));
}

/// What other tools put next to a token stays.
#[test]
fn foreign_keys_are_kept() {
    let token = Token::new().expires_in(TimeDelta::minutes(-5)).without_refresh().to_json();
    let token = token.replace('}', ", \"theirs\": {\"a\": 1}}");
    let home = home().raw_token("corp", token);
    sign_in(home.run(["-p", "dev", "login"]));
    assert!(text(&home, "corp").ends_with(", \"theirs\": {\"a\": 1}}"));
}

#[test]
fn a_registration_serves_many_logins() {
    let home = home();
    for _ in 0..3 {
        sign_in(home.run(["-p", "dev", "login", "--force"]));
    }
    assert_eq!(home.aws().count("RegisterClient"), 1);
    // Another scope needs another registration.
    home.write(".aws/config", format!("{DEV}sso_registration_scopes = sso:account:access, x:y\n"));
    let said = sign_in(home.run(["-p", "dev", "login", "--force"]));
    assert!(said.contains("&scopes=sso%3Aaccount%3Aaccess%20x%3Ay&"), "{said}");
    assert_eq!(home.aws().count("RegisterClient"), 2);
    let asked = &home.aws().log_of("RegisterClient")[1].params["scopes"];
    assert_eq!(asked, "[\"sso:account:access\",\"x:y\"]");
    assert_eq!(files(&home).len(), 3);
}

#[test]
fn a_registration_that_ends_soon_is_not_used() {
    for (seconds, registrations) in [(890, 2), (1000, 1)] {
        let lifetime = Duration::from_secs(seconds);
        let home = home_with(Options { registration_lifetime: lifetime, ..Options::default() });
        for _ in 0..2 {
            sign_in(home.run(["-p", "dev", "login", "--force"]));
        }
        assert_eq!(home.aws().count("RegisterClient"), registrations, "{seconds}");
    }
}

#[test]
fn a_registration_that_cannot_be_read_is_replaced() {
    for contents in ["", "{\"clientId\": ", "[]", "{\"clientId\": 1}", "null"] {
        let home = home().raw_token(REGISTRATION, contents);
        sign_in(home.run(["-p", "dev", "login"]));
        assert_eq!(home.aws().count("RegisterClient"), 1, "{contents}");
        assert!(json(&home, REGISTRATION)["clientId"].is_string());
    }
}

#[test]
fn nothing_is_done_while_the_login_is_good() {
    let token = Token::new().expires_in(TimeDelta::minutes(510)).without_refresh();
    let home = home().token("corp", &token);
    let end = signed_in(&home, "corp", "sso-session `corp`");
    let expected = format!("already {}; `--force` signs in again\n", end.trim_end());
    let output = home.run(["-p", "dev", "login"]).output();
    assert_eq!((output.status.code(), output.stderr), (Some(0), expected));
    assert_eq!(home.aws().count("*"), 0);
    assert_eq!(text(&home, "corp"), token.to_json());
    let output = home.run(["-p", "dev", "-q", "login"]).output();
    assert_eq!((output.status.code(), output.stderr.as_str()), (Some(0), ""));
    sign_in(home.run(["-p", "dev", "login", "--force"]));
    assert_ne!(text(&home, "corp"), token.to_json());
}

/// A refresh is as good as a login, and needs no user.
#[test]
fn what_can_be_refreshed_is() {
    let token = Token::new().expires_in(TimeDelta::minutes(-30));
    let home = home().token("corp", &token).refreshable();
    let output = home.run(["-p", "dev", "login"]).output();
    let end = signed_in(&home, "corp", "sso-session `corp`");
    let expected = format!("already {}; `--force` signs in again\n", end.trim_end());
    assert_eq!((output.status.code(), output.stderr), (Some(0), expected));
    assert_eq!((home.aws().count("*"), home.aws().count("CreateToken")), (1, 1));
    // If the session is over at AWS, the user signs in again.
    home.aws().reset();
    home.aws().set_consent(Consent::Approve);
    let home = home.token("corp", &token);
    sign_in(home.run(["-p", "dev", "login"]));
}

/// With `-q`, the URL is shown anyway, and nothing else.
#[test]
fn quiet() {
    let home = home();
    let mut login = SigningIn::start(home.run(["-q", "-p", "dev", "login"]));
    let url = login.url();
    open(&url);
    let expected = format!("if no browser opens, open this URL:\n{url}\n");
    assert_eq!(login.ends(), (Some(0), expected));
}

#[test]
fn no_browser() {
    let home = home().script("browser", "#!/bin/sh\ntouch \"$HOME/opened\"\n");
    let browser = home.path("browser");
    let arguments = ["-p", "dev", "login", "--no-browser", "--port", "0"];
    let output = home.run(arguments).output();
    assert_eq!(output.status.code(), Some(2), "{}", output.stderr);
    let port = free_port();
    let arguments = ["-p", "dev", "login", "--no-browser", "--port", &port];
    let mut login = SigningIn::start(home.run(arguments).env("BROWSER", browser));
    let url = login.url();
    assert_eq!(SigningIn::callback(&url), format!("http://127.0.0.1:{port}/oauth/callback"));
    open(&url);
    let (code, said) = login.ends();
    let expected = format!(
        "signing in to sso-session `corp` in the browser, which reports back to port {port}\nopen \
         this URL in a browser on this machine:\n{url}\n{}",
        signed_in(&home, "corp", "sso-session `corp`")
    );
    assert_eq!((code, said), (Some(0), expected));
    assert!(!home.path("opened").exists());
}

/// A port that was free a moment ago.
fn free_port() -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("an address").port().to_string()
}

/// Through SSH, the browser returns through a forwarded port, and the command that forwards it is
/// shown.
#[test]
fn a_forwarded_port() {
    let home = home().env("SSH_CONNECTION", "10.0.0.1 50000 10.0.0.2 2222").env("USER", "ann");
    let port = free_port();
    let run = home.run(["-p", "dev", "login"]).without("BROWSER");
    let mut login = SigningIn::start(run.env("SSOWRAP_CALLBACK_PORT", &port));
    let url = login.url();
    assert_eq!(SigningIn::callback(&url), format!("http://127.0.0.1:{port}/oauth/callback"));
    open(&url);
    let (code, said) = login.ends();
    let expected = format!(
        "on your own machine run `ssh -N -L {port}:127.0.0.1:{port} -p 2222 ann@10.0.0.2`, then \
         open this URL in its browser:\n"
    );
    assert_eq!(code, Some(0));
    assert!(said.contains(&expected), "{said}");
    home.run(["-p", "dev", "login"]).env("SSOWRAP_CALLBACK_PORT", "http").fails(
        2,
        "error: SSOWRAP_CALLBACK_PORT `http` is not a port\nhint: set it to a number from 1 to \
         65535, or unset it\n",
    );
}

/// A browser that is missing or fails is no reason to stop.
#[test]
fn browsers_that_fail() {
    let home = home().script("broken", "#!/no/such/shell\n");
    let run = || home.run(["-p", "dev", "login", "--force"]);
    let broken = home.path("broken");
    let said = sign_in(run().env("BROWSER", format!("no-such-browser:{} %s", broken.display())));
    let start = "signing in to sso-session `corp` in the browser\nto sign in with a code instead: \
                 `--use-device-code`\nwarning: cannot start \
                 the browser `~/broken`: No such file or directory (os error 2)\nopen this URL in a browser on \
                 this machine:\n";
    assert!(said.starts_with(start), "{said}");
    // The second command is used if the first fails.
    let said = sign_in(run().env("BROWSER", "no-such-browser:true"));
    assert!(said.starts_with(IN_BROWSER), "{said}");
    let mut login = SigningIn::start(run().env("BROWSER", "false"));
    let url = login.url();
    login.line("warning: the browser `false` failed (exit status: 1): open the URL yourself");
    open(&url);
    assert_eq!(login.ends().0, Some(0));
}

/// The second process waits, and uses what the first one obtained.
#[test]
fn one_login_at_a_time() {
    let home = home();
    let mut first = SigningIn::start(home.run(["-p", "dev", "login"]));
    let url = first.url();
    let waiting = "another ssowrap is signing in to sso-session `corp`: waiting for it";
    let start = |arguments: &[&str]| {
        let mut login = SigningIn::start(home.run(arguments));
        login.line(waiting);
        login
    };
    let others = [
        start(&["-p", "dev", "login"]),
        start(&["--sso-session", "corp", "login", "--force"]),
        start(&["-p", "dev", "login", "--use-device-code"]),
    ];
    open(&url);
    assert_eq!(first.ends().0, Some(0));
    let end = signed_in(&home, "corp", "sso-session `corp`");
    for login in others {
        assert_eq!(login.ends(), (Some(0), format!("{waiting}\n{end}")));
    }
    assert_eq!(home.aws().log().len(), 3);
}

/// The waiting process takes over if the first one gives up.
#[test]
fn the_next_one_takes_over() {
    let home = home();
    let mut first = SigningIn::start(home.run(["-p", "dev", "login"]));
    first.url();
    let mut second = SigningIn::start(home.run(["-p", "dev", "login"]));
    second.line("another ssowrap is signing in");
    first.interrupt();
    assert_eq!(first.ends().0, Some(130));
    open(&second.url());
    assert_eq!(second.ends().0, Some(0));
}

/// A token that another tool writes meanwhile does not end a login in progress.
#[test]
fn the_last_to_sign_in_wins() {
    let home = home();
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    let back = sent_to(&login.url());
    home.write(&token_file("corp"), Token::new().to_json());
    open(&back);
    assert_eq!(login.ends().0, Some(0));
    assert_ne!(text(&home, "corp"), Token::new().to_json());
    assert!(json(&home, "corp")["expiresAt"].as_str() > Some(&timestamp(now())));
}
