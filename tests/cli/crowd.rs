//! Many ssowraps at once, and what a test does to them meanwhile.

use std::ffi::OsStr;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use fake_aws::MARKERS;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Home, Run, TIMEOUT, reader};

/// A ssowrap that runs. It is killed when it is dropped.
pub(crate) struct Running {
    child: Child,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
}

/// One that has ended.
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

    /// Starts this.
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

    /// As many as `count` of them.
    pub(crate) fn helpers(home: &Home, profile: &str, count: usize) -> Vec<Self> {
        (0..count).map(|_| Self::helper(home, profile)).collect()
    }

    /// Whether it waits for a lock: that takes a thread.
    pub(crate) fn waits(&self) -> bool {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id()));
        threads.is_ok_and(|threads| threads.count() > 1)
    }

    /// Returns when it waits for a lock.
    pub(crate) fn until_it_waits(&self) {
        wait_for("it does not wait for a lock", || self.waits());
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("own child");
    }

    /// Kills it, and returns when it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("own child");
        self.child.wait().expect("own child");
    }

    /// Waits for its end.
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

    /// Waits for its end, which must be a good one, in silence. Returns what it printed.
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

/// Waits for the end of them all, good and in silence, with the same output, which is returned.
pub(crate) fn agree(crowd: Vec<Running>) -> Vec<u8> {
    let mut outputs = crowd.into_iter().map(Running::succeeds);
    let first = outputs.next().expect("at least one");
    for output in outputs {
        assert!(output == first, "two outputs differ");
    }
    first
}

/// How long ssowrap waits for another one before it goes on without it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Runs a test of some that wait for each other. If a machine is so slow that they may have
/// lost their patience meanwhile, a failure says nothing, and it is tried again.
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

/// Returns when something has become true.
pub(crate) fn wait_for(what_not: &str, mut is_true: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_true() {
        assert!(started.elapsed() < TIMEOUT, "{what_not}");
        thread::yield_now();
    }
}

/// A number from the environment, for runs by hand that are longer than those of every day.
#[expect(clippy::disallowed_methods, reason = "a switch of the tests")]
pub(crate) fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |n| n.parse().expect("a number"))
}
