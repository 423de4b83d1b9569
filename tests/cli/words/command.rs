//! What is typed in the place of the command of `exec`.

use super::home;
use crate::terminal::Terminal;

/// What is typed, and what is said about it.
const NO_COMMANDS: [(&[&str], &str); 2] = [
    (
        &["exec", "keys", "--", "env"],
        "error: `keys`: command not found\n\
         hint: `keys` is a profile: `ssowrap -p keys exec -- COMMAND`\n",
    ),
    (
        &["exec", "FOO=BAR", "env"],
        "error: `FOO=...`: command not found\n\
         hint: `env FOO=... COMMAND` sets a variable for the command\n",
    ),
];

#[test]
fn what_is_no_command() {
    for (line, said) in NO_COMMANDS {
        home().run([&["-p", "prod"], line].concat()).fails(127, said);
    }
}

/// Nobody at a terminal is asked for a profile first.
#[test]
fn what_is_no_command_where_no_profile_is_named() {
    for (line, said) in NO_COMMANDS {
        let home = home();
        home.run(line).fails(127, said);
        let terminal = Terminal::start(home.run(line).env("TERM", "xterm").env("NO_COLOR", "1"));
        let (status, text) = terminal.ends();
        assert_eq!((status.code(), text.replace('\r', "").as_str()), (Some(127), said));
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
