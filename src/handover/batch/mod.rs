//! Runs one command for each of many profiles, several at a time. Passes on their output line by
//! line, and ends them all when this process is asked to end.
//!
//! ```text
//! lines     a command's output, with its name in front of each line
//! sink      where the output goes, and the progress line
//! process   a command in its own session, and how it ends
//! ```

mod lines;
#[cfg(not(unix))]
#[path = "plain.rs"]
mod process;
#[cfg(unix)]
mod process;
mod sink;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::platform::process::what_lacks;
use process::Crew;
#[cfg(unix)]
pub(crate) use process::become_in_session;
use sink::Sink;

/// Where a command's output goes.
#[derive(Debug)]
pub(crate) enum Printed {
    /// To our streams, with this prefix on each line.
    Named(String),
    /// To files, one for stdout and one for stderr.
    Files([PathBuf; 2]),
}

/// Options of the whole batch.
#[derive(Debug)]
pub(crate) struct BatchOptions {
    /// How many commands run at a time.
    pub at_once: usize,
    /// Whether to start no more commands after a failure.
    pub fail_fast: bool,
    /// Whether all output goes to stderr.
    pub to_stderr: bool,
}

/// The result of one command.
#[derive(Debug)]
pub(crate) enum CommandOutcome {
    /// It ended with this code; for a signal, 128 plus its number.
    Ended { code: i32, took: Duration },
    /// It could not be started.
    NotRun(Error),
    /// It was not started, because another one failed or the batch was ended.
    NotBegun,
}

impl CommandOutcome {
    pub(crate) fn is_success(&self) -> bool {
        matches!(self, Self::Ended { code: 0, .. })
    }
}

/// The results of all commands.
#[derive(Debug)]
pub(crate) struct BatchReport {
    pub outcomes: Vec<CommandOutcome>,
    /// Whether a signal ended the batch.
    pub is_interrupted: bool,
    /// Why some of the output could not be written.
    pub lost: Option<Error>,
}

/// Runs one command for each of `outputs`. Calls `prepare` for the command right before it starts.
///
/// # Errors
/// If the system cannot start anything.
pub(crate) fn run(
    ctx: &Context,
    options: &BatchOptions,
    outputs: &[Printed],
    prepare: &(dyn Fn(usize) -> Result<Command> + Sync),
) -> Result<BatchReport> {
    let crew = Crew::new().map_err(cannot_run)?;
    let count = outputs.len();
    let outcomes = Mutex::new(Vec::from_iter((0..count).map(|_| CommandOutcome::NotBegun)));
    let batch = Batch {
        crew: &crew,
        sink: &Sink::new(&ctx.printer, options.to_stderr, count),
        next: AtomicUsize::new(0),
        has_failed: AtomicBool::new(false),
        outputs,
        prepare,
        outcomes,
        fail_fast: options.fail_fast,
    };
    thread::scope(|scope| {
        let workers = options.at_once.min(count);
        let begun = (0..workers).take_while(|_| {
            let done = crew.watch();
            let work = || {
                // The crew waits until the last of these is dropped.
                let _done = done;
                batch.work();
            };
            thread::Builder::new().spawn_scoped(scope, work).is_ok()
        });
        match begun.count() {
            0 if count > 0 => Err(cannot_run(io::ErrorKind::OutOfMemory.into())),
            _ => crew.supervise().map_err(cannot_run),
        }
    })?;
    let lost = batch.sink.end();
    let outcomes = batch.outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(BatchReport { outcomes, is_interrupted: crew.is_stopping(), lost })
}

/// A command, in its own session if the system has sessions.
///
/// # Errors
/// If the system can't start one.
pub(crate) fn new_command(words: &[OsString]) -> Result<Command> {
    process::new_command(words).map_err(cannot_run)
}

fn cannot_run(error: io::Error) -> Error {
    Error::new(Kind::Other, "the commands cannot be run").source(what_lacks(error))
}

struct Batch<'a> {
    crew: &'a Crew,
    sink: &'a Sink<'a>,
    next: AtomicUsize,
    has_failed: AtomicBool,
    outputs: &'a [Printed],
    prepare: &'a (dyn Fn(usize) -> Result<Command> + Sync),
    outcomes: Mutex<Vec<CommandOutcome>>,
    fail_fast: bool,
}

impl Batch<'_> {
    /// Runs commands that no other worker runs, until there are no more.
    fn work(&self) {
        loop {
            if !self.may_begin() {
                return;
            }
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(output) = self.outputs.get(index) else { return };
            self.sink.begins();
            let outcome = self.run(index, output).unwrap_or_else(CommandOutcome::NotRun);
            if !outcome.is_success() {
                self.has_failed.store(true, Ordering::Relaxed);
            }
            self.sink.ends(outcome.is_success());
            self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)[index] = outcome;
        }
    }

    /// Whether another command may start.
    fn may_begin(&self) -> bool {
        let is_over = self.fail_fast && self.has_failed.load(Ordering::Relaxed);
        !is_over && !self.crew.is_stopping()
    }

    fn run(&self, index: usize, output: &Printed) -> Result<CommandOutcome> {
        let mut command = (self.prepare)(index)?;
        // Preparing may have taken a while.
        if !self.may_begin() {
            return Ok(CommandOutcome::NotBegun);
        }
        command.stdin(Stdio::null());
        let prefix = match output {
            Printed::Named(prefix) => {
                command.stdout(Stdio::piped()).stderr(Stdio::piped());
                prefix.as_str()
            }
            Printed::Files([out, err]) => {
                command.stdout(create(out)?).stderr(create(err)?);
                ""
            }
        };
        let began = Instant::now();
        let code = self.crew.run(command, prefix, self.sink).map_err(cannot_run)?;
        Ok(CommandOutcome::Ended { code, took: began.elapsed() })
    }
}

/// A new file that nobody else can read, because the output may contain secrets. An existing file
/// may be readable by others, or an earlier run may still be writing to it.
fn create(path: &Path) -> Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let removed = fs::remove_file(path).or_else(|e| match e.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(e),
    });
    removed
        .and_then(|()| options.open(path))
        .map_err(|e| Error::new(Kind::Other, format!("cannot write {}", path.display())).source(e))
}
