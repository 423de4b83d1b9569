//! Slow and lost answers, stopped processes, and signals: the refresh token is sent only once.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use fake_aws::{Consent, Fault, RefreshTokens, fingerprint};
use rustix::process::{Pid, Signal, kill_process};

use super::{EXPORT, OPERATION, contents, end, expired, fields, home, minutes, refreshes, used};
use crate::crowd::{Running, in_time};
use crate::endpoint::Client;
use crate::entries::{chain, key_of};
use crate::login::person::{SigningIn, open};
use crate::support::{DEV, Home, Token, now, token_file, until};

const LIMIT: Duration = Duration::from_secs(60);

/// Longer than the wait for a record while a token may be lost, even on a slow machine; shorter than
/// any other wait for a process.
const BRIEFLY: Duration = Duration::from_secs(6);

fn send(child: &Child, signal: Signal) {
    send_to(child.id(), signal);
}

fn send_to(id: u32, signal: Signal) {
    let id = Pid::from_raw(i32::try_from(id).expect("an id")).expect("an id");
    kill_process(id, signal).expect("own child");
}

/// A process whose CreateToken request is on its way.
fn asking(home: &Home) -> Child {
    home.aws().hold(OPERATION);
    let child = home.run(EXPORT).spawn();
    assert!(home.aws().wait_for(OPERATION, 1, LIMIT));
    child
}

#[test]
fn an_answer_that_takes_its_time() {
    let home = expired();
    home.aws().hold(OPERATION);
    let running = Running::start(&home, EXPORT);
    assert!(home.aws().wait_for(OPERATION, 1, LIMIT));
    // Longer than any other request may take.
    running.lasts(Duration::from_secs(12));
    home.aws().release(OPERATION);
    running.succeeds();
    assert_eq!(home.aws().count(OPERATION), 1);
    assert_eq!(refreshes(&home), 0);
}

/// The lock of a process that was stopped while it recorded the login. One has done so before.
fn held_record(home: &Home) -> File {
    let locks = fs::read_dir(home.path(".local/state/ssowrap/locks")).expect("a directory");
    let mut locks = locks.map(|entry| entry.expect("an entry").path());
    let is_record = |path: &PathBuf| path.to_string_lossy().contains("/note-");
    let held = File::open(locks.find(is_record).expect("a lock")).expect("a file");
    held.try_lock().expect("a free lock");
    held
}

/// Until the new token is in the file, it can be lost, so it does not wait for such a process.
#[test]
fn a_stopped_process_keeps_nothing_from_the_disk() {
    let home = expired();
    home.aws().set_refresh_tokens(RefreshTokens::Keep);
    home.run(EXPORT).succeeds();
    let _held = held_record(&home);
    home.write(&token_file("corp"), Token::new().expires_in(minutes(-150)).to_json());
    let started = Instant::now();
    let child = home.run(EXPORT).spawn();
    until("a new token", || (end(&home) > now()).then_some(()));
    assert!(started.elapsed() < BRIEFLY, "{:?}", started.elapsed());
    assert!(child.wait_with_output().expect("it ends").status.success());
}

/// Somebody who signs in does not wait for it either, nor does the page in the browser.
#[test]
fn a_stopped_process_delays_no_login() {
    let home = chain();
    home.aws().set_consent(Consent::Approve);
    let before = key_of(&home, "dev");
    let held = held_record(&home);
    let run = home.run(["-p", "dev", "login", "--force"]).env("BROWSER", "true");
    let mut login = SigningIn::start(run);
    let url = login.url();
    let opened = Instant::now();
    assert_eq!((open(&url).status, login.ends().0), (200, Some(0)));
    assert!(opened.elapsed() < BRIEFLY, "{:?}", opened.elapsed());
    drop(held);
    assert_ne!(key_of(&home, "dev"), before, "it is another login");
}

/// Nobody knows whether the service got the token, so it is not sent again.
#[test]
fn an_answer_that_is_lost() {
    for fault in [Fault::LoseAnswer, Fault::CutHeaders, Fault::CutBody, Fault::Drop] {
        let home = expired();
        home.aws().fail(OPERATION, fault.clone(), 1);
        let output = home.run(EXPORT).output();
        assert_eq!(output.status.code(), Some(6), "{fault:?}: {}", output.stderr);
        assert!(!output.stderr.contains("session has ended"), "{}", output.stderr);
        assert_eq!(home.aws().count(OPERATION), 1, "{fault:?}");
    }
}

/// A refresh token that is used up doesn't mean that somebody has ended the session.
#[test]
fn a_lost_answer_is_remembered() {
    let home = expired();
    home.aws().fail(OPERATION, Fault::LoseAnswer, 1);
    assert_eq!(home.run(EXPORT).output().status.code(), Some(6));
    for _ in 0..2 {
        let output = home.run(EXPORT).output();
        assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
        let hint = "\nhint: the answer to an earlier refresh was lost (at ";
        assert!(output.stderr.contains(hint), "{}", output.stderr);
    }
}

