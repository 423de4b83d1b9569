//! When cached role credentials are used, and when they are renewed.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::entries::{
    access_key, after_login, age, asked, chain, dev_file, key_of, last_issued, own_file, read,
};
use crate::support::{Home, SSOWRAP, Token, token_file, tool};

/// The function that returns the cache file of a profile's last link.
pub(crate) type FileOf = fn(&Home) -> PathBuf;

/// Both kinds of entries: a profile and its cache file.
pub(crate) const KINDS: [(&str, FileOf); 2] =
    [("dev", dev_file), ("deploy", |home| own_file(home, "/Deploy"))];

/// Both kinds of entries, and the operation that renews each.
pub(crate) fn kinds(test: impl Fn(&Home, &str, PathBuf, &str, String)) {
    for (profile, file) in KINDS {
        let home = chain();
        let key = key_of(&home, profile);
        let operation = if profile == "dev" { "GetRoleCredentials" } else { "AssumeRole" };
        home.aws().clear_log();
        test(&home, profile, file(&home), operation, key);
    }
}

#[test]
fn served_while_they_outlive_the_window() {
    for (lifetime, left, fresh) in [
        // 15 minutes ...
        (3600, 3600, true),
        (3600, 905, true),
        (3600, 895, false),
        (43_200, 905, true),
        (43_200, 895, false),
        // ... or half of the lifetime ...
        (1800, 905, true),
        (1800, 895, false),
        (900, 455, true),
        (900, 445, false),
        (100, 55, true),
        (100, 45, false),
        // ... whatever the file says if its times make no sense.
        (-100, 905, true),
        (-100, 895, false),
        (3600, -5, false),
        (-100, -5, false),
    ] {
        kinds(|home, profile, file, operation, old| {
            let case = format!("{profile}: {left} s of {lifetime} s");
            age(&file, lifetime, left);
            let key = key_of(home, profile);
            assert_eq!(key == old, fresh, "{case}");
            assert_eq!(home.aws().count(operation), usize::from(!fresh), "{case}");
        });
    }
}

/// The AWS CLI never uses these, because they last for exactly its window.
#[test]
fn sessions_of_a_quarter_of_an_hour_are_served() {
    for (profile, _) in KINDS {
        let home = chain();
        home.aws().credential_lifetime(Duration::from_secs(900));
        let key = key_of(&home, profile);
        assert_eq!(key_of(&home, profile), key);
        assert_eq!(last_issued(&home, "*"), key);
    }
}

/// They expire before the call that got them ends.
#[test]
fn very_short_sessions_are_handed_out_once() {
    let home = chain();
    home.aws().credential_lifetime(Duration::from_secs(3));
    let key = key_of(&home, "dev");
    age(&dev_file(&home), 3, 1);
    assert_ne!(key_of(&home, "dev"), key);
}

#[test]
fn min_ttl_raises_the_window() {
    for (left, min_ttl, fresh) in
        [(2000, "30m", true), (2000, "40m", false), (1000, "1s", true), (895, "1s", false)]
    {
        kinds(|home, profile, file, _, old| {
            age(&file, 3600, left);
            let output = home.run(["-p", profile, "--min-ttl", min_ttl, "export"]).succeeds();
            assert_eq!(access_key(&output) == old, fresh, "{profile}: {left} s, {min_ttl}");
        });
    }
}

#[test]
fn what_cannot_last_that_long_is_reported_and_cached() {
    let of = |profile: &str, lifetime, min_ttl: &str, stderr: &str| {
        let home = chain();
        home.aws().credential_lifetime(Duration::from_secs(lifetime));
        let run = || home.run(["-p", profile, "--min-ttl", min_ttl, "export"]);
        run().fails(1, stderr);
        let key = key_of(&home, profile);
        assert_eq!(last_issued(&home, "*"), key, "kept for those who want less");
        run().fails(1, stderr);
    };
    of(
        "dev",
        900,
        "1h",
        "error: profile `dev` gives credentials that last 15 min, but --min-ttl asks for 1 h\n\
         hint: raise the session duration of the permission set, or lower --min-ttl\n",
    );
    of(
        "deploy",
        3600,
        "1h30m",
        "error: profile `deploy` gives credentials that last 1 h, but --min-ttl asks for 1 h \
         30 min\nhint: raise `duration_seconds` of the profile (at most one hour for a role assumed \
         with the credentials of another role), or lower --min-ttl\n",
    );
    let role = "arn:aws:iam::210987654321:role/Deploy";
    let output = chain().run(["-p", "dev", "--assume", role, "--min-ttl", "2h", "export"]).output();
    assert!(output.stderr.contains("hint: raise `--duration` (at most"), "{}", output.stderr);
}

