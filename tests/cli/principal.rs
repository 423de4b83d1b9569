//! Whose credentials come from the cache: never those of an earlier version of the config.

use std::collections::BTreeSet;

use fake_aws::Entry;

use crate::entries::{CHAIN, access_key, chain, dev_file, key_of};
use crate::support::{DEV, Home, SSOWRAP, Token};

/// Runs a profile, edits the config, and runs it again: only new credentials may be printed,
/// requested with the new settings. After undoing the edit, the first ones are still there and
/// still correct.
fn edit(home: &Home, config: &str, profile: &str, from: &str, to: &str) -> Vec<Entry> {
    edit_file(home, ".aws/config", config, profile, from, to)
}

fn edit_file(
    home: &Home,
    file: &str,
    text: &str,
    profile: &str,
    from: &str,
    to: &str,
) -> Vec<Entry> {
    let edited = text.replace(from, to);
    assert_ne!(edited, text, "{from:?} is not in the config");
    let run = || access_key(&home.run(["-p", profile, "export"]).succeeds());
    home.write(file, text);
    let first = run();
    assert_eq!(run(), first, "{from:?}: it is cached");
    home.aws().clear_log();
    home.write(file, &edited);
    let second = run();
    assert_ne!(second, first, "{from:?} -> {to:?}");
    let log = home.aws().log();
    let issued = log.last().and_then(|entry| entry.issued_access_key_id.clone());
    assert_eq!(issued, Some(second), "{from:?} -> {to:?}");
    home.write(file, text);
    home.aws().clear_log();
    assert_eq!(run(), first, "{to:?} -> {from:?}");
    assert_eq!(home.aws().count("*"), 0, "{to:?} -> {from:?}");
    log
}

#[test]
fn the_role_of_identity_center() {
    for profile in ["dev", "deploy", "deep"] {
        let home = chain();
        home.aws().grant("210987654321", "ReadOnly");
        let account = ("sso_account_id = 123456789012", "sso_account_id = 210987654321");
        let role = ("sso_role_name = Admin", "sso_role_name = ReadOnly");
        for ((from, to), name, value) in
            [(account, "account_id", "210987654321"), (role, "role_name", "ReadOnly")]
        {
            let log = edit(&home, CHAIN, profile, from, to);
            assert_eq!(log[0].param(name), value, "{profile}");
            assert_eq!(log[0].operation, "GetRoleCredentials");
        }
    }
}

#[test]
fn the_session() {
    let config = format!(
        "{CHAIN}\n[sso-session other]\nsso_start_url = https://other.awsapps.com/start\n\
         sso_region = eu-central-1\n"
    );
    for profile in ["dev", "deploy"] {
        let mut token = Token::new().start_url("https://other.awsapps.com/start");
        token.access_token = "FAKEtoken-of-other".to_owned();
        let home = Home::with_aws().login("corp").token("other", &token);
        let log = edit(&home, &config, profile, "sso_session = corp", "sso_session = other");
        let bearer = log[0].headers.get("x-amz-sso_bearer_token").expect("a token");
        assert_eq!(*bearer, fake_aws::fingerprint("FAKEtoken-of-other"));
    }
}

#[test]
fn the_start_url_of_an_older_profile() {
    let of = |url: &str| {
        let mut token = Token::new().start_url(url);
        token.access_token = format!("FAKEtoken-{}", url.len());
        token
    };
    let config = "\
[profile old]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
sso_account_id = 123456789012
sso_role_name = Admin
[profile deploy]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = old
";
    let (from, to) = ("https://corp.awsapps.com/start", "https://other.awsapps.com/start");
    for profile in ["old", "deploy"] {
        let home = Home::with_aws().token(from, &of(from)).token(to, &of(to));
        edit(&home, config, profile, from, to);
    }
}

/// A home with two users in it.
fn of_users() -> Home {
    let home = Home::with_aws();
    for (id, name) in [("AKIA1", "one"), ("AKIA2", "two")] {
        home.aws().add_user(id, "FAKEsecret-1", &format!("arn:aws:iam::123456789012:user/{name}"));
    }
    home
}

