//! A terminal with a user: what the program shows, what is typed, how it ends.

use std::io::{Read, Write};
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use pty_process::blocking::{Command, Pty};

use crate::support::{Run, TIMEOUT};

/// A program with one terminal as stdin, stdout, stderr and controlling terminal. It is killed when
/// this is dropped.
pub(crate) struct Terminal {
    child: Child,
    pty: Arc<Pty>,
    screen: Arc<Screen>,
}

/// What has been shown but not expected yet.
#[derive(Default)]
struct Screen {
    shown: Mutex<Shown>,
    changed: Condvar,
}

#[derive(Default)]
struct Shown {
    text: String,
    over: bool,
}

impl Terminal {
    /// Starts a program on its own terminal.
    pub(crate) fn start(run: Run<'_>) -> Self {
        Self::of_size(run, 24, 80)
    }

    /// The same with this many rows and columns.
    pub(crate) fn of_size(run: Run<'_>, rows: u16, columns: u16) -> Self {
        let command = Command::from(run.into_command());
        // The program has its end from the start, because a terminal that nobody has open reads as
        // ended.
        let (pty, end) = pty_process::blocking::open().expect("a terminal");
        pty.resize(pty_process::Size::new(rows, columns)).expect("a terminal has a size");
        let child = command.spawn(end).expect("the program starts");
        let (pty, screen) = (Arc::new(pty), Arc::new(Screen::default()));
        let (source, target) = (Arc::clone(&pty), Arc::clone(&screen));
        thread::spawn(move || target.fill(&source));
        Self { child, pty, screen }
    }

    /// Waits until this is shown. Returns what was shown before it.
    pub(crate) fn expect(&self, text: &str) -> String {
        let found = self.screen.wait(|shown| shown.text.contains(text) || shown.over);
        let mut shown =
            found.unwrap_or_else(|text_so_far| panic!("no {text:?} in {text_so_far:?}"));
        let Some(start) = shown.text.find(text) else {
            panic!("it ended without {text:?}: {:?}", shown.text)
        };
        let rest = shown.text.split_off(start + text.len());
        let mut before = std::mem::replace(&mut shown.text, rest);
        before.truncate(start);
        before
    }

    /// Types this.
    pub(crate) fn send(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// Changes the window's size.
    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        let size = pty_process::Size::new(rows, columns);
        self.pty.resize(size).expect("a terminal has a size");
    }

    /// Waits until it ends. Returns what was shown last.
    pub(crate) fn ends(mut self) -> (ExitStatus, String) {
        let shown = self.screen.wait(|shown| shown.over);
        let shown = shown.unwrap_or_else(|text| panic!("it does not end: {text:?}"));
        let text = shown.text.clone();
        drop(shown);
        (self.child.wait().expect("own child"), text)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Screen {
    /// Collects what is shown until no process has the other end open.
    fn fill(&self, mut pty: &Pty) {
        let mut rest = Vec::new();
        let mut buffer = [0; 4096];
        // The end of a terminal reads as an error.
        while let Ok(n @ 1..) = pty.read(&mut buffer) {
            rest.extend_from_slice(&buffer[..n]);
            let whole = std::str::from_utf8(&rest).map_or_else(|e| e.valid_up_to(), str::len);
            let text = String::from_utf8(rest.drain(..whole).collect()).expect("checked");
            self.change(|shown| shown.text.push_str(&text));
        }
        self.change(|shown| shown.over = true);
    }

    fn change(&self, change: impl FnOnce(&mut Shown)) {
        change(&mut self.shown.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    /// Returns what is shown once `holds` is true for it, or the text so far if that takes too
    /// long.
    fn wait(&self, holds: impl Fn(&Shown) -> bool) -> Result<MutexGuard<'_, Shown>, String> {
        let started = Instant::now();
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        while !holds(&shown) {
            let Some(left) = TIMEOUT.checked_sub(started.elapsed()) else {
                return Err(shown.text.clone());
            };
            let waited = self.changed.wait_timeout(shown, left);
            shown = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(shown)
    }
}
