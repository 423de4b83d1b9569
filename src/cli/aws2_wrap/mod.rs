//! The grammar of aws2-wrap's command line: Python's argparse without abbreviations. The first
//! argument that is not an option begins the command.

use std::ffi::{OsStr, OsString};

use crate::platform::os_text;
use crate::profile::suggest;

pub(crate) mod python;

/// The verb that runs it.
pub(super) const VERB: &str = "aws2-wrap";

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// `--export`
    pub export: bool,
    /// `--generate`
    pub generate: bool,
    /// `--generatestdout`
    pub generatestdout: bool,
    /// `--process`
    pub process: bool,
    /// `--exec`: a shell command line.
    pub exec: Option<OsString>,
    /// `--profile`
    pub profile: Option<OsString>,
    /// `--outprofile`
    pub outprofile: Option<OsString>,
    /// `--configfile`
    pub configfile: Option<OsString>,
    /// `--credentialsfile`
    pub credentialsfile: Option<OsString>,
    /// `--force`, which aws2-wrap does not have.
    pub force: bool,
    /// The command and its arguments.
    pub command: Vec<OsString>,
}

/// The result of reading a command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    Run(Box<Arguments>),
    /// `--help`
    Help,
    /// `--version`
    Version,
}

/// What is wrong with a command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// In argparse's words.
    pub message: String,
    /// What to type instead.
    pub hint: Option<String>,
}

impl Refused {
    /// Options that aws2-wrap does not have.
    fn unknown(options: &[String]) -> Self {
        let names = Flag::ALL.map(Flag::name).map(|name| name.split('/').next().unwrap_or(name));
        let hint = options.iter().find_map(|option| {
            let name = option.split('=').next().unwrap_or(option);
            let near = suggest::nearest(name, names.to_vec());
            match near.first().filter(|_| name.starts_with("--")) {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None if name.starts_with("-p") => Some("`--profile NAME` names the profile".into()),
                None => None,
            }
        });
        Self { message: format!("unrecognized arguments: {}", options.join(" ")), hint }
    }
}

impl From<String> for Refused {
    fn from(message: String) -> Self {
        Self { message, hint: None }
    }
}

/// An option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flag {
    Export,
    Generate,
    GenerateStdout,
    Process,
    Exec,
    Profile,
    OutProfile,
    ConfigFile,
    CredentialsFile,
    Force,
    Version,
    Help,
}

impl Flag {
    const ALL: [Self; 12] = [
        Self::Export,
        Self::Generate,
        Self::GenerateStdout,
        Self::Process,
        Self::Exec,
        Self::Profile,
        Self::OutProfile,
        Self::ConfigFile,
        Self::CredentialsFile,
        Self::Force,
        Self::Version,
        Self::Help,
    ];

    fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"--export" => Self::Export,
            b"--generate" => Self::Generate,
            b"--generatestdout" => Self::GenerateStdout,
            b"--process" => Self::Process,
            b"--exec" => Self::Exec,
            b"--profile" => Self::Profile,
            b"--outprofile" => Self::OutProfile,
            b"--configfile" => Self::ConfigFile,
            b"--credentialsfile" => Self::CredentialsFile,
            b"--force" => Self::Force,
            b"--version" | b"-v" => Self::Version,
            b"--help" | b"-h" => Self::Help,
            _ => return None,
        })
    }

    /// Its name in messages.
    fn name(self) -> &'static str {
        match self {
            Self::Export => "--export",
            Self::Generate => "--generate",
            Self::GenerateStdout => "--generatestdout",
            Self::Process => "--process",
            Self::Exec => "--exec",
            Self::Profile => "--profile",
            Self::OutProfile => "--outprofile",
            Self::ConfigFile => "--configfile",
            Self::CredentialsFile => "--credentialsfile",
            Self::Force => "--force",
            Self::Version => "--version/-v",
            Self::Help => "-h/--help",
        }
    }

    /// Where its value is stored; none if it takes no value.
    fn value(self, arguments: &mut Arguments) -> Option<&mut Option<OsString>> {
        match self {
            Self::Exec => Some(&mut arguments.exec),
            Self::Profile => Some(&mut arguments.profile),
            Self::OutProfile => Some(&mut arguments.outprofile),
            Self::ConfigFile => Some(&mut arguments.configfile),
            Self::CredentialsFile => Some(&mut arguments.credentialsfile),
            _ => None,
        }
    }

    /// At most one of these may be given.
    fn is_mode(self) -> bool {
        matches!(self, Self::Export | Self::Generate | Self::Process | Self::Exec)
    }
}

/// The kind of an argument where an option may stand.
enum Class {
    /// An option, with the value attached to it.
    Known(Flag, Option<OsString>),
    /// It looks like an option, but is unknown.
    Unknown,
    /// The first word of the command, or a value.
    Word,
}

