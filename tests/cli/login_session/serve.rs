//! Endpoints that serve an `aws login` login, or a role assumed with it.

use std::fs;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::chain::chain;
use super::{ARN, OPERATION, SESSION_REFRESH};
use super::{ended, fields, file, home, leave, minutes, path, refreshes};
use crate::endpoint::Client;
use crate::support::{Home, now};

/// Both endpoints, for a profile.
fn ways(profile: &str) -> [Vec<&str>; 2] {
    let around = ["-p", profile, "exec", "--renew", "--", "sh", "-c", "env; echo; exec cat"];
    [around.to_vec(), vec!["-q", "serve", "-p", profile]]
}

fn short() -> Duration {
    Duration::from_secs(4)
}

/// Whether this key is in the file, and valid for a while.
fn is_kept(home: &Home, key: &str) -> bool {
    let token = &fields(home)["accessToken"];
    let end = token["expiresAt"].as_str().expect("a time").parse::<DateTime<Utc>>();
    token["accessKeyId"] == key && end.expect("a time") > now() + minutes(5)
}

/// Each renewal is a refresh, which other tools find in the file.
#[test]
fn a_login_is_refreshed() {
    for words in ways("me") {
        let home = ended();
        home.aws().credential_lifetime_of(OPERATION, short());
        let client = Client::read(home.run(&words));
        let first = client.get("/").key();
        home.aws().credential_lifetime_of(OPERATION, Duration::from_secs(900));
        let next = client.get_until(|answer| answer.status != 200 || is_kept(&home, &answer.key()));
        assert_ne!(next.key(), first);
        let count = refreshes(&home);
        for _ in 0..5 {
            assert_eq!(client.get("/").key(), next.key());
        }
        assert_eq!(refreshes(&home), count, "{words:?}");
    }
}

/// Roles that last longer than the login's own credentials are renewed with new ones.
#[test]
fn a_role_on_top() {
    for words in ways("deploy") {
        let home = chain(ended());
        home.aws().credential_lifetime_of("AssumeRole", short());
        let client = Client::read(home.run(&words));
        let first = client.get("/").key();
        let mut login = fields(&home);
        login["accessToken"]["expiresAt"] = "2020-01-01T00:00:00Z".into();
        leave(&home, &login);
        let next = client.get_until(|answer| answer.status != 200 || answer.key() != first);
        assert_eq!(next.status, 200, "{}", next.body);
        assert_eq!(refreshes(&home), 2, "{words:?}");
        for entry in home.aws().log_of("AssumeRole") {
            assert_eq!(entry.principal.as_deref(), Some(ARN));
        }
    }
}

/// When the login ends, serving ends; with a new login, it resumes.
#[test]
fn after_a_logout() {
    for words in ways("me") {
        let home = home(TimeDelta::seconds(-5));
        home.aws().credential_lifetime_of(OPERATION, short());
        let client = Client::read(home.run(&words));
        assert_eq!(client.get("/").status, 200);
        home.run(["-p", "me", "logout", "-q"]).succeeds();
        let answer = client.get_until(|answer| answer.status != 200);
        assert!(answer.body.contains("\"login_required\""), "{}", answer.body);
        assert!(answer.body.contains("aws login --profile me"), "{}", answer.body);
        assert!(!home.path(&path(ARN)).exists());
        home.aws().add_login_session(SESSION_REFRESH, ARN);
        fs::create_dir_all(home.path(".aws/login/cache")).expect("directories");
        leave(&home, &file(minutes(14)));
        client.get_until(|answer| answer.status == 200);
    }
}
