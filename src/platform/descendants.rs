//! Ends a child together with everything that it has started.
//!
//! The child stays in the terminal's process group: in its own group, it could not ask the user
//! anything, and Ctrl-C would not reach it. So its descendants are looked up, if the system lists
//! them.

#[cfg(unix)]
use rustix::process::Pid;
use tokio::process::Child;

/// Kills `child` and, except on Windows, its descendants.
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

    use crate::platform::process_table::processes;

    /// A stopped process starts no others, and its children keep it as their parent.
    pub(super) fn kill(pid: Pid) {
        if kill_process(pid, Signal::STOP).is_err() {
            return;
        }
        let children: Vec<_> = processes().filter(|of| of.parent == Some(pid)).collect();
        children.into_iter().for_each(|child| kill(child.id));
        let _ = kill_process(pid, Signal::KILL);
    }
}
