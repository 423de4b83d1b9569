//! `logout`: what it sends to AWS, what it removes, and what it leaves alone.

mod all;
mod left;
mod usage;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use fake_aws::Fault;

use crate::clients::installed;
use crate::entries::names;
use crate::support::{DEV, Home, KEYS, SSO_REGION, START_URL, Token, token_file};

const LOGOUT: &str = "Logout";
const CLI_CACHE: &str = ".aws/cli/cache";
const OWN_CACHE: &str = ".cache/ssowrap/roles";

/// A legacy profile next to a session, a second session of the same portal, and chains based on
/// them.
const MORE: &str = "
[profile old]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-west-1

[sso-session other]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1

[profile third]
sso_session = other
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-west-1

[profile deploy]
role_arn = arn:aws:iam::210987654321:role/deploy
source_profile = dev
region = eu-west-1

[profile deploy-old]
role_arn = arn:aws:iam::210987654321:role/deploy
source_profile = old
region = eu-west-1
";

fn token_of(name: &str) -> Token {
    Token { access_token: format!("aoaFAKEtoken-of-{name}"), ..Token::new() }
}

/// A home with three logins, and everything cached that they give.
fn home() -> Home {
    let home = Home::with_aws()
        .config(&format!("{DEV}{MORE}{KEYS}"))
        .token("corp", &token_of("corp"))
        .token("other", &token_of("other"))
        .token(START_URL, &token_of("old"));
    for profile in ["deploy", "deploy-old", "third"] {
        home.run(["-p", profile, "export"]).succeeds();
    }
    home.aws().clear_log();
    home
}

/// Every file in the home, with its bytes.
fn tree(home: &Home) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, directory: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(root, &path, files);
            } else {
                let name = path.strip_prefix(root).expect("below").display().to_string();
                files.insert(name, fs::read(&path).unwrap_or_default());
            }
        }
    }
    let mut files = BTreeMap::new();
    walk(&home.path(""), &home.path(""), &mut files);
    // Locks are empty and stay; the request rate changes all the time.
    files.retain(|name, _| !name.contains("/locks/") && !name.contains("/pace/"));
    files
}

/// Runs it. Returns the exit code and stderr.
fn logout(home: &Home, arguments: &[&str]) -> (Option<i32>, String) {
    let output = home.run(arguments.iter().chain(&["logout"])).output();
    assert_eq!(output.stdout(), "");
    (output.status.code(), output.stderr)
}

/// The names of the removed files; nothing else may have changed.
fn removed(before: &BTreeMap<String, Vec<u8>>, home: &Home) -> Vec<String> {
    let after = tree(home);
    for (name, bytes) in &after {
        assert_eq!(before.get(name), Some(bytes), "{name} changed");
    }
    before.keys().filter(|name| !after.contains_key(*name)).cloned().collect()
}

#[test]
fn one_session_and_nothing_else() {
    let home = home();
    let before = tree(&home);
    assert_eq!(
        logout(&home, &["-p", "dev"]),
        (
            Some(0),
            "signed out of sso-session `corp`\nremoved the cached credentials of 2 roles\n"
                .to_owned()
        )
    );
    let gone = removed(&before, &home);
    assert_eq!(gone.len(), 5, "{gone:?}");
    assert!(gone.contains(&token_file("corp")));
    for (directory, count) in [
        (".aws/sso/cache/", 1),
        (CLI_CACHE, 1),
        (OWN_CACHE, 1),
        (".cache/ssowrap/notes", 1),
        (".cache/ssowrap/logins", 1),
    ] {
        let there = gone.iter().filter(|name| name.starts_with(directory)).count();
        assert_eq!(there, count, "{directory}");
    }
    let log = home.aws().log_of(LOGOUT);
    assert_eq!(log.len(), 1);
    // The others still work, with their cached credentials.
    for profile in ["deploy-old", "third"] {
        home.run(["-p", profile, "export"]).succeeds();
    }
    assert_eq!(home.aws().count("GetRoleCredentials"), 0);
    assert_eq!(home.run(["-p", "dev", "export"]).output().status.code(), Some(3));
}

#[test]
fn every_way_to_name_a_login() {
    for (arguments, key) in [
        (&["-p", "deploy"][..], "corp"),
        (&["--sso-session", "corp"], "corp"),
        (&["--sso-session", "other"], "other"),
        (&["-p", "old"], START_URL),
        (&["--start-url", START_URL], START_URL),
        (&["--start-url", START_URL, "--sso-region", SSO_REGION], START_URL),
    ] {
        let home = home();
        let before = tree(&home);
        let (code, _) = logout(&home, arguments);
        assert_eq!(code, Some(0));
        let gone = removed(&before, &home);
        let tokens: Vec<_> = gone.iter().filter(|name| name.contains("sso/cache")).collect();
        assert_eq!(tokens, [&token_file(key)], "{arguments:?}");
        assert_eq!(home.aws().count(LOGOUT), 1);
    }
}