/// Another address of STS may be another STS.
#[test]
fn the_address_of_sts() {
    let home = chain();
    let run = |url: &str| {
        let run = home.run(["-p", "deploy", "export"]).env("AWS_ENDPOINT_URL_STS", url);
        access_key(&run.succeeds())
    };
    let url = home.aws().url();
    let first = run(&url);
    assert_ne!(run(&url.replace("127.0.0.1", "localhost")), first);
    assert_eq!(run(&url), first);
}

#[test]
fn everything_a_role_is_assumed_with() {
    let config = "\
[profile user]
aws_access_key_id = AKIA1
aws_secret_access_key = FAKEsecret-1
[profile p]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = user
external_id = first
role_session_name = me
duration_seconds = 1800
region = eu-west-1
[profile top]
role_arn = arn:aws:iam::000000000042:role/Top
source_profile = p
";
    for profile in ["p", "top"] {
        let home = of_users();
        for (from, to, name, value) in [
            ("role/Deploy", "role/Admin", "RoleArn", "arn:aws:iam::210987654321:role/Admin"),
            (
                "::210987654321:",
                "::123456789012:",
                "RoleArn",
                "arn:aws:iam::123456789012:role/Deploy",
            ),
            ("external_id = first", "external_id = second", "ExternalId", "second"),
            ("external_id = first\n", "", "ExternalId", ""),
            ("role_session_name = me", "role_session_name = you", "RoleSessionName", "you"),
            ("duration_seconds = 1800", "duration_seconds = 900", "DurationSeconds", "900"),
            ("duration_seconds = 1800\n", "", "DurationSeconds", ""),
        ] {
            let log = edit(&home, config, profile, from, to);
            assert_eq!(log[0].param(name), value, "{profile}: {from} -> {to}");
        }
        // The source's keys.
        let log = edit(&home, config, profile, "= AKIA1", "= AKIA2");
        let caller = log[0].principal.as_deref();
        assert_eq!(caller, Some("arn:aws:iam::123456789012:user/two"), "{profile}");
    }
    // A name that is generated for each call is not a setting.
    let home = of_users();
    let config = config.replace("role_session_name = me\n", "");
    edit(&home, &config, "p", "external_id = first", "external_id = second");
}

#[test]
fn the_mfa_device() {
    let role = "arn:aws:iam::210987654321:role/Deploy";
    let config = "\
[profile user]
aws_access_key_id = AKIA1
aws_secret_access_key = FAKEsecret-1
[profile p]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = user
mfa_serial = arn:aws:iam::123456789012:mfa/me
region = eu-west-1
";
    let home = Home::with_aws();
    home.aws().add_user("AKIA1", "FAKEsecret-1", "arn:aws:iam::123456789012:user/me");
    let run = |config: &str, device: Option<&str>| {
        home.aws().trust(role, fake_aws::Trust::default());
        if let Some(serial) = device {
            home.aws().require_mfa(role, serial, "123456");
        }
        home.write(".aws/config", config);
        access_key(&home.run(["-p", "p", "--mfa-code", "123456", "export"]).succeeds())
    };
    let (me, new) = ("arn:aws:iam::123456789012:mfa/me", "arn:aws:iam::123456789012:mfa/new");
    let all = || {
        [
            run(config, Some(me)),
            run(&config.replace("mfa/me", "mfa/new"), Some(new)),
            run(&config.replace(&format!("mfa_serial = {me}\n"), ""), None),
        ]
    };
    let keys = all();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 3);
    let serials: Vec<_> =
        home.aws().log().iter().map(|entry| entry.param("SerialNumber").to_owned()).collect();
    assert_eq!(serials, [me, new, ""]);
    assert_eq!(all(), keys);
    assert_eq!(home.aws().count("*"), 3);
    // A cached session needs no code, and no terminal to ask for one.
    home.write(".aws/config", config);
    assert_eq!(key_of(&home, "p"), keys[0]);
}

