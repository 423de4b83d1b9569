//! One command for each of many profiles: several at a time, what they print line by line, and all
//! of them end when this process is asked to end.
//!
//! ```text
//! lines     what a command prints, with its name in front of each line
//! sink      where that goes, and the line that says how far it is
//! process   a command in a session of its own, and its end
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

/// Where the output of a command goes.
#[derive(Debug)]
pub(crate) enum Printed {
    /// On, with this in front of each line.
    Named(String),
    /// Into files, stdout and stderr apart.
    Files([PathBuf; 2]),
}

/// What is asked of the whole batch.
#[derive(Debug)]
pub(crate) struct BatchOptions {
    /// So many at a time.
    pub at_once: usize,
    /// None begins after a failure.
    pub fail_fast: bool,
    /// What goes on goes to stderr alone.
    pub to_stderr: bool,
}

/// How it went for one.
#[derive(Debug)]
pub(crate) enum CommandOutcome {
    /// It ended with this code; 128 and its number for a signal.
    Ended { code: i32, took: Duration },
    /// It did not begin.
    NotRun(Error),
    /// Others had failed before, or everything was to end.
    NotBegun,
}

impl CommandOutcome {
    pub(crate) fn is_success(&self) -> bool {
        matches!(self, Self::Ended { code: 0, .. })
    }
}

/// How it went for all.
#[derive(Debug)]
pub(crate) struct BatchReport {
    pub outcomes: Vec<CommandOutcome>,
    /// Whether a signal has ended it.
    pub is_interrupted: bool,
}

/// Runs one command for each of `outputs`. `prepare` makes it, right before it begins.
///
/// # Errors
/// If the system lets nothing run.
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
                // The crew waits for the last of these to go.
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
    batch.sink.end();
    let outcomes = batch.outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(BatchReport { outcomes, is_interrupted: crew.is_stopping() })
}

/// A command to come, in a session of its own if there are sessions.
///
/// # Errors
/// If the system doesn't let this program begin one.
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
    /// Runs what nobody else runs, until there is no more.
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

    /// Whether another command may begin.
    fn may_begin(&self) -> bool {
        let is_over = self.fail_fast && self.has_failed.load(Ordering::Relaxed);
        !is_over && !self.crew.is_stopping()
    }

    fn run(&self, index: usize, output: &Printed) -> Result<CommandOutcome> {
        let mut command = (self.prepare)(index)?;
        // That may have taken a while.
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

/// A new file that nobody else can read, because the output may hold secrets. An earlier file may
/// be readable by others, or still be written to by an earlier run.
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
