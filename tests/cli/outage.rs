//! Exchanges that fail while credentials past their window are still valid: they are used during an
//! outage, but not after a refusal.

use std::fs;
use std::path::PathBuf;

use fake_aws::Fault;

use crate::entries::{access_key, age, asked, chain, dev_file, key_of, own_file, tree};
use crate::freshness::{KINDS, kinds};
use crate::support::{Home, Token, token_file};

/// A role that cannot be used even with new credentials is not requested forever.
#[test]
fn a_link_that_stays_refused_ends_in_an_error() {
    let home = chain();
    key_of(&home, "deploy");
    age(&own_file(&home, "/Deploy"), 3600, 800);
    home.aws().clear_log();
    home.aws().fail_always("AssumeRole", Fault::error(403, "ExpiredToken", "It is expired"));
    let output = home.run(["-p", "deploy", "export"]).output();
    assert_eq!(output.status.code(), Some(5), "{}", output.stderr);
    let expected = ["AssumeRole Deploy", "GetRoleCredentials", "AssumeRole Deploy"];
    assert_eq!(asked(&home), expected);
}

/// Credentials past the window, and an exchange that fails in this way.
fn past_the_window(fail: impl Fn(&Home, &str), check: impl Fn(&Home, &str, PathBuf, &str)) {
    kinds(|home, profile, file, operation, key| {
        age(&file, 3600, 805);
        fail(home, operation);
        check(home, profile, file, &key);
    });
}

#[test]
fn valid_credentials_are_used_if_an_exchange_fails() {
    let faults = [
        Fault::internal(),
        Fault::unavailable(),
        Fault::throttled(),
        Fault::Drop,
        Fault::Garbage,
        // A proxy's refusal is not AWS's.
        Fault::HtmlPage(403),
        Fault::error(400, "SomethingNew", "No."),
    ];
    // Each takes as long as its attempts.
    std::thread::scope(|scope| {
        for fault in &faults {
            for (profile, file) in KINDS {
                scope.spawn(move || bridged(fault, profile, file));
            }
        }
    });
}

fn bridged(fault: &Fault, profile: &str, file: fn(&Home) -> PathBuf) {
    let home = chain();
    let key = key_of(&home, profile);
    let file = file(&home);
    age(&file, 3600, 805);
    let before = fs::read(&file).expect("an entry");
    let operation = if profile == "dev" { "GetRoleCredentials" } else { "AssumeRole" };
    home.aws().fail_always(operation, fault.clone());
    let output = home.run(["-p", profile, "export"]).output();
    assert!(output.status.success(), "{fault:?}: {}", output.stderr);
    assert_eq!(access_key(&output), key);
    served_with_a_warning(&output.stderr);
    assert_eq!(fs::read(&file).expect("an entry"), before);
    let quiet = home.run(["-q", "-p", profile, "export"]).succeeds();
    assert_eq!(access_key(&quiet), key);
}

/// Checks for one line that says why and for how long.
fn served_with_a_warning(stderr: &str) {
    let line = stderr.strip_suffix('\n').expect("a line");
    assert!(!line.contains('\n'), "more than one line:\n{stderr}");
    let end = "; using the cached credentials, which expire in 13 min";
    assert!(line.starts_with("warning: ") && line.ends_with(end), "{stderr}");
}

#[test]
fn the_warning_in_full() {
    let home = chain();
    let key = key_of(&home, "dev");
    age(&dev_file(&home), 3600, 805);
    let url = home.aws().url();
    home.aws().fail_always("GetRoleCredentials", Fault::Garbage);
    let output = home.run(["-p", "dev", "export"]).output();
    assert_eq!(access_key(&output), key);
    let host = url.replace("http://", "");
    assert_eq!(
        output.stderr,
        format!(
            "warning: GetRoleCredentials for profile `dev` failed: unexpected answer from {host}: \
             its body is malformed; using the cached credentials, which expire in 13 min\n"
        )
    );
}

#[test]
fn nobody_listens() {
    let test = |profile, file: fn(&Home) -> PathBuf| {
        let home = chain();
        let key = key_of(&home, profile);
        age(&file(&home), 3600, 805);
        let output = home.aws_gone().run(["-p", profile, "export"]).output();
        assert_eq!(access_key(&output), key);
        served_with_a_warning(&output.stderr);
    };
    std::thread::scope(|scope| {
        for (profile, file) in KINDS {
            scope.spawn(move || test(profile, file));
        }
    });
}

/// As long as an operation may take: half a minute.
#[test]
fn nobody_answers() {
    let home = chain();
    let key = key_of(&home, "dev");
    age(&dev_file(&home), 3600, 845);
    home.aws().fail_always("GetRoleCredentials", Fault::Hang);
    let output = home.run(["-p", "dev", "export"]).output();
    assert_eq!(access_key(&output), key);
    served_with_a_warning(&output.stderr);
}