#[test]
fn another_source_profile() {
    let config = format!(
        "{CHAIN}\n[profile other]\nsso_session = corp\nsso_account_id = 210987654321\n\
         sso_role_name = Developer\n"
    );
    for profile in ["deploy", "deep"] {
        let home = Home::with_aws().login("corp");
        let from_to = ("source_profile = dev", "source_profile = other");
        let log = edit(&home, &config, profile, from_to.0, from_to.1);
        let operations: Vec<&str> = log.iter().map(|entry| entry.operation.as_str()).collect();
        assert_eq!(operations[..2], ["GetRoleCredentials", "AssumeRole"], "{profile}");
        let caller = log[1].principal.as_deref().expect("a caller");
        assert!(caller.contains("210987654321:assumed-role/AWSReservedSSO_Developer"), "{caller}");
    }
    // The link in the middle, removed and added.
    let home = Home::with_aws().login("corp");
    edit(&home, CHAIN, "deep", "source_profile = deploy", "source_profile = dev");
}

/// The source's keys in the credentials file.
#[test]
fn the_credentials_file() {
    let home = of_users().config(
        "[profile p]\nrole_arn = arn:aws:iam::210987654321:role/Deploy\nsource_profile = user\n\
         region = eu-west-1\n",
    );
    let text = "[user]\naws_access_key_id = AKIA1\naws_secret_access_key = FAKEsecret-1\n";
    edit_file(&home, ".aws/credentials", text, "p", "AKIA1", "AKIA2");
}

#[test]
fn the_environment_of_the_caller() {
    let home = of_users().config(
        "[profile p]\nrole_arn = arn:aws:iam::210987654321:role/Deploy\n\
         credential_source = Environment\nregion = eu-west-1\n",
    );
    let run = |id: &str| {
        let run = home.run(["-p", "p", "export"]).env("AWS_ACCESS_KEY_ID", id);
        access_key(&run.env("AWS_SECRET_ACCESS_KEY", "FAKEsecret-1").succeeds())
    };
    let (one, two) = (run("AKIA1"), run("AKIA2"));
    assert_ne!(one, two);
    assert_eq!((run("AKIA1"), run("AKIA2")), (one, two));
    assert_eq!(home.aws().count("AssumeRole"), 2);
}

/// The token may be another identity's by now.
#[test]
fn the_web_identity_token() {
    let config = "\
[profile p]
role_arn = arn:aws:iam::210987654321:role/Deploy
web_identity_token_file = token
role_session_name = me
region = eu-west-1
";
    let home = Home::with_aws().config(config);
    for subject in ["one", "two"] {
        home.aws().add_web_identity_token(&format!("FAKEtoken-{subject}"), subject);
    }
    edit_file(&home, "token", "FAKEtoken-one", "p", "one", "two");
    home.write("token", "FAKEtoken-one");
    edit(&home, config, "p", "role_session_name = me", "role_session_name = you");
}

/// A helper usually requests another profile in the same files, and those can change.
#[test]
fn what_a_helper_reads() {
    let config = format!(
        "{DEV}
[profile tools]
credential_process = {SSOWRAP} -p dev credential-process
[profile p]
role_arn = arn:aws:iam::210987654321:role/Deploy
source_profile = tools
region = eu-west-1
"
    );
    let home = Home::with_aws().config(&config).login("corp");
    home.aws().grant("210987654321", "ReadOnly");
    let first = key_of(&home, "p");
    assert_eq!(key_of(&home, "p"), first);
    assert_eq!(home.aws().count("AssumeRole"), 1);
    home.write(".aws/config", config.replace("= Admin", "= ReadOnly"));
    assert_ne!(key_of(&home, "p"), first);
    // Whose credentials they are matters, not the helper's command line.
    home.write(".aws/config", config.replace("-p dev", "-p  dev"));
    assert_eq!(key_of(&home, "p"), first);
    assert_eq!(home.aws().count("AssumeRole"), 2);
}

