//! Words that people try, and what to type instead. clap's suggestions go by spelling, which
//! misleads here (`roles` is not `profiles`), so these come first.
//!
//! `fill.rs` fills in the lines of hints with the profile and the options of the command line. A test
//! parses every line.

use std::ffi::OsString;

use crate::platform::IS_WINDOWS;
use crate::profile::mask;
use crate::text::escape::{is_shell_word, is_shown_as_is, shell_option, shell_word};
use crate::text::words::{DASHES, variable_of};

/// The hints for some words.
type Row = (&'static [&'static str], &'static [&'static str]);

/// Verbs that switch to a profile.
const SWITCHES: &[&str] = &["use", "switch", "assume", "select", "set", "eval", "source", "sso"];

/// Words in place of a verb.
const VERBS: [Row; 22] = [
    (
        &["list", "ls", "profile", "list-profiles"],
        &["`ssowrap profiles` lists the profiles; `ssowrap accounts` lists accounts"],
    ),
    (
        SWITCHES,
        &[
            "`eval ssowrap -p NAME export` puts the credentials of a profile into this shell",
            "`ssowrap init bash` defines `sso NAME`, which does the same",
        ],
    ),
    (
        &["foreach", "for-each", "all", "many", "parallel", "multi"],
        &["`ssowrap -p NAME -p OTHER each -- COMMAND` runs a command for each of several profiles"],
    ),
    (&["run"], &["`ssowrap -p NAME exec -- COMMAND` runs a command with the credentials"]),
    (
        &["env", "creds", "credentials", "print", "keys", "get"],
        &["`ssowrap -p NAME export` prints the credentials for a shell, a file or a program"],
    ),
    (&["shell", "sh"], &["`ssowrap -p NAME exec -- bash` starts a shell with the credentials"]),
    (
        &["setup", "install"],
        &[
            "`ssowrap configure` writes profiles for the roles of your organisation",
            "`ssowrap init bash` prints the lines that set up a shell",
        ],
    ),
    (&["populate"], POPULATE),
    (
        &["import", "add", "sync"],
        &["`ssowrap configure` writes profiles for the roles of your organisation"],
    ),
    (&["roles", "role"], &["`ssowrap accounts --roles` lists the roles the login may use"]),
    (
        &["refresh", "renew"],
        &[
            "`ssowrap -p NAME login` renews the login if necessary",
            "`ssowrap -p NAME export --refresh` gets new credentials",
        ],
    ),
    (
        &["doctor", "check", "debug", "diagnose", "test", "config", "show", "info", "which"],
        &[
            "`ssowrap -p NAME explain` shows how ssowrap reads the profile, and `ssowrap status` shows the logins",
        ],
    ),
    (&["web", "open", "url"], &["`ssowrap -p NAME console` opens the AWS console"]),
    (
        &["browser"],
        &[
            "`ssowrap -p NAME console` opens the AWS console",
            "set SSOWRAP_BROWSER or BROWSER to choose the browser",
        ],
    ),
    (&["version"], &["`ssowrap --version` prints it"]),
    (&["signin", "sign-in", "auth", "authenticate"], &["`ssowrap -p NAME login` signs in"]),
    (&["signout", "sign-out"], &["`ssowrap -p NAME logout` signs out"]),
    (
        &["process", "credential_process", "credentials-process"],
        &["`ssowrap -p NAME credential-process` prints the JSON"],
    ),
    (&["completion", "complete"], &["`ssowrap completions bash` prints a script"]),
    (
        &["clear", "flush", "forget", "remove", "delete", "rm"],
        &[
            "`ssowrap cache clear` removes cached credentials; `ssowrap -p NAME logout` ends the login",
        ],
    ),
    (
        &["server", "ecs", "ecs-server", "ec2-server", "daemon", "proxy"],
        &["`ssowrap -p NAME serve` serves credentials to containers and editors"],
    ),
    (
        &["token", "get-token"],
        &["`ssowrap -p NAME eks get-token --cluster-name CLUSTER` prints a token for kubectl"],
    ),
];

const POPULATE: &[&str] =
    &["`ssowrap configure --all` writes a profile for every role you may use"];

