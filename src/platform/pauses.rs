//! Pauses between attempts, where no system call waits for what is needed: another program finishes
//! writing a file, closes it or removes its lock file.
//!
//! No other code of ssowrap puts a thread to sleep. Where there is something to wait for (a lock, a
//! pipe, a process, a socket), it waits for that.
//!
//! Linux's inotify reports what happens to a file, but ending a watch takes longer than what is
//! left of a short pause: about 10 ms, at times 20, because the kernel waits until no CPU uses the
//! watch. The exit of the process waits for that too
//! (<https://github.com/systemd/systemd/pull/36607>). So where a look is cheap, the pauses are short.

use std::thread;
use std::time::{Duration, Instant};

/// The pauses between attempts, until patience runs out.
#[derive(Debug)]
pub(crate) struct Pauses {
    next: Duration,
    longest: Duration,
    end: Instant,
}

impl Pauses {
    /// Pauses from `first`, each twice as long as the one before and none longer than `longest`. They
    /// end when `patience`, counted from now, runs out.
    pub(crate) fn new(first: Duration, longest: Duration, patience: Duration) -> Self {
        Self { next: first, longest, end: Instant::now() + patience }
    }

    /// Pauses before the next attempt. False, at once, if patience has run out.
    #[expect(clippy::disallowed_methods, reason = "this is the only place that sleeps")]
    pub(crate) fn pause(&mut self) -> bool {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        // Random, so that processes which wait for each other don't stay in step.
        thread::sleep(self.next.mul_f64(0.5 + fastrand::f64()).min(left));
        self.next = self.longest.min(2 * self.next);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_grow_and_end() {
        let milliseconds = Duration::from_millis;
        let mut pauses = Pauses::new(milliseconds(1), milliseconds(4), milliseconds(40));
        let started = Instant::now();
        let count = std::iter::from_fn(|| pauses.pause().then_some(())).count();
        assert!(started.elapsed() >= milliseconds(40));
        // One, two, then four each, half as long or half as long again; fewer on a slow machine.
        assert!((1..25).contains(&count), "{count}");
        assert!(!pauses.pause());
        assert!(!Pauses::new(milliseconds(1), milliseconds(1), Duration::ZERO).pause());
    }
}
