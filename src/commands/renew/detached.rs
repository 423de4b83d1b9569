//! The endpoint as a process of its own, as the classic double fork makes one. Without `fork`,
//! which needs unsafe code, the two forks are two runs of this program:
//!
//! ```text
//! ssowrap exec --renew         starts the one between, waits for it, becomes the command
//! ssowrap renewer              leaves the session and the terminal, starts the endpoint, ends
//! ssowrap renewer --detached   the endpoint: an orphan, so the command has no strange child
//! ```
//!
//! The errand comes in through the endpoint's stdin, and its port goes out through its stdout. Both
//! pipes have their other end in the first process alone. So if the port can be written the first
//! process is alive, and the number of a process that the endpoint watches is its own and not that
//! of another one that came after it.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use zeroize::Zeroizing;

use super::errand::Errand;
use super::thread;
use crate::context::Context;
use crate::endpoint::ended::Watch;
use crate::error::{Error, Kind, Result};

const VERB: &str = "renewer";

/// Starts the endpoint. Says its port.
pub fn start(ctx: &Context, errand: Errand) -> Result<u16> {
    ctx.printer.debug(|| "starting the process of the endpoint".to_owned());
    let errand = errand.to_bytes()?;
    let said = converse(&errand).map_err(|e| cannot_start().source(e))?;
    said.trim_end().parse().map_err(|_| {
        let why = said.trim();
        let why = if why.is_empty() { "it ended at once" } else { why };
        cannot_start().source(why)
    })
}

/// Gives the endpoint its errand, and hears what it says before it closes its mouth.
fn converse(errand: &[u8]) -> io::Result<String> {
    let mut between = itself()
        .arg(VERB)
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

/// This program. By the link of Linux even where the file has been replaced or removed since.
fn itself() -> Command {
    let link = Path::new("/proc/self/exe");
    let path =
        if link.exists() { link.to_owned() } else { std::env::current_exe().unwrap_or_default() };
    let mut command = Command::new(path);
    command.arg0(OsString::from("ssowrap"));
    command
}

fn cannot_start() -> Error {
    Error::new(Kind::Other, "the endpoint that renews the credentials cannot be started")
        .hint("run the command without `--renew`: its credentials last until they end")
}

/// The hidden verb: the process between, or the endpoint.
pub fn run(ctx: &Context, detached: bool) -> Result<ExitCode> {
    if !detached {
        return leave().map_err(|e| cannot_start().source(e));
    }
    let outcome = serve(ctx);
    if let Err(error) = &outcome {
        // The first process prints it, if it still listens.
        let _ = io::stdout().write_all(error.lines().join(" ").as_bytes());
    }
    outcome
}

/// Away from the terminal and its Ctrl-C. The endpoint, which does not lead its session, can never
/// get a terminal again.
fn leave() -> io::Result<ExitCode> {
    rustix::process::setsid()?;
    itself().arg(VERB).arg("--detached").spawn()?;
    Ok(ExitCode::SUCCESS)
}

/// Serves until the process it serves has ended. This thread does nothing but wait for that.
fn serve(ctx: &Context) -> Result<ExitCode> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
    io::stdin().read_to_end(&mut bytes).map_err(|e| cannot_start().source(e))?;
    let errand = Errand::from_bytes(ctx, &bytes)?;
    drop(bytes);
    let watch = Watch::over(errand.orders.process).map_err(|e| {
        Error::new(Kind::Other, "this system does not tell when a process ends").source(e)
    })?;
    let port = thread::start(ctx, errand)?;
    say(port).map_err(|e| cannot_start().source(e))?;
    watch.wait().map_err(|e| cannot_start().source(e))?;
    Ok(ExitCode::SUCCESS)
}

/// Says that all is ready, and lets go of the pipes: whoever reads what the command prints waits
/// for everybody who could still print something.
fn say(port: u16) -> io::Result<()> {
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    // Not through `io::stdout`, which takes a closed pipe for a success.
    let mut stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    rustix::stdio::dup2_stdout(&nothing)?;
    writeln!(stdout, "{port}")
}
