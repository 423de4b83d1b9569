//! How `each` ends when it is told to.

use rustix::process::Signal;

use crate::crowd::{Ended, Running};
use crate::processes;
use crate::support::{Home, until};

/// Four profiles; what runs beside them in this home is a command of `each`.
fn home() -> Home {
    let profile = |number: usize| {
        format!(
            "[profile p{number}]\naws_access_key_id = AKIA{number}\naws_secret_access_key = s\n"
        )
    };
    Home::new().config(&(0..4).map(profile).collect::<String>())
}

/// Starts a script for each profile, three at a time, and waits until three say that they run.
fn start(home: &Home, script: &str) -> Running {
    let words = ["each", "-p", "p*", "-j3", "--", "sh", "-c", script];
    let running = Running::start(home, words);
    let is_there = |number: &usize| home.path(&format!("runs.p{number}")).exists();
    until("the commands", || (0..3).all(|number| is_there(&number)).then_some(()));
    running
}

/// Nothing of it is left, and the fourth command never began.
fn check(home: &Home, ended: &Ended) {
    assert_eq!(ended.status.code(), Some(130), "{}", ended.stderr);
    let left: Vec<String> = processes::of(home).into_iter().map(|left| left.command).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!home.path("runs.p3").exists());
    assert!(ended.stderr.contains("p3       -        not begun\n"), "{}", ended.stderr);
}

#[test]
fn every_command_hears_of_ctrl_c() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let home = home();
        let script = "trap 'echo heard; exit 9' INT; touch runs.$SSOWRAP_PROFILE; \
                      while :; do sleep 0.1; done";
        let running = start(&home, script);
        running.signal(signal);
        let ended = running.ends();
        check(&home, &ended);
        let mut lines: Vec<_> = ended.stdout.split(|byte| *byte == b'\n').collect();
        lines.sort_unstable();
        assert_eq!(lines[1..], [&b"p0 | heard"[..], b"p1 | heard", b"p2 | heard"]);
        assert!(ended.stderr.contains("p0       -        9 "), "{}", ended.stderr);
    }
}

/// One that has started others isn't over while they are, and what they say last is heard.
#[test]
fn those_below_may_finish() {
    let inner = "trap 'sleep 1; echo saved; exit' INT; touch runs.$SSOWRAP_PROFILE; \
                 while :; do sleep 0.1; done";
    let home = home().file("inner", inner);
    let running = start(&home, "trap 'exit 1' INT; sh inner; true");
    running.signal(Signal::INT);
    let ended = running.ends();
    check(&home, &ended);
    assert_eq!(String::from_utf8_lossy(&ended.stdout).matches("saved").count(), 3);
}

/// What ignores SIGINT gets SIGTERM, at the second Ctrl-C at once; and what ignores that too is
/// killed at the third. What it has started goes with it.
#[test]
fn whoever_does_not_listen() {
    for (ignored, signals) in [("INT", 2), ("INT TERM", 3)] {
        let home = home();
        let script = format!(
            "trap '' {ignored}; sleep 1000 >/dev/null 2>&1 & touch runs.$SSOWRAP_PROFILE; \
             while :; do sleep 1000; done"
        );
        let running = start(&home, &script);
        for _ in 0..signals {
            running.signal(Signal::INT);
        }
        check(&home, &running.ends());
    }
}

/// Once is enough: after five seconds comes SIGTERM.
#[test]
fn one_ctrl_c_is_enough() {
    let home = home();
    let script = "trap '' INT; touch runs.$SSOWRAP_PROFILE; exec sleep 1000";
    let running = start(&home, script);
    running.signal(Signal::INT);
    let ended = running.ends();
    check(&home, &ended);
    assert!(ended.stderr.contains("p0       -        143 "), "{}", ended.stderr);
}

/// Killed itself, it takes its commands along.
#[cfg(target_os = "linux")]
#[test]
fn killed_itself() {
    let home = home();
    let running = start(&home, "touch runs.$SSOWRAP_PROFILE; exec sleep 1000");
    running.signal(Signal::KILL);
    drop(running);
    until("the end of all", || processes::of(&home).is_empty().then_some(()));
}