/// Options, some of them those of aws2-wrap and other tools.
const OPTIONS: [Row; 20] = [
    (
        &["--export"],
        &[
            "`ssowrap -p NAME export` prints the credentials; `ssowrap aws2-wrap --profile NAME --export` does so in the format of aws2-wrap",
            "`ssowrap -p NAME generate --as OTHER` writes them into the credentials file",
        ],
    ),
    (&["--exec"], &["`ssowrap -p NAME exec -- COMMAND` runs a command"]),
    (&["--process"], &["`ssowrap -p NAME credential-process` prints the JSON"]),
    (&["--generate"], &["`ssowrap -p NAME generate --as OTHER` writes the keys"]),
    (
        &["--generatestdout"],
        &["`ssowrap -p NAME export --format ini` prints a section for a credentials file"],
    ),
    (&["--json"], &["`export --format json` and `whoami --format json` print an object"]),
    (
        &["-f", "--shell", "--output"],
        &[
            "`export --format FORMAT` chooses the shell; `init` and `completions` take just its name",
        ],
    ),
    (&["--env"], &["`ssowrap -p NAME export --format dotenv -o .env` writes a .env file"]),
    (
        &["--unset", "-un"],
        &["`eval ssowrap export --unset` removes the credentials from this shell"],
    ),
    (
        &["--browser"],
        &["ssowrap opens the default browser; set SSOWRAP_BROWSER or BROWSER to use another one"],
    ),
    (&["-c", "--console"], &["`ssowrap -p NAME console` opens the AWS console in a browser"]),
    (
        &["-s", "--service"],
        &["`ssowrap -p NAME console --service SERVICE` opens the console of a service"],
    ),
    (&["--role"], &["`--role-name NAME` names the permission set"]),
    (&["--session"], &["`--sso-session NAME` names the session"]),
    (
        &["--server", "--ecs-server", "--ec2-server"],
        &["`ssowrap -p NAME exec --renew -- COMMAND` keeps a command's credentials fresh"],
    ),
    (
        &["--headless", "--remote"],
        &["`ssowrap -p NAME login --use-device-code` signs in with a browser on any machine"],
    ),
    (
        &["--auto-login"],
        &["`ssowrap -p NAME credential-process --login auto` signs in when needed"],
    ),
    (&["--debug"], &["`-v` and `-vv` show what happens"]),
    (
        &["--force-refresh", "--sts-refresh"],
        &["`ssowrap -p NAME export --refresh` gets new credentials"],
    ),
    (
        &["--ca-bundle", "--no-verify-ssl"],
        &["certificates are always verified: set AWS_CA_BUNDLE to a file with the ones to trust"],
    ),
];

/// Options of other tools, and ours that mean the same.
const OTHER_NAMES: [(&str, &str); 3] =
    [("-r", "--region"), ("-s", "--service"), ("--sso-start-url", "--start-url")];

/// Commands of the AWS CLI and some of granted, by their first words.
const AWS_CLI: [(&[&str], &str); 9] = [
    (&["sso", "login"], "`ssowrap -p NAME login` signs in"),
    (
        &["sso", "logout"],
        "`ssowrap -p NAME logout` signs out; `ssowrap logout --all` ends every login",
    ),
    (&["sso", "populate"], POPULATE[0]),
    (&["sso", "generate"], POPULATE[0]),
    (&["configure", "sso"], "`ssowrap configure` alone asks for everything, at a terminal"),
    (&["configure", "list-profiles"], "`ssowrap profiles` lists the profiles"),
    (&["configure", "list"], "`ssowrap -p NAME explain` shows each value with its file and line"),
    (&["configure", "export-credentials"], "`ssowrap -p NAME export` prints the credentials"),
    (
        &["sts", "get-caller-identity"],
        "`ssowrap -p NAME whoami` asks AWS whose credentials these are",
    ),
];

/// What to type instead of an AWS CLI command, with or without its `aws`.
pub(crate) fn for_aws_cli(words: &[&str]) -> Option<&'static str> {
    let typed = words.strip_prefix(&["aws"]).unwrap_or(words);
    let row = AWS_CLI.iter().find(|(command, _)| typed.starts_with(command));
    match row {
        Some((_, hint)) => Some(hint),
        None if typed.len() < words.len() => {
            Some("`ssowrap -p NAME exec -- aws ...` runs a command of the AWS CLI")
        }
        None => None,
    }
}

/// What to type instead of an unknown verb.
pub(super) fn for_verb(word: &str) -> &'static [&'static str] {
    hints(&VERBS, word)
}

/// Whether it is a verb that switches to a profile.
pub(super) fn is_switch(word: &str) -> bool {
    SWITCHES.contains(&word)
}

/// What to type instead of an unknown option.
pub(crate) fn for_option(word: &str) -> &'static [&'static str] {
    hints(&OPTIONS, word.split('=').next().unwrap_or(word))
}

/// Our name for an option of another tool.
pub(super) fn own_option(word: &str) -> Option<&'static str> {
    OTHER_NAMES.iter().find(|(other, _)| *other == word).map(|(_, own)| *own)
}

/// Whether the word after an option of another tool is its value.
pub(super) fn takes_next(word: &str) -> bool {
    word == "--exec"
}

