//! A long-running command keeps to the person who was signed in when it started.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use chrono::TimeDelta;

use crate::crowd::Running;
use crate::endpoint::{Answer, Client};
use crate::entries::{after_login, cli_file, read, set_mode};
use crate::people::{by_code, home, person, put, put_token};
use crate::support::{Home, Output, TIMEOUT, now, timestamp, token_file, until};

/// Starts an endpoint for a profile around a command.
fn start(home: &Home, options: &str) -> Client {
    // Renewed when half of it is over.
    home.aws().credential_lifetime(Duration::from_secs(4));
    let exec = format!("{options} exec --renew -- sh -c");
    Client::read(home.run(exec.split(' ').chain(["env; echo; exec cat"])))
}

/// Returns the first refusal after somebody else's sign-in. Until then, only alice's credentials
/// may be served.
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
fn another_person_gets_nothing() {
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

/// It is reported once, where the user can see it, and nothing else is.
#[test]
fn it_is_reported_once() {
    for way in ["serve", "exec --renew -- sh -c 'env; echo; exec cat'"] {
        let home = home();
        home.aws().credential_lifetime(Duration::from_secs(4));
        let script = format!("exec ssowrap -p dev {way} 2> \"$HOME/said\"");
        let client = Client::read(home.tool("sh", ["-c", &script]));
        put(&home, "bob", 1);
        until_refused(&home, &client);
        // Longer than the pause between two attempts after a failure.
        let refused = Instant::now();
        until("2 s", || {
            assert_eq!(client.get("/").status, 403);
            (refused.elapsed() > Duration::from_secs(2)).then_some(())
        });
        let said = fs::read_to_string(home.path("said")).expect("words");
        let about_it = |line: &&str| !line.starts_with("serving") && *line != "until Ctrl-C";
        let said: Vec<_> = said.lines().filter(about_it).collect();
        assert_eq!(
            said,
            [
                "error: another person may have signed in to sso-session `corp` since this ssowrap \
                 was started",
                "hint: restart it: it gives only the credentials of the person who was signed in \
                 when it started"
            ],
            "{way}"
        );
    }
}

/// Even if bob already has the same role in the cache.
#[test]
fn another_persons_cache_is_not_used() {
    let home = home();
    let client = start(&home, "-p dev");
    by_code(&home);
    home.aws().credential_lifetime(Duration::from_secs(3600));
    let output = home.run(["-p", "dev", "credential-process"]).succeeds();
    assert_eq!(person(&home, &crate::entries::access_key(&output)), "bob");
    until_refused(&home, &client);
}

/// After another tool's refresh, or a new sign-in of the same person, it continues.
#[test]
fn the_same_person_continues() {
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
            // Who it is now, who it was before, and whether the cache remains valid.
            assert!(home.aws().count("GetCallerIdentity") <= 3, "{options}");
        }
    }
}

/// Adds a profile whose helper program puts the file `next` in place of the token.
fn with_helper(home: Home) -> Home {
    let keys = r#"{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"s"}"#;
    let script = format!("#!/bin/sh\ncp ~/next ~/{}\necho '{keys}'\n", token_file("corp"));
    let home = home.script("helper", &script);
    let mut config = fs::read_to_string(home.path(".aws/config")).expect("a config");
    let helper = home.path("helper").display().to_string();
    config.push_str(&format!("[profile helper]\ncredential_process = {helper}\n"));
    home.config(&config)
}