#[test]
fn the_profile_comes_from_the_environment_too() {
    let home = home().env("AWS_PROFILE", "third");
    let (code, words) = logout(&home, &[]);
    assert_eq!(
        (code, &*words),
        (Some(0), "signed out of sso-session `other`\nremoved the cached credentials of 1 role\n")
    );
}

#[test]
fn a_profile_that_only_signs_in() {
    let config = "[profile bearer]\nsso_session = corp\n\n[sso-session corp]\nsso_start_url = \
                  https://corp.awsapps.com/start\nsso_region = eu-central-1\n";
    let home = Home::with_aws().config(config).login("corp");
    let (code, words) = logout(&home, &["-p", "bearer"]);
    assert_eq!((code, &*words), (Some(0), "signed out of sso-session `corp`\n"));
}

#[test]
fn what_options_obtained_is_found_by_its_note() {
    let home = home();
    let role = |session| {
        ["--sso-session", session, "--account-id", "123456789012", "--role-name", "ReadOnly"]
    };
    for session in ["corp", "other"] {
        home.run(role(session).iter().chain(&["export"])).succeeds();
    }
    let before = tree(&home);
    let (code, words) = logout(&home, &["--sso-session", "other"]);
    assert_eq!(
        (code, &*words),
        (Some(0), "signed out of sso-session `other`\nremoved the cached credentials of 2 roles\n")
    );
    let gone = removed(&before, &home);
    assert_eq!(gone.iter().filter(|name| name.starts_with(CLI_CACHE)).count(), 2, "{gone:?}");
    // Those of the other session are still used.
    home.aws().clear_log();
    home.run(role("corp").iter().chain(&["export"])).succeeds();
    assert_eq!(home.aws().count("GetRoleCredentials"), 0);
}

#[test]
fn a_session_that_is_in_no_config() {
    let home = Home::with_aws().login("gone");
    let (code, words) = logout(&home, &["--sso-session", "gone"]);
    assert_eq!((code, &*words), (Some(0), "signed out of sso-session `gone`\n"));
    assert_eq!(home.aws().count(LOGOUT), 1);
}

#[test]
fn no_token_is_no_error() {
    let home = home();
    fs::remove_file(home.path(&token_file("corp"))).expect("a token");
    let (code, words) = logout(&home, &["-p", "dev"]);
    let file = token_file("corp");
    assert_eq!(
        (code, words),
        (
            Some(0),
            format!(
                "nobody was signed in to sso-session `corp` (~/{file} does not exist)\nremoved the \
                 cached credentials of 2 roles\n"
            )
        )
    );
    // Once more: now nothing is cached either.
    let words = format!("nobody was signed in to sso-session `corp` (~/{file} does not exist)\n");
    assert_eq!(logout(&home, &["-p", "dev"]), (Some(0), words));
    assert_eq!(home.aws().count(LOGOUT), 0);
}

#[test]
fn a_token_that_aws_does_not_know_is_removed_in_silence() {
    let home = home();
    home.aws().revoke_token(&token_of("corp").access_token);
    let (code, words) = logout(&home, &["-p", "dev"]);
    assert_eq!(
        (code, &*words),
        (Some(0), "signed out of sso-session `corp`\nremoved the cached credentials of 2 roles\n")
    );
    assert!(!home.path(&token_file("corp")).exists());
}

/// The error message, without the part about the host.
fn failure(home: &Home, code: i32) -> String {
    let before = tree(home);
    let (found, words) = logout(home, &["-p", "dev"]);
    assert_eq!(found, Some(code), "{words}");
    let gone = removed(&before, home);
    assert_eq!(gone.len(), 5, "{gone:?}");
    assert!(words.ends_with("\nremoved the cached credentials of 2 roles\n"), "{words}");
    words
}

#[test]
fn a_network_failure_still_removes_everything() {
    let token = token_of("corp").expires_in(TimeDelta::minutes(150));
    let home = home().token("corp", &token).aws_gone();
    let words = failure(&home, 6);
    assert!(
        words.starts_with("error: Logout for sso-session `corp` failed: cannot connect to "),
        "{words}"
    );
    let hint = "\nhint: the token is removed here anyway; at AWS it stays valid until ";
    assert!(words.contains(hint), "{words}");
    let when = " (2 h left), unless an administrator ends the session\n";
    assert!(words.contains(when), "{words}");
}

