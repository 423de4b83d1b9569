//! A description of the command line that is quickly made: only what these words need.

use std::ffi::OsString;

use clap::{Args as _, Command, Subcommand as _};

use super::{ExecArgs, ExportArgs, Global, Verb};

/// Adds the arguments of a verb.
type AddArguments = fn(Command) -> Command;

/// Verbs that programs run again and again. Describing all verbs would take as long as the rest of
/// the call.
const FREQUENT: [(&str, AddArguments); 3] = [
    ("credential-process", |verb| verb),
    ("exec", ExecArgs::augment_args),
    ("export", ExportArgs::augment_args),
];

/// The command with only the verbs that the words name, frequent ones first. clap copies every
/// global option into each verb, and its value too, which costs more than everything else it does.
pub(super) fn described(words: &[OsString]) -> Command {
    let is_named = |name: &str| words.iter().any(|word| word == name);
    let frequent = FREQUENT.iter().filter(|(name, _)| is_named(name));
    let mut named: Vec<Command> =
        frequent.map(|(name, arguments)| arguments(Command::new(*name))).collect();
    let command =
        Command::new("ssowrap").version(env!("CARGO_PKG_VERSION")).subcommand_required(true);
    let command = Global::augment_args(command);
    if !named.is_empty() && !has_options_after(words, &named) {
        return command.mut_args(|option| option.global(false)).subcommands(named);
    }
    if named.is_empty() && words.iter().skip(1).any(|word| !is_option(word)) {
        let all = Verb::augment_subcommands(Command::new("ssowrap"));
        named = all.get_subcommands().filter(|verb| is_named(verb.get_name())).cloned().collect();
    }
    command.subcommands(named)
}

/// Whether there may be options after the first word that may be one of these verbs.
fn has_options_after(words: &[OsString], verbs: &[Command]) -> bool {
    let is_verb = |word: &OsString| verbs.iter().any(|verb| word == verb.get_name());
    let after = words.iter().skip(1).skip_while(|word| !is_verb(word));
    after.take_while(|word| *word != "--").any(is_option)
}

fn is_option(word: &OsString) -> bool {
    word.as_encoded_bytes().starts_with(b"-")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::cli::verbs::{self, VerbRow};
    use crate::cli::{Caller, Cli};

    fn takes_all(verb: &str) -> bool {
        let row = VerbRow::of(verb).expect("a row");
        let shared = Global::augment_args(Command::new("ssowrap"));
        let ids = || shared.get_arguments().map(|option| option.get_id().as_str());
        ids().filter(|id| verbs::is_optional(id)).all(|id| row.takes(id))
    }

    #[test]
    fn frequent_verbs_are_those_of_the_help() {
        let all = Verb::augment_subcommands(Command::new("ssowrap"));
        for (name, arguments) in FREQUENT {
            let frequent = arguments(Command::new(name));
            let verb = all.find_subcommand(name).expect("a verb");
            assert!(frequent.get_subcommands().chain(verb.get_subcommands()).next().is_none());
            let arguments =
                |verb: &Command| format!("{:#?}", verb.get_arguments().collect::<Vec<_>>());
            assert_eq!(arguments(&frequent), arguments(verb), "{name}");
            // An option before the verb is not there when the verb's own are checked.
            assert!(takes_all(name), "{name}");
        }
        for words in ["ssowrap -p export status", "ssowrap explain -p exec"] {
            let words = words.split(' ').map(OsString::from);
            assert!(Cli::read(words, &Caller::NOBODY).is_ok());
        }
    }

    /// Options with their values, of all verbs, of some, or of `exec` and `export` alone.
    const OPTIONS: [&str; 14] = [
        "-p prod",
        "-pexport",
        "--profile=exec",
        "--region eu-west-1",
        "--role-name=X",
        "--account-id 1",
        "-q",
        "--policy-arn arn:aws:iam::aws:policy/P",
        "--min-ttl 15m",
        "--login=never",
        "--json",
        "--renew",
        "--format bash",
        "--write-credentials",
    ];

    fn options() -> impl Strategy<Value = Vec<&'static str>> {
        prop::collection::vec(select(&OPTIONS), 0..3)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn a_shorter_description_reads_the_same(
            before in options(),
            verb in select(&["exec", "export", "credential-process", "status"]),
            after in options(),
            command in select(&["", "ls", "ls -l", "-- ls -p x", "-- export", "exec"]),
        ) {
            let line = [&["ssowrap"], &before[..], &[verb], &after, &[command]].concat().join(" ");
            let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            if let Ok(cli) = Cli::read_as(&mut described(&words), &words) {
                let whole = Cli::read_as(&mut Cli::command(), &words).ok();
                prop_assert_eq!(format!("{:?}", Some(cli)), format!("{whole:?}"), "{}", line);
            }
        }
    }
}
