//! Starting programs.

use std::ffi::OsStr;
use std::io;
use std::process::{Command, ExitCode};

#[cfg(unix)]
pub(crate) use system::begin_session;
pub(crate) use system::{become_command, detach_from_terminal, shell};

#[cfg(unix)]
mod system {
    use std::os::unix::process::CommandExt;

    use super::*;

    /// Turns this process into `child`. The C library hands a script without a `#!` line to
    /// `/bin/sh`, as a shell would.
    pub(crate) fn become_command<T>(mut child: Command, _: T) -> io::Result<ExitCode> {
        Err(child.exec())
    }

    /// Begins a session, without a terminal. Where the system helps, the end of the parent is this
    /// process's too, whatever it becomes.
    pub(crate) fn begin_session() -> io::Result<()> {
        #[cfg(target_os = "linux")]
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))?;
        rustix::process::setsid()?;
        Ok(())
    }

    /// Signals of the terminal, such as Ctrl-C, will not be for the child.
    pub(crate) fn detach_from_terminal(child: &mut Command) {
        child.process_group(0);
    }

    /// The system's shell, which runs `line` as it is written.
    pub(crate) fn shell(line: impl AsRef<OsStr>) -> Command {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(line);
        shell
    }
}

#[cfg(not(unix))]
mod system {
    use std::ffi::OsString;
    use std::os::windows::process::CommandExt;

    use super::*;
    use crate::platform::console::ConsoleEvents;

    /// A process can't be replaced here: waits, and ends with the child's exit code, all bits of
    /// it. What is in `kept` is dropped before. Ctrl-C and the end of the console are the child's to
    /// answer.
    #[expect(clippy::exit, reason = "ExitCode holds eight bits, exit codes here have 32")]
    pub(crate) fn become_command<T>(mut child: Command, kept: T) -> io::Result<ExitCode> {
        let _events = ConsoleEvents::listen();
        let status = child.status()?;
        drop(kept);
        std::process::exit(status.code().unwrap_or(1))
    }

    pub(crate) fn detach_from_terminal(_: &mut Command) {}

    /// The system's shell, which runs `line` as it is written: with `/S`, cmd takes off the outer
    /// quotes and nothing else.
    pub(crate) fn shell(line: impl AsRef<OsStr>) -> Command {
        let mut shell = Command::new("cmd.exe");
        let mut quoted = OsString::from("\"");
        quoted.push(line);
        quoted.push("\"");
        shell.raw_arg("/S").raw_arg("/C").raw_arg(quoted);
        shell
    }
}