#[test]
fn a_role_of_an_hour_gives_an_hour() {
    for (profile, _) in KINDS {
        let home = chain();
        home.run(["-p", profile, "--min-ttl", "1h", "export"]).succeeds();
    }
}

#[test]
fn a_min_ttl_that_is_no_duration() {
    let home = chain();
    home.run(["-p", "dev", "--min-ttl", "soon", "export"]).fails(
        2,
        "error: --min-ttl `soon` is not a duration\n\
         hint: write it as `90s`, `15m`, `1h` or `1h30m`\n",
    );
    home.run(["-p", "dev", "--min-ttl", "13h", "export"]).fails(
        2,
        "error: --min-ttl `13h` is longer than 12 hours\n\
         hint: role credentials last at most 12 hours\n",
    );
    assert_eq!(home.aws().count("*"), 0);
}

/// An expired token, and nobody to sign in.
#[test]
fn cached_credentials_need_no_live_token_and_no_network() {
    for (profile, _) in KINDS {
        let home = chain();
        let key = key_of(&home, profile);
        let expired = Token::new().without_refresh().expires_at("2020-01-01T00:00:00Z");
        let home = home.raw_token("corp", expired.to_json());
        assert_eq!(key_of(&home.aws_gone(), profile), key);
    }
}

/// No token, a broken one, or another portal's: nobody is signed in, and nothing cached is used.
#[test]
fn cached_credentials_need_a_login() {
    let foreign = Token::new().start_url("https://other.awsapps.com/start").to_json();
    for token in [None, Some("{".to_owned()), Some(foreign)] {
        for (profile, _) in KINDS {
            let home = chain();
            key_of(&home, profile);
            let file = home.path(&token_file("corp"));
            match &token {
                Some(text) => fs::write(&file, text).expect("a file"),
                None => fs::remove_file(&file).expect("a token"),
            }
            home.aws().clear_log();
            let output = home.run(["-p", profile, "credential-process"]).output();
            assert_eq!((output.status.code(), output.stdout()), (Some(3), ""));
            assert_eq!(home.aws().count("*"), 0, "{profile} {token:?}");
        }
    }
}

#[test]
fn a_chain_resumes_at_its_last_live_link() {
    type Gone = fn(&Home);
    let cases: [(Gone, &[&str]); 7] = [
        (|home| age(&own_file(home, "/Deep"), 3600, 800), &["AssumeRole Deep"]),
        (|home| fs::remove_file(own_file(home, "/Deep")).expect("it"), &["AssumeRole Deep"]),
        // Cached credentials don't need the links below.
        (|home| age(&own_file(home, "/Deploy"), 3600, 0), &[]),
        (|home| fs::remove_file(dev_file(home)).expect("it"), &[]),
        // A link on the way must last for one request, not for the window.
        (
            |home| {
                age(&own_file(home, "/Deep"), 3600, 0);
                age(&own_file(home, "/Deploy"), 3600, 60);
            },
            &["AssumeRole Deep"],
        ),
        (
            |home| {
                age(&own_file(home, "/Deep"), 3600, 0);
                age(&own_file(home, "/Deploy"), 3600, 20);
                age(&dev_file(home), 3600, 60);
            },
            &["AssumeRole Deploy", "AssumeRole Deep"],
        ),
        (
            |home| {
                age(&own_file(home, "/Deep"), 3600, 0);
                age(&own_file(home, "/Deploy"), 3600, 20);
                age(&dev_file(home), 3600, 20);
            },
            &["GetRoleCredentials", "AssumeRole Deploy", "AssumeRole Deep"],
        ),
    ];
    for (gone, expected) in cases {
        let home = chain();
        key_of(&home, "deep");
        gone(&home);
        home.aws().clear_log();
        let key = key_of(&home, "deep");
        assert_eq!(asked(&home), expected);
        if !expected.is_empty() {
            assert_eq!(last_issued(&home, "AssumeRole"), key);
        }
    }
}

