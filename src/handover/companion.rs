//! The companion: a process that runs beside the command of `exec` until the command has ended.
//!
//! The command replaces the first ssowrap, so it must not have a child that it never started. The
//! classic solution is a double fork. Without `fork`, which needs unsafe code, the two forks are
//! two runs of this program:
//!
//! ```text
//! ssowrap exec ...               starts the one in between, waits for it, becomes the command
//! ssowrap companion              leaves the session and the terminal, starts the companion, ends
//! ssowrap companion --detached   the companion, an orphan
//! ```
//!
//! It gets its orders through its stdin and replies through its stdout. Only the first process
//! holds the other ends of both pipes. So while the companion can still reply, the first process is
//! alive, and watching its process number means watching that very process.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::orders::{Orders, Ready};
use super::private_files::PrivateFiles;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::platform::process_end::ProcessEnd;
use crate::platform::{process, signals, terminal};
use crate::text::json;

const VERB: &str = "companion";

/// The message to the companion.
#[derive(Debug, Serialize, Deserialize)]
struct Message<O> {
    /// The command's process. When it ends, the companion ends.
    process: u32,
    orders: O,
}

/// The companion's reply: what is ready, or why nothing is.
type Readiness = Result<Ready, SentError>;

/// An error that the companion sends.
#[derive(Debug, Serialize, Deserialize)]
struct SentError {
    message: String,
    hints: Vec<String>,
}

/// Starts a companion that carries out `orders` and stays until this process, and the command that
/// it becomes, has ended. The companion owns the files, not this process.
///
/// # Errors
/// If the orders fail, or the system can't start the companion.
pub(super) fn start(ctx: &Context, orders: Orders) -> Result<(Ready, PrivateFiles)> {
    ctx.printer.debug(|| "starting the helper process".to_owned());
    let message = json::compact(&Message { process: std::process::id(), orders: &orders });
    let message = message.map_err(|e| not_started().source(e))?;
    let reply = exchange(message.as_bytes()).map_err(|e| not_started().source(e))?;
    let reply = serde_json::from_slice::<Readiness>(&reply)
        .map_err(|_| not_started().source("it ended at once"))?;
    reply.map(|ready| (ready, PrivateFiles::default())).map_err(|failure| {
        let error = Error::new(Kind::Other, failure.message);
        failure.hints.into_iter().fold(error, Error::hint)
    })
}

fn not_started() -> Error {
    Error::new(Kind::Other, "cannot start the helper process")
}

/// Starts the companion, sends the message, and reads until the companion closes its end.
fn exchange(message: &[u8]) -> io::Result<Vec<u8>> {
    let mut between = this_program()?
        .arg(VERB)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(stderr())
        .spawn()
        .map_err(process::what_lacks)?;
    let sent = between.stdin.take().map_or(Ok(()), |mut pipe| pipe.write_all(message));
    between.wait()?;
    let mut reply = Vec::new();
    if let Some(mut pipe) = between.stdout.take() {
        pipe.read_to_end(&mut reply)?;
    }
    // If there is a reply, it says more than the failed write.
    if reply.is_empty() { sent.map(|()| reply) } else { Ok(reply) }
}

/// The companion's messages go to the command's stderr, unless that is a pipe: its reader would
/// wait for the companion to close it.
fn stderr() -> Stdio {
    if terminal::is_stderr_piped() { Stdio::null() } else { Stdio::inherit() }
}

/// This program. On Linux, through a link that works even after the file was replaced or removed.
///
/// # Errors
/// If the system doesn't say which program this is: on Linux without /proc.
pub(super) fn this_program() -> io::Result<Command> {
    let link = Path::new("/proc/self/exe");
    let path = if link.exists() { link.to_owned() } else { std::env::current_exe()? };
    let mut command = Command::new(path);
    command.arg0(OsString::from("ssowrap"));
    Ok(command)
}

/// The hidden verb: the process in between, or the companion itself. Both send their failures in
/// the reply, and the first process reports them.
pub(crate) fn run(ctx: &Context, is_detached: bool) -> ExitCode {
    let outcome = match is_detached {
        true => stay(ctx),
        false => leave().map_err(|e| not_started().source(e)),
    };
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    let failure = SentError { message: error.lines().join(" "), hints: error.hints.clone() };
    // The reader may have gone.
    let _ = reply(&Err(failure));
    ExitCode::FAILURE
}

/// Leaves the terminal and its Ctrl-C, and closes the locks and pipes that the caller left open for
/// the command. The companion doesn't lead its session, so it can never get a terminal again.
fn leave() -> io::Result<()> {
    rustix::process::setsid()?;
    close_all();
    this_program()?.arg(VERB).arg("--detached").spawn().map(drop)
}

/// Closes all descriptors except the three standard streams. Otherwise a script's lock on one of
/// them would outlast the command, and a pipe's reader would wait for the companion.
fn close_all() {
    // If the system doesn't list them, they stay open.
    let Ok(entries) = fs::read_dir("/dev/fd") else { return };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let numbers: Vec<RawFd> = numbers.filter(|number| *number > 2).collect();
    for number in numbers {
        // The list's own descriptor is already closed. This process has opened no others.
        let _ = nix::unistd::close(number);
    }
}

/// Reads the orders, carries them out, replies, and stays until the command has ended or a signal
/// asks this process to end.
///
/// Needs no thread and no runtime: even if the machine can start no more threads, the file is
/// written and removed again.
fn stay(ctx: &Context) -> Result<()> {
    let Message { process, orders } = read_message()?;
    let command = ProcessEnd::of(process).map_err(|e| {
        Error::new(Kind::Other, "this system does not report when a process ends").source(e)
    })?;
    let stop = signals::stop_socket().map_err(|e| not_started().source(e))?;
    // The terminal belongs to the command. Only the end of the renewal is reported there.
    let ctx = ctx.with_printer(ctx.printer.only_errors());
    let (ready, _files) = orders.carry_out(&ctx)?;
    reply(&Ok(ready)).map_err(|e| not_started().source(e))?;
    command.wait_or_readable(&stop).map_err(|e| not_started().source(e))
}

fn read_message() -> Result<Message<Orders>> {
    let mut json = Zeroizing::new(Vec::with_capacity(64 * 1024));
    let read = io::stdin().read_to_end(&mut json).and_then(|_| Ok(serde_json::from_slice(&json)?));
    read.map_err(|e| not_started().source(e))
}

/// Replies and closes both pipes: a reader of the command's output waits for every process that
/// could still write.
fn reply(reply: &Readiness) -> io::Result<()> {
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    // Not through `io::stdout`, which treats a closed pipe as a success.
    let mut stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    rustix::stdio::dup2_stdout(&nothing)?;
    serde_json::to_writer(&mut stdout, reply)?;
    stdout.flush()
}
