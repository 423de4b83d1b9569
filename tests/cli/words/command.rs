//! What is typed in the place of the command of `exec`.

use super::{Case, home, lead_on};
use crate::terminal::Terminal;

const NO_COMMANDS: &[Case] = &[
    (
        &["exec", "keys", "--", "env"],
        "`keys`: command not found",
        &["`keys` is a profile: `ssowrap -p keys exec -- COMMAND`"],
    ),
    (
        &["exec", "FOO=BAR", "env"],
        "`FOO=...`: command not found",
        &["`env FOO=... COMMAND` sets a variable for the command"],
    ),
];

#[test]
fn what_is_no_command() {
    lead_on(127, &home().env("AWS_PROFILE", "prod"), NO_COMMANDS);
}

/// Nobody at a terminal is asked for a profile first.
#[test]
fn what_is_no_command_where_no_profile_is_named() {
    lead_on(127, &home(), NO_COMMANDS);
    for (line, message, _) in NO_COMMANDS {
        let home = home().env("TERM", "xterm").env("NO_COLOR", "1");
        let (status, text) = Terminal::start(home.run(*line)).ends();
        assert_eq!(status.code(), Some(127));
        assert!(text.starts_with(&format!("error: {message}\r\n")), "{text}");
    }
}

/// A program is what it is, but if no profile is chosen, it may say which one is meant.
#[test]
fn the_profile_is_among_the_words() {
    let home = home().credentials("[true]\n");
    for (line, hint) in [
        (&["exec", "true"][..], "`true` is a profile: `ssowrap -p true exec -- COMMAND`"),
        (
            &["exec", "terraform", "plan", "--profile", "keys"],
            "`--profile keys` belongs to the command: put `-p keys` before it, as in `ssowrap -p \
             keys exec -- terraform ...`",
        ),
        (
            &["exec", "--renew", "--", "./a b", "FAKEsecret", "-p", "keys"],
            "`-p keys` belongs to the command: put `-p keys` before it, as in `ssowrap -p keys \
             exec -- './a b' ...`",
        ),
        (
            &["exec", "env", "--profile", "nosuch"],
            "choose one with `-p NAME` or AWS_PROFILE; `ssowrap profiles` lists them",
        ),
    ] {
        home.run(line).fails(
            4,
            &format!(
                "error: there is no `default` profile in ~/.aws/config or ~/.aws/credentials, and \
                 none was chosen\nhint: {hint}\n"
            ),
        );
    }
}
