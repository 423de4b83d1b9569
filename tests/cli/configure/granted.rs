//! A config that granted wrote.

use super::{config, configure, empty, profiles};
use crate::support::{Home, Token};

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
        "programs without SSO support can no longer use the profiles that granted wrote: `ssowrap \
         configure --all --credential-process` writes second ones for them\nprofiles in \
         ~/.aws/config: 4 added, 2 migrated; `ssowrap configure --undo` undoes that\nnext: eval \"$(ssowrap -p Production.ReadOnly export)\"\n"
    );
    assert!(!config(&home).contains("granted"), "{}", config(&home));
    let home = empty().config(&populated());
    let said = configure(&home, &["--all", "--migrate", "--credential-process"]);
    assert!(said.starts_with("profiles in"), "{said}");
    let line = "-p \"corp/Production/Admin\" credential-process\n";
    assert!(config(&home).contains(line), "{}", config(&home));
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
