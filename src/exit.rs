//! The exit codes.

use std::process::ExitCode;

use clap::ValueEnum;

/// How the program ends. `ValueEnum` lists the variants for the man pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Exit {
    Done,
    Other,
    Usage,
    LoginRequired,
    Configuration,
    AccessDenied,
    Network,
    NotExecutable,
    CommandNotFound,
    Interrupted,
}

impl Exit {
    /// The number. It never changes, because scripts rely on it.
    pub fn code(self) -> u8 {
        self.row().0
    }

    /// Its meaning, as in the man pages and `docs/reference/exit-codes.md`.
    pub(crate) fn meaning(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> (u8, &'static str) {
        match self {
            Exit::Done => (0, "done"),
            Exit::Other => (1, "any other failure"),
            Exit::Usage => (2, "the command line is wrong"),
            Exit::LoginRequired => (3, "a login is needed"),
            Exit::Configuration => {
                (4, "configuration: no such profile, a conflict, a loop, an unreadable file")
            }
            Exit::AccessDenied => (5, "AWS denies access"),
            Exit::Network => (6, "network, timeout, throttling, or an AWS service error"),
            Exit::NotExecutable => (126, "the command of exec could not be run"),
            Exit::CommandNotFound => (127, "the command of exec was not found"),
            Exit::Interrupted => (130, "interrupted"),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}
