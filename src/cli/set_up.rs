//! Options of the verbs that set up a shell.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

/// Options of `init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The shell
    #[arg(value_enum, required_unless_present = "aws2_wrap", conflicts_with = "aws2_wrap")]
    pub shell: Option<Shell>,
    /// At the prompt, renew credentials loaded with `sso` before they expire
    #[arg(long, requires = "shell", conflicts_with = "aws2_wrap")]
    pub auto_refresh: bool,
    /// Show the profile in the prompt, with the minutes left
    #[arg(long, requires = "shell", conflicts_with = "aws2_wrap")]
    pub prompt: bool,
    /// Instead, create a link named aws2-wrap in this directory
    ///
    /// If the directory is missing, it is created.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub aws2_wrap: Option<PathBuf>,
    /// Replace an existing aws2-wrap
    #[arg(long, requires = "aws2_wrap", conflicts_with = "shell")]
    pub force: bool,
}

/// A shell that ssowrap has scripts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
    Elvish,
    #[value(alias = "nu")]
    Nushell,
}

impl Shell {
    /// Its name on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
            Self::Elvish => "elvish",
            Self::Nushell => "nushell",
        }
    }
}
