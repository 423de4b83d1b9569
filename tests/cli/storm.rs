//! One exchange for any number of processes. `STORM=n` sets the size of the crowds; the default is
//! 100.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use fake_aws::{FakeAws, Fault};
use rustix::process::Signal;
use serde_json::Value;

use crate::crowd::{Ended, PATIENCE, Running, agree, death_at_any_moment, in_time, number};
use crate::entries::{
    CHAIN, age, asked, chain, dev_file, key_of, last_issued, names, own_file, tree,
};
use crate::support::{Home, TIMEOUT, Token, until};
use crate::terminal::Terminal;

const OPERATION: &str = "GetRoleCredentials";

fn crowd() -> usize {
    number("STORM", 100)
}

fn latency(home: &Home) {
    home.aws().set_latency("*", Duration::from_millis(100));
}

/// The printed access key.
fn key(stdout: &[u8]) -> String {
    let printed: Value = serde_json::from_slice(stdout).expect("JSON");
    printed["AccessKeyId"].as_str().expect("an access key").to_owned()
}

/// Returns when an operation has been requested this often.
fn arrived(aws: &FakeAws, operation: &str, count: usize) {
    assert!(aws.wait_for(operation, count, TIMEOUT), "{operation} is not asked for {count} times");
}

/// Complete entries, lock files, and nothing else.
fn no_litter(home: &Home) {
    for directory in [".aws/cli/cache", ".cache/ssowrap/roles"] {
        let directory = home.path(directory);
        for name in if directory.exists() { names(&directory) } else { Vec::new() } {
            assert!(name.ends_with(".json"), "{name}");
            crate::entries::read(&directory.join(name));
        }
    }
}

#[test]
fn a_crowd_for_a_role_of_identity_center() {
    in_time(|| {
        let home = chain();
        latency(&home);
        let output = agree(Running::helpers(&home, "dev", crowd()));
        assert_eq!(asked(&home), [OPERATION]);
        assert_eq!(key(&output), last_issued(&home, OPERATION));
        no_litter(&home);
    });
}

#[test]
fn a_crowd_for_a_chain() {
    in_time(|| {
        let home = chain();
        latency(&home);
        let output = agree(Running::helpers(&home, "deep", crowd()));
        assert_eq!(asked(&home), [OPERATION, "AssumeRole Deploy", "AssumeRole Deep"]);
        assert_eq!(key(&output), last_issued(&home, "AssumeRole"));
        no_litter(&home);
    });
}

/// From an expired login to a role, in all processes at once, but each request only once.
#[test]
fn a_crowd_with_an_expired_login() {
    in_time(|| {
        let token = Token::new().expires_in(TimeDelta::hours(-1));
        let home = Home::with_aws().config(CHAIN).token("corp", &token).refreshable();
        latency(&home);
        let output = agree(Running::helpers(&home, "deploy", crowd()));
        assert_eq!(asked(&home), ["CreateToken", OPERATION, "AssumeRole Deploy"]);
        assert_eq!(key(&output), last_issued(&home, "AssumeRole"));
        no_litter(&home);
    });
}

/// Links that several chains share are requested once.
#[test]
fn a_mixed_crowd() {
    in_time(|| {
        let home = chain();
        latency(&home);
        let profiles = ["dev", "deploy", "deep"];
        let crowds = profiles.map(|profile| (profile, crowd() / 5));
        let running = crowds.map(|(profile, count)| Running::helpers(&home, profile, count));
        let keys = running.map(|crowd| key(&agree(crowd)));
        let mut requests = asked(&home);
        requests.sort();
        assert_eq!(requests, ["AssumeRole Deep", "AssumeRole Deploy", OPERATION]);
        assert_eq!(profiles.map(|profile| key_of(&home, profile)), keys);
    });
}

/// Credentials past the window are renewed only once, too.
#[test]
fn a_crowd_past_the_window() {
    in_time(|| {
        let home = chain();
        let old = key_of(&home, "deploy");
        age(&own_file(&home, "/Deploy"), 3600, 800);
        home.aws().clear_log();
        latency(&home);
        let output = agree(Running::helpers(&home, "deploy", crowd() / 5));
        assert_ne!(key(&output), old);
        assert_eq!(asked(&home), ["AssumeRole Deploy"]);
    });
}

