//! The processes that a test has started, directly or indirectly, as the system lists them.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::support::{Home, until};

/// A process.
pub(crate) struct Process {
    /// Its directory below `/proc`.
    path: PathBuf,
    /// Its arguments, each followed by a space.
    pub command: String,
}

/// The processes with this home directory.
pub(crate) fn of(home: &Home) -> Vec<Process> {
    let variable = format!("HOME={}\0", home.path("").display()).replace("/\0", "\0");
    let entries = fs::read_dir("/proc").expect("processes").flatten().map(|entry| entry.path());
    let ours = entries.filter(|path| read(path.join("environ")).contains(&variable));
    ours.map(|path| Process { command: read(path.join("cmdline")).replace('\0', " "), path })
        .collect()
}

/// The endpoint of `exec --renew` in this home.
pub(crate) fn endpoint(home: &Home) -> Process {
    let mut found = companions(home);
    assert_eq!(found.len(), 1, "one endpoint");
    found.remove(0)
}

/// Waits until no companion process is left in this home.
pub(crate) fn none_stays(home: &Home) {
    until("the end of what stays", || companions(home).is_empty().then_some(()));
}

/// The id of the companion process in this home.
pub(crate) fn companion_of(home: &Home) -> Option<Pid> {
    let companion = companions(home).pop()?;
    Pid::from_raw(companion.path.file_name()?.to_str()?.parse().ok()?)
}

fn companions(home: &Home) -> Vec<Process> {
    let mut found = of(home);
    // Under qemu, the emulator comes first.
    found.retain(|process| process.command.ends_with("ssowrap companion --detached "));
    found
}

/// The socket that listens on a port of 127.0.0.1, by its number. Another process may get the port a
/// moment later, but no other socket gets this number.
pub(crate) fn listener(port: u16) -> Option<String> {
    let address = format!("0100007F:{port:04X}");
    let sockets = fs::read_to_string("/proc/net/tcp").expect("sockets");
    sockets.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        (fields[1] == address && fields[3] == "0A").then(|| fields[9].to_owned())
    })
}

/// Waits this long. Fails as soon as the process ends.
pub(crate) fn lasts(id: u32, time: Duration) {
    let id = i32::try_from(id).ok().and_then(Pid::from_raw).expect("an id");
    let end = pidfd_open(id, PidfdFlags::empty()).expect("it runs");
    let time = Timespec::try_from(time).expect("a short time");
    let ended = poll(&mut [PollFd::new(&end, PollFlags::IN)], Some(&time));
    assert_eq!(ended, Ok(0), "it has ended");
}

impl Process {
    /// Its id.
    pub(crate) fn id(&self) -> u32 {
        let name = self.path.file_name().and_then(|name| name.to_str()).expect("a number");
        name.parse().expect("a number")
    }

    /// Its own memory in bytes, without mapped files, which it could share.
    pub(crate) fn memory(&self) -> u64 {
        let status = read(self.path.join("status"));
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).expect("a size");
        kib.parse::<u64>().expect("a number") * 1024
    }

    /// Whether none of its threads runs for this time. Fails if the process ends.
    pub(crate) fn rests_for(&self, time: Duration) -> bool {
        let (turns, started) = (self.turns(), Instant::now());
        while started.elapsed() < time {
            // Short, so that the answer comes soon after a thread has run.
            lasts(self.id(), Duration::from_millis(10));
            if self.turns() != turns {
                return false;
            }
        }
        true
    }

    /// How often any of its threads has been scheduled.
    fn turns(&self) -> u64 {
        let threads = fs::read_dir(self.path.join("task")).expect("threads").flatten();
        let turns = |text: String| -> u64 {
            text.split_whitespace().nth(2).and_then(|turns| turns.parse().ok()).unwrap_or_default()
        };
        threads.map(|thread| turns(read(thread.path().join("schedstat")))).sum()
    }
}

fn read(path: PathBuf) -> String {
    // It may have ended.
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}
