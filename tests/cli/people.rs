//! Whose credentials are used when another person signs in: never alice's after bob.

use std::fs;
use std::time::Duration;

use chrono::TimeDelta;
use fake_aws::{Consent, Options};

use crate::crowd::Running;
use crate::entries::{access_key, after_login, asked, dev_file, own_file, own_files};
use crate::support::{
    CLIENT_ID, CLIENT_SECRET, DEV, Home, REFRESH_TOKEN, TIMEOUT, Token, now, timestamp, token_file,
};

const ROLE: &str = "arn:aws:iam::210987654321:role/Deploy";
const DEVICE: &str = "arn:aws:iam::123456789012:mfa/me";
const OLD_URL: &str = "https://corp.awsapps.com/start#/";

/// More profiles of the same person.
const MORE: &str = "
[profile read]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = ReadOnly
region = eu-west-1

[profile other]
role_arn = arn:aws:iam::210987654321:role/Other
source_profile = dev
region = eu-west-1

[profile deep]
role_arn = arn:aws:iam::000000000042:role/Deep
source_profile = other
region = eu-west-1

[profile mfa]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = dev
mfa_serial = arn:aws:iam::123456789012:mfa/me
region = eu-west-1

[profile old]
sso_start_url = https://corp.awsapps.com/start#/
sso_region = eu-central-1
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-west-1
";

fn config() -> String {
    format!("{DEV}{MORE}")
}

/// Possible requests: a role, a chain of two, one with MFA, a role without a profile, a legacy
/// profile.
const SHAPES: [&[&str]; 5] = [
    &["-p", "dev"],
    &["-p", "deep"],
    &["-p", "mfa", "--mfa-code", "123456"],
    &["--sso-session", "corp", "--account-id", "123456789012", "--role-name", "ReadOnly"],
    &["-p", "old"],
];

/// A home where alice is signed in.
pub(crate) fn home() -> Home {
    let options = Options {
        consent: Consent::Approve,
        device_interval: Some(1),
        token_lifetime: Duration::from_secs(3600),
        ..Options::default()
    };
    let home = Home::with_options(options).config(&config()).env("BROWSER", "true");
    home.aws().require_mfa(ROLE, DEVICE, "123456");
    put_token(&home, "alice");
    home
}

/// A person's token file, as another tool writes it.
fn token_of(person: &str, number: u32) -> (Token, String) {
    let token = Token { access_token: format!("aoaFAKEtoken-{person}-{number}"), ..Token::new() };
    let refresh = format!("aorFAKEtoken-{person}-{number}");
    (token.clone(), token.to_json().replace(REFRESH_TOKEN, &refresh))
}

/// Replaces the tokens in both files with those of a person, as another tool does.
pub(crate) fn put_token(home: &Home, person: &str) {
    put(home, person, 1);
}

pub(crate) fn put(home: &Home, person: &str, number: u32) {
    home.aws().set_person(person);
    let (token, text) = token_of(person, number);
    home.aws().add_token(&token.access_token, Duration::from_secs(3600));
    home.aws().add_client(CLIENT_ID, CLIENT_SECRET, Duration::from_secs(86_400));
    home.aws().add_refresh_token(&format!("aorFAKEtoken-{person}-{number}"), CLIENT_ID);
    home.write(&token_file("corp"), &text);
    let old = text.replace("awsapps.com/start\"", "awsapps.com/start#/\"");
    home.write(&token_file(OLD_URL), old);
}

fn run(home: &Home, shape: &[&str]) -> String {
    access_key(&home.run(shape.iter().chain(&["credential-process"])).succeeds())
}

pub(crate) fn person(home: &Home, key: &str) -> String {
    home.aws().person_of(key).expect("a key of a person")
}

/// A way of signing in.
type Way = fn(&Home);

/// Signs in to both with a code.
pub(crate) fn by_code(home: &Home) {
    home.aws().set_person("bob");
    for profile in ["dev", "old"] {
        let login = ["-p", profile, "login", "--force", "--use-device-code", "--no-browser"];
        let output = home.run(login).output();
        assert!(output.status.success(), "{}", output.stderr);
    }
}