/// A command that writes the keys of these profiles.
fn writing<'a>(profiles: &[&'a str], options: &[&'a str]) -> Vec<&'a str> {
    let profiles = profiles.iter().flat_map(|profile| ["-p", profile]);
    let exec = ["exec", "--write-credentials=written", "--", "touch", "started"];
    profiles.chain(options.iter().copied()).chain(exec).collect()
}

/// Runs a command that writes the keys of three profiles. Between the first and the last, `person`
/// signs in.
fn written(options: &[&str], person: &str) -> (Home, Output) {
    let home = home();
    put(&home, person, 2);
    fs::copy(home.path(&token_file("corp")), home.path("next")).expect("a token");
    put_token(&home, "alice");
    let home = with_helper(home);
    let output = home.run(writing(&["dev", "helper", "read"], options)).output();
    (home, output)
}

/// If it is another person, nothing is written and nothing starts.
#[test]
fn one_file_has_the_keys_of_one_person() {
    for options in [&[][..], &["--no-cache"]] {
        let (home, output) = written(options, "bob");
        assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
        assert_eq!(
            output.stderr,
            "error: another person may have signed in to sso-session `corp` since this ssowrap was \
             started\nhint: restart it: it gives only the credentials of the person who was signed \
             in when it started\n"
        );
        for name in ["written", "started"] {
            assert!(!home.path(name).exists(), "{options:?}: {name}");
        }
    }
}

/// bob signs in while the process waits for another one's request, and the AWS CLI caches his keys.
#[test]
fn what_the_aws_cli_gets_for_another_person_is_not_used() {
    let home = home();
    put(&home, "bob", 1);
    let theirs = home.run(["-p", "read", "--no-cache", "credential-process"]).succeeds();
    let theirs: serde_json::Value = serde_json::from_slice(&theirs.stdout).expect("JSON");
    let credentials = serde_json::json!({
        "AccessKeyId": theirs["AccessKeyId"],
        "SecretAccessKey": theirs["SecretAccessKey"],
        "SessionToken": theirs["SessionToken"],
        "Expiration": theirs["Expiration"],
    });
    let entry = serde_json::json!({ "ProviderType": "sso", "Credentials": credentials });
    put_token(&home, "alice");
    home.run(["-p", "dev", "credential-process"]).succeeds();
    home.aws().clear_log();
    home.aws().hold("GetRoleCredentials");
    let leader = Running::helper(&home, "read");
    assert!(home.aws().wait_for("GetRoleCredentials", 1, TIMEOUT));
    let waiting = Running::start(&home, writing(&["dev", "read"], &[]));
    waiting.until_it_waits();
    // Otherwise the time alone would show that it may be an earlier login's.
    after_login(&home, "corp");
    put(&home, "bob", 2);
    let key = r#"{"accountId":"123456789012","roleName":"ReadOnly","sessionName":"corp"}"#;
    home.write(&cli_file(key), entry.to_string());
    set_mode(&home.path(&cli_file(key)), 0o600);
    leader.kill();
    home.aws().release("GetRoleCredentials");
    let ended = waiting.ends();
    assert!(
        ended.stderr.starts_with("error: another person may have signed in"),
        "{}",
        ended.stderr
    );
    assert_eq!(ended.status.code(), Some(3));
    assert!(!home.path("written").exists() && !home.path("started").exists());
}

/// bob signs in while the process waits for another one that refreshes alice's token.
#[test]
fn another_persons_token_is_not_used_after_a_wait() {
    for options in [&[][..], &["--no-cache"]] {
        let home = home();
        let login = home.path(&token_file("corp"));
        let mut due = read(&login);
        due["expiresAt"] = timestamp(now() + TimeDelta::seconds(50)).into();
        let home = with_helper(home.file("next", due.to_string()));
        let other = File::open(login.parent().expect("a directory")).expect("a directory");
        other.lock().expect("a lock");
        let waiting = Running::start(&home, writing(&["dev", "helper", "read"], options));
        waiting.until_it_waits();
        put(&home, "bob", 2);
        drop(other);
        let ended = waiting.ends();
        let expected = "error: another person may have signed in";
        assert!(ended.stderr.starts_with(expected), "{options:?}: {}", ended.stderr);
        assert_eq!(ended.status.code(), Some(3));
        assert!(!home.path("started").exists());
    }
}

#[test]
fn one_person_may_sign_in_meanwhile() {
    for options in [&[][..], &["--no-cache"]] {
        let (home, output) = written(options, "alice");
        assert_eq!(output.status.code(), Some(0), "{}", output.stderr);
        assert!(home.path("started").exists());
    }
}

/// Credentials that `each` gets again, because they would not last, belong to the same person.
#[test]
fn every_command_of_each_acts_as_one_person() {
    for (next, code, expected) in [("bob", 1, &["alice"][..]), ("alice", 0, &["alice", "alice"])] {
        let home = home();
        let login = home.path(&token_file("corp"));
        put(&home, next, 2);
        fs::copy(&login, home.path("next")).expect("a token");
        put_token(&home, "alice");
        // With 15 minutes left, they are requested again.
        home.aws().credential_lifetime(Duration::from_secs(906));
        let script = format!(
            "cp ~/next {}; echo $AWS_ACCESS_KEY_ID; end=$(date -d $AWS_CREDENTIAL_EXPIRATION +%s); \
             until [ $(date +%s) -gt $((end - 900)) ]; do sleep 0.1; done",
            login.display()
        );
        let words = ["each", "-j1", "-p", "dev", "-p", "read", "--", "sh", "-c", &script];
        let output = home.run(words).report();
        let keys = output.stdout().lines().map(|line| line.split(" | ").nth(1).expect("a key"));
        let people: Vec<String> = keys.map(|key| person(&home, key)).collect();
        assert_eq!(people, expected);
        assert_eq!(output.status.code(), Some(code));
        let why = "read: another person may have signed in to sso-session `corp`";
        assert_eq!(output.stderr.contains(why), next == "bob", "{}", output.stderr);
    }
}
