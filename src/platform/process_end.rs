//! Waits for the end of a process that is not a child.
//!
//! It doesn't poll the process number: the system wakes the waiter, and watches that very process
//! even if its number is reused.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::Pid;

use super::process_table::processes;

/// A watch over one process.
#[derive(Debug)]
pub(crate) struct ProcessEnd(system::Watch);

/// Readable once the process has ended.
impl AsFd for ProcessEnd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl ProcessEnd {
    /// Starts to watch any process in a group; none if no process is left that can be watched.
    pub(crate) fn in_group(group: Pid) -> Option<Self> {
        let mut members = processes().filter(|of| of.group == Some(group));
        members.find_map(|member| system::watch(member.id).ok()).map(Self)
    }

    /// Starts to watch process `id`.
    ///
    /// # Errors
    /// `ESRCH` if it has already ended; another error if the system can't watch a process (Linux
    /// before 5.3).
    pub(crate) fn of(id: u32) -> io::Result<Self> {
        let id = i32::try_from(id).ok().and_then(Pid::from_raw);
        system::watch(id.ok_or(io::ErrorKind::InvalidInput)?).map(Self)
    }

    /// Returns when the process has ended, or when `other` is readable.
    ///
    /// # Errors
    /// If the system can't wait.
    pub(crate) fn wait_or_readable(&self, other: impl AsFd) -> io::Result<()> {
        let mut both = [PollFd::new(&self.0, PollFlags::IN), PollFd::new(&other, PollFlags::IN)];
        loop {
            match poll(&mut both, None) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                outcome => return Ok(outcome.map(drop)?),
            }
        }
    }
}

/// A descriptor of the process, which becomes readable when the process has ended.
#[cfg(target_os = "linux")]
mod system {
    use std::io;
    use std::os::fd::OwnedFd;

    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    pub(super) type Watch = OwnedFd;

    pub(super) fn watch(id: Pid) -> io::Result<Watch> {
        Ok(pidfd_open(id, PidfdFlags::empty())?)
    }
}

/// A queue whose only event is the end of the process.
#[cfg(any(
    target_os = "macos",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd",
    target_os = "dragonfly"
))]
mod system {
    use std::io;

    use nix::sys::event::{EvFlags, EventFilter, FilterFlag, KEvent, Kqueue};
    use rustix::process::Pid;

    pub(super) type Watch = Kqueue;

    pub(super) fn watch(id: Pid) -> io::Result<Watch> {
        let id = id.as_raw_nonzero().get().unsigned_abs() as usize;
        let (filter, flags) = (EventFilter::EVFILT_PROC, EvFlags::EV_ADD | EvFlags::EV_ONESHOT);
        let end = KEvent::new(id, filter, flags, FilterFlag::NOTE_EXIT, 0, 0);
        let queue = Kqueue::new()?;
        queue.kevent(&[end], &mut [], None)?;
        Ok(queue)
    }
}

/// Other systems can't do this.
#[cfg(not(any(
    target_os = "linux",
    target_os = "macos",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd",
    target_os = "dragonfly"
)))]
mod system {
    use std::io;
    use std::os::fd::OwnedFd;

    use rustix::process::Pid;

    pub(super) type Watch = OwnedFd;

    pub(super) fn watch(_: Pid) -> io::Result<Watch> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