/// A plain `login` after the token has expired.
fn after_the_end(home: &Home) {
    let ended = timestamp(now() - TimeDelta::minutes(5));
    for key in ["corp", OLD_URL] {
        let file = token_file(key);
        let mut token: serde_json::Value =
            serde_json::from_slice(&fs::read(home.path(&file)).expect("a token")).expect("JSON");
        token["expiresAt"] = ended.as_str().into();
        token.as_object_mut().expect("an object").remove("refreshToken");
        home.write(&file, token.to_string());
    }
    home.aws().set_person("bob");
    for profile in ["dev", "old"] {
        let login = ["-p", profile, "login", "--use-device-code", "--no-browser"];
        let output = home.run(login).output();
        assert!(output.status.success(), "{}", output.stderr);
    }
}

/// Another tool signs in.
fn by_file(home: &Home) {
    put_token(home, "bob");
}

/// Another tool signs out and in.
fn unseen(home: &Home) {
    for key in ["corp", OLD_URL] {
        fs::remove_file(home.path(&token_file(key))).expect("a token");
    }
    put_token(home, "bob");
}

/// ssowrap signs out, and another tool in.
fn after_logout(home: &Home) {
    for profile in ["dev", "old"] {
        assert!(home.run(["-p", profile, "logout"]).output().status.success());
    }
    put_token(home, "bob");
}

/// Another tool signs in to another portal, which the config names by then.
fn to_another_portal(home: &Home, person: &str) {
    let other = |text: &str| text.replace("corp.awsapps.com", "other.awsapps.com");
    home.aws().set_person(person);
    let (token, text) = token_of(person, 2);
    home.aws().add_token(&token.access_token, Duration::from_secs(3600));
    home.write(".aws/config", other(&config()));
    home.write(&token_file("corp"), other(&text));
    let old = other(&text).replace("awsapps.com/start\"", "awsapps.com/start#/\"");
    home.write(&token_file(&other(OLD_URL)), old);
}

#[test]
fn a_new_login_is_a_new_person() {
    let ways: [(&str, Way); 6] = [
        ("another portal", |home| to_another_portal(home, "bob")),
        ("login --force", by_code),
        ("login", after_the_end),
        ("another tool", by_file),
        ("another tool, after a logout", unseen),
        ("logout, and another tool", after_logout),
    ];
    for (name, way) in ways {
        let home = home();
        for shape in SHAPES {
            let key = run(&home, shape);
            assert_eq!((person(&home, &key), run(&home, shape)), ("alice".to_owned(), key));
        }
        way(&home);
        // Whatever is requested first finds out.
        for shape in SHAPES.iter().rev() {
            assert_eq!(person(&home, &run(&home, shape)), "bob", "{name}: {shape:?}");
        }
    }
}

/// Another organisation may have a person with the same name.
#[test]
fn another_portal_is_another_login() {
    let home = home();
    run(&home, &["-p", "deep"]);
    let accounts = || home.run(["accounts", "--sso-session", "corp"]).succeeds();
    accounts();
    to_another_portal(&home, "alice");
    run(&home, &["-p", "dev"]);
    assert_eq!(own_files(&home).len(), 0, "what was got at the portal before is gone");
    home.aws().clear_log();
    accounts();
    assert_eq!(home.aws().count("ListAccounts"), 1, "and so is its list of accounts");
}

/// Each of them as the first request.
#[test]
fn whatever_is_requested_first() {
    for first in SHAPES {
        let home = home();
        for shape in SHAPES {
            run(&home, shape);
        }
        put_token(&home, "bob");
        assert_eq!(person(&home, &run(&home, first)), "bob", "{first:?}");
    }
}

/// Role and chain are removed from both caches: the AWS CLI would use its own.
#[test]
fn a_login_and_a_logout_empty_the_cache() {
    for verb in [&["login", "--force", "--use-device-code", "--no-browser"][..], &["logout"]] {
        let home = home();
        for profile in ["read", "deep"] {
            run(&home, &["-p", profile]);
        }
        // The AWS CLI's own entry, for a role that only the config names.
        fs::remove_dir_all(home.path(".cache/ssowrap/notes")).expect("notes");
        let output = home.run(["-p", "other"].iter().chain(verb)).output();
        assert!(output.status.success(), "{}", output.stderr);
        assert_eq!(own_files(&home).len(), 0, "{verb:?}");
        let left = fs::read_dir(home.path(".aws/cli/cache")).expect("a directory").count();
        assert_eq!(left, 0, "{verb:?}");
    }
}

