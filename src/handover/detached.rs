//! A process that stays beside the command of `exec`, as the classic double fork makes one. Without
//! `fork`, which needs unsafe code, the two forks are two runs of this program:
//!
//! ```text
//! ssowrap exec ...           starts the one between, waits for it, becomes the command
//! ssowrap VERB               leaves the session and the terminal, starts the one that stays, ends
//! ssowrap VERB --detached    the one that stays: an orphan, so the command has no strange child
//! ```
//!
//! Its errand comes in through its stdin, and what it says goes out through its stdout. Both pipes
//! have their other end in the first process alone. So if it can say something the first process is
//! alive, and the number of a process that it watches is that one's and not that of another one
//! that came after it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::handover::ended::Watch;

/// Starts the process of the hidden `verb`, and gives it its errand. Says what it says before it
/// closes its mouth.
pub(super) fn start(verb: &str, errand: &[u8]) -> io::Result<String> {
    let mut between = itself()
        .arg(verb)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let written = between.stdin.take().map_or(Ok(()), |mut pipe| pipe.write_all(errand));
    between.wait()?;
    let mut said = String::new();
    if let Some(mut pipe) = between.stdout.take() {
        pipe.read_to_string(&mut said)?;
    }
    // What it said is better news than that it did not listen.
    if said.is_empty() { written.map(|()| said) } else { Ok(said) }
}

/// Why the process did not start, from what it said instead of what it should.
pub(super) fn reason(said: &str) -> &str {
    match said.trim() {
        "" => "it ended at once",
        why => why,
    }
}

/// This program. By the link of Linux even where the file has been replaced or removed since.
fn itself() -> Command {
    let link = Path::new("/proc/self/exe");
    let path =
        if link.exists() { link.to_owned() } else { std::env::current_exe().unwrap_or_default() };
    let mut command = Command::new(path);
    command.arg0(OsString::from("ssowrap"));
    command
}

/// What the process between does: away from the terminal and its Ctrl-C, and from what the caller
/// left open for the command: its locks and pipes. The one that stays, which does not lead its
/// session, can never get a terminal again.
///
/// # Errors
/// What the system says.
pub(super) fn leave(verb: &str) -> io::Result<ExitCode> {
    rustix::process::setsid()?;
    let_go();
    itself().arg(verb).arg("--detached").spawn()?;
    Ok(ExitCode::SUCCESS)
}

/// Closes all descriptors but the three streams. A lock that a script holds on one would otherwise
/// outlast the command, and whoever reads from a pipe would wait for its end.
fn let_go() {
    // Where the system does not list them, they stay open.
    let Ok(entries) = fs::read_dir("/dev/fd") else { return };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let numbers: Vec<RawFd> = numbers.filter(|number| *number > 2).collect();
    for number in numbers {
        // The one of the list itself is closed already. This process has opened no other.
        let _ = nix::unistd::close(number);
    }
}

/// What the process that stays does: hears its errand and does it. The first process prints what
/// goes wrong, if it still listens.
///
/// # Errors
/// Those of `job`, and where the errand cannot be heard.
pub(super) fn stay(job: impl FnOnce(Zeroizing<Vec<u8>>) -> Result<ExitCode>) -> Result<ExitCode> {
    let mut errand = Zeroizing::new(Vec::with_capacity(64 * 1024));
    let heard = io::stdin().read_to_end(&mut errand);
    let heard = heard.map_err(|e| Error::new(Kind::Other, "it was not told what to do").source(e));
    let outcome = heard.and_then(|_| job(errand));
    if let Err(error) = &outcome {
        let _ = io::stdout().write_all(error.lines().join(" ").as_bytes());
    }
    outcome
}

/// A watch over the process that the command becomes.
///
/// # Errors
/// Where it has ended already, or the system has no such thing.
pub(super) fn watch(process: u32) -> Result<Watch> {
    Watch::over(process).map_err(|e| {
        Error::new(Kind::Other, "this system does not tell when a process ends").source(e)
    })
}

/// Says that all is ready, and lets go of the pipes: whoever reads what the command prints waits
/// for everybody who could still print something.
///
/// # Errors
/// Where nobody listens any more.
pub(super) fn say(line: &str) -> io::Result<()> {
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    // Not through `io::stdout`, which takes a closed pipe for a success.
    let mut stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    rustix::stdio::dup2_stdout(&nothing)?;
    writeln!(stdout, "{line}")
}
