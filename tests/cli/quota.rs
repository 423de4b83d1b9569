//! Many roles at once under the portal's quota. By hand: `QUOTA_ROLES=180 QUOTA_CROWD=32
//! QUOTA_RATE=20 cargo test --test cli quota -- --nocapture` prints figures.

use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use fake_aws::Account;

use crate::crowd::{Ended, Running, number};
use crate::support::Home;

const OPERATION: &str = "GetRoleCredentials";

/// A home with so many profiles, each for a role in an account of its own.
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

/// Asks for every profile, so many at a time.
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
fn nobody_fails_and_few_are_asked_twice() {
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
    // At 2/s the rate has to be found out first.
    if rate >= 20 {
        assert!(requests * 100 <= roles * 115, "{requests} requests for {roles} roles");
    }
    let said = ended.iter().map(|ended| ended.stderr.as_str()).find(|said| !said.is_empty());
    assert_eq!(said, None);
}
