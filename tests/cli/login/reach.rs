//! Network settings of a session's profiles count for the session too.

use fake_aws::{Consent, Options};

use crate::support::{DEV, Home};

/// A home whose AWS has a certificate from an authority that only the profile `dev` knows.
fn home(more: &str) -> Home {
    let home =
        Home::with_options(Options { tls: true, consent: Consent::Approve, ..Options::default() });
    let bundle = home.aws().ca_pem().expect("an authority");
    let config = DEV.replace("region = eu-west-1", "region = eu-west-1\nca_bundle = ~/ca.pem");
    home.config(&format!("{config}\n{more}")).file("ca.pem", bundle)
}

/// The command in the profile's own hint works if the profile does.
#[test]
fn by_session_and_all() {
    let home = home("");
    for line in [
        &["--sso-session", "corp", "login", "--use-device-code"][..],
        &["login", "--all", "--force", "--use-device-code"],
        &["--sso-session", "corp", "logout"],
        &["--sso-session", "corp", "login", "--use-device-code"],
        &["accounts", "--sso-session", "corp"],
        &["logout", "--all"],
    ] {
        let output = home.run(line).output();
        assert_eq!(output.status.code(), Some(0), "{line:?}: {}", output.stderr);
    }
}

#[test]
fn profiles_that_disagree() {
    let other = "[profile other]\nsso_session = corp\nsso_account_id = 123456789012\n\
                 sso_role_name = Admin\nca_bundle = ~/other.pem\n";
    let home = home(other);
    let said = "error: profiles `dev` and `other` of sso-session `corp` disagree on `ca_bundle`\nhint: \
                choose one of them with `-p`, or make the two equal\n";
    home.run(["--sso-session", "corp", "login"]).fails(4, said);
    home.run(["login", "--all"]).fails(4, said);
    let output = home.run(["-p", "dev", "login", "--use-device-code"]).output();
    assert_eq!(output.status.code(), Some(0), "{}", output.stderr);
    // The token is removed anyway.
    let output = home.run(["logout", "--all"]).output();
    assert!(output.stderr.starts_with(said), "{}", output.stderr);
    assert_eq!(home.run(["-p", "dev", "status"]).output().status.code(), Some(3));
}

/// What the chosen profile leaves open, another profile of its login sets.
#[test]
fn by_a_profile_that_says_nothing() {
    let more = "[profile other]\nsso_session = corp\nsso_account_id = 123456789012\n\
                sso_role_name = ReadOnly\nuse_fips_endpoint = false\n\n\
                [profile deploy]\nrole_arn = arn:aws:iam::210987654321:role/Deploy\n\
                source_profile = dev\n";
    let home = home(more);
    for profile in ["other", "deploy"] {
        for line in [&["login", "--use-device-code"][..], &["accounts"], &["logout"]] {
            let output = home.run([&["-p", profile], line].concat()).output();
            assert_eq!(output.status.code(), Some(0), "{profile} {line:?}: {}", output.stderr);
        }
    }
}

/// If a profile sets its own endpoints, no other one counts.
#[test]
fn by_a_profile_with_endpoints_of_its_own() {
    let home = Home::with_options(Options { consent: Consent::Approve, ..Options::default() });
    let url = home.aws().url();
    let dev =
        DEV.replace("region = eu-west-1", &format!("region = eu-west-1\nendpoint_url = {url}"));
    let config = format!(
        "{dev}\n[profile other]\nsso_session = corp\n\
         sso_account_id = 123456789012\nsso_role_name = ReadOnly\nuse_fips_endpoint = true\n\
         ignore_configured_endpoint_urls = true\n"
    );
    let home = home.config(&config);
    for line in [&["login", "--use-device-code"][..], &["accounts"], &["logout"]] {
        let run = home.run([&["-p", "dev"], line].concat()).without("AWS_ENDPOINT_URL");
        let output = run.output();
        assert_eq!(output.status.code(), Some(0), "{line:?}: {}", output.stderr);
    }
}

/// The only login in the config needs no name.
#[test]
fn without_a_name() {
    let home = home("");
    for line in [&["login", "--use-device-code"][..], &["accounts"]] {
        let output = home.run(line).output();
        assert_eq!(output.status.code(), Some(0), "{line:?}: {}", output.stderr);
    }
}

/// A token that no section leads to is ended with the settings of its portal's profiles.
#[test]
fn a_token_of_an_earlier_session() {
    let home = home("").login("earlier");
    let output = home.run(["logout", "--all"]).output();
    assert_eq!(output.status.code(), Some(0), "{}", output.stderr);
    assert_eq!(home.aws().count("Logout"), 1);
}

/// `configure` uses the network settings of the login that it is for.
#[test]
fn configure_by_every_name() {
    let legacy = "[profile old]\nsso_start_url = https://corp.awsapps.com/start\n\
                  sso_region = eu-central-1\nsso_account_id = 123456789012\nsso_role_name = Admin\n\
                  ca_bundle = ~/ca.pem\n";
    let flags = ["--start-url", "https://corp.awsapps.com/start", "--sso-region", "eu-central-1"];
    for (config, line) in [
        (None, &[][..]),
        (None, &["-p", "dev"]),
        (None, &["--sso-session", "corp"]),
        (None, &flags),
        (None, &[&flags[..], &["--sso-session", "new"]].concat()),
        (Some(legacy), &[]),
        (Some(legacy), &flags),
    ] {
        let home = home("").login("corp").login("new");
        if let Some(config) = config {
            home.write(".aws/config", config);
        }
        let line = [&["configure", "--all", "--dry-run", "--region", "-"], line].concat();
        let output = home.run(&line).output();
        assert_eq!(output.status.code(), Some(0), "{line:?}: {}", output.stderr);
    }
}
