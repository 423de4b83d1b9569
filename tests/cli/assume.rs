//! `--assume`, `--policy`, `--policy-arn`: assume one more role, and limit its rights.

mod refused;

use std::time::Duration;

use fake_aws::Entry;
use serde_json::Value;

use crate::support::{DEV, Home, KEYS};

const ROLE: &str = "arn:aws:iam::210987654321:role/ci/audit";
const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const VIEW: &str = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess";

/// A policy as people write it.
const POLICY: &str = "\
{
  \"Version\": \"2012-10-17\",
  \"Statement\": [ { \"Effect\": \"Allow\", \"Action\": \"s3:Get*\", \"Resource\": \"arn:aws:s3:::a b/日*\" } ]
}
";

/// The same policy as it is sent.
const SHORT: &str = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\
                     \"s3:Get*\",\"Resource\":\"arn:aws:s3:::a b/\\u65e5*\"}]}";

const DEPLOY: &str = "
[profile deploy]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = dev
";

fn home() -> Home {
    let config = format!("{DEV}{DEPLOY}{KEYS}region = eu-west-1\n");
    Home::with_aws().config(&config).file("policy.json", POLICY).login("corp")
}

/// The last request to STS.
fn asked(home: &Home) -> Entry {
    home.aws().log_of("AssumeRole").pop().expect("a request")
}

