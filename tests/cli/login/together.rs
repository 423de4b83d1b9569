//! Many processes lack the same login at once: one of them signs in. `STORM=n` sets the size of the
//! crowd; the default is 50.

use std::fs;

use chrono::TimeDelta;
use fake_aws::Consent;
use rustix::process::{Pid, Signal, kill_process};

use super::auto::{BY_HAND, helper, key, noting, opened, shown, waiting};
use super::person::{SigningIn, open};
use crate::crowd::{Ended, Running, in_time, number};
use crate::entries::{asked, last_issued};
use crate::support::{Home, SSOWRAP, TIMEOUT, Token, token_file, tool, until};
use crate::terminal::Terminal;

/// A crowd of helpers, and how they end after the only page has been opened.
fn crowd(home: &Home) -> Option<Vec<Ended>> {
    let crowd: Option<Vec<Running>> = (0..number("STORM", 50)).map(|_| helper(home)).collect();
    assert_eq!(open(&shown(home, 1)).status, 200);
    Some(crowd?.into_iter().map(Running::ends).collect())
}

/// One browser, one registration, one token, one exchange, and the same answer for all.
#[test]
fn a_crowd_without_a_login() {
    in_time(|| {
        let home = noting();
        let Some(crowd) = crowd(&home) else { return };
        for ended in &crowd {
            assert!(ended.status.success(), "{}", ended.stderr);
            assert_eq!(ended.stdout, crowd[0].stdout);
        }
        let talk = crowd.iter().filter(|ended| !ended.stderr.is_empty()).count();
        assert_eq!(talk, 1, "one of them talks");
        assert_eq!(key(&crowd[0].stdout), last_issued(&home, "GetRoleCredentials"));
        let once = ["RegisterClient", "Authorize", "CreateToken", "GetRoleCredentials"];
        assert_eq!(asked(&home), once);
        assert_eq!(opened(&home).len(), 1);
    });
}

/// A login that is refused is refused for all of them.
#[test]
fn a_crowd_whose_login_is_refused() {
    let home = noting();
    home.aws().set_consent(Consent::Deny);
    let Some(crowd) = crowd(&home) else { return };
    let missing = format!(
        "error: profile `dev` needs a login: there is no token for sso-session `corp` (~/{} does \
         not exist)\n{BY_HAND}hint: not signing in, because a login failed or was cancelled less \
         than a minute ago (",
        token_file("corp")
    );
    let mut first = 0;
    for ended in crowd {
        assert_eq!(ended.status.code(), Some(3), "{}", ended.stderr);
        assert_eq!(ended.stdout, b"");
        match ended.stderr.starts_with(&missing) {
            true => assert!(ended.stderr.contains(" was denied in the browser: access_denied")),
            false => first += 1,
        }
    }
    assert_eq!(first, 1, "one of them was told so by AWS");
    assert_eq!(asked(&home), ["RegisterClient", "Authorize"]);
    assert_eq!(opened(&home).len(), 1);
}

/// If AWS refuses everybody's token, it is replaced once, even by one that expires earlier.
#[test]
fn a_crowd_with_a_token_that_is_refused() {
    in_time(|| {
        let token = Token::new().expires_in(TimeDelta::hours(20));
        let home = noting().raw_token("corp", token.to_json());
        let Some(crowd) = crowd(&home) else { return };
        for ended in &crowd {
            assert!(ended.status.success(), "{}", ended.stderr);
            assert_eq!(ended.stdout, crowd[0].stdout);
        }
        // One of them tries a refresh, which AWS refuses; one signs in.
        for (operation, count) in [("RegisterClient", 1), ("Authorize", 1), ("CreateToken", 2)] {
            assert_eq!(home.aws().count(operation), count, "{operation}");
        }
        assert_eq!(opened(&home).len(), 1);
    });
}

