//! Ending a child with all that it has started.
//!
//! It stays in the process group of the terminal: in one of its own it could ask nobody anything, and
//! Ctrl-C would pass it by. So its descendants are looked up, where the system lists them.

#[cfg(target_os = "linux")]
use rustix::process::Pid;
use tokio::process::Child;

/// Kills `child` and, on Linux, what descends from it.
pub(crate) async fn kill(child: &mut Child) {
    #[cfg(target_os = "linux")]
    if let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
        linux::kill_tree(pid);
    }
    // The error says why it was killed; whether that worked doesn't matter.
    let _ = child.kill().await;
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;

    use rustix::process::{Pid, Signal, kill_process};

    /// A process that is stopped starts no further ones, and its children keep it as their parent.
    pub(super) fn kill_tree(pid: Pid) {
        if kill_process(pid, Signal::STOP).is_err() {
            return;
        }
        children(pid).into_iter().for_each(kill_tree);
        let _ = kill_process(pid, Signal::KILL);
    }

    fn children(pid: Pid) -> Vec<Pid> {
        let tasks = fs::read_dir(format!("/proc/{}/task", pid.as_raw_nonzero()));
        let tasks = tasks.into_iter().flatten().flatten();
        let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        let pids = |list: String| {
            let numbers = list.split_whitespace().filter_map(|pid| pid.parse().ok());
            numbers.filter_map(Pid::from_raw).collect::<Vec<_>>()
        };
        lists.flat_map(pids).collect()
    }
}
