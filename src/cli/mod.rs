//! The command line. The doc comments here are the help texts.

mod alone;
pub(crate) mod aws2_wrap;
mod console;
mod each;
pub(crate) mod fill;
mod global;
mod help;
mod inspect;
mod kubernetes;
mod number;
mod obtain;
mod on_top;
pub(crate) mod option;
mod organisation;
mod otherwise;
mod refusal;
mod set_up;
mod sign_in;
mod typed;
mod verbs;
pub(crate) mod words;

use std::convert::Infallible;
use std::ffi::OsString;
use std::mem::{self, ManuallyDrop};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches, Parser, Subcommand, ValueHint};

use crate::error::usage;
use crate::text::escape;
pub(crate) use console::ConsoleArgs;
pub(crate) use each::EachArgs;
pub(crate) use global::{Global, LoginMode};
pub(crate) use help::command;
pub(crate) use inspect::{CacheAction, ProfilesArgs, WhoamiFormat};
pub(crate) use kubernetes::{EksAction, GetTokenArgs, UpdateKubeconfigArgs};
pub(crate) use obtain::{EnvFormat, ExecArgs, ExportArgs, GenerateArgs, ServeArgs};
pub(crate) use on_top::OnTopArgs;
pub(crate) use organisation::{AccountsArgs, ConfigureArgs};
use refusal::RefusedCommandLine;
pub(crate) use refusal::{Caller, Refusal};
pub(crate) use set_up::{InitArgs, Shell};
pub(crate) use sign_in::LoginArgs;
use verbs::VerbRow;

/// Credentials from AWS IAM Identity Center (AWS SSO) profiles
#[derive(Debug, Parser)]
#[command(name = "ssowrap", version)]
pub(crate) struct Cli {
    /// Options of every verb.
    #[command(flatten)]
    pub global: Global,
    /// The verb.
    #[command(subcommand)]
    pub verb: Verb,
}

impl Cli {
    /// Parses a command line, including the program's name. Asks about the `caller` only if there is an
    /// error.
    ///
    /// # Errors
    /// The help, the version, and every usage error.
    pub(crate) fn read(
        words: impl IntoIterator<Item = OsString>,
        caller: &Caller<'_>,
    ) -> Result<Self, Refusal> {
        let words: Vec<OsString> = words.into_iter().collect();
        // A correct command line needs only its own verb, and the version none. The description is never freed:
        // that is hundreds of calls, shortly before the process ends.
        let mut described = ManuallyDrop::new(alone::described(&words));
        match Self::read_as(&mut described, &words) {
            Err(Refusal::Text(text)) if text.kind() == ErrorKind::DisplayVersion => {
                return Err(Refusal::Text(text));
            }
            Err(_) => {}
            read => return read,
        }
        // A word may only look like a verb.
        let error = match Self::read_as(&mut Self::command(), &words) {
            Err(Refusal::Text(error)) => error,
            read => return read,
        };
        // Only what is shown needs the texts of the help.
        let is_brief = words.len() <= 1 || words.iter().any(|word| word == "-h");
        let mut shown = if is_brief { help::brief() } else { command() };
        let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into()).collect();
        let error = shown.try_get_matches_from_mut(escaped(&words)).err().unwrap_or(error);
        Err(RefusedCommandLine::new(&shown, &words, caller).explain(error))
    }

    fn read_as(command: &mut Command, words: &[OsString]) -> Result<Self, Refusal> {
        let profiles = Occurrences::of(command, "profile");
        let policies = Occurrences::of(command, "policy_arn");
        let matches = command.try_get_matches_from_mut(words).map_err(Refusal::Text)?;
        check_taken(&matches)?;
        let mut cli = Self::from_arg_matches(&matches).map_err(Refusal::Text)?;
        cli.global.on_top.policy_arn = policies.all(&matches);
        if cli.verb.takes_several_profiles() {
            cli.global.profiles = profiles.all(&matches);
            cli.global.profile = cli.global.profiles.first().cloned();
        } else if profiles.kept(&matches).len() > 1 {
            return Err(Refusal::Usage(usage(
                "only `each`, `serve` and `exec --write-credentials` accept more than one --profile",
            )));
        }
        Ok(cli)
    }
}

/// The words, with terminal controls escaped. clap would drop parts of these before we could escape
/// them.
fn escaped(words: &[String]) -> impl Iterator<Item = OsString> {
    words.iter().map(|word| escape::foreign(word).into_owned().into())
}