/// The token isn't needed if a link above it is still valid.
#[test]
fn a_chain_resumes_without_a_live_token() {
    let home = chain();
    key_of(&home, "deep");
    fs::remove_file(own_file(&home, "/Deep")).expect("it");
    fs::remove_file(dev_file(&home)).expect("it");
    let expired = Token::new().without_refresh().expires_at("2020-01-01T00:00:00Z");
    let home = home.raw_token("corp", expired.to_json());
    home.aws().clear_log();
    key_of(&home, "deep");
    assert_eq!(asked(&home), ["AssumeRole Deep"]);
}

/// Revoked, or created by something that AWS has forgotten: no reason to ask the user.
#[test]
fn a_cached_link_that_aws_refuses_is_renewed() {
    let home = chain();
    let mut key = key_of(&home, "deep");
    for (dead, expected) in [
        (
            vec![own_file(&home, "/Deploy")],
            &["AssumeRole Deep", "AssumeRole Deploy", "AssumeRole Deep"][..],
        ),
        (
            vec![own_file(&home, "/Deploy"), dev_file(&home)],
            &[
                "AssumeRole Deep",
                "AssumeRole Deploy",
                "GetRoleCredentials",
                "AssumeRole Deploy",
                "AssumeRole Deep",
            ],
        ),
    ] {
        for file in dead {
            let entry = read(&file);
            let id = entry.pointer("/Credentials/AccessKeyId").unwrap_or(&entry["access_key_id"]);
            home.aws().expire_key(id.as_str().expect("a key"));
        }
        age(&own_file(&home, "/Deep"), 3600, 800);
        home.aws().clear_log();
        let new = key_of(&home, "deep");
        assert_eq!(asked(&home), expected);
        assert_ne!(new, key);
        key = new;
        // What was renewed is stored.
        age(&own_file(&home, "/Deep"), 3600, 800);
        home.aws().clear_log();
        key = match key_of(&home, "deep") {
            new if new != key => new,
            _ => panic!("the old key, which was past the window"),
        };
        assert_eq!(asked(&home), ["AssumeRole Deep"]);
    }
}

/// Neither another machine's clock nor a missing lifetime makes credentials last forever.
#[test]
fn invalid_times() {
    kinds(|home, profile, file, _, key| {
        for text in ["", "soon", "9999-99-99T00:00:00Z", "2030-01-01", "1800000000"] {
            age(&file, 3600, 3600);
            let entry = read(&file).to_string();
            let good = read(&file);
            let good = good.pointer("/Credentials/Expiration").unwrap_or(&good["expiration"]);
            let bad = entry.replace(good.as_str().expect("a time"), text);
            fs::write(&file, bad).expect("own file");
            assert_ne!(key_of(home, profile), key, "{text:?}");
        }
    });
}

/// What a warm call touches in the home directory: it reads the config, one entry and the note
/// about the login, looks up the token and the entry's note, and lists no directory.
#[test]
fn a_warm_call_touches_little() {
    let Some(strace) = tool("strace") else { return };
    for (profile, read) in [("dev", ".aws/cli/cache"), ("deep", ".cache/ssowrap/roles")] {
        let home = chain();
        key_of(&home, profile);
        after_login(&home, "corp");
        key_of(&home, profile);
        let trace = home.path("trace");
        let options =
            ["-f", "-e", "trace=?open,openat,getdents64", "-o", trace.to_str().expect("UTF-8")];
        let words = [SSOWRAP, "-p", profile, "credential-process"];
        home.tool(&strace, options.iter().chain(&words)).succeeds();
        let trace = fs::read_to_string(trace).expect("a trace");
        let directory = home.path("").display().to_string();
        let opened: Vec<&str> = trace.lines().filter_map(|line| line.split('"').nth(1)).collect();
        let opened: Vec<&str> =
            opened.iter().filter_map(|path| path.strip_prefix(&directory)).collect();
        let expected = [".aws/config", ".aws/credentials", ".cache/ssowrap/logins", read];
        assert_eq!(opened.len(), expected.len(), "{opened:?}");
        for (opened, expected) in opened.iter().zip(expected) {
            assert!(opened.trim_start_matches('/').starts_with(expected), "{opened}");
        }
        assert!(!trace.contains("getdents64"), "{trace}");
    }
}
