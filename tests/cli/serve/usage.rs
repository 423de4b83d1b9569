//! Options that contradict each other.

use super::*;

#[test]
fn what_does_not_fit_together() {
    let home = home();
    for (arguments, message) in [
        (&["serve", "-p", "dev", "-p", ""][..], "error: a value of --profile is empty\n"),
        (&["serve", "-p", "dev", "--port", "0"], "error: invalid value `0` for `--port`"),
        (&["serve", "-p", "dev", "--print-env", "xml"], "error: invalid value `xml`"),
        (
            &["serve", "-p", "dev", "--sso-session", "corp"],
            "error: --profile and --sso-session cannot be used together",
        ),
    ] {
        let output = home.run(arguments).output();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stderr.starts_with(message), "{}", output.stderr);
    }
    assert_eq!(home.aws().count("*"), 0);
}

#[test]
fn a_role_that_cannot_be_allowed() {
    let home = home();
    // Whoever may ask for these may ask for a role in any account.
    let too_open = ["*", "arn:aws:iam::*", "arn:aws:iam::12345678901*"];
    let no_roles = ["deploy", "", "arn:aws:iam::123456789012:user/me", "arn:aws:iam::1:role/app"];
    for role in too_open.into_iter().chain(no_roles) {
        home.run(["-p", "dev", "serve", "--allow-role", role]).fails(
            2,
            &format!(
                "error: --allow-role `{role}` is not the ARN of a role\nhint: role ARNs look like \
                 `arn:aws:iam::123456789012:role/app`; the last character may be a `*`, which \
                 matches any ending\n"
            ),
        );
    }
    // It would be assumed with credentials that no profile describes.
    let role = ["--sso-session", "corp", "--account-id", "123456789012", "--role-name", "Admin"];
    let allowed = ["serve", "--allow-role", "arn:aws:iam::210987654321:role/deploy"];
    home.run(role.iter().chain(&allowed)).fails(
        2,
        "error: --allow-role works only with a profile, not with a role given by options\nhint: \
         choose a profile with `-p NAME`\n",
    );
    assert_eq!(home.aws().count("*"), 0);
}

#[test]
fn a_token_that_clients_could_not_send() {
    let home = home();
    for token in ["short", "FAKEsecret with a blank and some more of it", "é".repeat(32).as_str()]
    {
        home.run(["-p", "dev", "serve"]).env("SSOWRAP_SERVE_TOKEN", token).fails(
            2,
            "error: SSOWRAP_SERVE_TOKEN must have at least 32 characters: letters, digits and any of \
             `-._~+/=`\nhint: make one with `openssl rand -hex 32`, or unset it to get a new one \
             each time\n",
        );
    }
    assert_eq!(home.aws().count("*"), 0);
}