#[test]
fn a_fault_of_the_service_is_reported() {
    let home = home();
    home.aws().fail_always(LOGOUT, Fault::unavailable());
    assert!(failure(&home, 6).starts_with("error: Logout for sso-session `corp` failed: "));
    assert_eq!(home.aws().count(LOGOUT), 5);
}

#[test]
fn a_refusal_is_reported() {
    let home = home();
    home.aws().fail(LOGOUT, Fault::error(403, "ForbiddenException", "no"), 1);
    assert!(failure(&home, 5).contains(" says ForbiddenException: no"));
    assert_eq!(home.aws().count(LOGOUT), 1);
}

#[test]
fn a_token_without_a_region_uses_that_of_the_session() {
    let json = token_of("corp").to_json();
    let home = home().raw_token("corp", json.replace("\"region\"", "\"elsewhere\""));
    assert_eq!(logout(&home, &["-p", "dev"]).0, Some(0));
    assert_eq!(home.aws().count(LOGOUT), 1);
    // Without either, there is nowhere to send the request.
    let home = Home::with_aws().raw_token("x", r#"{"accessToken": "aoaFAKEtoken"}"#);
    let (code, words) = logout(&home, &["--sso-session", "x"]);
    assert_eq!(
        (code, &*words),
        (
            Some(4),
            "error: cannot sign out of sso-session `x` at AWS: its token has no region\nhint: the \
             token is removed here anyway; at AWS it stays valid until it expires, unless an \
             administrator ends the session\n"
        )
    );
    assert_eq!(names(&home.path(".aws/sso/cache")), [""; 0]);
}

#[test]
fn a_file_without_a_token_is_removed_too() {
    for contents in ["", "garbage", "[1]", "{}", "{\"accessToken\": 5}", "{\"accessTok"] {
        let home = home().raw_token("corp", contents);
        let (code, words) = logout(&home, &["-p", "dev"]);
        let file = token_file("corp");
        assert_eq!(
            (code, words),
            (
                Some(0),
                format!(
                    "warning: cannot sign out at AWS: there is no token in ~/{file}\nsigned out of \
                     sso-session `corp`\nremoved the cached credentials of 2 roles\n"
                )
            )
        );
        assert!(!home.path(&file).exists());
        assert_eq!(home.aws().count(LOGOUT), 0);
    }
}

/// As tools other than the AWS CLI write it (SPEC 3.2).
#[test]
fn tokens_of_every_writer() {
    let token = &token_of("corp").access_token;
    for json in [
        format!(
            "{{\"accessToken\":\"{token}\",\"expiresAt\":\"2030-01-01T00:00:00Z\",\"region\":\"eu-central-1\",\"startUrl\":\"{START_URL}\"}}"
        ),
        format!(
            "{{\n  \"accessToken\": \"{token}\",\n  \"expiresAt\": \"2030-01-01T00:00:00.123Z\",\n  \"region\": \"eu-central-1\"\n}}"
        ),
        format!(
            "{{\"accessToken\":\"{token}\",\"expiresAt\":\"2030-01-01T00:00:00Z\",\"region\":\"eu-central-1\"}}\n"
        ),
        format!(
            "{{\"startUrl\": \"{START_URL}\", \"region\": \"eu-central-1\", \"accessToken\": \"{token}\", \"expiresAt\": \"2020-01-01T00:00:00UTC\"}}\"}}"
        ),
        format!("{{\"region\": \"eu-central-1\", \"accessToken\": \"{token}\"}}"),
    ] {
        for arguments in [&["-p", "dev", "logout"][..], &["logout", "--all"]] {
            let home = home().raw_token("corp", &json);
            let output = home.run(arguments).output();
            assert_eq!(output.status.code(), Some(0), "{json}: {}", output.stderr);
            assert!(!home.path(&token_file("corp")).exists());
            // The token no longer works.
            let home = home.raw_token("corp", token_of("corp").to_json());
            assert_eq!(home.run(["-p", "dev", "export"]).output().status.code(), Some(3), "{json}");
        }
    }
}

#[test]
fn a_symbolic_link_is_removed_and_its_target_stays() {
    let home = home().file("elsewhere", token_of("corp").to_json());
    let path = home.path(&token_file("corp"));
    fs::remove_file(&path).expect("a token");
    symlink(home.path("elsewhere"), &path).expect("a link");
    let (code, words) = logout(&home, &["-p", "dev"]);
    let file = token_file("corp");
    assert_eq!(
        (code, words),
        (
            Some(0),
            format!(
                "warning: ~/{file} was a symbolic link; its target stays: ~/elsewhere\nsigned out \
                 of sso-session `corp`\nremoved the cached credentials of 2 roles\n"
            )
        )
    );
    assert!(path.symlink_metadata().is_err() && home.path("elsewhere").exists());
    assert_eq!(home.aws().count(LOGOUT), 1);
}

#[test]
fn a_directory_instead_of_the_token() {
    let home = home();
    let path = home.path(&token_file("corp"));
    fs::remove_file(&path).expect("a token");
    fs::create_dir(&path).expect("a directory");
    let (code, words) = logout(&home, &["-p", "dev"]);
    let file = token_file("corp");
    assert_eq!(code, Some(4), "{words}");
    assert!(
        words.starts_with(&format!(
            "error: cannot sign out of sso-session `corp` at AWS: cannot read its token: it is a \
             directory (~/{file})\nerror: cannot remove ~/{file}: "
        )),
        "{words}"
    );
    assert!(words.ends_with("\nremoved the cached credentials of 2 roles\n"), "{words}");
}

/// Root can do everything, so this tests only other users.
#[test]
fn a_directory_that_takes_no_changes() {
    let home = home();
    let directory = home.path(".aws/sso/cache");
    let set = |mode| {
        fs::set_permissions(&directory, fs::Permissions::from_mode(mode)).expect("own directory");
    };
    set(0o500);
    let is_kept = fs::write(directory.join("probe"), "").is_err();
    let (code, words) = logout(&home, &["-p", "dev"]);
    set(0o700);
    if is_kept {
        let file = token_file("corp");
        assert_eq!(
            (code, words),
            (
                Some(1),
                format!(
                    "error: cannot remove ~/{file}: Permission denied (os error 13)\nhint: make \
                     its directory writable, or remove it yourself\nremoved the \
                     cached credentials of 2 roles\n"
                )
            )
        );
        assert_eq!(home.aws().count(LOGOUT), 1);
    }
}

/// The note about a failed refresh is removed with its login.
#[test]
fn the_note_about_refreshes_is_removed() {
    let home = home().token("corp", &token_of("corp").expires_in(TimeDelta::minutes(5)));
    home.aws().fail_always("CreateToken", Fault::error(400, "InvalidGrantException", "no"));
    home.run(["-p", "dev", "--no-cache", "export"]).output();
    let memory = home.path(".local/state/ssowrap/refresh");
    assert_eq!(names(&memory).len(), 1);
    assert_eq!(logout(&home, &["-p", "dev"]).0, Some(0));
    assert_eq!(names(&memory).len(), 0);
}

/// A refresh that is running when the logout starts does not bring the token back.
#[test]
fn a_refresh_at_the_same_time() {
    let ended = token_of("corp").expires_in(TimeDelta::minutes(-5));
    let home = home().refreshable().token("corp", &ended);
    home.aws().hold("CreateToken");
    let mut refreshing = home.run(["-p", "dev", "--no-cache", "export"]).spawn();
    let one = home.aws().wait_for("CreateToken", 1, Duration::from_secs(60));
    assert!(one);
    let logout = home.run(["-p", "dev", "logout"]).spawn();
    home.aws().release("CreateToken");
    refreshing.wait().expect("a child");
    let output = logout.wait_with_output().expect("a child");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!home.path(&token_file("corp")).exists());
    // Whether AWS got the old token or the new one, the session is over.
    assert_eq!(home.aws().count(LOGOUT), 1);
}

/// Credentials that arrive after the logout are not left for the next process.
#[test]
fn an_exchange_at_the_same_time() {
    for (profile, held) in [("dev", "GetRoleCredentials"), ("deploy", "AssumeRole")] {
        let home =
            Home::with_aws().config(&format!("{DEV}{MORE}")).token("corp", &token_of("corp"));
        home.aws().hold(held);
        let exchanging = home.run(["-p", profile, "export"]).spawn();
        assert!(home.aws().wait_for(held, 1, Duration::from_secs(60)));
        // AWS does not learn about the logout, so it still answers earlier requests.
        home.aws().fail(LOGOUT, Fault::error(400, "InvalidRequestException", ""), 1);
        logout(&home, &["-p", "dev"]);
        home.aws().release(held);
        let output = exchanging.wait_with_output().expect("a child");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let files = tree(&home);
        let kept: Vec<_> = files.keys().filter(|name| name.contains("cache")).collect();
        assert_eq!(kept, [""; 0], "{profile}");
    }
}
