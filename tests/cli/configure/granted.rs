//! A config that granted wrote.

use super::{config, configure, empty, profiles};
use crate::support::{Home, Token};

/// What is said if a profile loses its `credential_process` without a second one.
pub(super) const LOST: &str = "after this, programs without SSO support cannot use these profiles; to write extra profiles for \
     such programs, run `ssowrap configure --all --credential-process`\n";

const OTHER: &str = "https://other.awsapps.com/start";

/// A profile as `granted sso populate` writes it.
fn profile(portal: &str, name: &str, account: &str, role: &str) -> String {
    format!(
        "[profile {portal}/{name}]\ngranted_sso_start_url = https://{portal}.awsapps.com/start\n\
         granted_sso_region = eu-central-1\ngranted_sso_account_id = {account}\n\
         granted_sso_role_name = {role}\ncommon_fate_generated_from = aws-sso\n\
         credential_process = granted credential-process --profile {portal}/{name}\n\n"
    )
}

/// Two of the six roles.
fn populated() -> String {
    profile("corp", "Production/Admin", "123456789012", "Admin")
        + &profile("corp", "Sandbox/Developer", "000000000042", "Developer")
}

fn of_two_portals() -> String {
    populated() + &profile("other", "Main/Admin", "123456789012", "Admin")
}

#[test]
fn roles_that_granted_wrote_profiles_for_get_no_second_one() {
    let new = ["Production.ReadOnly", "Staging.Admin", "Staging.Developer", "Staging.ReadOnly"];
    let home = empty().config(&populated());
    let said = configure(&home, &["--all"]);
    assert_eq!(
        said,
        "2 roles already have profiles that granted wrote: `ssowrap configure --migrate \
         --start-url https://corp.awsapps.com/start` converts these\nprofiles in ~/.aws/config: 4 \
         added; `ssowrap configure --undo` undoes that\nnext: eval \"$(ssowrap -p Production.ReadOnly export)\"\n"
    );
    let expected = [&["corp/Production/Admin", "corp/Sandbox/Developer"][..], &new].concat();
    assert_eq!(profiles(&home), expected);
    let said = configure(&home, &["--account", "Sandbox"]);
    assert_eq!(
        said,
        "1 role already has a profile that granted wrote: `ssowrap configure --migrate \
         --sso-session corp` converts it\nnothing to change\n"
    );
    // A profile of granted's for another portal doesn't count, nor one with another command.
    for (from, to) in [("corp.awsapps", "other.awsapps"), ("= granted", "= other")] {
        let home = empty().config(&populated().replace(from, to));
        let portal = ["--start-url", "https://corp.awsapps.com/start", "--sso-region"];
        configure(&home, &[&portal[..], &["eu-central-1", "--account", "Sandbox"]].concat());
        assert_eq!(profiles(&home).last().expect("it is there"), "Sandbox.Developer");
    }
}

#[test]
fn one_run_converts_and_adds() {
    let home = empty().config(&populated());
    let said = configure(&home, &["--all", "--migrate"]);
    assert_eq!(
        said,
        format!(
            "{LOST}profiles in ~/.aws/config: 4 added, 2 migrated; `ssowrap configure --undo` \
             undoes that\nnext: eval \"$(ssowrap -p Production.ReadOnly export)\"\n"
        )
    );
    assert!(!config(&home).contains("granted"), "{}", config(&home));
    let home = empty().config(&populated());
    let said = configure(&home, &["--all", "--migrate", "--credential-process"]);
    assert!(said.starts_with("profiles in"), "{said}");
    let line = "-p \"corp/Production/Admin\" credential-process\n";
    assert!(config(&home).contains(line), "{}", config(&home));
}

/// The second profile of profile `name`.
fn second(name: &str, region: &str) -> String {
    let program = crate::support::SSOWRAP;
    format!(
        "\n[profile {name}-process]\ncredential_process = {program} -p \"{name}\" \
         credential-process\n{region}ssowrap_generated = corp\n"
    )
}

/// Without `--all`, the migrated profiles get second ones, and nobody is asked for a region.
#[test]
fn what_is_migrated_gets_second_profiles() {
    let region = "region = eu-west-1\n";
    let text = populated().replacen("common_fate", &format!("{region}common_fate"), 1);
    let names = ["corp/Production/Admin", "corp/Sandbox/Developer"];
    for (more, of_second) in [(&[][..], ""), (&["--region", "us-east-1"], "region = us-east-1\n")] {
        let home = empty().config(&text);
        let line =
            [&["configure", "--yes", "--migrate", "--credential-process"][..], more].concat();
        let output = home.run(&line).output();
        assert!(output.status.success(), "{}", output.stderr);
        assert!(!output.stderr.contains("after this"), "{}", output.stderr);
        let migrated = format!(
            "common_fate_generated_from = aws-sso\nsso_session = corp\nsso_account_id = \
             000000000042\nsso_role_name = Developer\n{of_second}"
        );
        let added = second(names[0], region) + &second(names[1], of_second);
        let config = config(&home);
        assert!(config.contains(&migrated), "{config}");
        assert!(config.contains(&added), "{config}");
        home.run(["-p", "corp/Sandbox/Developer-process", "credential-process"]).succeeds();
        assert_eq!(configure(&home, &["--migrate"]), "nothing to change\n");
    }
}

