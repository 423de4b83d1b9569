//! What is typed in the place of the command of `exec`.

use super::home;
use crate::terminal::Terminal;

#[test]
fn a_profile_instead_of_the_command() {
    home().run(["-p", "keys", "exec", "prod", "--", "env"]).fails(
        127,
        "error: `prod`: command not found\n\
         hint: `prod` is a profile: `ssowrap -p prod exec -- COMMAND`\n",
    );
}

#[test]
fn an_assignment_instead_of_the_command() {
    let output = home().run(["-p", "keys", "exec", "FOO=BAR", "env"]).output();
    assert_eq!(output.status.code(), Some(127));
    assert!(
        output.stderr.ends_with("hint: `env FOO=... COMMAND` sets a variable for the command\n"),
        "{}",
        output.stderr
    );
}

/// The same if no profile is named. Nobody at a terminal is asked for one first.
#[test]
fn what_is_no_command_where_no_profile_is_named() {
    for (line, shown) in [
        (
            &["exec", "keys", "--", "env"][..],
            "error: `keys`: command not found\n\
             hint: `keys` is a profile: `ssowrap -p keys exec -- COMMAND`\n",
        ),
        (
            &["exec", "FOO=BAR", "env"],
            "error: `FOO=...`: command not found\n\
             hint: `env FOO=... COMMAND` sets a variable for the command\n",
        ),
    ] {
        let home = home();
        home.run(line).fails(127, shown);
        let terminal = Terminal::start(home.run(line).env("TERM", "xterm").env("NO_COLOR", "1"));
        let (status, text) = terminal.ends();
        assert_eq!((status.code(), text.replace('\r', "").as_str()), (Some(127), shown));
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
