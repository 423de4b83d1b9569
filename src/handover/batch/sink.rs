//! Collects the output of many commands.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Error;
use crate::printer::{Printer, Stream};

/// Writes to the terminal, one command at a time.
pub(super) struct Sink<'a> {
    printer: &'a Printer,
    to_stderr: bool,
    progress: Mutex<Progress>,
}

/// How far the batch has got.
struct Progress {
    total: usize,
    running: usize,
    done: usize,
    failed: usize,
    /// The first failure to write to stdout.
    lost: Option<Error>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(printer: &'a Printer, to_stderr: bool, total: usize) -> Self {
        let progress = Mutex::new(Progress { total, running: 0, done: 0, failed: 0, lost: None });
        Self { printer, to_stderr, progress }
    }

    /// Prints whole lines of a command. If that fails, the commands continue.
    pub(super) fn print(&self, stream: Stream, lines: &[u8]) {
        if lines.is_empty() {
            return;
        }
        let mut progress = self.lock();
        self.printer.end_status();
        let stream = if self.to_stderr { Stream::Stderr } else { stream };
        if let Err(error) = self.printer.pass_on(stream, lines) {
            progress.lost.get_or_insert(error);
        }
        self.show(&progress);
    }

    pub(super) fn begins(&self) {
        let mut progress = self.lock();
        progress.running += 1;
        self.show(&progress);
    }

    pub(super) fn ends(&self, well: bool) {
        let mut progress = self.lock();
        progress.running -= 1;
        progress.done += 1;
        progress.failed += usize::from(!well);
        self.show(&progress);
    }

    /// Ends the progress line. Returns why output is missing, if any is.
    pub(super) fn end(&self) -> Option<Error> {
        self.printer.end_status();
        self.lock().lost.take()
    }

    fn show(&self, progress: &Progress) {
        let Progress { total, running, done, failed, lost: _ } = progress;
        let failed = if *failed > 0 { format!(", {failed} failed") } else { String::new() };
        self.printer.status(&format!("{done} of {total} done, {running} running{failed}"));
    }

    /// Only one thread writes at a time, and a panic ends the program.
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
