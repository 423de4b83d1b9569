//! The accounts that `each` chooses: by pattern, with names that differ, and those that AWS refuses.

use fake_aws::Account;
use serde_json::Value;

use super::{home, lines};
use crate::entries::names;

/// Where `--account-id` chooses accounts, it is a pattern. Elsewhere it is an id.
#[test]
fn ids_by_pattern() {
    let home = home();
    let words = ["--account-id", "*1111", "--role-name", "A*"];
    let output = home.run(["each", "-q"].iter().chain(&words).chain(&["echo", "ran"])).succeeds();
    assert_eq!(lines(&output), ["Prod A Admin | ran", "Prod A Audit | ran"]);
    let login = ["--sso-session", "corp", "export"];
    home.run(words.iter().chain(&login)).fails(
        2,
        "error: --account-id `*1111` is not twelve digits\nhint: leading zeros count; `--account NAME` \
         takes the account's name\n",
    );
}

/// The error names the option that was given.
#[test]
fn a_profile_and_an_account() {
    let home = home();
    for option in ["--account", "--account-id", "--role-name"] {
        home.run(["each", "-p", "*", option, "111111111111", "true"]).fails(
            2,
            &format!(
                "error: --profile and {option} cannot be used together: a profile already names a \
                 role\n"
            ),
        );
    }
}

/// No two accounts share a name or a file, whatever they are called.
#[test]
fn names_that_could_mean_another_account() {
    let home = home();
    let accounts = [
        ("000000000048", "dup (000000000049)", "dup (000000000049) (000000000048)"),
        ("000000000049", "dup", "dup (000000000049)"),
        ("000000000050", "dup", "dup (000000000050)"),
        ("000000000051", "Test", "Test (000000000051)"),
        ("000000000052", "test", "test (000000000052)"),
        ("000000000053", "000000000054", "000000000054 (000000000053)"),
        ("000000000054", "Other", "Other"),
    ];
    let account = |(id, name, _): &(&str, &str, &str)| Account::new(id, name, &["Admin"]);
    home.aws().set_accounts(accounts.iter().map(account).collect());
    let words = ["each", "-q", "--account", "*", "--role-name", "Admin", "--json"];
    let script = ["--", "sh", "-c", "echo $AWS_ACCOUNT_ID"];
    let output = home.run(words.iter().chain(&["--output-dir", "out"]).chain(&script)).succeeds();
    let rows: Vec<Value> = serde_json::from_str(output.stdout()).expect("JSON");
    assert_eq!(rows.len(), accounts.len());
    for (id, _, name) in accounts {
        let is_it = |row: &&Value| row["account_id"] == id;
        assert_eq!(rows.iter().find(is_it).expect(id)["profile"], name);
    }
    let files = names(&home.path("out"));
    let files: Vec<&String> = files.iter().filter(|name| name.ends_with(".out")).collect();
    let text = |name: &&String| std::fs::read_to_string(home.path("out").join(name)).expect("text");
    let mut printed: Vec<String> = files.iter().map(text).collect();
    printed.sort_unstable();
    let expected: Vec<String> = accounts.iter().map(|(id, ..)| format!("{id}\n")).collect();
    assert_eq!(printed, expected);
}

/// An account whose roles AWS refuses to list is not one without the role: the reason is given.
#[test]
fn accounts_whose_roles_are_denied() {
    let home = home();
    home.aws().set_accounts(vec![
        Account::new("111111111111", "Production", &["Admin"]),
        Account::new("222222222222", "Sandbox", &["Developer"]),
        Account::new("333333333333", "Sandbox", &["Developer"]),
        Account::new("444444444444", "Sandbox", &["Admin"]),
        Account::new("555555555555", "Test", &["Developer"]),
    ]);
    home.aws().close_account("111111111111");
    let run = |account: &str, more: &[&str]| {
        let words = ["each", "--account", account, "--role-name", "Admin"];
        home.run(words.iter().chain(more).chain(&["echo", "ran"]))
    };
    let output = run("*", &[]).output();
    assert_eq!(output.stdout(), "Sandbox (444444444444) | ran\n");
    let denied = "warning: nothing runs in account Production (111111111111): AWS does not list its \
                  roles: ForbiddenException: No access (request id ";
    assert!(output.stderr.starts_with(denied), "{}", output.stderr);
    let without = ")\nwarning: you have no role that matches `Admin` in Sandbox (222222222222), \
                   Sandbox (333333333333), Test\nACCOUNT ";
    assert!(output.stderr.contains(without), "{}", output.stderr);
    // If nothing is left, the error gives it.
    run("Production", &["-q"]).refused(
        4,
        "error: no role matches `Admin`: AWS does not list the roles in Production (111111111111): \
         ForbiddenException: No access\nhint: `--refresh` asks AWS again\n",
    );
    let words = ["--account", "Test"];
    run("Production", &words).refused(
        4,
        "error: no role in these accounts matches `Admin`, and AWS does not list the roles in \
         Production (111111111111): ForbiddenException: No access\nhint: the roles are: \
         `Developer`\nhint: `--refresh` asks AWS again\n",
    );
}
