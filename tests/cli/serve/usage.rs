//! Options that contradict each other.

use super::*;

#[test]
fn what_does_not_fit_together() {
    let home = home();
    for (arguments, message) in [
        (
            &["-p", "dev", "serve", "--allow-role", "deploy"][..],
            "error: --allow-role `deploy` is not the ARN of a role\n",
        ),
        (&["serve", "-p", "dev", "-p", ""], "error: a value of --profile is empty\n"),
        (&["serve", "-p", "dev", "--port", "0"], "error: invalid value `0` for `--port <NUMBER>`"),
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
