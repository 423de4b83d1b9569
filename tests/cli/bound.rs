//! A command that goes on keeps to the person who was signed in when it started.

use std::fs;
use std::time::Duration;

use crate::endpoint::{Answer, Client};
use crate::people::{by_code, home, person, put};
use crate::support::{Home, until};

/// An endpoint for a profile around a command.
fn start(home: &Home, options: &str) -> Client {
    // Half of it is renewed ahead.
    home.aws().credential_lifetime(Duration::from_secs(4));
    let exec = format!("{options} exec --renew -- sh -c");
    Client::read(home.run(exec.split(' ').chain(["env; echo; exec cat"])))
}

/// What is answered until somebody else's turn ends it; nobody but alice is handed out.
fn until_refused(home: &Home, client: &Client) -> Answer {
    until("a refusal", || {
        let answer = client.get("/");
        if answer.status == 200 {
            assert_eq!(person(home, &answer.key()), "alice");
        }
        Some(answer).filter(|answer| answer.status == 403)
    })
}

#[test]
fn another_person_gets_nothing_out_of_it() {
    type Way = fn(&Home);
    let ways: [(&str, Way); 2] = [("another tool", |home| put(home, "bob", 1)), ("login", by_code)];
    for (name, way) in ways {
        for options in ["-p dev", "-p dev --no-cache", "-p deep"] {
            let home = home();
            let client = start(&home, options);
            way(&home);
            let answer = until_refused(&home, &client);
            assert!(answer.body.contains("another person may have signed in"), "{}", answer.body);
            home.aws().clear_log();
            for _ in 0..5 {
                assert_eq!(client.get("/").status, 403, "{name}: {options}");
            }
            assert_eq!(home.aws().count("*"), 0, "{name}: {options}");
        }
    }
}

/// `serve` has a terminal to say it on, once.
#[test]
fn the_server_says_so() {
    let home = home();
    home.aws().credential_lifetime(Duration::from_secs(4));
    let serve = "exec ssowrap -p dev serve 2> \"$HOME/said\"";
    let client = Client::read(home.tool("sh", ["-c", serve]));
    put(&home, "bob", 1);
    until_refused(&home, &client);
    for _ in 0..5 {
        assert_eq!(client.get("/").status, 403);
    }
    let said = fs::read_to_string(home.path("said")).expect("words");
    assert_eq!(said.matches("another person may").count(), 1, "{said}");
}

/// Nor where bob has the same role in the cache already.
#[test]
fn what_another_person_got_is_not_taken() {
    let home = home();
    let client = start(&home, "-p dev");
    by_code(&home);
    home.aws().credential_lifetime(Duration::from_secs(3600));
    let output = home.run(["-p", "dev", "credential-process"]).succeeds();
    assert_eq!(person(&home, &crate::entries::access_key(&output)), "bob");
    until_refused(&home, &client);
}

/// A refresh of another tool, and the same person anew: it goes on.
#[test]
fn the_same_person_goes_on() {
    for options in ["-p dev", "-p dev --no-cache", "-p deep"] {
        let home = home();
        let client = start(&home, options);
        for number in 2..4 {
            put(&home, "alice", number);
            let before = client.get_until(|answer| answer.status == 200).key();
            home.aws().clear_log();
            let answer = client.get_until(|answer| answer.status != 200 || answer.key() != before);
            assert_eq!(answer.status, 200, "{options}: {}", answer.body);
            assert_eq!(person(&home, &answer.key()), "alice");
            // Who it is now, who it was, and whether what is cached stays.
            assert!(home.aws().count("GetCallerIdentity") <= 3, "{options}");
        }
    }
}