/// The CLI's key for SSO role credentials doesn't contain the portal.
#[test]
fn the_portal_of_a_session() {
    let home = Home::with_aws().config(DEV).login("corp");
    let first = key_of(&home, "dev");
    assert_eq!(key_of(&home, "dev"), first);
    home.write(".aws/config", DEV.replace("https://corp.", "https://other."));
    let output = home.run(["-p", "dev", "export"]).output();
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
    home.write(".aws/config", DEV.replace("eu-central-1", "eu-north-1"));
    assert_ne!(key_of(&home, "dev"), first);
    // Nor the endpoint.
    let url = home.aws().url() + "/";
    let output = home.run(["-p", "dev", "export"]).env("AWS_ENDPOINT_URL", url).succeeds();
    assert_ne!(output.exported()["AWS_ACCESS_KEY_ID"], first);
    assert_eq!(home.aws().count("GetRoleCredentials"), 3);
}

/// Nothing is cached if it could not be told apart later.
#[test]
fn a_portal_that_cannot_be_noted() {
    let home = chain().file(".cache", "theirs");
    let key = || access_key(&home.run(["-p", "dev", "export"]).output());
    let first = key();
    assert!(!dev_file(&home).exists());
    home.write(".aws/config", CHAIN.replace("corp.awsapps.com", "other.awsapps.com"));
    let status = home.run(["-p", "dev", "export"]).output().status;
    assert_eq!(status.code(), Some(3), "there is no login at the other portal");
    home.write(".aws/config", CHAIN);
    assert_ne!(key(), first);
}

/// For a session that is in no config file, only the token says which portal it is for.
#[test]
fn the_portal_of_a_session_that_is_in_no_config() {
    let home = Home::with_aws().login("corp");
    let key = |home: &Home| {
        let arguments = "--sso-session corp --account-id 123456789012 --role-name Admin export";
        access_key(&home.run(arguments.split(' ')).succeeds())
    };
    let first = key(&home);
    assert_eq!(key(&home), first);
    let home = home.token("corp", &Token::new().start_url("https://other.awsapps.com/start"));
    let second = key(&home);
    assert_ne!(second, first);
    assert_eq!(key(&home), second);
    let elsewhere = Token { region: "eu-north-1".to_owned(), ..Token::new() };
    let home = home.token("corp", &elsewhere);
    assert!(![first, second].contains(&key(&home)));
    assert_eq!(home.aws().count("GetRoleCredentials"), 3);
}

/// The AWS CLI would share them (SPEC 4.2, trap 26).
#[test]
fn the_same_role_from_different_sources() {
    let config = format!(
        "{CHAIN}\n[profile other]\nsso_session = corp\nsso_account_id = 123456789012\n\
         sso_role_name = ReadOnly\n[profile deploy2]\n\
         role_arn = arn:aws:iam::210987654321:role/Deploy\nsource_profile = other\n\
         role_session_name = ci\nregion = eu-west-1\n"
    );
    let home = Home::with_aws().config(&config).login("corp");
    let keys = ["deploy", "deploy2"].map(|profile| key_of(&home, profile));
    assert_ne!(keys[0], keys[1]);
    let callers: BTreeSet<_> =
        home.aws().log_of("AssumeRole").into_iter().map(|entry| entry.principal).collect();
    assert_eq!(callers.len(), 2);
    assert_eq!(["deploy", "deploy2"].map(|profile| key_of(&home, profile)), keys);
    assert_eq!(home.aws().count("*"), 4);
}

/// Profiles that differ only in irrelevant settings share their cache.
#[test]
fn profiles_that_say_the_same_share() {
    let config = format!(
        "{CHAIN}\n[profile again]\nrole_arn = arn:aws:iam::210987654321:role/Deploy\n\
         source_profile = dev\nrole_session_name = ci\nregion = us-east-1\noutput = json\n"
    );
    let home = Home::with_aws().config(&config).login("corp");
    assert_eq!(key_of(&home, "deploy"), key_of(&home, "again"));
    assert_eq!(home.aws().count("AssumeRole"), 1);
}
