//! The names of profiles, whatever the accounts are called.

use fake_aws::Account;

use super::{SESSION, config, configure, home, profiles, written};
use crate::support::Home;

fn with_accounts(accounts: &[(&str, &str)]) -> Home {
    let home = home();
    let accounts = accounts.iter().map(|(id, name)| Account::new(id, name, &["Admin"]));
    home.aws().set_accounts(accounts.collect());
    home
}

#[test]
fn hostile_names_become_safe_ones() {
    let home = with_accounts(&[
        ("000000000001", "$(touch /tmp/x)"),
        ("000000000002", "\u{1b}[2J\nsso_role_name = x"),
        ("000000000003", "日本"),
        ("000000000004", ""),
        ("000000000005", "]\n[default"),
        ("000000000006", &"x".repeat(200)),
        ("000000000007", "-rf"),
        ("000000000008", "😀 team"),
    ]);
    configure(&home, &["--all"]);
    let mut names = profiles(&home);
    names.sort();
    assert_eq!(
        names,
        [
            "000000000003.Admin",
            "000000000004.Admin",
            "2J-sso_role_name-x.Admin",
            "default.Admin",
            "rf.Admin",
            "team.Admin",
            "touch-tmp-x.Admin",
            &"x".repeat(128),
        ]
    );
    let output = home.run(["profiles"]).succeeds();
    assert_eq!(output.stdout().lines().count(), 9);
}

/// A role whose name the config can't contain is left out; the others are written.
#[test]
fn default_is_never_written() {
    let home = with_accounts(&[("000000000001", "Default"), ("000000000002", "default")]);
    configure(&home, &["--all", "--name", "{account_name}"]);
    assert_eq!(profiles(&home), ["Default-000000000001", "default-000000000002"]);
}

/// A `/` of the template separates; one in an account's name does not.
#[test]
fn a_slash_in_the_template() {
    let home = with_accounts(&[("000000000001", "Prod"), ("000000000002", "../a/b")]);
    let slash = ["--all", "--credential-process", "--name", "{account_name}/{role_name}"];
    configure(&home, &slash);
    let names = ["Prod/Admin", "a-b/Admin"];
    let mut expected = names.map(str::to_owned).to_vec();
    expected.extend(names.map(|name| format!("{name}-process")));
    let sorted = |home: &Home| {
        let mut names = profiles(home);
        names.sort();
        names
    };
    expected.sort();
    assert_eq!(sorted(&home), expected);
    for name in &expected {
        home.run(["-p", name, "credential-process"]).succeeds();
    }
    assert_eq!(configure(&home, &slash), "nothing to change\n");
    // With another name, the line that names it changes, too.
    configure(&home, &["--account", "Prod", "--name", "x/{role_name}"]);
    assert!(config(&home).contains(" -p \"x/Admin\" credential-process\n"), "{}", config(&home));
    home.run(["-p", "Prod/Admin-process", "credential-process"]).succeeds();
    // A name with `-` in place of `/` stays, with and without the account id.
    let ids = ["000000000001", "000000000002", "000000000003"];
    let home = with_accounts(&[(ids[0], "Prod"), (ids[1], "Test"), (ids[2], "Test")]);
    configure(&home, &["--all", "--credential-process", "--name", "{account_name}-{role_name}"]);
    assert_eq!(configure(&home, &slash), "nothing to change\n");
}

#[test]
fn two_accounts_of_one_name() {
    let home = with_accounts(&[("000000000001", "Prod"), ("000000000002", "Prod")]);
    let said = configure(&home, &["--account", "000000000001"]);
    assert!(said.starts_with("profiles in"), "{said}");
    // An existing name stays.
    let said = configure(&home, &["--all"]);
    assert!(
        said.starts_with(
            "several profiles would be called `Prod.Admin`: the one for Admin in Prod (000000000002) \
             is `Prod.Admin-000000000002`\n"
        ),
        "{said}"
    );
    assert_eq!(profiles(&home), ["Prod.Admin", "Prod.Admin-000000000002"]);
    assert_eq!(configure(&home, &["--all"]), "nothing to change\n");
    assert_eq!(
        configure(&home, &["--all", "--name", "{account_name}.{role_name}"]),
        "nothing to change\n"
    );
    // Both are new.
    let home = with_accounts(&[("000000000001", "Prod"), ("000000000002", "Prod")]);
    configure(&home, &["--all"]);
    assert_eq!(profiles(&home), ["Prod.Admin-000000000001", "Prod.Admin-000000000002"]);
}