#[test]
fn an_expired_login() {
    for (profile, file) in KINDS {
        let home = chain();
        let key = key_of(&home, profile);
        age(&file(&home), 3600, 805);
        if profile != "dev" {
            age(&dev_file(&home), 3600, 0);
        }
        let expired = Token::new().without_refresh().expires_at("2020-01-01T00:00:00Z");
        home.write(&token_file("corp"), expired.to_json());
        let output = home.run(["-p", profile, "export"]).output();
        assert_eq!(access_key(&output), key);
        served_with_a_warning(&output.stderr);
        assert!(output.stderr.contains("`dev` needs a login"), "{}", output.stderr);
    }
}

#[test]
fn a_refusal_is_not_hidden_and_removes_nothing() {
    for (fault, code) in [
        (Fault::error(401, "UnauthorizedException", "Session token not found or invalid"), 3),
        (Fault::error(403, "ForbiddenException", "No access"), 5),
        (Fault::error(404, "ResourceNotFoundException", "No such account"), 5),
    ] {
        let home = chain();
        key_of(&home, "dev");
        age(&dev_file(&home), 3600, 805);
        refused(&home, "dev", "GetRoleCredentials", fault, code);
    }
    for (fault, code) in [
        (Fault::error(403, "AccessDenied", "No"), 5),
        (Fault::error(403, "InvalidClientTokenId", "No such key"), 5),
        (Fault::error(403, "ExpiredToken", "It is expired"), 5),
        (Fault::error(403, "SignatureDoesNotMatch", "No match"), 5),
        (Fault::error(403, "SomethingNew", "No"), 5),
        (Fault::error(401, "SomethingNew", "No"), 5),
    ] {
        let home = chain();
        key_of(&home, "deploy");
        age(&own_file(&home, "/Deploy"), 3600, 805);
        refused(&home, "deploy", "AssumeRole", fault, code);
    }
    // A link on the way.
    let home = chain();
    key_of(&home, "deploy");
    age(&own_file(&home, "/Deploy"), 3600, 805);
    age(&dev_file(&home), 3600, 0);
    let fault = Fault::error(401, "UnauthorizedException", "Session token not found or invalid");
    refused(&home, "deploy", "GetRoleCredentials", fault, 3);
}

fn refused(home: &Home, profile: &str, operation: &str, fault: Fault, code: i32) {
    let tree = || {
        let mut tree = tree(&home.path(""));
        // A refused token is refreshed, and a login noted; only the cache must stay.
        let kept = [".aws/cli/cache", ".cache/ssowrap/roles"].map(|place| home.path(place));
        tree.retain(|path, _| kept.iter().any(|place| path.starts_with(place)));
        tree
    };
    let before = tree();
    home.aws().fail_always(operation, fault.clone());
    let output = home.run(["-p", profile, "export"]).output();
    assert_eq!(output.status.code(), Some(code), "{fault:?}: {}", output.stderr);
    assert!(output.stderr.starts_with("error: "), "{}", output.stderr);
    let mut after = tree();
    // The link below may have been renewed meanwhile.
    if operation == "AssumeRole" {
        after.insert(dev_file(home), before[&dev_file(home)].clone());
    }
    assert_eq!(after, before, "{fault:?}");
}

/// Fresh credentials need no request, so nothing is refused.
#[test]
fn what_is_fresh_is_served_without_a_question() {
    kinds(|home, profile, _, operation, key| {
        home.aws().fail_always(operation, Fault::error(403, "AccessDenied", "No"));
        assert_eq!(key_of(home, profile), key);
        assert_eq!(home.aws().count("*"), 0);
    });
}

#[test]
fn what_has_expired_is_never_served() {
    for left in [0, -60] {
        kinds(|home, profile, file, operation, _| {
            age(&file, 3600, left);
            home.aws().fail_always(operation, Fault::Garbage);
            let output = home.run(["-p", profile, "export"]).output();
            assert_eq!(output.status.code(), Some(6), "{left}: {}", output.stderr);
        });
    }
}

#[test]
fn what_does_not_last_is_never_served() {
    past_the_window(
        |home, operation| home.aws().fail_always(operation, Fault::Garbage),
        |home, profile, _, key| {
            let run = |min_ttl| home.run(["-p", profile, "--min-ttl", min_ttl, "export"]).output();
            assert_eq!(access_key(&run("13m")), key);
            let output = run("14m");
            assert_eq!(output.status.code(), Some(6), "{}", output.stderr);
            let refreshed = home.run(["--refresh", "-p", profile, "export"]).output();
            assert_eq!(refreshed.status.code(), Some(6), "--refresh wants new ones");
        },
    );
}
