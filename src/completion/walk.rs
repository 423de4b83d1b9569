//! Walks through a command line as the parser would, up to the word at the cursor.

use clap::{Arg, ArgAction, Command, ValueHint};

use super::values::Live;
use super::{Completion, Suggestion};

/// A command line up to the cursor: its verb, and the options given so far.
pub(super) struct VerbWalk<'a> {
    command: &'a Command,
    /// The options, with their values.
    given: Vec<(&'a Arg, Option<&'a str>)>,
    /// The number of positional arguments.
    positionals: usize,
    /// Whether a `--` has ended the options.
    options_over: bool,
    /// The option whose value comes next.
    open: Option<&'a Arg>,
    /// The index of the first word of another program's command line.
    command_at: Option<usize>,
    /// The number of words.
    words: usize,
}

impl<'a> VerbWalk<'a> {
    /// Walks through `words`, which follow the program's name.
    pub(super) fn along(command: &'a Command, words: &'a [String]) -> Self {
        let mut walk = Self {
            command,
            given: Vec::new(),
            positionals: 0,
            options_over: false,
            open: None,
            command_at: None,
            words: words.len(),
        };
        for (place, word) in words.iter().enumerate() {
            if walk.command_at.is_none() {
                walk.step(place, word);
            }
        }
        walk
    }

