//! Many ssowraps at once, and what a test does to them.

use std::ffi::OsStr;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use fake_aws::MARKERS;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Home, Run, TIMEOUT, reader, until};

/// A running ssowrap. It is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
}

/// An ssowrap that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Running {
    /// Starts ssowrap with these arguments.
    pub(crate) fn start<S: AsRef<OsStr>>(
        home: &Home,
        arguments: impl IntoIterator<Item = S>,
    ) -> Self {
        Self::of(home.run(arguments))
    }

    /// Starts this run.
    pub(crate) fn of(run: Run<'_>) -> Self {
        let mut command = run.into_command();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
        Self { child, stdout, stderr }
    }

    /// `-p PROFILE credential-process`.
    pub(crate) fn helper(home: &Home, profile: &str) -> Self {
        Self::start(home, ["-p", profile, "credential-process"])
    }

    /// Starts `count` of them.
    pub(crate) fn helpers(home: &Home, profile: &str, count: usize) -> Vec<Self> {
        (0..count).map(|_| Self::helper(home, profile)).collect()
    }

    /// Whether it waits for a lock, for which it has an extra thread.
    pub(crate) fn waits(&self) -> bool {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id()));
        threads.is_ok_and(|threads| threads.count() > 1)
    }

    /// Returns once it waits for a lock.
    pub(crate) fn until_it_waits(&self) {
        until("it waits for a lock", || self.waits().then_some(()));
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("own child");
    }

    /// Kills it, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("own child");
        self.child.wait().expect("own child");
    }

    /// Waits this long. Fails as soon as it ends.
    pub(crate) fn lasts(&self, time: Duration) {
        assert_eq!(self.stdout.recv_timeout(time), Err(RecvTimeoutError::Timeout), "it has ended");
    }

    /// Kills it after this time, unless it has ended.
    pub(crate) fn kill_after(self, time: Duration) {
        // Its output ends when it does.
        let _ = self.stdout.recv_timeout(time);
        self.kill();
    }

    /// Waits until it ends.
    pub(crate) fn ends(mut self) -> Ended {
        let read = |from: &Receiver<Vec<u8>>| from.recv_timeout(TIMEOUT).expect("it ends in time");
        let (stdout, stderr) = (read(&self.stdout), read(&self.stderr));
        let status = self.child.wait().expect("own child");
        let stderr = String::from_utf8_lossy(&stderr).into_owned();
        for marker in MARKERS {
            assert!(!stderr.contains(marker), "a secret ({marker}) on stderr:\n{stderr}");
        }
        Ended { status, stdout, stderr }
    }

    /// Waits until it ends; it must succeed without messages. Returns its output.
    pub(crate) fn succeeds(self) -> Vec<u8> {
        let ended = self.ends();
        assert_eq!(ended.stderr, "");
        assert!(ended.status.success(), "{}", ended.status);
        ended.stdout
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until all have ended. All must succeed without messages and with the same output, which is
/// returned.
pub(crate) fn agree(crowd: Vec<Running>) -> Vec<u8> {
    let mut outputs = crowd.into_iter().map(Running::succeeds);
    let first = outputs.next().expect("at least one");
    for output in outputs {
        assert!(output == first, "two outputs differ");
    }
    first
}

/// How long ssowrap waits for another one before it continues alone.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Runs a test of processes that wait for each other. If the machine is so slow that their patience
/// may have run out, a failure means nothing, and the test is repeated.
pub(crate) fn in_time(test: impl Fn()) {
    for _ in 0..5 {
        let started = Instant::now();
        match panic::catch_unwind(AssertUnwindSafe(&test)) {
            Ok(()) => return,
            Err(_) if started.elapsed() >= PATIENCE => {}
            Err(failure) => panic::resume_unwind(failure),
        }
    }
    panic!("this machine is too slow to tell");
}

/// Kills runs at moments that are distributed over the time that one takes. Before each, `prepare`
/// restores what a run changes; after each, `check` looks at what is there. The last run, which is
/// not killed, removes what the others left. `KILLS=n` sets how many are killed.
pub(crate) fn death_at_any_moment(run: impl Fn() -> Running, prepare: impl Fn(), check: impl Fn()) {
    prepare();
    let started = Instant::now();
    run().succeeds();
    let whole = started.elapsed().max(Duration::from_millis(5));
    for i in 0..number("KILLS", 40) {
        prepare();
        // Evenly distributed, without a pattern.
        run().kill_after(whole.mul_f64((i as f64 * 0.618_034).fract() * 1.2));
        check();
    }
    prepare();
    run().succeeds();
}

/// A number from the environment, for longer runs than usual.
#[expect(clippy::disallowed_methods, reason = "a switch of the tests")]
pub(crate) fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |n| n.parse().expect("a number"))
}