/// Reads the arguments after the program's name.
///
/// # Errors
/// What is wrong with them.
pub(crate) fn parse(arguments: Vec<OsString>) -> Result<Parsed, Refused> {
    let mut parsed = Arguments::default();
    let mut unknown: Vec<String> = Vec::new();
    let mut mode: Option<Flag> = None;
    let mut rest = arguments.into_iter().peekable();
    while let Some(argument) = rest.next() {
        let (flag, tied) = match classify(&argument) {
            Class::Known(flag, tied) => (flag, tied),
            Class::Unknown => {
                unknown.push(argument.to_string_lossy().into_owned());
                continue;
            }
            Class::Word => {
                // The user wrote it for the words after it.
                if argument != "--" {
                    parsed.command.push(argument);
                }
                parsed.command.extend(rest);
                break;
            }
        };
        let takes_value = flag.value(&mut parsed).is_some();
        let value = match tied {
            None if takes_value => {
                let next =
                    rest.next_if(|next| next != "--" && matches!(classify(next), Class::Word));
                Some(next.ok_or_else(|| wrong(flag, "expected one argument"))?)
            }
            Some(tied) if !takes_value => {
                let letters = letters(flag, &argument, &tied)?;
                // Whichever comes first decides.
                return Ok(if letters == Flag::Help { Parsed::Help } else { Parsed::Version });
            }
            tied => tied,
        };
        if let Some(earlier) = mode.filter(|earlier| flag.is_mode() && *earlier != flag) {
            let why = format!("not allowed with argument {}", earlier.name());
            return Err(wrong(flag, &why).into());
        }
        if flag.is_mode() {
            mode = Some(flag);
        }
        match flag {
            Flag::Export => parsed.export = true,
            Flag::Generate => parsed.generate = true,
            Flag::GenerateStdout => parsed.generatestdout = true,
            Flag::Process => parsed.process = true,
            Flag::Force => parsed.force = true,
            Flag::Version => return Ok(Parsed::Version),
            Flag::Help => return Ok(Parsed::Help),
            _ => flag.value(&mut parsed).into_iter().for_each(|place| place.clone_from(&value)),
        }
    }
    match unknown.is_empty() {
        true => Ok(Parsed::Run(Box::new(parsed))),
        false => Err(Refused::unknown(&unknown)),
    }
}

fn wrong(flag: Flag, why: &str) -> String {
    format!("argument {}: {why}", flag.name())
}

fn classify(argument: &OsStr) -> Class {
    let bytes = argument.as_encoded_bytes();
    if bytes.len() < 2 || bytes[0] != b'-' || bytes == b"--" {
        return Class::Word;
    }
    if let Some(flag) = Flag::named(bytes) {
        return Class::Known(flag, None);
    }
    if let Some((name, value)) = split(argument, b'=')
        && let Some(flag) = Flag::named(name)
    {
        return Class::Known(flag, Some(value));
    }
    // `-vx`: several letters in one word, or a letter and its value.
    if bytes[1] != b'-'
        && let Some(flag) = Flag::named(&bytes[..2])
    {
        let text = argument.to_string_lossy();
        return Class::Known(flag, text.get(2..).map(OsString::from));
    }
    if is_negative_number(bytes) || bytes.contains(&b' ') { Class::Word } else { Class::Unknown }
}

/// The parts before and after the first `sign`.
fn split(argument: &OsStr, sign: u8) -> Option<(&[u8], OsString)> {
    let bytes = argument.as_encoded_bytes();
    let at = bytes.iter().position(|b| *b == sign)?;
    Some((&bytes[..at], os_text::behind(argument, at + 1)))
}

/// `-5`, `-1.5`, `-.5`: argparse takes them for words.
fn is_negative_number(bytes: &[u8]) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    let number = &bytes[1..];
    match number.iter().position(|b| *b == b'.') {
        None => !number.is_empty() && digits(number),
        Some(at) => at + 1 < number.len() && digits(&number[..at]) && digits(&number[at + 1..]),
    }
}

