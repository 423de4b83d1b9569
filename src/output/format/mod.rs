//! The formats of `export`: a table with a row for each, and a small type for each syntax.
//!
//! A value that a format cannot represent is refused: no program ever reads a different value.

pub(crate) mod cmd;
pub(crate) mod dotenv;
pub(crate) mod elvish;
pub(crate) mod fish;
pub(crate) mod github;
pub(crate) mod json;
pub(crate) mod nushell;
pub(crate) mod powershell;
pub(crate) mod sh;
mod syntax;
pub(crate) mod systemd;
pub(crate) mod tcsh;
pub(crate) mod xonsh;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::environment::Handover;
use super::section::{self, CredentialsSection};
use super::variable::Variable;
use crate::context::Context;
use crate::error::Result;
use crate::text::buffer::Buffer;
use crate::text::escape::is_harmful;
pub(crate) use syntax::{QuotingShell, ShellSyntax, Syntax, lines};

/// An output format of `export`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    /// Its name for `--format`.
    name: &'static str,
    /// Other names that `--format` accepts: the AWS CLI's, and those of shells.
    aliases: &'static [&'static str],
    help: &'static str,
    /// Programs that read it. If one of them starts ssowrap, this format is the default.
    shells: &'static [&'static str],
    /// What these shells need before and after a command to evaluate what it prints.
    around: [&'static str; 2],
    /// Whether the caller reads it into its own environment.
    pub changes_caller: bool,
    pub removal: Removal,
    pub destination: Destination,
    pub content: Content,
}

