//! The accounts that `each` chooses: by pattern, with names that differ, and those that AWS refuses.

use super::home;

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
