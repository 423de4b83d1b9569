//! Shared options that some verbs use differently, and what the help of those verbs says about them.

use clap::{Arg, Command};

/// The verbs, the option's id, the name of its value, and its text.
type Row = (&'static [&'static [&'static str]], &'static str, &'static str, &'static str);

const ROWS: [Row; 13] = [
    (
        &[&["credential-process"], &["generate"], &["logout"], &["eks", "get-token"]],
        "profile",
        "NAME",
        "Profile to use [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, `default`]",
    ),
    (
        &[&["cache"]],
        "profile",
        "NAME",
        "Only the cached credentials of this profile and its sources [default: all]",
    ),
    (
        &[&["credential-process"]],
        "login",
        "WHEN",
        "Whether to sign in if a login is missing: auto or never [default: SSOWRAP_LOGIN, else never]",
    ),
    (
        &[&["serve"]],
        "profile",
        "NAME",
        "Profile to serve; can be given several times [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, \
         SSOWRAP_PROFILE, `default`]",
    ),
    (&[&["each"]], "profile", "NAME", "Profiles, by name or pattern; can be given several times"),
    (&[&["each"]], "sso_session", "NAME", "The session to choose accounts from"),
    (&[&["configure"]], "sso_session", "NAME", "The session to write profiles for"),
    (
        &[&["configure"]],
        "profile",
        "NAME",
        "Use the session of this profile [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, SSOWRAP_PROFILE]",
    ),
    (
        &[&["each"], &["configure"]],
        "start_url",
        "URL",
        "The start URL of the session, with `--sso-region`",
    ),
    (
        &[&["each"], &["configure"]],
        "account",
        "PATTERN",
        "Accounts to choose, by name or id; `*` and `?` are wildcards; can be given several times",
    ),
    (&[&["each"], &["configure"]], "account_id", "PATTERN", "The same as `--account`"),
    (
        &[&["each"], &["configure"]],
        "role_name",
        "PATTERN",
        "Roles to choose in these accounts, by name; `*` and `?` are wildcards",
    ),
    (
        &[&["configure"]],
        "region",
        "REGION",
        "Region to write into the profiles; `-` for none [default: as in profiles written before]",
    ),
];

/// Gives each of these verbs a copy of the global option with its own text, which replaces the
/// global one.
pub(super) fn explain(command: Command) -> Command {
    let options: Vec<Arg> = command.get_arguments().cloned().collect();
    ROWS.iter().fold(command, |command, (verbs, id, value, text)| {
        let Some(option) = options.iter().find(|option| option.get_id() == id) else {
            return command;
        };
        let option = option.clone().value_name(*value).help(*text);
        verbs.iter().fold(command, |command, verb| with_option(command, verb, &option))
    })
}

/// Adds an option to the verb below the command.
fn with_option(command: Command, verb: &[&str], option: &Arg) -> Command {
    match verb {
        [] => command.arg(option),
        [first, rest @ ..] => {
            command.mut_subcommand(first, |below| with_option(below, rest, option))
        }
    }
}