    fn step(&mut self, place: usize, word: &'a str) {
        if let Some(option) = self.open.take() {
            self.given.push((option, Some(word)));
            return;
        }
        if !self.options_over {
            if word == "--" {
                self.options_over = true;
                return;
            }
            if let Some(long) = word.strip_prefix("--") {
                return self.long(long);
            }
            if let Some(cluster) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) {
                return self.cluster(cluster);
            }
            let verb = |sub: &&Command| {
                sub.get_name() == word || sub.get_all_aliases().any(|alias| alias == word)
            };
            if let Some(verb) = self.command.get_subcommands().find(verb) {
                (self.command, self.positionals) = (verb, 0);
                return;
            }
        }
        match self.is_at_command() {
            true => self.command_at = Some(place),
            false => self.positionals += 1,
        }
    }

    /// A long option: `name` or `name=value`.
    fn long(&mut self, text: &'a str) {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        match self.find_long(name) {
            Some(option) if value.is_none() && takes_value(option) => self.open = Some(option),
            Some(option) => self.given.push((option, value)),
            None => {}
        }
    }

    /// Short options: `v`, `vq`, `pNAME`, `vp` with the name in the next word.
    fn cluster(&mut self, text: &'a str) {
        for (at, short) in text.char_indices() {
            let Some(option) = self.find_short(short) else { return };
            if takes_value(option) {
                match &text[at + short.len_utf8()..] {
                    "" => self.open = Some(option),
                    value => self.given.push((option, Some(value))),
                }
                return;
            }
            self.given.push((option, None));
        }
    }

    fn find_long(&self, name: &str) -> Option<&'a Arg> {
        let is_it = |option: &&Arg| {
            option.get_long() == Some(name)
                || option.get_all_aliases().is_some_and(|all| all.contains(&name))
        };
        self.command.get_arguments().find(is_it)
    }

    fn find_short(&self, name: char) -> Option<&'a Arg> {
        self.command.get_arguments().find(|option| option.get_short() == Some(name))
    }

    /// The positional argument that the next word would be.
    fn positional(&self) -> Option<&'a Arg> {
        let mut all = self.command.get_positionals();
        let is_repeated = |arg: &Arg| arg.get_num_args().is_some_and(|n| n.max_values() > 1);
        match all.nth(self.positionals) {
            None => self.command.get_positionals().last().filter(|last| is_repeated(last)),
            found => found,
        }
    }

    /// Whether another program's command line comes next.
    fn is_at_command(&self) -> bool {
        self.positional().is_some_and(Arg::is_trailing_var_arg_set)
    }

    /// The value given to an option.
    pub(super) fn value_of(&self, id: &str) -> Option<&'a str> {
        self.given.iter().find(|(option, _)| option.get_id() == id).and_then(|(_, value)| *value)
    }

    /// What `current`, the word at the cursor, can become.
    pub(super) fn answer(&self, current: &str, live: &Live<'_>) -> Completion {
        if let Some(start) = self.command_at {
            return Completion::Command(start);
        }
        if let Some(option) = self.open {
            return values(option, "", live);
        }
        if !self.options_over && current.starts_with('-') {
            let theirs = self.positional().is_some_and(Arg::is_allow_hyphen_values_set);
            return if theirs { Completion::Words(Vec::new()) } else { self.option(current, live) };
        }
        if self.is_at_command() {
            return Completion::Command(self.words);
        }
        let shown = |verb: &&Command| !self.options_over && !verb.is_hide_set();
        let verb = |verb: &Command| Suggestion {
            text: verb.get_name().to_owned(),
            help: verb.get_about().map(ToString::to_string),
        };
        let verbs: Vec<_> = self.command.get_subcommands().filter(shown).map(verb).collect();
        match self.positional() {
            Some(positional) if verbs.is_empty() => values(positional, "", live),
            _ => Completion::Words(verbs),
        }
    }

    /// What a word that starts with a dash can become.
    fn option(&self, current: &str, live: &Live<'_>) -> Completion {
        if let Some((name, _)) = current.split_once('=')
            && let Some(long) = name.strip_prefix("--")
        {
            return match self.find_long(long).filter(|option| takes_value(option)) {
                Some(option) => values(option, &current[..=name.len()], live),
                None => Completion::Words(Vec::new()),
            };
        }
        if let Some((option, before)) = self.attached(current) {
            return values(option, before, live);
        }
        let is_wanted = |option: &&Arg| {
            let is_given = self.given.iter().any(|(given, _)| given.get_id() == option.get_id());
            let is_repeated = match option.get_action() {
                ArgAction::Count => true,
                ArgAction::Append => SEVERAL_PROFILES.contains(&self.command.get_name()),
                _ => false,
            };
            !option.is_positional() && !option.is_hide_set() && (is_repeated || !is_given)
        };
        let candidate = |option: &Arg| {
            // A short option that is already typed is offered too, so that the shell adds the space
            // after it.
            let short = option.get_short().map(|short| format!("-{short}"));
            let text = match short.filter(|short| short == current) {
                None => format!("--{}", option.get_long()?),
                Some(short) => short,
            };
            Some(Suggestion { text, help: option.get_help().map(ToString::to_string) })
        };
        let options = self.command.get_arguments().filter(is_wanted);
        Completion::Words(options.filter_map(candidate).collect())
    }

    /// The option of `-pNAME` or `-vpNAME`, and the text before its value.
    fn attached<'w>(&self, current: &'w str) -> Option<(&'a Arg, &'w str)> {
        for (at, short) in current.char_indices().skip(1) {
            let option = self.find_short(short)?;
            let before = at + short.len_utf8();
            if takes_value(option) {
                return (before < current.len()).then_some((option, &current[..before]));
            }
        }
        None
    }
}

/// The verbs that take several profiles.
const SEVERAL_PROFILES: [&str; 3] = ["each", "exec", "serve"];

fn takes_value(option: &Arg) -> bool {
    option.get_action().takes_values()
}

/// The values of an argument, each with `before` in front.
fn values(argument: &Arg, before: &str, live: &Live<'_>) -> Completion {
    let fixed = argument.get_possible_values();
    let fixed = fixed.iter().filter(|value| !value.is_hide_set()).map(|value| Suggestion {
        text: value.get_name().to_owned(),
        help: value.get_help().map(ToString::to_string),
    });
    let mut all: Vec<Suggestion> = fixed.collect();
    if all.is_empty() {
        match argument.get_value_hint() {
            ValueHint::AnyPath | ValueHint::FilePath => return Completion::Files,
            ValueHint::DirPath => return Completion::Directories,
            _ => all = live.candidates(argument.get_id().as_str()).collect(),
        }
    }
    for candidate in &mut all {
        candidate.text.insert_str(0, before);
    }
    Completion::Words(all)
}
