//! The formats of `export`, one small type for each.
//!
//! What a format cannot hold is refused: no reader gets another value than the one there is.

pub(crate) mod cmd;
pub(crate) mod dotenv;
pub(crate) mod elvish;
pub(crate) mod fish;
pub(crate) mod github;
pub(crate) mod json;
pub(crate) mod nushell;
pub(crate) mod powershell;
pub(crate) mod sh;
pub(crate) mod systemd;
pub(crate) mod tcsh;
pub(crate) mod xonsh;

use secrecy::ExposeSecret;

use super::environment::Variable;
use crate::error::{Error, Kind, Result};
use crate::text::buffer::Buffer;

/// What `export` prints its variables as. The AWS CLI's own names are understood too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// POSIX shells: bash, zsh, dash, ksh
    #[value(aliases = ["env", "bash", "zsh"])]
    Sh,
    /// fish
    Fish,
    /// PowerShell, all versions
    #[value(alias = "pwsh")]
    Powershell,
    /// cmd.exe
    #[value(alias = "windows-cmd")]
    Cmd,
    /// Nushell
    #[value(alias = "nu")]
    Nushell,
    /// Elvish
    Elvish,
    /// tcsh and csh
    #[value(alias = "csh")]
    Tcsh,
    /// xonsh
    Xonsh,
    /// `sh` without `export`
    EnvNoExport,
    /// A file for docker's --env-file, VS Code, node
    Dotenv,
    /// A file for EnvironmentFile= of a systemd unit
    Systemd,
    /// The later steps of a GitHub Actions job: appends to the file GITHUB_ENV names
    Github,
    /// One JSON object; null for what has to go
    Json,
    /// A section of a credentials file
    Ini,
    /// What `credential-process` prints
    Process,
}

/// What a format does about variables that have to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// It has words for it, which do no harm where there is nothing to remove.
    Words,
    /// The same, but its readers often look for assignments only.
    WordsIfNeeded,
    /// Nothing: its reader starts from nothing.
    None,
}

impl Format {
    /// The format of a shell that is not POSIX's, by the name of its program. None for any other
    /// program.
    pub(crate) fn of_shell(program: &str) -> Option<Self> {
        Some(match program {
            "fish" => Self::Fish,
            "pwsh" | "pwsh-preview" => Self::Powershell,
            "nu" => Self::Nushell,
            "elvish" => Self::Elvish,
            "tcsh" | "csh" | "bsd-csh" => Self::Tcsh,
            "xonsh" => Self::Xonsh,
            _ => return None,
        })
    }

    /// What it does about variables that have to go.
    pub(crate) fn removal(self) -> Removal {
        match self {
            Self::EnvNoExport | Self::Github | Self::Json => Removal::WordsIfNeeded,
            Self::Dotenv | Self::Systemd | Self::Ini | Self::Process => Removal::None,
            _ => Removal::Words,
        }
    }
}

/// How a format writes variables.
pub(crate) trait Syntax {
    /// Appends what sets `name` to `value`.
    ///
    /// # Errors
    /// Why the format cannot hold the value, as the end of the sentence "the value of NAME ...".
    fn set(&self, name: &str, value: &str, out: &mut Buffer) -> Result<(), &'static str>;

    /// Appends what removes `names`, which are one at least.
    fn unset(&self, names: &[String], out: &mut Buffer);
}

/// `variables` in `syntax`, with `prefix` before each name: first what has to go, then the rest in
/// the order given.
///
/// # Errors
/// For a value that the format cannot hold. It is not quoted.
#[expect(clippy::disallowed_methods, reason = "this is the output the user asked for")]
pub(crate) fn lines(syntax: &dyn Syntax, prefix: &str, variables: &[Variable]) -> Result<Buffer> {
    let mut text = Buffer::default();
    let gone = variables.iter().filter(|variable| variable.value.is_none());
    let gone: Vec<String> = gone.map(|variable| format!("{prefix}{}", variable.name)).collect();
    if !gone.is_empty() {
        syntax.unset(&gone, &mut text);
    }
    for variable in variables {
        let Some(value) = &variable.value else { continue };
        let name = format!("{prefix}{}", variable.name);
        syntax
            .set(&name, value.expose_secret(), &mut text)
            .map_err(|why| unfit(&format!("the value of {name}"), why))?;
    }
    Ok(text)
}

/// The error about something that a format cannot hold.
fn unfit(what: &str, why: &str) -> Error {
    Error::new(Kind::Other, format!("{what} {why}"))
        .hint("choose another `--format`, or run the command under `ssowrap exec`")
}

/// Whether some reader of text takes it for the end of a line.
pub(super) fn ends_line(c: char) -> bool {
    matches!(c, '\n'..='\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether `value` begins or ends with what readers strip.
pub(super) fn has_blank_ends(value: &str) -> bool {
    let is_blank = |c: char| c.is_whitespace() || c == '\u{FEFF}';
    value.starts_with(is_blank) || value.ends_with(is_blank)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn variable(name: &'static str, value: Option<&str>) -> Variable {
        Variable { name, value: value.map(Into::into) }
    }

    /// The text for A, B and C with these values, or the error's message.
    pub(crate) fn written(syntax: &dyn Syntax, values: [Option<&str>; 3]) -> String {
        let [a, b, c] = values;
        let variables = [variable("A", a), variable("B", b), variable("C", c)];
        match lines(syntax, "", &variables) {
            Ok(text) => text.as_str().to_owned(),
            Err(error) => format!("error: {}", error.message),
        }
    }

    /// Whether the format refuses the value, without quoting it.
    pub(crate) fn refuses(syntax: &dyn Syntax, value: &str) -> bool {
        let text = written(syntax, [Some("x"), Some(value), None]);
        let refused = text.starts_with("error: the value of B ");
        // A word of the sentence may be a short one.
        assert!(!refused || value.len() < 3 || !text.contains(value), "{text}");
        refused
    }

    #[test]
    fn the_prefix_stands_before_every_name() {
        let text = lines(&sh::Sh, "X_", &[variable("A", Some("v")), variable("B", None)]);
        assert_eq!(text.expect("fits").as_str(), "unset X_B;\nexport X_A='v'\n");
    }
}
