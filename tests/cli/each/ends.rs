//! How `each` ends when asked to.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::crowd::{Ended, Running};
use crate::processes;
use crate::support::{Home, until};

/// Four profiles. Every other process in this home is a command of `each`.
fn home() -> Home {
    let profile = |number: usize| {
        format!(
            "[profile p{number}]\naws_access_key_id = AKIA{number}\naws_secret_access_key = s\n"
        )
    };
    Home::new().config(&(0..4).map(profile).collect::<String>())
}

/// Starts a script for each profile, three at a time, and waits until three of them run.
fn start(home: &Home, script: &str) -> Running {
    let words = ["each", "-p", "p*", "-j3", "--", "sh", "-c", script];
    let running = Running::start(home, words);
    let is_there = |number: &usize| home.path(&format!("runs.p{number}")).exists();
    until("the commands", || (0..3).all(|number| is_there(&number)).then_some(()));
    running
}

/// No process is left, and the fourth command never started.
fn check(home: &Home, ended: &Ended) {
    assert_eq!(ended.status.code(), Some(130), "{}", ended.stderr);
    let left: Vec<String> = processes::of(home).into_iter().map(|left| left.command).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!home.path("runs.p3").exists());
    assert!(ended.stderr.contains("p3       -        not started\n"), "{}", ended.stderr);
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

/// Nothing starts any more, not even a command that was about to start when everything was ended:
/// the credentials of `late` have waited half of their lifetime, and it gets new ones.
#[test]
fn what_is_about_to_begin() {
    let answer = |end: &str| {
        format!(
            "{{\"Version\": 1, \"AccessKeyId\": \"ASIA\", \"SecretAccessKey\": \"s\", \
             \"SessionToken\": \"t\", \"Expiration\": \"{end}\"}}"
        )
    };
    // The second time, it waits for the end of the other command.
    let late = format!(
        "echo >>calls\n\
         if [ $(wc -l <calls) = 2 ]; then touch prepares; until [ -e ends ]; do sleep 0.1; done\n\
         while kill -0 $(cat ends) 2>/dev/null; do sleep 0.1; done; sleep 0.5; fi\n\
         echo '{}' | sed s/END/$(date -u -d '+6 seconds' +%FT%TZ)/\n",
        answer("END")
    );
    let slow = format!("sleep 3\necho '{}'\n", answer("2099-01-01T00:00:00Z"));
    let config = "[profile late]\ncredential_process = sh late\n\
                  [profile slow]\ncredential_process = sh slow\n";
    for (option, code) in [("-q", 130), ("--fail-fast", 1)] {
        let home = Home::new().config(config).file("late", &late).file("slow", &slow);
        let script = "end() { echo $$ >pid; mv pid ends; exit 9; }; trap end INT; \
                      until [ -e prepares ]; do sleep 0.1; done; \
                      [ $1 = -q ] || end; touch runs; while :; do sleep 0.1; done";
        let words = ["each", "-p", "*", option, "--json", "--", "sh", "-c", script, "sh", option];
        let running = Running::start(&home, words);
        if code == 130 {
            until("the first command", || home.path("runs").exists().then_some(()));
            running.signal(Signal::INT);
        }
        let ended = running.ends();
        assert_eq!(ended.status.code(), Some(code), "{}", ended.stderr);
        let rows: Value = serde_json::from_slice(&ended.stdout).expect("JSON");
        assert_eq!(rows[0]["error"], "not started", "{option}: {rows}");
        assert_eq!(rows[1]["exit_code"], 9, "{option}: {rows}");
    }
}

/// Processes that a command has started get the signal too. The command isn't over while they work,
/// and their last output is passed on.
#[cfg(target_os = "linux")]
#[test]
fn those_below_may_finish() {
    let inner = "trap '' TERM; trap 'echo heard; exit' INT; \
                 until [ -e waits.$SSOWRAP_PROFILE ]; do sleep 0.1; done; \
                 touch runs.$SSOWRAP_PROFILE; while :; do sleep 0.1; done";
    // The background process ignores SIGINT. It prints its last line after the command is gone.
    let last = "command=$PPID; trap '' TERM; touch waits.$SSOWRAP_PROFILE; \
                until grep -q ') Z' /proc/$command/stat; do sleep 0.1; done; echo saved";
    let home = home().file("inner", inner).file("last", last);
    let running = start(&home, "sh last & trap 'exit 1' INT; sh inner; true");
    running.signal(Signal::INT);
    let ended = running.ends();
    check(&home, &ended);
    for said in ["heard", "saved"] {
        let count = String::from_utf8_lossy(&ended.stdout).matches(said).count();
        assert_eq!(count, 3, "{said}");
    }
}

/// The command isn't over either while they work without output.
#[cfg(target_os = "linux")]
#[test]
fn those_below_may_finish_in_silence() {
    let last = "command=$PPID; trap '' TERM; touch runs.$SSOWRAP_PROFILE; \
                while kill -0 $command; do sleep 0.1; done; sleep 0.5; touch saved.$SSOWRAP_PROFILE";
    let home = home().file("last", last);
    let script = "trap 'exit 1' INT; sh last >/dev/null 2>&1 & while :; do sleep 0.1; done";
    let running = start(&home, script);
    running.signal(Signal::INT);
    check(&home, &running.ends());
    for number in 0..3 {
        assert!(home.path(&format!("saved.p{number}")).exists(), "{number}");
    }
}

/// A process that has started its own session survives. It holds the output, but once everything is
/// killed, nothing waits for it.
#[cfg(target_os = "linux")]
#[test]
fn a_process_that_left_is_not_waited_for() {
    let left = "echo $$ >left.$SSOWRAP_PROFILE; touch runs.$SSOWRAP_PROFILE; exec sleep 1000";
    let home = home().file("left", left);
    let script = "trap 'exit 1' INT; setsid sh left & while :; do sleep 0.1; done";
    let running = start(&home, script);
    for _ in 0..3 {
        running.signal(Signal::INT);
    }
    let ended = running.ends();
    assert_eq!(ended.status.code(), Some(130), "{}", ended.stderr);
    for number in 0..3 {
        let id = fs::read_to_string(home.path(&format!("left.p{number}"))).expect("a number");
        let id = id.trim().parse().ok().and_then(Pid::from_raw).expect("a number");
        kill_process(id, Signal::KILL).expect("it lives");
    }
}

/// A process that ignores SIGINT gets SIGTERM, at the second Ctrl-C immediately; if it ignores that
/// too, the third kills it, with everything it has started.
#[test]
fn processes_that_ignore_signals() {
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

/// One Ctrl-C is enough: after five seconds, SIGTERM follows.
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

/// If `each` itself is killed, its commands end too.
#[cfg(target_os = "linux")]
#[test]
fn killed_itself() {
    let home = home();
    let running = start(&home, "touch runs.$SSOWRAP_PROFILE; exec sleep 1000");
    running.signal(Signal::KILL);
    drop(running);
    until("the end of all", || processes::of(&home).is_empty().then_some(()));
}