fn on_top<'a>(words: &[&'a str], verb: &[&'a str]) -> Vec<&'a str> {
    [&["-p", "dev", "--assume", ROLE], words, verb].concat()
}

#[test]
fn one_more_hop() {
    let home = home();
    let words = ["--external-id", "ext:1", "--role-session-name", "me", "--duration", "30m"];
    let exported = home.run(on_top(&words, &["export"])).succeeds().exported();
    let entry = asked(&home);
    assert_eq!(exported["AWS_ACCESS_KEY_ID"], *entry.issued_access_key_id.as_ref().expect("keys"));
    assert_eq!(exported["AWS_ACCOUNT_ID"], "210987654321");
    for (name, value) in [
        ("RoleArn", ROLE),
        ("ExternalId", "ext:1"),
        ("RoleSessionName", "me"),
        ("DurationSeconds", "1800"),
    ] {
        assert_eq!(entry.param(name), value);
    }
    // The cache key contains all of it, because each of these is another session.
    home.run(on_top(&words, &["export"])).succeeds();
    assert_eq!(home.aws().count("AssumeRole"), 1);
    home.run(on_top(&words[..4], &["export"])).succeeds();
    home.run(on_top(&words[..2], &["export"])).succeeds();
    home.run(on_top(&[], &["export"])).succeeds();
    assert_eq!(home.aws().count("AssumeRole"), 4);
    assert_eq!(home.aws().count("GetRoleCredentials"), 1);
}

#[test]
fn session_policies() {
    let home = home();
    let words = ["--policy", "policy.json", "--policy-arn", READ_ONLY, "--policy-arn", VIEW];
    home.run(on_top(&words, &["credential-process"])).succeeds();
    let entry = asked(&home);
    assert_eq!(entry.param("Policy"), SHORT);
    assert_eq!(entry.param("PolicyArns.member.1.arn"), READ_ONLY);
    assert_eq!(entry.param("PolicyArns.member.2.arn"), VIEW);
    home.run(on_top(&words, &["credential-process"])).succeeds();
    assert_eq!(home.aws().count("AssumeRole"), 1);
    // Given both before and after the verb: all of them count.
    let split = ["--policy-arn", READ_ONLY, "export", "--policy-arn", VIEW];
    home.run(on_top(&["--policy", "policy.json"], &split)).succeeds();
    assert_eq!(home.aws().count("AssumeRole"), 1);
    // A policy's content is part of the key, its whitespace isn't.
    home.write("policy.json", POLICY.replace("  ", "\t"));
    home.run(on_top(&words, &["credential-process"])).succeeds();
    assert_eq!(home.aws().count("AssumeRole"), 1);
    home.write("policy.json", POLICY.replace("Get", "List"));
    home.run(on_top(&words, &["credential-process"])).succeeds();
    assert_eq!(home.aws().count("AssumeRole"), 2);
    // The policies that ARNs name are part of the key too.
    home.run(on_top(&words[..4], &["credential-process"])).succeeds();
    assert_eq!(home.aws().count("AssumeRole"), 3);
}

/// Without `--assume`, they limit the role that the profile assumes.
#[test]
fn the_last_role_of_a_profile_is_narrowed() {
    let home = home();
    home.run(["-p", "deploy", "--policy-arn", READ_ONLY, "export"]).succeeds();
    assert_eq!(asked(&home).param("PolicyArns.member.1.arn"), READ_ONLY);
    assert_eq!(asked(&home).param("RoleArn"), "arn:aws:iam::210987654321:role/Deploy");
    let hint = "hint: `--assume ARN` assumes a role that the policy can restrict\n";
    home.run(["-p", "dev", "--policy-arn", READ_ONLY, "export"]).fails(
        2,
        &format!(
            "error: there is no role to restrict: AWS accepts no session policy for an Identity \
             Center role\n{hint}"
        ),
    );
    home.run(["-p", "keys", "--policy", "policy.json", "export"]).fails(
        2,
        &format!(
            "error: there is no role to restrict: AWS accepts a session policy only for a role that \
             is assumed\n{hint}"
        ),
    );
}

#[test]
fn every_verb_that_hands_credentials_over() {
    let verbs: [&[&str]; 6] = [
        &["export"],
        &["credential-process"],
        &["exec", "true"],
        &["whoami"],
        &["eks", "get-token", "--cluster-name", "blue"],
        &["generate", "--as", "other", "-q"],
    ];
    for verb in verbs {
        let home = home();
        home.run(on_top(&["--policy-arn", READ_ONLY], verb)).succeeds();
        assert_eq!(asked(&home).param("RoleArn"), ROLE, "{verb:?}");
        assert_eq!(asked(&home).param("PolicyArns.member.1.arn"), READ_ONLY, "{verb:?}");
    }
}

/// A role of the same name in the account of the credentials below it.
#[test]
fn in_the_account_below() {
    let home = home();
    let template = "arn:aws:iam::{account_id}:role/audit";
    for (profile, account) in [("dev", "123456789012"), ("deploy", "210987654321")] {
        home.run(["-p", profile, "--assume", template, "export"]).succeeds();
        assert_eq!(asked(&home).param("RoleArn"), format!("arn:aws:iam::{account}:role/audit"));
    }
    home.run(["-p", "keys", "--assume", template, "export"]).fails(
        2,
        "error: --assume `arn:aws:iam::{account_id}:role/audit`: the account of the profile is \
         unknown\nhint: write its twelve digits instead of `{account_id}`\n",
    );
}

/// Also on top of a role given by options, and of an access key, for which AWS allows more than an
/// hour.
#[test]
fn on_top_of_whatever_is_asked_for() {
    let home = home();
    home.aws().add_user("AKIAEXAMPLE", "FAKEsecret/+key", "arn:aws:iam::123456789012:user/me");
    let role = ["--sso-session", "corp", "--account-id", "123456789012", "--role-name", "Admin"];
    home.run(role.iter().chain(&["--assume", ROLE, "export"])).succeeds();
    home.run(["-p", "keys", "--assume", ROLE, "--duration", "12h", "export"]).succeeds();
    assert_eq!(asked(&home).param("DurationSeconds"), "43200");
}

#[test]
fn the_messages() {
    let home = home();
    let words = ["--external-id", "x1", "--policy", "policy.json", "--policy-arn", READ_ONLY];
    let line = format!(
        "assume {ROLE}, external id x1, restricted by {READ_ONLY}, a policy of 114 characters"
    );
    let output = home.run(on_top(&words, &["explain"])).succeeds();
    assert!(output.stdout().contains(&line), "{}", output.stdout());
    let output = home.run(on_top(&words, &["explain", "--json"])).succeeds();
    let report: Value = serde_json::from_str(output.stdout()).expect("JSON");
    let hop = &report["plan"]["hops"][0];
    assert_eq!((&hop["profile"], &hop["role_arn"]), (&Value::Null, &Value::from(ROLE)));
    assert_eq!(
        (&hop["policy"], &hop["policy_arns"][0]),
        (&Value::from(SHORT), &Value::from(READ_ONLY))
    );
    let output = home.run(on_top(&words, &["whoami"])).succeeds();
    let told = output.stdout().lines().find(|line| line.starts_with("restricted by "));
    assert!(told.is_some_and(|line| line.contains(READ_ONLY)), "{}", output.stdout());
    // AWS leaves out the role's path, so it comes from the option.
    assert!(output.stdout().contains(ROLE), "{}", output.stdout());
    let output = home.run(["cache", "list", "--json"]).succeeds();
    assert!(output.stdout().contains(READ_ONLY), "{}", output.stdout());
    let output = home.run(on_top(&words, &["cache", "clear"])).output();
    assert_eq!(output.stderr, "removed the cached credentials of 2 roles\n");
}

/// With a role on top, the credentials are no longer the profile's.
#[test]
fn the_shell_and_the_command() {
    let home = home();
    let role = format!("-p dev --assume {ROLE}");
    let exported = home.run(on_top(&[], &["export"])).env("AWS_PROFILE", "dev").succeeds();
    assert!(exported.stdout().contains("unset AWS_PROFILE"), "{}", exported.stdout());
    let exported = exported.exported();
    assert_eq!(exported["SSOWRAP_ROLE"], role);
    assert_eq!(exported["SSOWRAP_SAVED_PROFILE"], "AWS_PROFILE=dev");
    assert!(!exported.contains_key("SSOWRAP_PROFILE"));
    let nested = format!(
        "error: no profile is given, and this environment has the credentials of a role without a \
         profile (SSOWRAP_ROLE)\nhint: give its options again: `{role}`\nhint: or choose a profile \
         with `-p NAME`\n"
    );
    for options in [&[][..], &["--renew"], &["--write-credentials", "keys"]] {
        let words = [&["exec"], options, &["ssowrap", "export"]].concat();
        home.run(on_top(&[], &words)).fails(2, &nested);
    }
    // Another profile is allowed.
    let other = home.run(on_top(&[], &["exec", "ssowrap", "-p", "deploy", "export"])).succeeds();
    assert_eq!(other.exported()["SSOWRAP_PROFILE"], "deploy");
}

/// In a written file, each profile has the role on top, and a nested ssowrap counts as the same.
#[test]
fn every_profile_of_a_written_file() {
    let home = home();
    let nested = |profile: &str, expected: &str| {
        let script = format!("AWS_PROFILE={profile} ssowrap export");
        let words = ["-p", "dev", "-p", "deploy", "--assume", ROLE];
        let words =
            [&words[..], &["exec", "--write-credentials", "--", "sh", "-c", &script]].concat();
        home.run(words).fails(2, expected);
    };
    for profile in ["dev", "deploy"] {
        nested(
            profile,
            &format!(
                "error: no profile is given, and this environment has the credentials of a role \
                 without a profile (SSOWRAP_ROLE)\nhint: give its options again: `-p {profile} \
                 --assume {ROLE}`\nhint: or choose a profile with `-p NAME`\n"
            ),
        );
    }
}

/// A program with fewer rights gets no more by accident.
#[test]
fn less_rights_stay_less() {
    let home = home();
    let refused = "error: this environment has restricted credentials (SSOWRAP_ROLE), so ssowrap \
                   gives it no others\nhint: in your own shell, `eval \"$(ssowrap export \
                   --unset)\"` removes them\n";
    for options in [&[][..], &["--renew"], &["--write-credentials", "keys"]] {
        for nested in [
            &["-p", "dev", "export"][..],
            &["-p", "deploy", "credential-process"],
            &["-p", "dev", "--assume", ROLE, "--policy-arn", VIEW, "exec", "true"],
            // The same role with all its rights.
            &["-p", "dev", "--assume", ROLE, "export"],
            &["-p", "dev", "serve"],
        ] {
            let words = [&["exec"], options, &["ssowrap"], nested].concat();
            home.run(on_top(&["--policy-arn", READ_ONLY], &words)).fails(2, refused);
        }
    }
    let narrowed = ["-p", "deploy", "--policy-arn", READ_ONLY, "exec", "ssowrap"];
    for nested in [&["-p", "deploy", "export"][..], &["-p", "deploy", "each", "true"]] {
        let output = home.run([&narrowed[..], nested].concat()).output();
        assert!(!output.status.success() && output.stderr.contains("has restricted credentials"));
        assert_eq!(home.aws().count("AssumeRole"), 2, "those that narrow alone");
    }
    let words = ["exec", "ssowrap", "aws2-wrap", "--profile", "dev", "--export"];
    let output = home.run(on_top(&["--policy-arn", READ_ONLY], &words)).output();
    assert_eq!((output.status.code(), output.stdout()), (Some(1), ""));
    // Verbs that only read still work, and so does the way back.
    for nested in [&["-p", "dev", "explain"][..], &["status"], &["export", "--unset"]] {
        let words = [&["exec", "ssowrap"], nested].concat();
        home.run(on_top(&["--policy-arn", READ_ONLY], &words)).succeeds();
    }
}

/// The same request again gives no more rights: a shell renews its credentials with the same
/// options. A policy in a file may have changed meanwhile.
#[test]
fn the_same_rights_again() {
    let home = home();
    let again = |narrowed: &[&str]| {
        let script = "ssowrap export; eval ssowrap $SSOWRAP_ROLE whoami --format arn";
        home.run(on_top(narrowed, &["exec", "sh", "-c", script])).report()
    };
    let output = again(&["--policy-arn", READ_ONLY]);
    let hint = format!("`-p dev --assume {ROLE} --policy-arn {READ_ONLY}`\n");
    assert!(output.stderr.contains(&hint), "{}", output.stderr);
    assert!(
        output.status.success() && output.stdout().contains(":assumed-role/"),
        "{}",
        output.stderr
    );
    // One of several that have it on top.
    let script = "ssowrap -p second --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess export";
    let second = "[profile second]\nrole_arn = arn:aws:iam::210987654321:role/Second\n\
                  source_profile = dev\nregion = eu-west-1\n";
    home.write(".aws/config", format!("{DEV}{DEPLOY}{second}"));
    let several = ["-p", "deploy", "-p", "second", "--policy-arn", READ_ONLY];
    let words = ["exec", "--write-credentials", "--", "sh", "-c", script];
    home.run([&several[..], &words].concat()).succeeds();
    let output = again(&["--policy", "policy.json"]);
    assert_eq!((output.status.code(), output.stdout()), (Some(2), ""));
    let refusal = "error: this environment has restricted credentials (SSOWRAP_ROLE), so ssowrap gives it \
                   no others\nhint: in your own shell, `eval \"$(ssowrap export --unset)\"` removes \
                   them\n";
    assert_eq!(output.stderr, [refusal, refusal].concat());
}

/// A role that is assumed with narrowed credentials is no way around the limit.
#[test]
fn less_rights_stay_less_behind_another_role() {
    let config = format!(
        "{DEV}[profile env]\nrole_arn = {ROLE}\ncredential_source = Environment\nregion = eu-west-1\n\
         [profile box]\nrole_arn = {ROLE}\ncredential_source = EcsContainer\nregion = eu-west-1\n"
    );
    let home = Home::with_aws().config(&config).login("corp");
    for (options, between) in [
        (&[][..], &["-p", "env", "exec"][..]),
        (&[], &["-p", "env", "exec", "--renew"]),
        (&[], &["-p", "env", "exec", "--write-credentials", "--"]),
        (&[], &["-p", "env", "--assume", ROLE, "exec"]),
        (&[], &["each", "-p", "env"]),
        (&["--renew"], &["-p", "box", "exec"]),
    ] {
        let nested = ["ssowrap", "-p", "dev", "export"];
        let words = [&["exec"], options, &["ssowrap"], between, &nested].concat();
        let output = home.run(on_top(&["--policy-arn", READ_ONLY], &words)).output();
        assert!(
            output.stderr.contains("has restricted credentials"),
            "{between:?} {}",
            output.stderr
        );
        assert!(!output.stdout().contains("AWS_ACCESS_KEY_ID"), "{between:?}");
    }
    // It can be requested again, with the options in the hint.
    let words =
        ["exec", "ssowrap", "-p", "env", "exec", "sh", "-c", "ssowrap $SSOWRAP_ROLE export"];
    let exported = home.run(on_top(&["--policy-arn", READ_ONLY], &words)).succeeds().exported();
    assert_eq!(exported["SSOWRAP_ROLE"], format!("-p env --policy-arn {READ_ONLY}"));
    assert_eq!(asked(&home).param("PolicyArns.member.1.arn"), READ_ONLY);
}

/// Keys in a shell leave the container's endpoint as it was, and what is there isn't narrowed.
#[test]
fn the_container_next_to_restricted_keys() {
    let box_ = format!(
        "[profile box]\nrole_arn = {ROLE}\ncredential_source = EcsContainer\nregion = eu-west-1\n"
    );
    let home = Home::with_aws().config(&format!("{DEV}{box_}")).login("corp");
    let url = format!("{}/ecs/credentials", home.aws().url());
    let home = home.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    home.run(["-p", "box", "export"]).succeeds();
    let narrowed = home.run(on_top(&["--policy-arn", READ_ONLY], &["export"])).succeeds();
    let variables = narrowed.exported();
    let run = home.run(["-p", "box", "export"]);
    variables.iter().fold(run, |run, (name, value)| run.env(name, value)).fails(
        2,
        "error: this environment has restricted credentials (SSOWRAP_ROLE), so ssowrap gives it no \
         others\nhint: in your own shell, `eval \"$(ssowrap export --unset)\"` removes them\n",
    );
}

/// The endpoint renews what it started with, whatever happens to the file. The same role with all
/// its rights may be listed next to it.
#[test]
fn what_is_narrowed_says_so_in_lists() {
    let home = home();
    let lists = || {
        let list = |verb: &[&str]| home.run(verb).succeeds().stdout().to_owned();
        list(&["cache", "list"]) + &list(&["status"])
    };
    home.run(on_top(&[], &["export"])).succeeds();
    assert_eq!(lists().matches("restricted").count(), 0);
    home.run(on_top(&["--policy-arn", READ_ONLY], &["export"])).succeeds();
    assert_eq!(lists().matches(&format!("{ROLE} (restricted)")).count(), 2, "{}", lists());
}

#[test]
fn renewed_with_the_same_policies() {
    let home = home();
    home.aws().credential_lifetime_of("AssumeRole", Duration::from_secs(4));
    let script = "ask() { curl -s -H \"Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN\" \
                  \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\" | grep -o 'A[SK]IA[A-Z0-9]*'; }\n\
                  echo {} >policy.json; first=$(ask); while [ \"$(ask)\" = \"$first\" ]; do sleep 0.1; \
                  done";
    let words = ["exec", "--renew", "sh", "-c", script];
    home.run(on_top(&["--policy", "policy.json"], &words)).succeeds();
    let log = home.aws().log_of("AssumeRole");
    assert!(log.len() > 1, "{log:?}");
    assert!(log.iter().all(|entry| entry.param("Policy") == SHORT), "{log:?}");
}