/// A server that reports that it couldn't process the request.
#[test]
fn a_server_that_cannot() {
    in_time(|| {
        let home = expired();
        home.aws().fail(OPERATION, Fault::internal(), 1);
        home.run(EXPORT).succeeds();
        assert_eq!(home.aws().count(OPERATION), 2);
    });
}

/// Also those of timers and of systems that run jobs.
#[test]
fn signals_wait_for_the_answer() {
    let by_people = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT];
    let by_programs = [Signal::ALARM, Signal::USR1, Signal::USR2, Signal::XCPU];
    for signal in by_people.into_iter().chain(by_programs) {
        let home = expired();
        let mut child = asking(&home);
        send(&child, signal);
        let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        stderr.read_line(&mut line).expect("text");
        assert_eq!(
            line,
            "finishing the refresh (at most 30 s); a second Ctrl-C may lose the \
                          login\n"
        );
        assert!(child.try_wait().expect("own child").is_none());
        home.aws().release(OPERATION);
        let status = child.wait().expect("own child");
        assert_eq!(status.signal(), Some(signal.as_raw()));
        assert_eq!(home.aws().count(OPERATION), 1);
        assert_ne!(fields(&home)["accessToken"], Token::new().access_token.as_str());
        // The next process finds it.
        assert_eq!(refreshes(&home), 0);
        assert_eq!(used(&home), fingerprint(fields(&home)["accessToken"].as_str().expect("text")));
    }
}

#[test]
fn a_second_signal_does_not_wait() {
    let home = expired();
    let before = contents(&home);
    let mut child = asking(&home);
    send(&child, Signal::TERM);
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    stderr.read_line(&mut String::new()).expect("text");
    send(&child, Signal::TERM);
    assert_eq!(child.wait().expect("own child").signal(), Some(Signal::TERM.as_raw()));
    home.aws().release(OPERATION);
    assert_eq!(contents(&home), before);
}

/// `nohup`: an ignored signal stays ignored.
#[test]
fn an_ignored_signal() {
    let home = expired();
    home.aws().hold(OPERATION);
    let script = "trap '' HUP; exec ssowrap -p dev --no-cache export";
    let child = home.tool("sh", ["-c", script]).spawn();
    assert!(home.aws().wait_for(OPERATION, 1, LIMIT));
    send(&child, Signal::HUP);
    home.aws().release(OPERATION);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", output.status);
}

/// While the leader is stopped, no other process sends the request. Those with a valid token use
/// it; the others say which process they wait for.
#[test]
fn a_stopped_leader() {
    let home = home(minutes(5));
    let leader = asking(&home);
    send(&leader, Signal::STOP);
    assert_eq!(refreshes(&home), 0);
    assert_eq!(used(&home), fingerprint(&Token::new().access_token));
    send(&leader, Signal::CONT);
    home.aws().release(OPERATION);
    assert!(leader.wait_with_output().expect("it ends").status.success());

    let home = expired();
    let leader = asking(&home);
    let id = leader.id();
    send(&leader, Signal::STOP);
    let asked = Instant::now();
    let output = home.run(EXPORT).output();
    assert!(asked.elapsed() >= Duration::from_secs(30), "{:?}", asked.elapsed());
    assert_eq!(output.status.code(), Some(6), "{}", output.stderr);
    let said =
        format!(", and process {id}, which is refreshing it, has not finished within 30 s\n");
    assert!(output.stderr.contains(&said), "{}", output.stderr);
    assert!(output.stderr.contains(&format!("`kill -CONT {id}`")), "{}", output.stderr);
    assert_eq!(home.aws().count(OPERATION), 1);
    send(&leader, Signal::CONT);
    home.aws().release(OPERATION);
    assert!(leader.wait_with_output().expect("it ends").status.success());
    assert_eq!(refreshes(&home), 0);
    let state = home.path(".local/state/ssowrap/refresh");
    assert_eq!(fs::read_dir(state).expect("a directory").count(), 0);
}

/// `serve` and `exec --renew` refresh in threads: the process waits for those before it exits.
#[test]
#[cfg(target_os = "linux")]
fn an_endpoint_that_ends_within_a_refresh() {
    let more = DEV.replace("profile dev", "profile other").replace("Admin", "Other");
    let home = Home::with_aws().config(&format!("{DEV}{more}")).login("corp").refreshable();
    let client = Client::read(home.run(["-q", "serve", "-p", "dev", "-p", "other"]));
    home.write(&token_file("corp"), Token::new().expires_in(minutes(-150)).to_json());
    home.aws().hold(OPERATION);
    let mut asking = client.begin("/profile/other");
    assert!(home.aws().wait_for(OPERATION, 1, LIMIT));
    send_to(client.id(), Signal::TERM);
    // Longer than for anything else.
    crate::processes::lasts(client.id(), Duration::from_secs(3));
    home.aws().release(OPERATION);
    assert!(client.wait().success());
    assert_ne!(fields(&home)["accessToken"], Token::new().access_token.as_str());
    assert_eq!(refreshes(&home), 0);
    // Whether it still got an answer does not matter.
    let _ = asking.read_to_end(&mut Vec::new());
}