#[test]
fn a_profile_that_a_person_wrote_counts_as_present() {
    for theirs in [
        "[profile mine]\nsso_session = corp\nsso_account_id = 000000000042\nsso_role_name = \
         Developer\n",
        "[profile mine]\nsso_start_url = https://corp.awsapps.com/start#/\nsso_region = \
         eu-central-1\nsso_account_id = 000000000042\nsso_role_name = Developer\n",
    ] {
        let before = format!("{SESSION}{theirs}");
        let home = home().config(&before);
        assert_eq!(configure(&home, &["--account", "Sandbox"]), "nothing to change\n");
        configure(&home, &["--account", "Sandbox", "--name", "other"]);
        assert_eq!(config(&home), before);
        // A profile that others are based on.
        let arn = "arn:aws:iam::000000000042:role/x";
        configure(&home, &["--account", "Sandbox", "--assume", arn, "--assume-name", "top"]);
        assert!(config(&home).contains("\nsource_profile = mine\n"));
    }
}

#[test]
fn names_of_other_profiles_are_not_taken() {
    let theirs = "[profile Sandbox.Developer]\nregion = x\n";
    for (config_text, credentials) in
        [(format!("{SESSION}{theirs}"), ""), (SESSION.to_owned(), "[Sandbox.Developer]\nx = y\n")]
    {
        let home = home().config(&config_text).credentials(credentials);
        home.run(["configure", "--all", "--region", "-", "--yes"]).fails(
            4,
            "error: nothing was written: `Sandbox.Developer`, for Developer in Sandbox \
             (000000000042), is already the name of a profile that you wrote\nhint: give other names with `--name \
             TEMPLATE`: {account_name}, {account_id}, {role_name} and {session} are filled in\n",
        );
        assert_eq!(config(&home), config_text);
        configure(&home, &["--account", "Sandbox", "--name", "sand"]);
        let expected = written("sand", "000000000042", "Developer");
        assert_eq!(config(&home), format!("{config_text}{expected}"));
    }
}

/// A template without the role's name, for an account with several roles.
#[test]
fn several_roles_of_one_name() {
    let home = home();
    let output =
        home.run(["configure", "--account", "Production", "--name", "p", "--region", "-", "--yes"]);
    let output = output.output();
    assert_eq!(output.status.code(), Some(4), "{}", output.stderr);
    let clash = "`p-123456789012` would be the name of several profiles, one of them for ReadOnly in Production";
    assert!(output.stderr.contains(clash), "{}", output.stderr);
    // The id is appended only once.
    let line = ["configure", "--account", "Production", "--name", "Default", "--region", "-"];
    let output = home.run(line).output();
    assert!(
        output.stderr.contains("`Default-123456789012` would be the name"),
        "{}",
        output.stderr
    );
    assert_eq!(config(&home), SESSION);
}

#[test]
fn other_names_rename_what_is_written() {
    let home = home();
    configure(&home, &["--account", "Sandbox"]);
    let theirs = "\n[profile top]\nrole_arn = arn:aws:iam::000000000042:role/x\nsource_profile = \
                  Sandbox.Developer\n";
    let said = configure(&home, &["--account", "Sandbox", "--name", "sand"]);
    assert_eq!(
        said,
        "profiles in ~/.aws/config: 1 renamed; `ssowrap configure --undo` undoes that\n\
         next: eval \"$(ssowrap -p sand export)\"\n"
    );
    let expected = written("sand", "000000000042", "Developer");
    assert_eq!(config(&home), format!("{SESSION}{expected}"));
    // Unless another profile, not written by `configure`, would lose its source.
    let theirs = theirs.replace("Sandbox.Developer", "sand");
    home.write(".aws/config", format!("{SESSION}{expected}{theirs}"));
    let said = configure(&home, &["--account", "Sandbox", "--name", "box"]);
    assert_eq!(
        said,
        "`sand` keeps its name: it is the source_profile of `top`\nnothing to change\n"
    );
}