/// What another process got after they were started is new enough.
#[test]
fn a_crowd_that_wants_new_ones() {
    in_time(|| {
        let home = chain();
        let old = key_of(&home, "dev");
        home.aws().clear_log();
        home.aws().hold(OPERATION);
        let run = || Running::start(&home, ["--refresh", "-p", "dev", "credential-process"]);
        let mut crowd = vec![run()];
        arrived(home.aws(), OPERATION, 1);
        crowd.extend((0..10).map(|_| run()));
        crowd[1..].iter().for_each(Running::until_it_waits);
        home.aws().release(OPERATION);
        assert_ne!(key(&agree(crowd)), old);
        assert_eq!(home.aws().count("*"), 1);
    });
}

/// One process is throttled; the others wait.
#[test]
fn a_crowd_that_is_throttled() {
    in_time(|| {
        let home = chain();
        home.aws().fail(OPERATION, Fault::throttled(), 3);
        home.aws().fail("AssumeRole", Fault::sts_throttled(), 2);
        let output = agree(Running::helpers(&home, "deploy", crowd() / 5));
        assert_eq!(home.aws().count(OPERATION), 4);
        assert_eq!(home.aws().count("AssumeRole"), 3);
        assert_eq!(key(&output), last_issued(&home, "AssumeRole"));
    });
}

#[test]
fn different_keys_never_wait_for_each_other() {
    in_time(|| {
        let config = format!(
            "{CHAIN}\n[profile ro]\nsso_session = corp\nsso_account_id = 123456789012\n\
         sso_role_name = ReadOnly\n[profile deploy2]\n\
         role_arn = arn:aws:iam::210987654321:role/Deploy\nsource_profile = dev\n\
         role_session_name = other\nregion = eu-west-1\n"
        );
        let home = Home::with_aws().config(&config).login("corp");
        let both = |operation, profiles: [&str; 2]| {
            home.aws().hold(operation);
            let running = profiles.map(|profile| Running::helper(&home, profile));
            // Both requests have arrived before either is answered.
            arrived(home.aws(), operation, 2);
            home.aws().release(operation);
            let [one, two] = running.map(|running| key(&running.succeeds()));
            assert_ne!(one, two);
        };
        both(OPERATION, ["dev", "ro"]);
        both("AssumeRole", ["deploy", "deploy2"]);
        assert_eq!(home.aws().count("*"), 4);
    });
}

/// Processes that find cached credentials wait for nobody.
#[test]
fn processes_that_find_something_do_not_wait() {
    in_time(|| {
        let home = chain();
        let old = key_of(&home, "dev");
        home.aws().hold(OPERATION);
        let leader = Running::start(&home, ["--refresh", "-p", "dev", "credential-process"]);
        arrived(home.aws(), OPERATION, 2);
        assert_eq!(key_of(&home, "dev"), old);
        home.aws().release(OPERATION);
        assert_ne!(key(&leader.succeeds()), old);
    });
}

/// One process that sends the request, and `count` that wait for it. `operation` is held.
fn queue(home: &Home, profile: &str, operation: &str, count: usize) -> (Running, Vec<Running>) {
    home.aws().hold(operation);
    let leader = Running::helper(home, profile);
    arrived(home.aws(), operation, 1);
    let others = Running::helpers(home, profile, count);
    others.iter().for_each(Running::until_it_waits);
    (leader, others)
}

#[test]
fn the_death_of_the_one_that_asks() {
    in_time(|| {
        for (profile, operation) in
            [("dev", OPERATION), ("deploy", OPERATION), ("deploy", "AssumeRole")]
        {
            let home = chain();
            let (leader, others) = queue(&home, profile, operation, crowd() / 5);
            leader.kill();
            arrived(home.aws(), operation, 2);
            home.aws().release(operation);
            agree(others);
            assert_eq!(home.aws().count(operation), 2, "{profile} {operation}");
            no_litter(&home);
        }
    });
}

/// Each of them is killed in turn: the next one continues.
#[test]
fn a_series_of_deaths() {
    in_time(|| {
        let home = chain();
        let (leader, mut others) = queue(&home, "dev", OPERATION, 5);
        leader.kill();
        for asked in 2..5 {
            arrived(home.aws(), OPERATION, asked);
            // The one that sends the request no longer waits.
            let asks = || others.iter().position(|other| !other.waits());
            let leader = until("one that asks", asks);
            others.swap_remove(leader).kill();
        }
        arrived(home.aws(), OPERATION, 5);
        home.aws().release(OPERATION);
        agree(others);
        assert_eq!(home.aws().count(OPERATION), 5);
    });
}

