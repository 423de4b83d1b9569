//! Starting programs.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

#[cfg(unix)]
pub(crate) use system::begin_session;
pub(crate) use system::{become_command, detach_from_terminal, shell, what_lacks};

#[cfg(unix)]
mod system {
    use std::os::unix::process::CommandExt;
    use std::path::Path;

    use rustix::io::Errno;

    use super::*;
    use crate::platform::null;

    const SHELL: &str = "/bin/sh";

    /// Turns this process into `child`, whose file `find` locates. A script without a `#!` line is
    /// passed to `/bin/sh`, as a shell would do; musl leaves that to its callers.
    pub(crate) fn become_command<T>(
        mut child: Command,
        find: impl FnOnce() -> Option<PathBuf>,
        _: T,
    ) -> io::Result<ExitCode> {
        let error = child.exec();
        match find().filter(|_| Errno::from_io_error(&error) == Some(Errno::NOEXEC)) {
            Some(script) => Err(run_by_shell(&child, script).exec()),
            None => Err(error),
        }
    }

    fn run_by_shell(child: &Command, script: PathBuf) -> Command {
        let mut shell = Command::new(SHELL);
        shell.arg(script).args(child.get_args());
        for (name, value) in child.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell
    }

    /// Starts a session, without a terminal. If the system supports it, this process ends with its
    /// parent, whatever program it becomes.
    pub(crate) fn begin_session() -> io::Result<()> {
        #[cfg(target_os = "linux")]
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))?;
        rustix::process::setsid()?;
        Ok(())
    }

    /// Keeps the terminal's signals, such as Ctrl-C, from the child.
    pub(crate) fn detach_from_terminal(child: &mut Command) {
        child.process_group(0);
    }

    /// The system's shell, which runs `line` unchanged.
    pub(crate) fn shell(line: impl AsRef<OsStr>) -> Command {
        let mut shell = Command::new(SHELL);
        shell.arg("-c").arg(line);
        shell
    }

    /// The system says only that something is missing, not what.
    pub(crate) fn what_lacks(error: io::Error) -> io::Error {
        let is_missing = |path: &&str| !Path::new(path).exists();
        match [null::PATH, SHELL].iter().find(|path| is_missing(path)) {
            Some(path) if error.kind() == io::ErrorKind::NotFound => {
                io::Error::new(error.kind(), format!("there is no {path}"))
            }
            _ => error,
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::ffi::OsString;
    use std::os::windows::process::CommandExt;

    use super::*;
    use crate::platform::console::ConsoleEvents;

    /// A process can't be replaced here. So this waits and exits with the child's exit code, with
    /// all its bits. It drops `kept` first. The child handles Ctrl-C and the closing of the
    /// console.
    #[expect(clippy::exit, reason = "ExitCode holds eight bits, exit codes here have 32")]
    pub(crate) fn become_command<T>(
        mut child: Command,
        _: impl FnOnce() -> Option<PathBuf>,
        kept: T,
    ) -> io::Result<ExitCode> {
        let _events = ConsoleEvents::listen();
        let status = child.status()?;
        drop(kept);
        std::process::exit(status.code().unwrap_or(1))
    }

    pub(crate) fn detach_from_terminal(_: &mut Command) {}

    pub(crate) fn what_lacks(error: io::Error) -> io::Error {
        error
    }

    /// The system's shell, which runs `line` unchanged: with `/S`, cmd removes only the outer
    /// quotes.
    pub(crate) fn shell(line: impl AsRef<OsStr>) -> Command {
        let mut shell = Command::new("cmd.exe");
        let mut quoted = OsString::from("\"");
        quoted.push(line);
        quoted.push("\"");
        shell.raw_arg("/S").raw_arg("/C").raw_arg(quoted);
        shell
    }
}
