//! `--login auto` with a login that doesn't work: a token that AWS refuses, credentials that
//! expire, a place that takes no token.

use std::fs;
use std::time::Duration;

use chrono::TimeDelta;
use fake_aws::{Consent, Fault};

use super::auto::{detached, helper, noting, opened, shown, url_on};
use super::person::open;
use crate::endpoint::Client;
use crate::entries::{access_key, age, asked, dev_file, key_of};
use crate::support::{TIMEOUT, Token, token_file};
use crate::terminal::Terminal;

/// A place that cannot hold a token is detected before anybody signs in for nothing.
#[test]
fn a_token_that_could_not_be_kept() {
    let home = noting();
    let file = token_file("corp");
    fs::create_dir(home.path(&file)).expect("a directory");
    let Some(run) = detached(&home, &["-p", "dev", "export", "--login", "auto"]) else { return };
    let output = run.output();
    assert_eq!(output.status.code(), Some(4), "{}", output.stderr);
    fs::remove_dir(home.path(&file)).expect("own directory");
    std::os::unix::fs::symlink("no/where", home.path(&file)).expect("a link");
    let run = detached(&home, &["-p", "dev", "export", "--login", "auto"]).expect("setsid");
    let output = run.output();
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
    let hint =
        format!("hint: not signing in: cannot save the token of sso-session `corp` in ~/{file}");
    assert!(output.stderr.contains(&hint), "{}", output.stderr);
    assert_eq!(home.aws().count("*"), 0);
}

/// A token that AWS refuses is replaced once.
#[test]
fn a_token_that_is_refused() {
    let home = noting().raw_token("corp", Token::new().to_json());
    let Some(first) = helper(&home) else { return };
    assert_eq!(open(&shown(&home, 1)).status, 200);
    let ended = first.ends();
    assert!(ended.status.success(), "{}", ended.stderr);
    let said = "profile `dev` needs a login: AWS refuses the token of sso-session `corp`: ";
    assert!(ended.stderr.starts_with(said), "{}", ended.stderr);
    // Its refresh token was tried before the user was asked.
    assert_eq!(asked(&home).len(), 6);
    assert_eq!(home.aws().count("GetRoleCredentials"), 2);
    // If that fails, the command in the hint replaces it too.
    let home = noting().raw_token("corp", Token::new().to_json());
    home.aws().set_consent(Consent::Deny);
    let first = helper(&home).expect("setsid");
    open(&shown(&home, 1));
    let ended = first.ends();
    assert_eq!(ended.status.code(), Some(3));
    let hint = "hint: to try again, run `ssowrap login --force --sso-session corp`\n";
    assert!(ended.stderr.ends_with(hint), "{}", ended.stderr);
    // If it is refused again, that is final, also for the next process.
    let home = noting().raw_token("corp", Token::new().to_json());
    let refusal = Fault::error(401, "UnauthorizedException", "Session token not found or invalid");
    home.aws().fail_always("GetRoleCredentials", refusal);
    let first = helper(&home).expect("setsid");
    open(&shown(&home, 1));
    let ended = first.ends();
    assert_eq!(ended.status.code(), Some(3));
    assert!(ended.stderr.contains("\nerror: profile `dev` needs a login: AWS refuses the token"));
    let ended = helper(&home).expect("setsid").ends();
    assert_eq!(ended.status.code(), Some(3));
    let rest =
        "hint: not signing in, because a login failed or was cancelled less than a minute ago (";
    assert!(ended.stderr.contains(rest), "{}", ended.stderr);
    assert!(ended.stderr.ends_with(": AWS refuses the new token of sso-session `corp`\n"));
    assert_eq!(opened(&home).len(), 1);
}

/// If another program has replaced it meanwhile, it is not replaced again.
#[test]
fn a_refused_token_that_is_replaced_meanwhile() {
    let home = noting().raw_token("corp", Token::new().to_json());
    home.aws().hold("GetRoleCredentials");
    let Some(helper) = helper(&home) else { return };
    assert!(home.aws().wait_for("GetRoleCredentials", 1, TIMEOUT));
    // It expires earlier than the refused one.
    let mut newer = Token::new().expires_in(TimeDelta::minutes(30));
    newer.access_token.push_str("newer");
    let home_now = home.token("corp", &newer);
    home_now.aws().release("GetRoleCredentials");
    let ended = helper.ends();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{}", ended.stderr);
    assert_eq!(asked(&home_now), ["GetRoleCredentials"; 2]);
}

/// Credentials in their last minutes: a program gets them. A user at the terminal signs in first,
/// and gets them if that fails.
#[test]
fn with_credentials_that_still_live() {
    let home = || {
        let home = noting().login("corp");
        let key = key_of(&home, "dev");
        age(&dev_file(&home), 3600, 605);
        let expired = Token::new().without_refresh().expires_at("2020-01-01T00:00:00Z");
        (home.raw_token("corp", expired.to_json()), key)
    };
    let served = "using the cached credentials, which expire in 10 min";
    let (first, key) = home();
    let Some(run) = detached(&first, &["-p", "dev", "export", "--login", "auto"]) else { return };
    let output = run.output();
    assert_eq!(access_key(&output), key);
    assert!(output.stderr.contains(served), "{}", output.stderr);
    assert_eq!(opened(&first).len(), 0);
    let (second, key) = home();
    let terminal = Terminal::start(second.run(["-p", "dev", "export"]));
    open(&url_on(&terminal));
    terminal.expect("signed in");
    terminal.expect("export AWS_ACCESS_KEY_ID='");
    assert_ne!(terminal.expect("'"), key);
    let (third, key) = home();
    third.aws().set_consent(Consent::Deny);
    let terminal = Terminal::start(third.run(["-p", "dev", "export"]));
    open(&url_on(&terminal));
    let warning = terminal.expect(served);
    assert!(warning.contains("warning: the login of sso-session `corp` was denied"), "{warning}");
    terminal.expect("export AWS_ACCESS_KEY_ID='");
    assert_eq!(terminal.expect("'"), key);
}

/// Nobody sees the endpoint of `exec --renew`, so it starts no login.
#[test]
fn the_endpoint_of_a_command() {
    let home = noting().env("SSOWRAP_LOGIN", "auto").login("corp");
    home.aws().credential_lifetime(Duration::from_secs(3));
    let client = Client::start(&home);
    home.aws().revoke_token(&Token::new().access_token);
    client.get_until(|answer| answer.status != 200);
    assert!(home.aws().count("GetRoleCredentials") >= 2);
    assert_eq!((home.aws().count("RegisterClient"), opened(&home).len()), (0, 0));
}
