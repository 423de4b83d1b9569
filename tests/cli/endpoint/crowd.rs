//! Hundreds of clients at once, and a machine that is short of descriptors or threads.

#![cfg(target_os = "linux")]

use std::io::Write;
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use super::{Client, home, issued};
use crate::processes;
use crate::support::{TIMEOUT, tool, until};

const CLIENTS: usize = 400;

/// A test with many connections needs as many descriptors itself.
fn raise_own_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // A lower limit would only make the crowd smaller.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// All of them start at the same moment, again and again, and each gets its answer each time.
#[test]
fn hundreds_at_once_are_all_served() {
    raise_own_limit();
    let home = home();
    let client = Client::start(&home);
    let barrier = Barrier::new(CLIENTS);
    let served = thread::scope(|scope| {
        let asks = || {
            (0..5)
                .filter(|_| {
                    barrier.wait();
                    client.get("/").status == 200
                })
                .count()
        };
        let start = |_| thread::Builder::new().stack_size(256 << 10).spawn_scoped(scope, asks);
        let clients: Vec<_> = (0..CLIENTS).map(start).collect();
        clients.into_iter().map(|c| c.expect("a thread").join().expect("no panic")).sum::<usize>()
    });
    assert_eq!(served, CLIENTS * 5);
    assert_eq!(home.aws().count("*"), 1);
}

/// Strangers may take every descriptor except those reserved for getting credentials.
#[test]
fn with_few_descriptors() {
    raise_own_limit();
    let home = home();
    home.aws().credential_lifetime(Duration::from_secs(8));
    let script = "ulimit -n 40; exec ssowrap -p dev exec --renew -- sh -c 'env; echo; exec cat'";
    let client = Client::read(home.tool("sh", ["-c", script]));
    let crowd: Vec<TcpStream> = (0..300)
        .map(|number| {
            let mut stream = client.connect();
            if number % 2 == 0 {
                // The connection may be closed.
                let _ = stream.write_all(b"GET / HTTP/1.1\r\nX: ");
            }
            stream
        })
        .collect();
    assert_eq!(client.get("/").key(), issued(&home, 0));
    // New credentials can still be obtained.
    assert!(home.aws().wait_for("GetRoleCredentials", 2, TIMEOUT));
    let first = issued(&home, 0);
    client.get_until(|answer| answer.key() != first);
    drop(crowd);
}

/// strace, which prevents a process from starting more threads.
struct NoThreads(Child);

impl NoThreads {
    fn of(id: u32) -> Option<Self> {
        let strace = tool("strace")?;
        let id = id.to_string();
        let words = ["-f", "-o", "/dev/null", "-e", "inject=clone,clone3:error=EAGAIN", "-p", &id];
        let mut command = std::process::Command::new(strace);
        let child = command.args(words).stderr(Stdio::null()).spawn().expect("strace");
        let status = format!("/proc/{id}/status");
        until("strace", || {
            let status = std::fs::read_to_string(&status).expect("a process");
            (!status.contains("TracerPid:\t0")).then_some(())
        });
        Some(Self(child))
    }
}

impl Drop for NoThreads {
    fn drop(&mut self) {
        // It detaches from the process when it ends.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// If the system has no threads for it, the current credentials are served until they expire, and
/// after that the reason.
#[test]
fn without_threads() {
    let home = home();
    home.aws().credential_lifetime(Duration::from_secs(6));
    let client = Client::start(&home);
    let Some(no_threads) = NoThreads::of(processes::endpoint(&home).id()) else { return };
    assert_eq!(client.get("/").key(), issued(&home, 0));
    let answer = client
        .get_until(|answer| answer.status != 200 && !answer.body.contains("not available yet"));
    assert!(answer.body.contains("getting credentials failed: "), "{}", answer.body);
    drop(no_threads);
    client.get_until(|answer| answer.status == 200);
}