/// Two accounts that swap their names: a profile with a hand-written line that names one of them
/// still gives that account.
#[test]
fn a_name_in_a_command_that_a_person_wrote_stays() {
    const KEPT: &str =
        "`Alpha.Admin` keeps its name: it is used by the credential_process of `hand`\n";
    let accounts = |names: [&str; 2]| {
        let ids = ["100000000001", "100000000002"];
        Vec::from_iter(ids.iter().zip(names).map(|(id, name)| Account::new(id, name, &["Admin"])))
    };
    for command in [
        "ssowrap -p Alpha.Admin credential-process",
        "\"/a b/ssowrap\" --profile 'Alpha.Admin' credential-process",
        "/usr/bin/ssowrap credential-process --profile=Alpha.Admin",
    ] {
        // Somebody may also edit a line that `configure` wrote, in a way that it can't follow.
        let marks = ["", "ssowrap_generated = corp\n"];
        let marks = if command.contains(" -p ") { &marks[..1] } else { &marks };
        for mark in marks {
            let home = home();
            home.aws().set_accounts(accounts(["Alpha", "Beta"]));
            configure(&home, &["--all", "--region", "us-east-1"]);
            let hand = format!("\n[profile hand]\ncredential_process = {command}\n{mark}");
            home.write(".aws/config", config(&home) + &hand);
            home.aws().set_accounts(accounts(["Beta", "Alpha"]));
            let name = ["--all", "--name", "{account_name}.{role_name}"];
            home.run(["accounts", "--refresh", "-q"]).succeeds();
            let said = configure(&home, &name);
            assert!(said.contains(KEPT), "{command}: {said}");
            assert_eq!(profiles(&home), ["Alpha.Admin", "Alpha.Admin-100000000002", "hand"]);
            assert!(config(&home).ends_with(&hand), "{}", config(&home));
            let account = home.run(["-p", "hand", "whoami", "--format", "account"]);
            account.prints("100000000001\n");
            let said = configure(&home, &["--all", "--name", "{role_name}-{account_name}"]);
            assert!(said.contains(KEPT), "{command}: {said}");
            assert_eq!(profiles(&home), ["Alpha.Admin", "Admin-Alpha", "hand"]);
        }
    }
}

/// So does the name of a profile that is based on another one.
#[test]
fn what_is_based_on_another_one_keeps_its_name_too() {
    let home = home();
    let arn = "arn:aws:iam::{account_id}:role/x";
    let line = ["--account", "Sandbox", "--assume", arn, "--credential-process", "--assume-name"];
    configure(&home, &[&line[..], &["top"]].concat());
    let theirs = "\n[profile hand]\ncredential_process = ssowrap -p Sandbox.Developer-process \
                  credential-process\n\n[profile role]\nrole_arn = arn:aws:iam::1:role/r\n\
                  source_profile = top\n";
    home.write(".aws/config", config(&home) + theirs);
    let said = configure(&home, &[&line[..], &["other", "--name", "sand"]].concat());
    for kept in [
        "`top` keeps its name: it is the source_profile of `role`\n",
        "`Sandbox.Developer-process` keeps its name: it is used by the credential_process of `hand`\n",
    ] {
        assert!(said.contains(kept), "{said}");
    }
    assert_eq!(profiles(&home), ["sand", "top", "Sandbox.Developer-process", "hand", "role"]);
    assert!(config(&home).contains(" -p sand credential-process\n"), "{}", config(&home));
}