/// Several letters in one word, beginning with `flag`: none of the options may take a value.
/// Returns the first.
fn letters(flag: Flag, argument: &OsStr, tied: &OsStr) -> Result<Flag, String> {
    let tied = tied.to_string_lossy();
    let is_joined = !argument.as_encoded_bytes().starts_with(b"--")
        && argument.as_encoded_bytes().get(2) != Some(&b'=');
    let mut last = flag;
    let mut rest: &str = &tied;
    while !rest.is_empty() || !is_joined {
        let next = rest.chars().next().filter(|_| is_joined);
        let next = next.and_then(|c| Flag::named(format!("-{c}").as_bytes()));
        let Some(next) = next else {
            return Err(wrong(last, &format!("ignored explicit argument {}", python::repr(rest))));
        };
        last = next;
        rest = &rest[1..];
    }
    Ok(flag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[&str]) -> Result<Parsed, String> {
        parse(line.iter().map(OsString::from).collect()).map_err(|refused| refused.message)
    }

    fn command(line: &[&str]) -> Vec<String> {
        match read(line) {
            Ok(Parsed::Run(arguments)) => {
                arguments.command.iter().map(|word| word.to_string_lossy().into_owned()).collect()
            }
            other => panic!("{line:?}: {other:?}"),
        }
    }

    #[test]
    fn the_command_begins_with_the_first_word() {
        for (line, expected) in [
            (&["echo", "--profile", "foo"][..], &["echo", "--profile", "foo"][..]),
            (&["--profile", "p", "echo", "--export"], &["echo", "--export"]),
            (&["--", "echo", "--", "hi"], &["echo", "--", "hi"]),
            (&["--export", "--", "--generate"], &["--generate"]),
            (&["-1", "a"], &["-1", "a"]),
            (&["-1.5"], &["-1.5"]),
            (&["-.5"], &["-.5"]),
            (&["-", "a"], &["-", "a"]),
            (&["", "a"], &["", "a"]),
            (&["-x y", "z"], &["-x y", "z"]),
            (&["--bogus=a b", "c"], &["--bogus=a b", "c"]),
            (&["--exec", "-", "x"], &["x"]),
            (&["--exec", "-1", "x"], &["x"]),
            (&["--exec", "-x y"], &[]),
            (&["--profile="], &[]),
            (&[], &[]),
        ] {
            assert_eq!(command(line), expected, "{line:?}");
        }
    }

    #[test]
    fn help_and_version_come_where_they_stand() {
        for (line, expected) in [
            (&["--version"][..], Parsed::Version),
            (&["-v"], Parsed::Version),
            (&["-vv"], Parsed::Version),
            (&["-vh"], Parsed::Version),
            (&["-hv"], Parsed::Help),
            (&["--bogus", "--version"], Parsed::Version),
            (&["-h", "--exec"], Parsed::Help),
        ] {
            assert_eq!(read(line), Ok(expected), "{line:?}");
        }
    }

    #[test]
    fn what_argparse_says() {
        for (line, expected) in [
            (
                &["--export", "--generate"][..],
                "argument --generate: not allowed with argument --export",
            ),
            (
                &["--generate", "--export"],
                "argument --export: not allowed with argument --generate",
            ),
            (&["--exec", "x", "--process"], "argument --process: not allowed with argument --exec"),
            (
                &["--bogus", "--export", "--process"],
                "argument --process: not allowed with argument --export",
            ),
            (&["--bogus", "echo", "hi"], "unrecognized arguments: --bogus"),
            (&["--bogus=1", "-x", "--export"], "unrecognized arguments: --bogus=1 -x"),
            (&["---"], "unrecognized arguments: ---"),
            (&["-1x"], "unrecognized arguments: -1x"),
            (&["--prof", "x"], "unrecognized arguments: --prof"),
            (&["--exec"], "argument --exec: expected one argument"),
            (&["--exec", "-x"], "argument --exec: expected one argument"),
            (&["--exec", "--", "x"], "argument --exec: expected one argument"),
            (&["--exec", "-1.2.3"], "argument --exec: expected one argument"),
            (&["--outprofile", "--export"], "argument --outprofile: expected one argument"),
            (&["--export=1"], "argument --export: ignored explicit argument '1'"),
            (&["--export="], "argument --export: ignored explicit argument ''"),
            (&["--export=a'b"], "argument --export: ignored explicit argument \"a'b\""),
            (&["--version=1"], "argument --version/-v: ignored explicit argument '1'"),
            (&["-v=1"], "argument --version/-v: ignored explicit argument '1'"),
            (&["-v="], "argument --version/-v: ignored explicit argument ''"),
            (&["-vx"], "argument --version/-v: ignored explicit argument 'x'"),
            (&["-vx y"], "argument --version/-v: ignored explicit argument 'x y'"),
            (&["-hvx"], "argument --version/-v: ignored explicit argument 'x'"),
            (&["-vh=1"], "argument -h/--help: ignored explicit argument '=1'"),
            (&["--help=1"], "argument -h/--help: ignored explicit argument '1'"),
        ] {
            assert_eq!(read(line), Err(expected.to_owned()), "{line:?}");
        }
    }

    #[test]
    fn the_last_value_counts() {
        let line = ["--profile", "a", "--profile=b=c", "--exec", "x", "--exec="];
        let Ok(Parsed::Run(arguments)) = read(&line) else { panic!("it is refused") };
        assert_eq!(arguments.profile.as_deref(), Some("b=c".as_ref()));
        assert_eq!(arguments.exec.as_deref(), Some("".as_ref()));
    }
}
