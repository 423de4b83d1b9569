//! Many roles at once under the portal's quota. `QUOTA_ROLES=180 QUOTA_CROWD=32 QUOTA_RATE=20 cargo
//! test --test cli quota -- --nocapture` prints figures.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use fake_aws::{Account, Fault};
use serde_json::json;

use crate::crowd::{Ended, PATIENCE, Running, number};
use crate::support::{Home, now, until};

const OPERATION: &str = "GetRoleCredentials";

/// A home with this many profiles, each for a role in its own account.
pub(crate) fn organisation(roles: usize) -> Home {
    let accounts = Account::organisation(roles, 1);
    let profiles = accounts.iter().enumerate().map(|(number, account)| {
        let id = &account.id;
        format!("[profile p{number}]\nsso_session = corp\nsso_account_id = {id}\nsso_role_name = Role1\n\n")
    });
    let session = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\n\
                   sso_region = eu-central-1\n";
    let config = profiles.collect::<String>() + session;
    let home = Home::with_aws().config(&config).login("corp");
    home.aws().set_accounts(accounts);
    home
}

/// Requests every profile, with `at_once` processes at a time.
fn ask_for_all(home: &Home, roles: usize, at_once: usize) -> Vec<Ended> {
    let profiles = Mutex::new((0..roles).map(|number| format!("p{number}")));
    let next = || profiles.lock().expect("not poisoned").next();
    let work = || {
        let mut ended = Vec::new();
        while let Some(profile) = next() {
            ended.push(Running::helper(home, &profile).ends());
        }
        ended
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect()
    })
}

#[test]
fn nothing_fails_and_few_requests_are_repeated() {
    let (roles, at_once) = (number("QUOTA_ROLES", 45), number("QUOTA_CROWD", 16));
    let rate = number("QUOTA_RATE", 20);
    let home = organisation(roles);
    let rate_of_fake = u32::try_from(rate).expect("a rate");
    home.aws().set_quota(rate_of_fake, rate_of_fake);
    let started = Instant::now();
    let ended = ask_for_all(&home, roles, at_once);
    let seconds = started.elapsed().as_secs_f64();
    let failures: Vec<_> = ended.iter().filter(|ended| !ended.status.success()).collect();
    let requests = home.aws().count(OPERATION);
    let ideal = roles.saturating_sub(rate) as f64 / rate as f64 + 1.0;
    eprintln!(
        "{roles} roles, {at_once} at once, {rate}/s: {} failures, {:.3} requests each, \
         {seconds:.1} s = {:.2} x ideal",
        failures.len(),
        requests as f64 / roles as f64,
        seconds / ideal
    );
    assert!(failures.is_empty(), "{} failed, the first: {:?}", failures.len(), failures[0]);
    // With 2 requests per second, ssowrap must find out the rate first.
    if rate >= 20 {
        assert!(requests * 100 <= roles * 115, "{requests} requests for {roles} roles");
    }
    let said = ended.iter().map(|ended| ended.stderr.as_str()).find(|said| !said.is_empty());
    assert_eq!(said, None);
}

/// The copy of the portal's bucket that the processes share. Created by a first request.
fn bucket(home: &Home) -> PathBuf {
    home.run(["-p", "p0", "export"]).succeeds();
    home.aws().clear_log();
    let mut entries = fs::read_dir(home.path(".local/state/ssowrap/pace")).expect("a directory");
    entries.next().expect("a bucket").expect("an entry").path()
}

/// Puts this many requests into the queue, at 20 per second. Returns the time.
fn fill(bucket: &PathBuf, requests: u32) -> i64 {
    let at = now().timestamp_millis();
    let text = json!({
        "level": -f64::from(requests), "at": at, "is_drained": true, "rate": 20.0, "throttled_at": 0,
        "pause": 0
    });
    fs::write(bucket, text.to_string()).expect("a bucket");
    at
}

/// How many requests have entered the queue since it was filled, including those that have left it.
fn waiting(bucket: &PathBuf, filled_at: i64) -> f64 {
    let text = fs::read_to_string(bucket).expect("a bucket");
    let bucket: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let seconds = (bucket["at"].as_i64().expect("a time") - filled_at) as f64 / 1000.0;
    seconds * 20.0 - bucket["level"].as_f64().expect("a level")
}

