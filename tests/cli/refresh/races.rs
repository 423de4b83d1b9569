//! Many processes at once, dying processes, and other programs that write the same file.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use fake_aws::{Fault, RefreshTokens, fingerprint};

use super::{EXPORT, OPERATION, contents, expired, fields, home, minutes, refreshes, used};
use crate::crowd::{in_time, number};
use crate::meanwhile::{self, End};
use crate::support::{Home, REFRESH_TOKEN, Token, token_file, tool, until, with_fault};

/// No wait in these tests takes this long.
const LIMIT: Duration = Duration::from_secs(60);

/// A child that waits for a lock has a thread for that.
#[cfg(target_os = "linux")]
fn wait_until_it_waits(child: &Child) {
    let started = Instant::now();
    let threads = format!("/proc/{}/task", child.id());
    while fs::read_dir(&threads).expect("a process").count() < 2 {
        assert!(started.elapsed() < LIMIT, "it does not wait");
        thread::yield_now();
    }
}

fn ends(child: Child) -> (Option<i32>, String, String) {
    let output = child.wait_with_output().expect("a child");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn one_process_of_many_asks() {
    in_time(|| {
        for arguments in [&EXPORT[..], &["-p", "dev", "export"]] {
            let home = expired();
            let children: Vec<_> =
                (0..number("STORM", 20)).map(|_| home.run(arguments).spawn()).collect();
            for (code, _, stderr) in children.into_iter().map(ends) {
                assert_eq!((code, stderr.as_str()), (Some(0), ""));
            }
            assert_eq!(home.aws().count(OPERATION), 1);
        }
    });
}

/// Nobody needs to wait while the old token is good enough.
#[test]
fn a_valid_token_is_used_while_another_process_refreshes_it() {
    let home = home(minutes(10));
    home.aws().hold(OPERATION);
    let leader = home.run(EXPORT).spawn();
    assert!(home.aws().wait_for(OPERATION, 1, LIMIT));
    for _ in 0..3 {
        assert_eq!(refreshes(&home), 0);
        assert_eq!(used(&home), fingerprint(&Token::new().access_token));
    }
    home.aws().release(OPERATION);
    assert_eq!(ends(leader).0, Some(0));
    assert_ne!(used(&home), fingerprint(&Token::new().access_token));
}

/// They asked at the same time, so they get the same answer.
#[test]
#[cfg(target_os = "linux")]
fn those_who_waited_share_the_failure() {
    in_time(|| {
        let home = expired();
        home.aws().hold(OPERATION);
        home.aws().fail_always(OPERATION, Fault::throttled());
        let leader = home.run(EXPORT).spawn();
        assert!(home.aws().wait_for(OPERATION, 1, LIMIT));
        let others: Vec<_> = (0..4).map(|_| home.run(EXPORT).spawn()).collect();
        others.iter().for_each(wait_until_it_waits);
        home.aws().release(OPERATION);
        let (code, _, stderr) = ends(leader);
        assert_eq!(code, Some(6));
        assert!(stderr.contains(" is throttling requests (2 attempts)"), "{stderr}");
        for other in others {
            assert_eq!(ends(other), (code, String::new(), stderr.clone()));
        }
        assert_eq!(home.aws().count(OPERATION), 2);
    });
}

#[test]
#[cfg(target_os = "linux")]
fn the_next_one_continues_when_the_first_is_killed() {
    in_time(|| {
        let home = expired();
        home.aws().set_refresh_tokens(RefreshTokens::Keep);
        home.aws().hold(OPERATION);
        let before = contents(&home);
        let mut leader = home.run(EXPORT).spawn();
        assert!(home.aws().wait_for(OPERATION, 1, LIMIT));
        let others: Vec<_> = (0..4).map(|_| home.run(EXPORT).spawn()).collect();
        others.iter().for_each(wait_until_it_waits);
        leader.kill().expect("own child");
        leader.wait().expect("own child");
        assert!(home.aws().wait_for(OPERATION, 2, LIMIT));
        assert_eq!(contents(&home), before);
        home.aws().release(OPERATION);
        for (code, _, stderr) in others.into_iter().map(ends) {
            assert_eq!((code, stderr.as_str()), (Some(0), ""));
        }
        assert_eq!(home.aws().count(OPERATION), 2);
        assert_ne!(fields(&home)["accessToken"], Token::new().access_token.as_str());
    });
}

/// Lets another program do something in the middle of a refresh, which succeeds.
type Moment = fn(&Home, &dyn Fn());

fn moments() -> Vec<Moment> {
    let mut moments: Vec<Moment> = vec![while_aws_answers];
    if tool("strace").is_some() {
        moments.push(while_the_answer_is_written);
    }
    moments
}

fn while_aws_answers(home: &Home, something: &dyn Fn()) {
    home.aws().hold(OPERATION);
    let child = home.run(EXPORT).spawn();
    assert!(home.aws().wait_for(OPERATION, 1, LIMIT));
    something();
    home.aws().release(OPERATION);
    succeeds(child);
}

/// Writing to the disk may take long.
fn while_the_answer_is_written(home: &Home, something: &dyn Fn()) {
    let slow = with_fault(home, "inject=fsync:delay_enter=300ms", &EXPORT);
    let child = slow.expect("strace").spawn();
    let directory = home.path(".aws/sso/cache");
    let is_written = |path: &Path| {
        let bytes = fs::read(path).unwrap_or_default();
        path.extension().is_some_and(|end| end == "tmp") && bytes.starts_with(b"{")
    };
    until("the new file", || {
        let mut entries = fs::read_dir(&directory).expect("a directory").flatten();
        entries.any(|entry| is_written(&entry.path())).then_some(())
    });
    something();
    succeeds(child);
}

fn succeeds(child: Child) {
    let (code, _, stderr) = ends(child);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
}

/// What another program writes to the file: a token that AWS knows, and its own keys.
fn other_login(home: &Home, left: TimeDelta) -> String {
    let token = Token { access_token: "aoaFAKEtoken-of-another".to_owned(), ..Token::new() };
    home.aws().add_token(&token.access_token, Duration::from_secs(3600));
    token.expires_in(left).to_json().replace(REFRESH_TOKEN, "aorFAKEtoken-of-another")
}

/// It may be another session, with its own refresh token.
#[test]
fn a_login_made_meanwhile_is_not_lost() {
    for moment in moments() {
        let home = expired();
        let other = other_login(&home, minutes(480));
        moment(&home, &|| home.write(&token_file("corp"), &other));
        assert_eq!(contents(&home), other);
        assert_eq!(used(&home), fingerprint("aoaFAKEtoken-of-another"));
    }
}

#[test]
fn what_is_added_meanwhile_stays() {
    for moment in moments() {
        let home = expired();
        let added = contents(&home).replace('}', ", \"theirs\": 1}");
        moment(&home, &|| home.write(&token_file("corp"), &added));
        assert!(contents(&home).ends_with(", \"theirs\": 1}"));
        assert_uses_the_new_token(&home);
    }
}

#[test]
fn an_older_token_written_meanwhile_is_replaced() {
    for moment in moments() {
        let home = home(minutes(5));
        let other = other_login(&home, minutes(2)).replace('}', ", \"theirs\": 1}");
        moment(&home, &|| home.write(&token_file("corp"), &other));
        assert_ne!(used(&home), fingerprint("aoaFAKEtoken-of-another"));
        assert!(contents(&home).ends_with(", \"theirs\": 1}"));
    }
}

#[test]
fn a_login_of_another_portal_made_meanwhile_is_left_alone() {
    for moment in moments() {
        let home = expired();
        let other = other_login(&home, minutes(480)).replace("corp.aws", "other.aws");
        moment(&home, &|| home.write(&token_file("corp"), &other));
        assert_eq!(contents(&home), other);
        assert_ne!(used(&home), fingerprint("aoaFAKEtoken-of-another"));
    }
}

#[test]
fn a_logout_meanwhile_stays_one() {
    for moment in moments() {
        let home = expired();
        let file = home.path(&token_file("corp"));
        moment(&home, &|| fs::remove_file(&file).expect("own file"));
        assert!(!file.exists());
    }
}

#[test]
fn garbage_left_meanwhile_is_replaced() {
    for moment in moments() {
        for garbage in ["", "{\"accessToken\": \"FAKEtok", "<html>"] {
            let home = expired();
            moment(&home, &|| home.write(&token_file("corp"), garbage));
            assert_uses_the_new_token(&home);
        }
    }
}

fn assert_uses_the_new_token(home: &Home) {
    let token = fields(home)["accessToken"].as_str().map(fingerprint);
    assert_ne!(token, Some(fingerprint(&Token::new().access_token)));
    assert_eq!(Some(used(home)), token);
}

/// The AWS CLI refreshed first, and the refresh token is used up.
#[test]
fn the_second_uses_what_the_first_obtained() {
    in_time(|| {
        for left in [minutes(60), minutes(3)] {
            let home = expired();
            home.aws().fail_always(OPERATION, Fault::error(400, "InvalidGrantException", ""));
            let other = other_login(&home, left);
            while_aws_answers(&home, &|| home.write(&token_file("corp"), &other));
            assert_eq!(contents(&home), other);
            assert_eq!(used(&home), fingerprint("aoaFAKEtoken-of-another"));
        }
    });
}

/// If the other tool puts back the old token, that is refreshed again.
#[test]
fn a_foreign_writer_at_work() {
    in_time(|| {
        let home = expired();
        home.aws().set_refresh_tokens(RefreshTokens::Keep);
        let path = home.path(&token_file("corp"));
        let end = End::default();
        thread::scope(|scope| {
            scope.spawn(|| meanwhile::rewrites(&path, &end));
            end.of(|| {
                for _ in 0..10 {
                    let children: Vec<_> = (0..4).map(|_| home.run(EXPORT).spawn()).collect();
                    for (code, _, stderr) in children.into_iter().map(ends) {
                        assert_eq!((code, stderr.as_str()), (Some(0), ""));
                    }
                }
            });
        });
        assert!(fields(&home)["accessToken"].is_string());
        assert!((1..=40).contains(&home.aws().count(OPERATION)));
    });
}