fn hints(rows: &[Row], word: &str) -> &'static [&'static str] {
    rows.iter().find(|(words, _)| words.contains(&word)).map_or(&[], |(_, hints)| hints)
}

/// The command of `exec` for a line of `--exec`, without its arguments, because they may contain a
/// secret.
pub(crate) fn command_of(line: &str) -> String {
    let mut words = line.split_whitespace();
    let program = words.next().unwrap_or_default();
    let is_plain = line.split_whitespace().all(is_shell_word) && !program.contains('=');
    match (is_plain && !program.is_empty(), words.next()) {
        (true, None) => program.to_owned(),
        (true, Some(_)) => format!("{program} ..."),
        (false, _) if IS_WINDOWS => "cmd /c \"...\"".to_owned(),
        (false, _) => "sh -c '...'".to_owned(),
    }
}

/// For a hyphen that an editor or a web page has turned into a dash.
pub(super) fn for_dash(word: &str) -> Option<String> {
    let name = word.trim_start_matches(DASHES);
    let is_dash = name.len() < word.len() && !name.is_empty();
    is_dash.then(|| {
        let name = name.trim_start_matches('-');
        let hyphens = if name.chars().nth(1).is_some() { "--" } else { "-" };
        format!("`{word}` begins with a typographic dash: write `{hyphens}{name}` with hyphens")
    })
}

/// The command of `exec` that begins with `program`. Its arguments are left out, because they may
/// contain a secret.
pub(super) fn command_from(program: &str) -> String {
    let shown = mask::word(program);
    if variable_of(program).is_some() {
        format!("env {shown} COMMAND")
    } else if shown == program && is_shown_as_is(program) {
        format!("{} ...", shell_word(program))
    } else {
        "COMMAND".to_owned()
    }
}

/// What to type instead of a profile in the place of `exec`'s command.
pub(crate) fn profile_as_command(program: &str, profiles: &[&str]) -> Option<String> {
    let (name, profile) = (shell_word(program), shell_option("-p", program));
    profiles
        .contains(&program)
        .then(|| format!("`{name}` is a profile: `ssowrap {profile} exec -- COMMAND`"))
}

/// For an option of a command that names one of the `profiles`: the option as it was typed, and the
/// profile.
pub(crate) fn profile_of_command<'a>(
    command: &'a [OsString],
    profiles: &[&str],
) -> Option<(String, &'a str)> {
    let words: Vec<&str> = command.iter().skip(1).filter_map(|word| word.to_str()).collect();
    let is_profile = |name: &&str| profiles.contains(name);
    words.iter().enumerate().find_map(|(at, word)| {
        let (option, name) = match word.strip_prefix("--profile=") {
            Some(name) => ("--profile=", name),
            None if *word == "--profile" => ("--profile ", *words.get(at + 1)?),
            None if *word == "-p" => ("-p ", *words.get(at + 1)?),
            None => return None,
        };
        let name = Some(name).filter(is_profile)?;
        Some((format!("{option}{}", shell_word(name)), name))
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::cli::refusal::Caller;
    use crate::cli::{Cli, Refusal};

    /// Checks that a line which begins with ssowrap, perhaps inside `eval`, can be parsed.
    pub(in crate::cli) fn check(line: &str) {
        let Some(at) = line.find("ssowrap ") else { return };
        let line = line[at..].split([')', '|', '>']).next().expect("a beginning");
        let words = crate::text::words::words(line.trim_end_matches(['"', '\'']));
        let refusal = match words.get(1).map(String::as_str) {
            Some("--version" | "--help") => return,
            // It has a parser of its own.
            Some("aws2-wrap") => return,
            _ => Cli::read(words.iter().map(OsString::from), &Caller::NOBODY).err(),
        };
        match refusal {
            None | Some(Refusal::Text(_)) => {}
            Some(Refusal::Usage(error)) => panic!("{line}: {error}"),
        }
    }

    #[test]
    fn hints_are_command_lines() {
        let rows = VERBS.iter().chain(&OPTIONS);
        let hints = rows.flat_map(|(_, hints)| hints.iter().copied());
        for hint in hints.chain(AWS_CLI.iter().map(|(_, hint)| *hint)) {
            for code in hint.split('`').skip(1).step_by(2) {
                check(code);
            }
        }
    }

    #[test]
    fn no_wrong_word_is_a_verb() {
        for word in VERBS.iter().flat_map(|(words, _)| words.iter()) {
            assert!(crate::cli::verbs::VerbRow::of(word).is_none(), "{word}");
        }
    }

    #[test]
    fn dashes() {
        assert!(for_dash("\u{2013}profile").expect("a dash").contains("`--profile`"));
        assert_eq!(for_dash("--profile"), None);
        assert_eq!(for_dash("\u{2014}"), None);
    }
}