/// Refuses an option that the verb would ignore.
fn check_taken(matches: &ArgMatches) -> Result<(), Refusal> {
    let Some((verb, below)) = matches.subcommand() else { return Ok(()) };
    // aws2-wrap itself refuses all of them, and says where they belong.
    let Some(row) = VerbRow::of(verb).filter(|row| row.verb != aws2_wrap::VERB) else {
        return Ok(());
    };
    let given = below.ids().map(clap::Id::as_str).filter(|id| {
        verbs::is_optional(id)
            && below.value_source(id) == Some(ValueSource::CommandLine)
            && !row.takes(id)
    });
    given.into_iter().next().map_or(Ok(()), |id| {
        let option = format!("--{}", id.replace('_', "-"));
        let takers: Vec<String> = verbs::takers(id).map(|verb| format!("`{verb}`")).collect();
        let error = usage(format!("`{verb}` does not take {option}"));
        Err(Refusal::Usage(error.hint(format!("it is for {}", takers.join(", ")))))
    })
}

/// All values of an option. If it is given both before and after the verb, clap keeps only those of
/// one place.
struct Occurrences {
    option: &'static str,
    values: Arc<Mutex<Vec<String>>>,
}

impl Occurrences {
    fn of(command: &mut Command, option: &'static str) -> Self {
        let values = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&values);
        let note = move |value: &str| {
            noted.lock().unwrap_or_else(PoisonError::into_inner).push(value.to_owned());
            Ok::<_, Infallible>(value.to_owned())
        };
        *command = mem::take(command).mut_arg(option, |option| option.value_parser(note));
        Self { option, values }
    }

    /// The values that clap keeps.
    fn kept<'a>(&self, matches: &'a ArgMatches) -> Vec<&'a String> {
        matches.get_many(self.option).into_iter().flatten().collect()
    }

    fn all(&self, matches: &ArgMatches) -> Vec<String> {
        let seen = mem::take(&mut *self.values.lock().unwrap_or_else(PoisonError::into_inner));
        in_order(seen, &self.kept(matches))
    }
}