/// 20 roles and an MFA chain remain cached after another tool's hourly refresh, at the cost of one
/// request.
#[test]
fn a_refresh_of_another_tool_keeps_the_cache() {
    let home = home();
    let account = |number: u32| format!("{number:012}");
    let roles = |number| {
        let id = account(number);
        ["--sso-session", "corp", "--role-name", "Admin", "--account-id"]
            .map(str::to_owned)
            .into_iter()
            .chain([id])
            .collect::<Vec<_>>()
    };
    let mut keys = Vec::new();
    for number in 1..=20 {
        home.aws().grant(&account(number), "Admin");
        let words = roles(number);
        keys.push(run(&home, &words.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    let mfa = run(&home, SHAPES[2]);
    for round in 2..5 {
        put(&home, "alice", round);
        home.aws().clear_log();
        assert_eq!(run(&home, &["-p", "mfa"]), mfa, "no code is asked for");
        for (number, key) in (1..=20).zip(&keys) {
            let words = roles(number);
            assert_eq!(run(&home, &words.iter().map(String::as_str).collect::<Vec<_>>()), *key);
        }
        assert_eq!(asked(&home), ["GetRoleCredentials", "GetCallerIdentity"], "round {round}");
    }
}

/// AWS need not have been asked earlier who signed in: earlier credentials still tell.
#[test]
fn the_first_refresh_of_another_tool() {
    let home = home();
    let keys = [&["-p", "read"], &["-p", "deep"]].map(|shape| run(&home, shape));
    put(&home, "alice", 2);
    home.aws().clear_log();
    assert_eq!([&["-p", "read"], &["-p", "deep"]].map(|shape| run(&home, shape))[1], keys[1]);
    let twice = ["GetRoleCredentials", "GetCallerIdentity", "GetCallerIdentity"];
    assert_eq!(asked(&home), twice);
    put(&home, "alice", 3);
    home.aws().clear_log();
    run(&home, &["-p", "deep"]);
    assert_eq!(asked(&home), twice[..2]);
}

/// If nothing would be lost, AWS isn't asked.
#[test]
fn one_role_is_requested_again() {
    let home = home();
    let first = run(&home, &["-p", "dev"]);
    put(&home, "alice", 2);
    home.aws().clear_log();
    assert_ne!(run(&home, &["-p", "dev"]), first);
    assert_eq!(asked(&home), ["GetRoleCredentials"]);
    assert_eq!(asked(&home).len(), 1);
}

/// If AWS doesn't say who it is, it may be anybody.
#[test]
fn an_unknown_person_counts_as_another() {
    let home = home();
    let key = run(&home, &["-p", "deep"]);
    put(&home, "alice", 2);
    let refusal = fake_aws::Fault::error(403, "AccessDenied", "no");
    home.aws().fail_always("GetCallerIdentity", refusal);
    assert_ne!(run(&home, &["-p", "deep"]), key);
    let new = run(&home, &["-p", "deep"]);
    assert_eq!(run(&home, &["-p", "deep"]), new);
}

/// If the refresh token is the same, so is the login.
#[test]
fn a_refresh_that_keeps_its_refresh_token() {
    let home = home();
    let key = run(&home, &["-p", "deep"]);
    let (token, text) = token_of("alice", 1);
    let new = text.replace(&token.access_token, "aoaFAKEtoken-new");
    home.write(&token_file("corp"), new);
    home.aws().clear_log();
    assert_eq!(run(&home, &["-p", "deep"]), key);
    assert_eq!(asked(&home), [""; 0]);
}

/// Our own refresh continues the login.
#[test]
fn a_refresh_of_our_own_keeps_the_cache() {
    let home = home();
    let keys = [&["-p", "read"], &["-p", "deep"]].map(|shape| run(&home, shape));
    let (token, text) = token_of("alice", 1);
    let soon = timestamp(now() + TimeDelta::minutes(5));
    home.write(&token_file("corp"), text.replace(&token.expires_at, &soon));
    home.aws().clear_log();
    run(&home, &["-p", "dev", "--refresh"]);
    assert_eq!(asked(&home), ["CreateToken", "GetRoleCredentials"]);
    assert_eq!([&["-p", "read"], &["-p", "deep"]].map(|shape| run(&home, shape)), keys);
    assert_eq!(asked(&home).len(), 2);
}

/// After a logout by any program, nobody is signed in.
#[test]
fn after_a_logout_that_nobody_saw() {
    let home = home();
    for shape in SHAPES {
        run(&home, shape);
    }
    for key in ["corp", OLD_URL] {
        fs::remove_file(home.path(&token_file(key))).expect("a token");
    }
    home.aws().clear_log();
    for shape in SHAPES {
        let output = home.run(shape.iter().chain(&["credential-process"])).output();
        assert_eq!((output.status.code(), output.stdout()), (Some(3), ""), "{shape:?}");
    }
    // Cached credentials aren't used to assume new roles either.
    fs::remove_file(own_file(&home, "/Other")).expect("it");
    fs::remove_file(own_file(&home, "/Deep")).expect("it");
    let output = home.run(["-p", "deep", "credential-process"]).output();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(asked(&home), [""; 0]);
    assert!(dev_file(&home).exists(), "the same person may come back");
}

/// Runs a helper whose request is answered only after something has happened.
fn before_the_answer(home: &Home, profile: &str, operation: &str, something: impl FnOnce()) {
    let before = home.aws().count(operation);
    home.aws().hold(operation);
    let helper = Running::helper(home, profile);
    assert!(home.aws().wait_for(operation, before + 1, TIMEOUT));
    something();
    home.aws().release(operation);
    helper.succeeds();
}

/// What was obtained with a login that ends meanwhile is not cached.
#[test]
fn a_logout_wins_over_a_chain_that_is_walked() {
    let home = home();
    run(&home, &["-p", "dev"]);
    before_the_answer(&home, "other", "AssumeRole", || {
        assert!(home.run(["-p", "dev", "logout"]).output().status.success());
    });
    assert_eq!(own_files(&home).len(), 0);
    assert!(!dev_file(&home).exists());
}

/// Nor is it if somebody else has signed in by then.
#[test]
fn a_login_wins_over_a_chain_that_is_walked() {
    let home = home();
    run(&home, &["-p", "dev"]);
    before_the_answer(&home, "other", "AssumeRole", || by_code(&home));
    assert_eq!(own_files(&home).len(), 0);
    assert_eq!(person(&home, &run(&home, &["-p", "other"])), "bob");
}

/// Signs in `next`, long enough ago that file times show what is written from now on as theirs. A
/// request that is on its way is answered for `before`.
fn overtake(home: &Home, before: &str, next: &str) {
    put_token(home, next);
    after_login(home, "corp");
    home.aws().set_person(before);
}

/// A request that outlasts its login leaves nothing that counts as the next one's, even if ssowrap's
/// notes are removed then.
fn assert_left_nothing(home: &Home, next: &str) {
    home.aws().set_person(next);
    fs::remove_dir_all(home.path(".cache/ssowrap")).expect("a cache");
    assert_eq!(person(home, &run(home, &["-p", "dev"])), next);
}

#[test]
fn a_late_answer_is_not_the_next_persons() {
    let home = home();
    let entry = dev_file(&home);
    before_the_answer(&home, "dev", "GetRoleCredentials", || {
        overtake(&home, "alice", "bob");
        fs::create_dir_all(entry.parent().expect("a directory")).expect("a new directory");
        fs::write(&entry, "what bob got").expect("a new file");
    });
    assert_eq!(fs::read_to_string(&entry).expect("bob's entry"), "what bob got");
    fs::remove_file(&entry).expect("bob's entry");
    assert_left_nothing(&home, "bob");
}

/// The same for a request that was to show who had signed in.
#[test]
fn a_late_answer_about_a_person_is_not_the_next_ones() {
    let home = home();
    run(&home, &["-p", "other"]);
    put_token(&home, "bob");
    before_the_answer(&home, "dev", "GetRoleCredentials", || overtake(&home, "bob", "carol"));
    assert_left_nothing(&home, "carol");
}

/// A process that waited while somebody signed in uses their login, and caches the result.
#[test]
fn a_login_while_one_waits() {
    let home = home();
    home.aws().hold("GetRoleCredentials");
    let leader = Running::helper(&home, "dev");
    assert!(home.aws().wait_for("GetRoleCredentials", 1, TIMEOUT));
    let waiting = Running::helper(&home, "dev");
    waiting.until_it_waits();
    put_token(&home, "bob");
    leader.kill();
    home.aws().release("GetRoleCredentials");
    let printed: serde_json::Value = serde_json::from_slice(&waiting.succeeds()).expect("JSON");
    let key = printed["AccessKeyId"].as_str().expect("a key");
    assert_eq!(person(&home, key), "bob");
    assert_eq!(run(&home, &["-p", "dev"]), key);
}

/// Nothing is left of what the previous person obtained.
#[test]
fn what_the_previous_person_obtained_is_removed() {
    let home = home();
    run(&home, &["-p", "other"]);
    let before = own_files(&home);
    assert_eq!(before.len(), 1);
    put_token(&home, "bob");
    run(&home, &["-p", "dev"]);
    assert_eq!(own_files(&home).len(), 0);
}
