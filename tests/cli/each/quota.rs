//! `each` under the portal's quota. `EACH_PROFILES=180 cargo test --test cli each::quota --
//! --nocapture` prints figures.

use std::time::Instant;

use crate::crowd::number;
use crate::quota::organisation;

const OPERATION: &str = "GetRoleCredentials";

#[test]
fn all_credentials_before_the_first_command() {
    let profiles = number("EACH_PROFILES", 45);
    let home = organisation(profiles);
    home.aws().set_quota(20, 20);
    let started = Instant::now();
    let words = ["each", "-p", "p*", "-j8", "--", "sh", "-c", "date +%s.%N >>began; exit 0"];
    let output = home.run(words).output();
    let seconds = started.elapsed().as_secs_f64();
    let requests = home.aws().count(OPERATION);
    let began = std::fs::read_to_string(home.path("began")).expect("times");
    let began = began.lines().map(|line| line.parse::<f64>().expect("a time"));
    let first = began.clone().fold(f64::INFINITY, f64::min);
    let last = home.aws().log_of(OPERATION).last().map(|entry| entry.time_ms as f64 / 1000.0);
    let until_first = first - (crate::support::now().timestamp_micros() as f64 / 1e6 - seconds);
    let ideal = profiles.saturating_sub(20) as f64 / 20.0;
    eprintln!(
        "{profiles} profiles: {requests} requests, first command after {until_first:.1} s = {:.2} x \
         ideal, {seconds:.1} s in all",
        until_first / ideal
    );
    assert!(output.status.success(), "{}", output.stderr);
    assert_eq!(began.count(), profiles);
    assert!(requests * 100 <= profiles * 115, "{requests} requests for {profiles}");
    assert!(last.is_some_and(|last| last <= first), "a command began before the last answer");
}