/// The values in the order of the command line. clap visits them in another order.
fn in_order(mut seen: Vec<String>, after: &[&String]) -> Vec<String> {
    if !seen.iter().rev().zip(after.iter().rev()).all(|(seen, after)| seen == *after)
        && let Some(before) = seen.pop()
    {
        seen.insert(seen.len().saturating_sub(after.len()), before);
    }
    seen
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Print credentials as shell variables: eval "$(ssowrap export)"
    Export(ExportArgs),
    /// Print credentials as JSON, for `credential_process` in the config file
    CredentialProcess,
    /// Run a command with credentials in its environment
    ///
    /// Put ssowrap's options before the command: everything after it belongs to the command.
    #[command(override_usage = "ssowrap exec [OPTIONS] [--] [COMMAND] [ARGUMENT]...")]
    Exec(ExecArgs),
    /// Run a command once for each of several profiles or accounts
    ///
    /// You can give `-p` several times, and it can be a pattern: `-p 'prod-*'`. With `--account
    /// PATTERN` and `--role-name PATTERN`, the command runs for each role that matches, in each
    /// account of the organisation that matches; case does not matter. ssowrap gets all credentials
    /// before it starts the first command. Each line of output starts with the profile. The commands get no input and run without a terminal.
    #[command(override_usage = "ssowrap each [OPTIONS] [--] COMMAND [ARGUMENT]...")]
    Each(EachArgs),
    /// Serve credentials on 127.0.0.1 to containers and editors, until Ctrl-C
    ///
    /// ssowrap prints the variables that clients need. Then it serves the first profile at `/` and
    /// each profile given with `-p` at `/profile/NAME`, and renews the credentials as `exec --renew`
    /// does.
    Serve(ServeArgs),
    /// Open the AWS console in a browser
    ///
    /// `SSOWRAP_BROWSER` or `BROWSER` names the browser; without them, the default browser opens.
    /// If none can be opened, ssowrap prints the link.
    Console(ConsoleArgs),
    /// Set up kubectl and give it tokens, without the AWS CLI
    Eks {
        /// What to do.
        #[command(subcommand)]
        action: EksAction,
    },
    /// Write keys into the credentials file, for programs that read nothing else
    ///
    /// The keys go into the credentials file, the region into the config file; everything else in
    /// them stays as it is. When the keys expire, run it again.
    Generate(GenerateArgs),
    /// Sign in to the session of a profile
    ///
    /// You have to sign in only if the login has expired and cannot be refreshed. ssowrap stores the
    /// token where the AWS CLI does, so that every other tool can use it.
    Login(LoginArgs),
    /// Sign out, at AWS and on this machine
    ///
    /// ssowrap ends the session at AWS, and removes its token and the role credentials you got with
    /// it. Choose the login by profile, `--sso-session` or `--start-url`, or use `--all`.
    Logout {
        /// End every login on this machine, even if it is not in the config
        #[arg(long)]
        all: bool,
    },
    /// Show which logins still work, without asking AWS
    ///
    /// The exit code is 3 if you have to sign in.
    Status {
        /// Show every login in the config, even if AWS_PROFILE is set
        #[arg(long)]
        all: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Print one word and the minutes left, for a shell prompt
        #[arg(long, conflicts_with = "json")]
        short: bool,
    },
    /// Ask AWS whose credentials these are: account, person, role
    Whoami {
        /// What to print
        #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
        format: WhoamiFormat,
    },
    /// List the profiles in the config and credentials files
    Profiles(ProfilesArgs),
    /// Show how ssowrap reads a profile, and the origin of each value
    Explain {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List the accounts of a login, and with `--roles` the roles in them
    ///
    /// ssowrap uses the login of the profile, of `--sso-session` or of `--start-url`, or else the only
    /// one in the config. It keeps the list for eight hours; `--refresh` asks AWS again.
    Accounts(AccountsArgs),
    /// Write profiles for your organisation's accounts and roles
    ///
    /// ssowrap shows what would change, and asks before it writes; every other line of the config file
    /// stays as it is. If you run it again, it keeps existing names and changes only profiles that it
    /// wrote.
    Configure(ConfigureArgs),
    /// List or remove cached role credentials
    Cache {
        /// What to do with them.
        #[command(subcommand)]
        action: CacheAction,
    },
    /// Set up your shell: put eval "$(ssowrap init bash)" into ~/.bashrc
    ///
    /// ssowrap prints the function `sso` and completions. `sso PROFILE` loads a profile's credentials
    /// into the shell; if that fails, nothing changes. `sso` alone offers a list, and `sso -` goes
    /// back to the previous profile.
    Init(InitArgs),
    /// Print only the completion script for a shell, without the function `sso`
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Write the man pages to a directory
    Man {
        /// The directory, created if necessary
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        directory: PathBuf,
    },
    /// Replace aws2-wrap: same options, output and exit codes
    #[command(name = "aws2-wrap", disable_help_flag = true)]
    Aws2Wrap {
        /// See `ssowrap aws2-wrap --help`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
        arguments: Vec<OsString>,
    },
    /// The process that stays beside the command of `exec --renew` and `exec --write-credentials`
    #[cfg(unix)]
    #[command(hide = true)]
    Companion {
        /// The companion itself, rather than the process between it and the command.
        #[arg(long)]
        detached: bool,
    },
    /// Starts a new session and becomes a command of `each`.
    #[cfg(unix)]
    #[command(name = "__session", hide = true)]
    Session {
        /// The command and its arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<OsString>,
    },
    /// Prints the profile that the user chooses, or nothing if there is no one to ask. For the
    /// function `sso`.
    #[command(name = "__choose", hide = true)]
    Choose,
    /// Prints the shell's profile and when its credentials expire. For the function `sso`.
    #[command(name = "__current", hide = true)]
    Current,
    /// Says how to call the function `sso`. For that function.
    #[command(name = "__misused", hide = true)]
    Misused {
        /// Its words.
        words: Vec<String>,
    },
    /// Prints completions. For the completion scripts.
    #[command(name = "__complete", hide = true)]
    Complete {
        /// The shell that asks.
        #[arg(value_enum)]
        shell: Shell,
        /// The words up to the cursor; for bash, the line and the part to replace.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<OsString>,
    },
}

impl Verb {
    fn takes_several_profiles(&self) -> bool {
        matches!(
            self,
            Self::Each(_)
                | Self::Serve(_)
                | Self::Exec(ExecArgs { write_credentials: Some(_), .. })
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str) -> Result<Cli, Refusal> {
        Cli::read(words.split(' ').map(OsString::from), &Caller::NOBODY)
    }

    fn profiles(words: &str) -> Vec<String> {
        let words = format!("ssowrap {words}");
        let Ok(cli) = read(&words) else { panic!("{words}") };
        assert_eq!(cli.global.profile.as_ref(), cli.global.profiles.first());
        cli.global.profiles
    }

    #[test]
    fn several_profiles_keep_their_order() {
        for (words, expected) in [
            ("serve", ""),
            ("serve -p a", "a"),
            ("-p a serve", "a"),
            ("-p a -p b serve", "a b"),
            ("serve -p b --profile=a -p c", "b a c"),
            ("-p a serve -p b", "a b"),
            ("-p a -q serve -p b", "a b"),
            ("-p a -p b serve -p c -p d", "a b c d"),
            ("-p a -q -p b -v serve -p c --imds -p d", "a b c d"),
            ("-p a -p b serve -p a", "a b a"),
            ("-p b serve -p a -p b", "b a b"),
            ("-pa exec -pb --write-credentials -- true -p c", "a b"),
        ] {
            assert_eq!(profiles(words).join(" "), expected, "{words}");
        }
    }

    #[test]
    fn one_profile_stays_one() {
        let Ok(cli) = read("ssowrap -p a export -p b") else { panic!("the inner one counts") };
        assert_eq!(cli.global.profile.as_deref(), Some("b"));
        for words in ["ssowrap -p a -p b export", "ssowrap exec -p a -p b true"] {
            assert!(matches!(read(words), Err(Refusal::Usage(_))), "{words}");
        }
    }
}