/// How a format removes variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// With lines that do no harm if there is nothing to remove.
    Words,
    /// The same, but only if there is something to remove, because its readers often look only for
    /// assignments.
    WordsIfNeeded,
    /// By an empty value, if there is something to remove.
    Emptied,
    /// Not at all: its readers start without variables.
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    Stdout,
    /// The file named by GITHUB_ENV. The commands that mask the secrets go to stdout.
    GithubEnv,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Content {
    /// Variables, one after the other, for a shell.
    Shell(&'static dyn ShellSyntax),
    /// The same, for a file.
    Lines(&'static dyn Syntax),
    /// Variables as one JSON object.
    Object,
    /// Credentials without any variables.
    Document(fn(&Handover<'_>) -> Result<Buffer>),
}

/// The same for POSIX shells.
const EVAL: [&str; 2] = ["eval \"$(", ")\""];

/// All formats, in the order of the help. The first one is for shells that no other row names.
static FORMATS: [Format; 15] = [
    Format {
        name: "sh",
        aliases: &["env", "bash", "zsh"],
        help: "POSIX shells: bash, zsh, dash, ksh",
        ..shell(&[], EVAL, &sh::Sh)
    },
    Format { name: "fish", help: "fish", ..shell(&["fish"], ["", " | source"], &fish::Fish) },
    Format {
        name: "powershell",
        aliases: &["pwsh"],
        help: "PowerShell, all versions",
        ..shell(
            &["pwsh", "pwsh-preview"],
            ["", " --format powershell | Out-String | Invoke-Expression"],
            &powershell::Powershell,
        )
    },
    Format {
        name: "cmd",
        aliases: &["windows-cmd"],
        help: "cmd.exe",
        ..shell(&[], EVAL, &cmd::Cmd)
    },
    Format {
        name: "nushell",
        aliases: &["nu"],
        help: "Nushell",
        ..shell(&["nu"], ["", " --format json | from json | load-env"], &nushell::Nushell)
    },
    Format {
        name: "elvish",
        help: "Elvish",
        ..shell(&["elvish"], ["eval (", " | slurp)"], &elvish::Elvish)
    },
    Format {
        name: "tcsh",
        aliases: &["csh"],
        help: "tcsh and csh",
        ..shell(&["tcsh", "csh", "bsd-csh"], ["eval \"`", "`\""], &tcsh::Tcsh)
    },
    Format { name: "xonsh", help: "xonsh", ..shell(&["xonsh"], ["execx($(", "))"], &xonsh::Xonsh) },
    Format {
        name: "env-no-export",
        help: "`sh` without `export`",
        removal: Removal::WordsIfNeeded,
        ..file(Content::Lines(&sh::Assignments))
    },
    Format {
        name: "dotenv",
        help: "A file for docker's --env-file, VS Code, node",
        ..file(Content::Lines(&dotenv::Dotenv))
    },
    Format {
        name: "systemd",
        help: "A file for EnvironmentFile= of a systemd unit",
        ..file(Content::Lines(&systemd::Systemd))
    },
    Format {
        name: "github",
        help: "For later steps of a GitHub Actions job: appends to the file in GITHUB_ENV",
        removal: Removal::Emptied,
        destination: Destination::GithubEnv,
        ..file(Content::Lines(&github::Github))
    },
    Format {
        name: "json",
        help: "One JSON object; null for a variable to remove",
        changes_caller: true,
        removal: Removal::WordsIfNeeded,
        ..file(Content::Object)
    },
    Format {
        name: "ini",
        help: "A section of a credentials file",
        ..file(Content::Document(|handover| section::text(&[CredentialsSection::new(handover)])))
    },
    Format {
        name: "process",
        help: "What `credential-process` prints",
        ..file(Content::Document(|handover| super::json::process(handover.credentials)))
    },
];

/// What formats for shells have in common.
const fn shell(
    shells: &'static [&'static str],
    around: [&'static str; 2],
    syntax: &'static dyn ShellSyntax,
) -> Format {
    Format {
        shells,
        around,
        changes_caller: true,
        removal: Removal::Words,
        ..file(Content::Shell(syntax))
    }
}

/// What formats for files and programs have in common.
const fn file(content: Content) -> Format {
    Format {
        name: "",
        aliases: &[],
        help: "",
        shells: &[],
        around: EVAL,
        changes_caller: false,
        removal: Removal::Never,
        destination: Destination::Stdout,
        content,
    }
}

impl Format {
    /// The format for the program that started this one, which may be a shell that evaluates the
    /// output.
    pub(crate) fn of_caller(ctx: &Context) -> Self {
        Self::of_program(ctx.parent_program().as_deref())
    }

    fn of_program(name: Option<&str>) -> Self {
        let reads = |format: &&Format| name.is_some_and(|name| format.shells.contains(&name));
        *FORMATS.iter().find(reads).unwrap_or(&FORMATS[0])
    }

    /// The line with which the shell that reads this format evaluates what `command` prints.
    pub(crate) fn line(&self, command: &str) -> String {
        let [before, after] = self.around;
        format!("{before}{command}{after}")
    }

    /// The line that puts `dir` first in PATH in the shell that reads this format, if it has one.
    pub(crate) fn path_line(&self, dir: &str) -> Option<String> {
        let Content::Shell(syntax) = self.content else { return None };
        // The line is shown, and PATH cannot contain a directory with a colon.
        if dir.contains(|c| is_harmful(c) || c == ':') {
            return None;
        }
        let mut line = Buffer::default();
        syntax.first_in_path(dir, &mut line).ok()?;
        Some(line.as_str().to_owned())
    }

    /// Whether it is for a shell, which evaluates it.
    pub(crate) fn is_evaluated(&self) -> bool {
        matches!(self.content, Content::Shell(_))
    }

    /// The variables in this format, with `prefix` before each name. None if the format has no
    /// variables.
    ///
    /// # Errors
    /// For a value that the format cannot hold. The error does not quote it.
    pub(crate) fn variables(&self, prefix: &str, variables: &[Variable]) -> Result<Buffer> {
        match self.content {
            Content::Shell(syntax) => lines(syntax, prefix, variables),
            Content::Lines(syntax) => lines(syntax, prefix, variables),
            Content::Object => json::object(prefix, variables),
            Content::Document(_) => Ok(Buffer::default()),
        }
    }
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &FORMATS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name).aliases(self.aliases).help(self.help))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The lines are those of the manual.
    #[test]
    fn lines_of_shells() {
        let manual = include_str!("../../../docs/shell.md").replace("\\|", "|");
        for shell in ["bash", "fish", "pwsh", "nu", "elvish", "tcsh", "xonsh"] {
            let line = Format::of_program(Some(shell)).line("ssowrap -p prod export");
            assert!(manual.contains(&format!("`{line}`")), "{line}");
        }
    }

    #[test]
    fn lines_for_the_path() {
        let line = |shell| Format::of_program(Some(shell)).path_line("/opt/it's");
        let powershell = "$Env:PATH = '/opt/it''s' + [IO.Path]::PathSeparator + $Env:PATH";
        assert_eq!(line("pwsh").as_deref(), Some(powershell));
        let nushell = "$env.PATH = ($env.PATH | prepend \"/opt/it's\")";
        assert_eq!(line("nu").as_deref(), Some(nushell));
        for dir in ["/a:b", "/a\nb", "/a\u{202e}b"] {
            assert_eq!(Format::of_program(None).path_line(dir), None, "{dir:?}");
        }
    }

    #[test]
    fn each_row_is_whole_and_its_own() {
        let mut names = HashSet::new();
        let mut shells = HashSet::new();
        for format in &FORMATS {
            assert!(!format.name.is_empty() && !format.help.is_empty(), "{format:?}");
            let words = [format.name].into_iter().chain(format.aliases.iter().copied());
            assert!(words.into_iter().all(|name| names.insert(name)), "{format:?}");
            assert!(format.shells.iter().all(|shell| shells.insert(shell)), "{format:?}");
        }
    }
}
