//! What other threads do again and again while a test does its work.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

/// The end of some work, for which other threads look or wait.
#[derive(Default)]
pub(crate) struct End {
    has_come: Mutex<bool>,
    signal: Condvar,
}

impl End {
    pub(crate) fn has_come(&self) -> bool {
        self.comes_within(Duration::ZERO)
    }

    /// Waits for it at most for this time. Returns whether it has come.
    pub(crate) fn comes_within(&self, time: Duration) -> bool {
        let has_come = self.has_come.lock().expect("no panic");
        let goes_on = |has_come: &mut bool| !*has_come;
        *self.signal.wait_timeout_while(has_come, time, goes_on).expect("no panic").0
    }

    /// Does the work. If it panics, its end comes too: a scope waits for all of its threads.
    pub(crate) fn of<T>(&self, work: impl FnOnce() -> T) -> T {
        let _comes = Comes(self);
        work()
    }
}

/// Signals the end when it is dropped.
struct Comes<'a>(&'a End);

impl Drop for Comes<'_> {
    fn drop(&mut self) {
        *self.0.has_come.lock().expect("no panic") = true;
        self.0.signal.notify_all();
    }
}

/// A tool that repeatedly truncates a JSON file and writes what it had read, without a lock, as the
/// AWS CLI once did. A reader in between sees an empty or short file.
pub(crate) fn rewrites(path: &Path, end: &End) {
    while !end.has_come() {
        let text = fs::read(path).expect("a file");
        if serde_json::from_slice::<serde_json::Value>(&text).is_err() {
            continue;
        }
        let start = Instant::now();
        let mut file = File::create(path).expect("own file");
        let (first, second) = text.split_at(text.len() / 2);
        file.write_all(first).expect("own file");
        file.write_all(second).expect("own file");
        drop(file);
        // Truncated at most a tenth of the time: few readers find it so, and none again and again.
        let torn = start.elapsed();
        while start.elapsed() < 10 * torn {
            fs::read(path).expect("a file");
        }
    }
}
