//! How long large organisations take. The figures are printed, and no test depends on them:
//!
//! ```sh
//! ACCOUNTS=1000 QUOTA_RATE=20 TEST_PROGRAM=$PWD/target/release/ssowrap \
//!     cargo test --test cli figures:: -- --nocapture --test-threads 1
//! ```

use std::time::{Duration, Instant};

use fake_aws::{Account, Consent, Options};

use crate::crowd::number;
use crate::support::{DEV, Home, SSOWRAP, START_URL, tool};
use crate::terminal::Terminal;

fn accounts(home: &Home) -> usize {
    let accounts = number("ACCOUNTS", 60);
    home.aws().set_accounts(Account::organisation(accounts, 3));
    let rate = u32::try_from(number("QUOTA_RATE", 20)).expect("a rate");
    home.aws().set_quota(rate, rate);
    accounts
}

/// Prints the time, and checks what does not depend on speed.
fn check(what: &str, home: &Home, took: Duration) {
    let (accounts, rate) = (number("ACCOUNTS", 60), number("QUOTA_RATE", 20));
    let pages = home.aws().count("ListAccounts");
    let requests = home.aws().count("ListAccountRoles");
    let ideal = (pages + accounts).saturating_sub(rate) as f64 / rate as f64;
    let seconds = took.as_secs_f64();
    eprintln!(
        "{what}: {accounts} accounts, {rate}/s: {:.3} requests per account, {seconds:.1} s, {:.2} x \
         ideal",
        requests as f64 / accounts as f64,
        seconds / ideal
    );
    assert!(requests * 10 <= accounts * 11, "{requests} requests for {accounts} accounts");
}

#[test]
fn an_organisation_is_listed() {
    let home = Home::with_aws().config(DEV).login("corp");
    let accounts = accounts(&home);
    let started = Instant::now();
    let output = home.tool(SSOWRAP, ["accounts", "--roles", "--csv"]).succeeds();
    check("accounts --roles", &home, started.elapsed());
    assert_eq!(output.stdout().lines().count(), 3 * accounts + 1);
}

/// An empty home, a sign-in in a browser, a profile for every role.
#[test]
fn from_nothing_to_every_role() {
    if tool("curl").is_none() {
        return;
    }
    let home = Home::with_options(Options { consent: Consent::Approve, ..Options::default() })
        .script("browser", "#!/bin/sh\ncurl -sL \"$1\"\n")
        .env("TERM", "xterm");
    let accounts = accounts(&home);
    let portal = ["configure", "--start-url", START_URL, "--sso-region", "eu-central-1"];
    let rest = ["--all", "--region", "eu-west-1", "--yes"];
    let run = home.tool(SSOWRAP, portal.iter().chain(&rest)).env("BROWSER", home.path("browser"));
    let started = Instant::now();
    let (status, shown) = Terminal::start(run).ends();
    check("configure --all", &home, started.elapsed());
    assert!(status.success(), "{shown}");
    let config = std::fs::read_to_string(home.path(".aws/config")).expect("a file");
    assert_eq!(config.matches("\n[profile Account-").count(), 3 * accounts);
}

/// The list of ten thousand appears at once, and narrows as fast as the user types.
#[test]
fn choosing_among_ten_thousand_profiles() {
    let profile = |number: usize| {
        format!(
            "[profile team-{number:05}]\nsso_session = corp\nsso_account_id = \
             {number:012}\nsso_role_name = Role{}\n",
            number % 7
        )
    };
    let profiles: String = (0..10_000).map(profile).collect();
    let home = Home::with_aws().config(&format!("{DEV}{profiles}")).login("corp");
    let home = home.env("TERM", "xterm").env("NO_COLOR", "1");
    let started = Instant::now();
    let terminal = Terminal::start(home.tool(SSOWRAP, ["__choose"]));
    terminal.expect("10,001/10,001");
    eprintln!("10,001 profiles: the list is there after {:?}", started.elapsed());
    let mut typed = String::new();
    for key in ["t", "0", "9", "9", "9", "9", "\u{7f}", "\u{7f}", "8", "8"] {
        match key {
            "\u{7f}" => drop(typed.pop()),
            key => typed.push_str(key),
        }
        let started = Instant::now();
        terminal.send(key);
        terminal.expect(&format!("profile> {typed}  "));
        eprintln!("{key:?}: {:?}", started.elapsed());
    }
    terminal.expect("team-09988");
    terminal.send("\r");
    let (status, shown) = terminal.ends();
    assert!(status.success() && shown.trim().ends_with("team-09988"), "{shown:?}");
}
