//! Other uses of a login's accounts and roles: `--account`, the hint if a role is denied,
//! completion.

use std::time::Duration;

use fake_aws::{Account, Fault};

use crate::crowd::Running;
use crate::support::{DEV, Home};

fn home() -> Home {
    Home::with_aws().config(DEV).login("corp")
}

const ROLE: [&str; 4] = ["--sso-session", "corp", "--role-name", "Developer"];

#[test]
fn an_account_by_its_name() {
    let home = home();
    let line = ["--account", "sandbox", "export"];
    let output = home.run(ROLE.iter().chain(&line)).output();
    assert_eq!(output.stderr, "account Sandbox is 000000000042\n");
    assert!(output.exported().contains_key("AWS_SESSION_TOKEN"));
    assert_eq!(home.aws().log_of("GetRoleCredentials")[0].param("account_id"), "000000000042");
    // It is known now.
    home.run(ROLE.iter().chain(&line)).output();
    assert_eq!(home.aws().count("ListAccounts"), 1);
    assert_eq!(home.aws().count("ListAccountRoles"), 0);
    // An account that was created since.
    home.aws().set_accounts(vec![Account::new("000000000007", "New", &["Developer"])]);
    let output = home.run(ROLE.iter().chain(&["--account", "New", "-q", "export"])).output();
    assert_eq!(output.stderr, "");
    assert_eq!(home.aws().count("ListAccounts"), 2);
}

#[test]
fn names_that_are_no_ones_or_several() {
    let home = home();
    let run = |line: &[&str]| home.run(ROLE.iter().chain(line).chain(&["export"]));
    run(&["--account", "Sandbx"]).fails(
        4,
        "error: no account is called `Sandbx`\nhint: did you mean `Sandbox`?\nhint: `ssowrap \
         accounts --sso-session corp` lists them\n",
    );
    let one = |id| Account::new(id, "Prod", &["Developer"]);
    home.aws().set_accounts(vec![one("000000000001"), one("000000000002")]);
    run(&["--account", "prod"]).fails(
        4,
        "error: several accounts are called `prod`: 000000000001, 000000000002\nhint: choose one with \
         `--account-id ID`\n",
    );
    for (line, words) in [
        (&["--account", ""][..], "error: the value of --account is empty\n"),
        (
            &["--account", "a", "--account-id", "000000000001"],
            "error: --account and --account-id cannot be used together\n",
        ),
        (
            &["--account", "a", "--account", "b"],
            "error: only `configure` and `each` accept more than one --account\n",
        ),
    ] {
        run(line).fails(2, words);
    }
    home.run(["--account", "a", "--role-name", "b", "export"]).fails(
        2,
        "error: --account needs --sso-session NAME, or --start-url URL with --sso-region REGION\n",
    );
    home.run(["-p", "dev", "--account", "a", "export"]).fails(
        2,
        "error: --profile and --account cannot be used together: a profile already names a role\n",
    );
    assert_eq!(home.aws().count("GetRoleCredentials"), 0);
}

#[test]
fn what_a_person_may_use_instead() {
    let home = home();
    home.run(["accounts", "--roles"]).succeeds();
    home.aws().clear_log();
    home.aws().fail_always("GetRoleCredentials", Fault::error(403, "ForbiddenException", "no"));
    let line = ["--account-id", "123456789012", "export"];
    let output = home.run(ROLE.iter().chain(&line)).output();
    assert_eq!(output.status.code(), Some(5));
    let hints = "\nhint: your roles there are `Admin`, `ReadOnly`\nhint: you have `Developer` in Sandbox \
         (000000000042), Staging (210987654321)\nhint: check";
    assert!(output.stderr.contains(hints), "{}", output.stderr);
    // All of that was already known.
    assert_eq!(home.aws().count("ListAccountRoles"), 0);
    // An account whose name nobody has asked for.
    let home = self::home();
    for (account, role) in [("123456789012", "No"), ("000000000042", "Admin")] {
        let line =
            ["--sso-session", "corp", "--account-id", account, "--role-name", role, "export"];
        let output = home.run(line).output();
        let hint = "\nhint: you have `Admin` in 123456789012\nhint: check";
        assert_eq!(output.stderr.contains(hint), role == "Admin", "{}", output.stderr);
    }
}

/// If nothing is known, one account is requested, once for all simultaneous failures, and not for
/// long.
#[test]
fn one_question_for_any_number_of_denials() {
    let home = home();
    home.aws().revoke_grant("123456789012", "Admin");
    for running in Running::helpers(&home, "dev", 8) {
        assert_eq!(running.ends().status.code(), Some(5));
    }
    assert_eq!(home.aws().count("ListAccountRoles"), 1);
    assert_eq!(home.aws().count("ListAccounts"), 0);
    // An answer that never comes blocks nobody.
    let home = self::home();
    home.aws().revoke_grant("123456789012", "Admin");
    home.aws().set_latency("ListAccountRoles", Duration::from_secs(120));
    let output = home.run(["-p", "dev", "export"]).output();
    assert_eq!(output.status.code(), Some(5));
    assert!(!output.stderr.contains("your roles there"), "{}", output.stderr);
}

/// Lines for fish: a word, and its description.
fn offered(home: &Home, words: &[&str]) -> Vec<String> {
    let line = ["__complete", "fish", "--", "ssowrap"];
    let output = home.run(line.iter().chain(words)).succeeds();
    output.stdout().lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn completion_knows_accounts_and_roles() {
    let home = home();
    assert_eq!(offered(&home, &["--account-id", ""]), ["123456789012"]);
    assert_eq!(offered(&home, &["-p", ""]), ["dev\t123456789012 Admin"]);
    home.run(["accounts", "--roles"]).succeeds();
    home.aws().clear_log();
    assert_eq!(
        offered(&home, &["--account-id", ""]),
        ["000000000042\tSandbox", "123456789012\tProduction", "210987654321\tStaging"]
    );
    assert_eq!(
        offered(&home, &["configure", "--account", ""]),
        ["Production\t123456789012", "Sandbox\t000000000042", "Staging\t210987654321"]
    );
    assert_eq!(offered(&home, &["--role-name", ""]), ["Admin", "Developer", "ReadOnly"]);
    let of_one = ["--account-id", "000000000042", "--role-name", ""];
    assert_eq!(offered(&home, &of_one), ["Developer"]);
    assert_eq!(home.aws().count("*"), 0);
}
