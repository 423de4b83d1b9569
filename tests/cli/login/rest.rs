//! After a login that was refused or abandoned: for a minute no other browser opens, and what ends
//! that.

use std::fs;

use chrono::TimeDelta;
use fake_aws::{Consent, Fault};
use serde_json::json;

use super::auto::{BY_HAND, detached, helper, noting, opened, shown, waiting};
use super::person::{SigningIn, open};
use super::sign_in;
use crate::support::{Home, now, token_file};

const REST: &str =
    "hint: not signing in, because a login failed or was cancelled less than a minute ago (";

/// Where it is stored.
fn memory() -> String {
    let file = token_file("corp");
    let name = file.rsplit_once('/').expect("a path").1.to_owned();
    format!(".local/state/ssowrap/login/login-{name}")
}

/// A helper that answers at once, without a browser, and with this reason.
fn rests(home: &Home, what: &str) {
    let before = opened(home).len();
    let ended = helper(home).expect("setsid").ends();
    assert_eq!(ended.status.code(), Some(3), "{}", ended.stderr);
    assert_eq!(ended.stdout, b"");
    let missing = format!(
        "error: profile `dev` needs a login: there is no token for sso-session `corp` (~/{} does not \
         exist)\n{BY_HAND}{REST}",
        token_file("corp")
    );
    let rest = ended.stderr.strip_prefix(&missing);
    let (seconds, why) = rest.and_then(|rest| rest.split_once(" s): ")).expect("a reason");
    assert!(seconds.parse::<u32>().is_ok_and(|seconds| seconds < 60), "{}", ended.stderr);
    assert!(why.starts_with(what), "{}", ended.stderr);
    assert_eq!(opened(home).len(), before);
}

/// A helper that starts a browser, as if nothing had happened. It is killed.
fn starts(home: &Home) {
    let before = opened(home).len();
    let helper = helper(home).expect("setsid");
    shown(home, before + 1);
    helper.kill();
}

/// A home in which a login has just been denied.
fn denied() -> Option<Home> {
    let home = noting();
    home.aws().set_consent(Consent::Deny);
    let helper = helper(&home)?;
    assert_eq!(open(&shown(&home, 1)).status, 200);
    let ended = helper.ends();
    assert_eq!(ended.status.code(), Some(3), "{}", ended.stderr);
    let error = "\nerror: the login of sso-session `corp` was denied in the browser: access_denied: \
                 The resource owner denied the request\nhint: to try again, run `ssowrap login \
                 --sso-session corp`\n";
    assert!(ended.stderr.ends_with(error), "{}", ended.stderr);
    home.aws().set_consent(Consent::Approve);
    Some(home)
}

#[test]
fn a_login_that_was_denied() {
    let Some(home) = denied() else { return };
    let what = "the login of sso-session `corp` was denied in the browser: access_denied: The";
    rests(&home, what);
    rests(&home, what);
    // Nothing is requested, either.
    assert_eq!(home.aws().count("*"), 2);
    // An explicit sign-in works at once, and ends the pause.
    sign_in(home.run(["-p", "dev", "login"]));
    fs::remove_file(home.path(&token_file("corp"))).expect("a token");
    starts(&home);
}

/// Also after a login that was started by name.
#[test]
fn by_hand() {
    let Some(_) = detached(&noting(), &[]) else { return };
    let home = noting();
    home.aws().set_consent(Consent::Ask);
    for times in 1..=2 {
        let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
        login.url();
        // The browser has been started by then, and would be counted later.
        shown(&home, times);
        login.interrupt();
        assert_eq!(login.ends().0, Some(130));
        rests(&home, "the login of sso-session `corp` was interrupted\n");
    }
}

/// If AWS could not even start the login, nobody was bothered.
#[test]
fn not_after_a_fault() {
    let home = noting();
    home.aws().fail("RegisterClient", Fault::error(400, "SomethingNew", "No."), 1);
    let Some(helper) = helper(&home) else { return };
    let ended = helper.ends();
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    starts(&home);
}

/// What is stored is only a hint: any other content of the file is ignored.
#[test]
fn what_ends_it() {
    let Some(_) = detached(&noting(), &[]) else { return };
    let home = noting();
    let file = memory();
    fs::create_dir_all(home.path(&file).parent().expect("a directory")).expect("directories");
    let at = |seconds: i64| {
        let at = (now() + TimeDelta::seconds(seconds)).timestamp_millis();
        json!({ "at": at, "what": "so", "rests": true }).to_string()
    };
    home.write(&file, at(-50));
    rests(&home, "so\n");
    for contents in [
        at(-61),
        // The clock was set back.
        at(1000),
        json!({ "at": i64::MAX, "what": "so", "rests": true }).to_string(),
        json!({ "at": i64::MIN, "what": "so", "rests": true }).to_string(),
        String::new(),
        "[]".to_owned(),
        at(-10)[..20].to_owned(),
    ] {
        home.write(&file, contents);
        starts(&home);
    }
}

/// If it can't be stored, everything else still works.
#[test]
fn without_a_place_for_state() {
    let home = noting().env("XDG_STATE_HOME", "/dev/null/state");
    let Some(first) = helper(&home) else { return };
    assert_eq!(open(&shown(&home, 1)).status, 200);
    let ended = first.ends();
    assert!(ended.status.success(), "{}", ended.stderr);
    assert!(!ended.stderr.contains("warning"), "{}", ended.stderr);
}

/// A killed process reports nothing. Processes that wait, and later ones, do not open the next
/// page.
#[test]
fn a_login_that_was_broken_off() {
    let home = noting();
    let Some(first) = helper(&home) else { return };
    shown(&home, 1);
    let waiting = [waiting(&home), waiting(&home)];
    first.kill();
    for helper in waiting {
        let (code, said) = helper.ends();
        assert!(code == Some(3) && said.ends_with(" was interrupted\n"), "{said}");
    }
    rests(&home, "the login of sso-session `corp` was interrupted\n");
    assert_eq!(opened(&home).len(), 1);
}
