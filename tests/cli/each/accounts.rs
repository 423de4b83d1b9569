//! The accounts that `each` chooses: by pattern, with names that differ, and those that AWS refuses.

use super::{home, lines};

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
