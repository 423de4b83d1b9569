//! Ending a child with all that it has started.
//!
//! It stays in the process group of the terminal: in its own group, it could not ask a person
//! anything, and Ctrl-C would not reach it. So its descendants are looked up, if the system lists
//! them.

#[cfg(unix)]
use rustix::process::Pid;
use tokio::process::Child;

/// Kills `child` and, save on Windows, what descends from it.
pub(crate) async fn kill(child: &mut Child) {
    // After a wait, the number is free and may belong to another process.
    #[cfg(unix)]
    if let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
        tree::kill(pid);
    }
    // The error says why it was killed; whether that worked doesn't matter.
    let _ = child.kill().await;
}

#[cfg(unix)]
mod tree {
    use rustix::process::{Pid, Signal, kill_process};

    /// A process that is stopped starts no further ones, and its children keep it as their parent.
    pub(super) fn kill(pid: Pid) {
        if kill_process(pid, Signal::STOP).is_err() {
            return;
        }
        children(pid).into_iter().for_each(kill);
        let _ = kill_process(pid, Signal::KILL);
    }

    #[cfg(target_os = "linux")]
    fn children(pid: Pid) -> Vec<Pid> {
        use std::fs;
        let tasks = fs::read_dir(format!("/proc/{}/task", pid.as_raw_nonzero()));
        let tasks = tasks.into_iter().flatten().flatten();
        let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        let pids = |list: String| list.split_whitespace().filter_map(number).collect::<Vec<_>>();
        lists.flat_map(pids).collect()
    }

    #[cfg(not(target_os = "linux"))]
    fn children(pid: Pid) -> Vec<Pid> {
        let words = ["-A", "-o", "pid=", "-o", "ppid="];
        let list = std::process::Command::new("/bin/ps").args(words).output();
        let list = list.map(|list| list.stdout).unwrap_or_default();
        children_in(&String::from_utf8_lossy(&list), pid)
    }

    /// The children of a process in a list of processes and their parents.
    #[cfg(any(test, not(target_os = "linux")))]
    pub(super) fn children_in(list: &str, parent: Pid) -> Vec<Pid> {
        let rows = list.lines().filter_map(|row| row.trim().split_once(char::is_whitespace));
        let rows = rows.filter_map(|(pid, ppid)| Some((number(pid)?, number(ppid.trim())?)));
        rows.filter(|(_, ppid)| *ppid == parent).map(|(pid, _)| pid).collect()
    }

    fn number(text: &str) -> Option<Pid> {
        text.parse().ok().and_then(Pid::from_raw)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn children_of_a_process_in_a_list() {
        let pid = |number| Pid::from_raw(number).expect("a number");
        let list = "    0     0\n    1     0\n 4712     1\n  815  4712\nPID PPID\n 4713  4712\n";
        assert_eq!(tree::children_in(list, pid(4712)), [pid(815), pid(4713)]);
        assert_eq!(tree::children_in(list, pid(815)), []);
    }
}
