//! `--prune`: what it removes, and what it never removes.

use fake_aws::{Account, Fault};

use super::{SESSION, config, configure, home, profiles};
use crate::support::Home;

/// Writes every profile, then removes an account and a role from the organisation.
fn shrunk() -> Home {
    let home = home();
    configure(&home, &["--all"]);
    home.aws().set_accounts(vec![
        Account::new("123456789012", "Production", &["Admin", "ReadOnly"]),
        Account::new("210987654321", "Staging", &["ReadOnly"]),
    ]);
    home
}

#[test]
fn what_aws_no_longer_lists() {
    let home = shrunk();
    // Nothing is removed without a message.
    assert_eq!(configure(&home, &["--all", "--refresh"]), "nothing to change\n");
    let said = configure(&home, &["--prune"]);
    assert_eq!(
        said,
        "profiles in ~/.aws/config: 3 removed; `ssowrap configure --undo` undoes that\n"
    );
    assert_eq!(profiles(&home), ["Production.Admin", "Production.ReadOnly", "Staging.ReadOnly"]);
    configure(&home, &["--undo"]);
    assert_eq!(profiles(&home).len(), 6);
}

#[test]
fn what_others_wrote_stays() {
    let theirs = "\n[profile mine]\nsso_session = corp\nsso_account_id = \
                  999999999999\nsso_role_name = Gone\n\n[profile other]\nsso_session = \
                  corp\nsso_account_id = 999999999999\nsso_role_name = Gone\nssowrap_generated = \
                  elsewhere\n\n[profile auto]\nsso_session = corp\nsso_account_id = \
                  999999999999\nsso_role_name = Gone\nsso_auto_populated = true\n";
    let home = home().config(&format!("{SESSION}{theirs}"));
    assert_eq!(configure(&home, &["--prune"]), "nothing to change\n");
    assert_eq!(config(&home), format!("{SESSION}{theirs}"));
}

#[test]
fn what_is_somebodys_source_stays_and_is_named() {
    let home = shrunk();
    let with_theirs = config(&home)
        + "\n[profile top]\nrole_arn = arn:aws:iam::000000000042:role/x\nsource_profile = \
           Sandbox.Developer\n";
    home.write(".aws/config", &with_theirs);
    let said = configure(&home, &["--prune"]);
    assert!(
        said.starts_with(
            "`Sandbox.Developer` stays, although AWS no longer lists its role: it is the \
             source_profile of `top`\n"
        ),
        "{said}"
    );
    assert_eq!(profiles(&home).len(), 5);
}

/// A hand-written line that names a profile keeps it, with what that profile is based on.
#[test]
fn what_somebodys_command_names_stays() {
    let home = home();
    configure(&home, &["--all", "--credential-process"]);
    let with_theirs = config(&home)
        + "\n[profile hand]\ncredential_process = ssowrap --profile=Sandbox.Developer-process \
           credential-process\n";
    home.write(".aws/config", with_theirs);
    home.aws().set_accounts(vec![Account::new("123456789012", "Production", &["Admin"])]);
    let said = configure(&home, &["--prune"]);
    assert!(
        said.starts_with(
            "`Sandbox.Developer-process` stays, although AWS no longer lists its role: it is used \
             by the credential_process of `hand`\n`Sandbox.Developer` stays, although AWS no \
             longer lists its role: it is used by the credential_process of \
             `Sandbox.Developer-process`\n"
        ),
        "{said}"
    );
    let mut left = profiles(&home);
    left.sort();
    let both = ["Sandbox.Developer", "Sandbox.Developer-process", "hand"];
    assert_eq!(left, [&["Production.Admin", "Production.Admin-process"], &both[..]].concat());
}

#[test]
fn what_is_based_on_it_is_removed_too() {
    let home = home();
    let arn = "arn:aws:iam::{account_id}:role/x";
    configure(&home, &["--all", "--assume", arn, "--assume-name", "{account_name}.{role_name}.x"]);
    home.aws().set_accounts(vec![Account::new("000000000042", "Sandbox", &["Developer"])]);
    configure(&home, &["--prune"]);
    assert_eq!(profiles(&home), ["Sandbox.Developer", "Sandbox.Developer.x"]);
}

/// Keys that the user added keep the section.
#[test]
fn a_persons_keys_stay() {
    let home = shrunk();
    let text = config(&home).replace(
        "[profile Sandbox.Developer]\n",
        "[profile Sandbox.Developer]\n# mine\ncli_pager = cat\n",
    );
    home.write(".aws/config", text);
    configure(&home, &["--prune"]);
    let config = config(&home);
    assert!(
        config.contains("\n[profile Sandbox.Developer]\n# mine\ncli_pager = cat\n\n"),
        "{config}"
    );
    assert!(!config.contains("000000000042"), "{config}");
}

#[test]
fn never_by_an_error_an_empty_list_or_a_denial() {
    let home = shrunk();
    let before = config(&home);
    for fault in [Fault::error(403, "ForbiddenException", "no"), Fault::internal()] {
        home.aws().fail_always("ListAccounts", fault);
        let output = home.run(["configure", "--prune", "--yes"]).output();
        assert!(!output.status.success());
        home.aws().clear_faults();
        assert_eq!(config(&home), before);
    }
    home.aws().close_account("210987654321");
    configure(&home, &["--prune"]);
    assert!(config(&home).contains("[profile Staging.Admin]"), "its roles are denied");
    home.aws().set_accounts(Vec::new());
    let said = configure(&home, &["--prune"]);
    assert_eq!(said, "nothing was removed: AWS lists no accounts\nnothing to change\n");
}