/// A program waits at most a minute. A request that would take longer fails at once, and frees its
/// place in the queue.
#[test]
fn a_queue_that_is_too_long() {
    let home = organisation(2);
    let bucket = bucket(&home);
    let filled_at = fill(&bucket, 2000);
    let host = home.aws().url().replace("http://", "");
    let seconds = |said: &str| {
        let start = format!("the request quota of {host} is used up for the next ");
        let (_, rest) = said.split_once(&start).unwrap_or_else(|| panic!("{said}"));
        rest.split(' ').next().and_then(|word| word.parse::<u32>().ok()).expect("a number")
    };
    let run = || home.run(["-p", "p1", "credential-process"]);
    for _ in 0..3 {
        let output = run().output();
        assert_eq!(output.status.code(), Some(6));
        assert!((56..=101).contains(&seconds(&output.stderr)), "{}", output.stderr);
        let hint = " s\nhint: wait that long, or ask for fewer roles at once\n";
        assert!(output.stderr.contains(hint), "{}", output.stderr);
    }
    let wrap = home.run(["aws2-wrap", "--profile", "p1", "--process"]).output();
    assert!((56..=101).contains(&seconds(&wrap.stderr)), "{}", wrap.stderr);
    assert_eq!(home.aws().count(OPERATION), 0);
    assert!((waiting(&bucket, filled_at) - 2000.0).abs() < 0.5, "no place is kept");
    fill(&bucket, 0);
    run().succeeds();
}

/// If a process waits for another one to get the same role, it waits as long as that one is in the
/// queue.
#[test]
fn a_process_that_waits_for_the_quota_is_not_overtaken() {
    let home = organisation(2);
    let bucket = bucket(&home);
    // 13 s: longer than processes usually wait for a lock.
    fill(&bucket, 250);
    let first = Running::helper(&home, "p1");
    until("a place in the queue", || {
        let text = fs::read_to_string(&bucket).expect("a bucket");
        // It is written in place.
        let level = serde_json::from_str::<serde_json::Value>(&text).ok()?["level"].as_f64()?;
        (level.fract() != 0.0 || level < -250.0).then_some(())
    });
    let others: Vec<_> = (0..3).map(|_| Running::helper(&home, "p1")).collect();
    for running in others.into_iter().chain([first]) {
        let ended = running.ends();
        assert!(ended.status.success(), "{}", ended.stderr);
    }
    assert_eq!(home.aws().count(OPERATION), 1);
}

/// What the portal says to one process holds for all.
#[test]
fn all_processes_come_back_when_the_portal_says() {
    let home = organisation(6);
    let bucket = bucket(&home);
    home.aws().fail(OPERATION, Fault::throttled().with_retry_after("3"), 1);
    let first = Running::helper(&home, "p1");
    until("the refusal", || {
        let text = fs::read_to_string(&bucket).expect("a bucket");
        // It is written in place.
        let bucket = serde_json::from_str::<serde_json::Value>(&text).ok()?;
        (bucket["throttled_at"].as_i64()? > 0).then_some(())
    });
    let refused = Instant::now();
    let others: Vec<_> = (2..6).map(|n| Running::helper(&home, &format!("p{n}"))).collect();
    assert!(home.aws().wait_for(OPERATION, 2, PATIENCE));
    assert!(refused.elapsed() >= Duration::from_millis(2500), "{:?}", refused.elapsed());
    for running in others.into_iter().chain([first]) {
        let ended = running.ends();
        assert!(ended.status.success(), "{}", ended.stderr);
    }
    assert_eq!(home.aws().count(OPERATION), 6);
}

/// If the processes can't share a bucket, each keeps its own.
#[test]
fn a_bucket_that_cannot_be_used() {
    let home = organisation(3);
    let bucket = bucket(&home);
    let held = File::open(&bucket).expect("a bucket");
    held.lock().expect("a lock");
    home.run(["-p", "p1", "credential-process"]).succeeds();
    drop(held);
    let directory = bucket.parent().expect("a directory");
    fs::remove_dir_all(directory).expect("a directory");
    fs::write(directory, "").expect("a file in its place");
    home.run(["-p", "p2", "credential-process"]).succeeds();
    assert_eq!(home.aws().count(OPERATION), 2);
}