/// The others wait ten seconds; then they send the request themselves.
#[test]
fn the_one_that_asks_does_not_come_back() {
    let home = chain();
    home.aws().hold(OPERATION);
    let leader = Running::helper(&home, "dev");
    arrived(home.aws(), OPERATION, 1);
    leader.signal(Signal::STOP);
    home.aws().release(OPERATION);
    let started = Instant::now();
    let others = Running::helpers(&home, "dev", 3);
    let keys: Vec<String> = others.into_iter().map(|other| key(&other.succeeds())).collect();
    let waited = started.elapsed();
    assert!(waited >= PATIENCE, "{waited:?}");
    // One that starts later may find what another of them got meanwhile.
    let issued = home.aws().log_of(OPERATION);
    assert!((2..=4).contains(&issued.len()), "{}", issued.len());
    for key in &keys {
        assert!(issued.iter().any(|e| e.issued_access_key_id.as_ref() == Some(key)), "{key}");
    }
    // A later process does not wait at all.
    let key = key_of(&home, "dev");
    assert!(keys.contains(&key));
    // The process that was stopped does no harm either.
    leader.signal(Signal::CONT);
    leader.succeeds();
    no_litter(&home);
}

/// After a second, and only for a user.
#[test]
fn a_user_is_told_about_waiting() {
    in_time(|| {
        let home = chain();
        let (leader, others) = queue(&home, "dev", OPERATION, 1);
        let started = Instant::now();
        let terminal = Terminal::start(home.run(["-p", "dev", "credential-process"]));
        let notice = "note:\u{1b}[0m waiting for another ssowrap, which is getting these \
                      credentials\r\n";
        assert_eq!(terminal.expect(notice), "\u{1b}[36m");
        assert!(started.elapsed() >= Duration::from_secs(1));
        home.aws().release(OPERATION);
        let printed = leader.succeeds();
        terminal.expect(&key(&printed));
        assert!(terminal.ends().0.success());
        // The one without a terminal waited as long, without a message.
        others.into_iter().for_each(|other| drop(other.succeeds()));
    });
}

#[test]
fn a_wait_can_be_interrupted() {
    in_time(|| {
        let home = chain();
        let (leader, others) = queue(&home, "deploy", OPERATION, 1);
        let before = tree(&home.path(""));
        for other in others {
            other.signal(Signal::INT);
            let Ended { status, stdout, stderr } = other.ends();
            let signal = std::os::unix::process::ExitStatusExt::signal(&status);
            assert!(status.code() == Some(130) || signal == Some(2), "{status}");
            assert_eq!((stdout, stderr.as_str()), (Vec::new(), ""));
        }
        assert_eq!(tree(&home.path("")), before);
        home.aws().release(OPERATION);
        leader.succeeds();
        assert_eq!(home.aws().count(OPERATION), 1);
    });
}

/// One process's error is not the others': the cause may be gone.
#[test]
fn the_one_that_asks_fails() {
    in_time(|| {
        let home = chain();
        home.aws().fail(OPERATION, Fault::Garbage, 1);
        let (leader, others) = queue(&home, "dev", OPERATION, 3);
        home.aws().release(OPERATION);
        assert_eq!(leader.ends().status.code(), Some(6));
        agree(others);
        assert_eq!(home.aws().count(OPERATION), 2);
    });
}

/// If AWS refuses a cached link, one of them renews it.
#[test]
fn a_crowd_with_a_refused_link() {
    in_time(|| {
        let home = chain();
        let dead = key_of(&home, "dev");
        home.aws().expire_key(&dead);
        home.aws().clear_log();
        latency(&home);
        agree(Running::helpers(&home, "deploy", crowd() / 5));
        assert_eq!(asked(&home), ["AssumeRole Deploy", OPERATION, "AssumeRole Deploy"]);
        assert_eq!(
            crate::entries::read(&dev_file(&home))["Credentials"]["AccessKeyId"],
            last_issued(&home, OPERATION)
        );
    });
}

/// Whenever it is killed, each file is the old one or the new one.
#[test]
fn killed_at_any_moment() {
    let home = chain();
    home.run(["-p", "deploy", "credential-process"]).succeeds();
    let directories = [".aws/cli/cache", ".cache/ssowrap/roles"].map(|path| home.path(path));
    let run = || Running::start(&home, ["--refresh", "-p", "deploy", "credential-process"]);
    let check = || {
        for directory in &directories {
            let entries = names(directory).into_iter().filter(|name| name.ends_with(".json"));
            let entries: Vec<Value> =
                entries.map(|name| crate::entries::read(&directory.join(name))).collect();
            assert_eq!(entries.len(), 1);
        }
    };
    death_at_any_moment(run, || (), check);
    no_litter(&home);
}