/// A second profile from an earlier run counts; a profile without a role can have none.
#[test]
fn who_loses_the_command() {
    let home = empty().config(&populated());
    configure(&home, &["--all", "--credential-process"]);
    assert!(!configure(&home, &["--migrate"]).contains("after this"));
    let text = populated().replacen("granted_sso_role_name = Admin\n", "", 1);
    let home = empty().config(&text);
    assert!(configure(&home, &["--migrate", "--credential-process"]).starts_with(LOST));
}

/// The notes stand below the diff, which may be longer than a screen.
#[test]
fn the_warning_stands_below_the_diff() {
    let home = empty().config(&populated());
    let output = home.run(["configure", "--yes", "--migrate"]).output();
    let (_, below) = output.stderr.rsplit_once("@@").expect("a diff");
    assert!(below.contains(LOST), "{}", output.stderr);
}

/// The region of a second profile is that of the profile whose credentials it gives.
#[test]
fn a_second_profile_has_the_region_of_the_first() {
    let of_person = "[profile mine]\nsso_session = corp\nsso_account_id = 000000000042\n\
                     sso_role_name = Developer\nregion = eu-west-1\n";
    let home = empty().config(&format!("{}\n{of_person}", super::SESSION));
    configure(&home, &["--account", "Production", "--region", "us-east-1"]);
    // The region of the first ones is not asked for again.
    let line = ["configure", "--yes", "--all", "--credential-process"];
    assert!(home.run(line).output().status.success());
    let program = crate::support::SSOWRAP;
    for (name, region) in [("mine", "eu-west-1"), ("Production.Admin", "us-east-1")] {
        let second = format!(
            "\n[profile {name}-process]\ncredential_process = {program} -p {name} \
             credential-process\nregion = {region}\n"
        );
        assert!(config(&home).contains(&second), "{}", config(&home));
    }
}

/// The AWS SDKs prefer SSO to a `credential_process`.
#[test]
fn another_command_next_to_the_keys_of_granted_stays_in_charge() {
    let text = populated().replace("= granted", "= other");
    let home = empty().config(&text);
    let portal = ["--start-url", "https://corp.awsapps.com/start", "--sso-region"];
    configure(&home, &[&portal[..], &["eu-central-1", "--migrate"]].concat());
    assert!(config(&home).contains(text.trim_end()), "{}", config(&home));
}

#[test]
fn each_of_two_portals_is_converted() {
    let home = Home::with_aws().token("corp", &Token::new()).config(&of_two_portals());
    home.run(["configure", "--migrate", "--yes"]).fails(
        2,
        "error: configure needs one session, but the config has start URL \
         `https://corp.awsapps.com/start`, start URL `https://other.awsapps.com/start`\nhint: \
         choose one with `--start-url URL`\n",
    );
    // The profiles know the region.
    let said = configure(&home, &["--migrate", "--start-url", "https://corp.awsapps.com/start/"]);
    let left = format!(
        "1 profile of {OTHER} stays as it is: `ssowrap configure --migrate --start-url {OTHER}` \
         converts it\n"
    );
    assert!(said.contains(&left), "{said}");
    assert!(!said.contains("signed in"), "{said}");
    assert!(config(&home).contains("[sso-session corp]"), "{}", config(&home));
    assert_eq!(configure(&home, &["--migrate"]), format!("{left}nothing to change\n"));
    let said = configure(&home, &["--migrate", "--start-url", OTHER]);
    assert!(
        said.ends_with(
            "the migrated profiles now need the login of sso-session `other`, in the AWS CLI too, \
             and nobody is signed in to it: run `ssowrap login --sso-session other`\n"
        ),
        "{said}"
    );
    assert!(!config(&home).contains("granted_sso"), "{}", config(&home));
}

/// Two spellings of one start URL are one portal.
#[test]
fn one_portal_in_two_spellings() {
    let text = populated().replacen("/start\n", "/start/\n", 1);
    let home = empty().config(&text);
    configure(&home, &["--migrate"]);
    assert!(!config(&home).contains("granted_sso"), "{}", config(&home));
}
