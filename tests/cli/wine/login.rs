//! Signing in and staying signed in.

use std::fs;
use std::io::{BufRead, BufReader};
use std::time::Duration;

use chrono::TimeDelta;
use fake_aws::{Consent, Options};

use super::{Windows, expired, json, signed_in, token};
use crate::login::person::{SigningIn, open};
use crate::support::{CLIENT_ID, DEV, Home, REFRESH_TOKEN, Token, token_file};

fn home() -> Home {
    let home = Home::with_aws().config(DEV);
    home.aws().set_consent(Consent::Approve);
    home
}

#[test]
fn with_a_browser_that_comes_back() {
    let Some(windows) = Windows::start(home()) else { return };
    let login = ["-p", "dev", "login", "--no-browser"];
    let mut person = SigningIn::start(windows.run(login));
    let url = person.url();
    assert_eq!(open(&url).status, 200);
    let (code, said) = person.ends();
    assert_eq!(code, Some(0), "{said}");
    windows.ends(0, ["-p", "dev", "export"]);
}

#[test]
fn the_browser_is_given_the_link() {
    let Some(windows) = Windows::start(home()) else { return };
    let place = windows.home.path("wine/drive_c/users/a browser");
    fs::create_dir_all(&place).expect("a directory");
    fs::write(place.join("open.cmd"), "@echo %1>C:\\users\\bin\\url.txt\r\n").expect("a file");
    let run = windows.run(["-p", "dev", "login"]).env("BROWSER", r"C:\users\a browser\open.cmd");
    let mut person = SigningIn::start(run);
    let url = person.url();
    assert_eq!(open(&url).status, 200);
    let (code, said) = person.ends();
    assert_eq!(code, Some(0), "{said}");
    let given = fs::read_to_string(windows.home.path("wine/drive_c/users/bin/url.txt"));
    let given = given.expect("a file");
    // wine's cmd removes percent signs.
    let (start, _) = url.split_once('%').expect("an encoded URL");
    assert!(given.starts_with(&format!("\"{start}")), "{given}");
}

#[test]
fn a_token_soon_to_end_is_refreshed_ahead() {
    let soon = Token::new().expires_in(TimeDelta::minutes(3));
    let home = Home::with_aws().config(DEV).token("corp", &soon).refreshable();
    let Some(windows) = Windows::start(home) else { return };
    windows.ends(0, ["-p", "dev", "--no-cache", "credential-process"]);
    assert!(!token(&windows).contains(&soon.access_token));
}

#[test]
fn an_expired_login() {
    let home = Home::with_aws().config(DEV).token("corp", &expired().without_refresh());
    let Some(windows) = Windows::start(home) else { return };
    let failed = windows.ends(3, ["-p", "dev", "credential-process"]);
    assert!(failed.stderr.contains("ssowrap login --sso-session corp"), "{}", failed.stderr);
}

#[test]
fn a_refused_refresh_costs_nothing() {
    let home = Home::with_aws().config(DEV).token("corp", &expired());
    home.aws().add_client(CLIENT_ID, "FAKEsecret.other", Duration::from_secs(86_400));
    let Some(windows) = Windows::start(home) else { return };
    windows.ends(3, ["-p", "dev", "--no-cache", "credential-process"]);
    let file = fs::read_to_string(windows.home.path(&token_file("corp"))).expect("a token file");
    assert!(file.contains(REFRESH_TOKEN));
}

#[test]
fn with_a_code() {
    let options = Options { consent: Consent::Ask, ..Options::default() };
    let home = Home::with_options(options).config(DEV);
    let Some(windows) = Windows::start(home) else { return };
    let mut login = windows.run(["-p", "dev", "login", "--use-device-code"]).spawn();
    let mut said = BufReader::new(login.stderr.take().expect("piped")).lines();
    said.find(|line| line.as_ref().is_ok_and(|line| line.contains("shows the code")));
    assert_eq!(windows.home.aws().approve_devices(None), 1);
    let rest = said.map_while(Result::ok).collect::<Vec<_>>();
    assert!(login.wait().expect("a child").success(), "{rest:?}");
    // As the AWS CLI writes it.
    assert_eq!(json(&token(&windows))["startUrl"], "https://corp.awsapps.com/start");
    windows.ends(0, ["-p", "dev", "export", "--format", "json"]);
}

#[test]
fn a_good_login_is_left_alone() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let before = token(&windows);
    windows.ends(0, ["-p", "dev", "login"]);
    assert_eq!(token(&windows), before);
    assert_eq!(windows.home.aws().count("RegisterClient"), 0);
}

#[test]
fn status() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    let status = windows.ends(0, ["status", "--json"]);
    assert!(status.stdout().contains("corp"), "{}", status.stdout());
    assert!(!status.stdout().contains('\r'));
}

#[test]
fn logout_removes_what_was_cached() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    windows.ends(0, ["-p", "deploy", "export"]);
    windows.ends(0, ["-p", "dev", "logout"]);
    assert_eq!(windows.home.aws().count("Logout"), 1);
    windows.ends(3, ["-p", "deploy", "export"]);
    windows.ends(3, ["status"]);
    for directory in [".aws/sso/cache", ".aws/cli/cache"] {
        let left = fs::read_dir(windows.home.path(directory)).expect("a directory").flatten();
        let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
        assert!(left.is_empty(), "{directory}: {left:?}");
    }
}

#[test]
fn logout_of_all() {
    let Some(windows) = Windows::start(signed_in()) else { return };
    windows.ends(0, ["logout", "--all"]);
    windows.ends(3, ["status"]);
}