/// Processes that wait while somebody signs in by name get that login too.
#[test]
fn a_login_started_by_name() {
    let home = noting();
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    let url = login.url();
    if helper_is_missing(&home) {
        return;
    }
    let waiting = [waiting(&home), waiting(&home)];
    open(&url);
    assert_eq!(login.ends().0, Some(0));
    let key = |(code, said, stdout): (Option<i32>, String, String)| {
        assert_eq!(code, Some(0), "{said}");
        key(stdout.as_bytes())
    };
    let [first, second] = waiting.map(|helper| key(helper.ends_with_data()));
    assert_eq!(first, second);
    assert_eq!(opened(&home).len(), 1);
}

/// A process that waits at a terminal says so, and can be stopped without ending the login.
#[test]
fn waiting_at_a_terminal() {
    let home = noting();
    let mut login = SigningIn::start(home.run(["-p", "dev", "login"]));
    let url = login.url();
    let waiting = "note: another ssowrap is signing in to sso-session `corp`: waiting for it\r\n";
    let start = || {
        let terminal = Terminal::start(home.run(["-p", "dev", "exec", "echo", "ran"]));
        terminal.expect(waiting);
        terminal
    };
    let (first, second) = (start(), start());
    first.send("\x03");
    let (status, said) = first.ends();
    assert!(status.code() == Some(130) && said.ends_with("interrupted\r\n"), "{said:?}");
    open(&url);
    assert_eq!(login.ends().0, Some(0));
    second.expect("ran");
    assert!(second.ends().0.success());
}

/// A login that AWS could not even start is reported to those who waited, and to nobody else.
#[test]
fn a_fault_while_others_wait() {
    let home = noting();
    home.aws().hold("RegisterClient");
    home.aws().fail("RegisterClient", fake_aws::Fault::error(400, "SomethingNew", "No."), 1);
    let Some(first) = helper(&home) else { return };
    assert!(home.aws().wait_for("RegisterClient", 1, TIMEOUT));
    let waiting = waiting(&home);
    home.aws().release("RegisterClient");
    assert_eq!(first.ends().status.code(), Some(1));
    let (code, said) = waiting.ends();
    let hint = "\nhint: another ssowrap could not sign in: RegisterClient for sso-session \
                `corp` failed: ";
    assert!(code == Some(3) && said.contains(hint), "{said}");
    assert_eq!(opened(&home).len(), 0);
}

fn helper_is_missing(home: &Home) -> bool {
    super::auto::detached(home, &[]).is_none()
}

/// Somebody signs in right after a process has found no token file, and before it opens it: it uses
/// that login like any other, with the cache.
#[cfg(target_os = "linux")]
#[test]
fn a_login_between_two_looks() {
    let Some(strace) = tool("strace") else { return };
    let home = noting();
    let (trace, file) = (home.path("trace"), home.path(&token_file("corp")));
    // C libraries make different calls. strace counts each on its own, so `fstat` would stop it again.
    let fault = "inject=?stat,?newfstatat,statx:signal=STOP:when=1";
    let words = ["-f", "-o", "trace", "-P", file.to_str().expect("UTF-8"), "-e", fault];
    let helper = ["-p", "dev", "credential-process"];
    let arguments = words.iter().chain(&[SSOWRAP]).chain(&helper);
    let process = Running::of(home.tool(strace, arguments));
    let stopped = || {
        let trace = fs::read_to_string(&trace).ok()?;
        let line = trace.lines().find(|line| line.ends_with("--- stopped by SIGSTOP ---"))?;
        Pid::from_raw(line.split(' ').next()?.parse().ok()?)
    };
    let stopped = until("it looks for the file", stopped);
    let home = home.login("corp");
    kill_process(stopped, Signal::CONT).expect("our own process");
    let first = process.succeeds();
    assert_eq!(asked(&home), ["GetRoleCredentials"]);
    assert_eq!(Running::helper(&home, "dev").succeeds(), first);
    assert_eq!(asked(&home), ["GetRoleCredentials"]);
}
