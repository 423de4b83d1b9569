//! Waiting for the end of a process that is not a child. No number is asked about again and again:
//! the system wakes the one who waits, and it keeps to that very process, whoever gets the number
//! afterwards.

use std::io;

use rustix::process::Pid;

/// A watch over one process.
#[derive(Debug)]
pub(super) struct Watch(system::Watch);

impl Watch {
    /// Begins to watch process `id`.
    ///
    /// # Errors
    /// `ESRCH` where it has ended already; whatever the system says where it has no such thing
    /// (Linux before 5.3).
    pub(super) fn over(id: u32) -> io::Result<Self> {
        let id = i32::try_from(id).ok().and_then(Pid::from_raw);
        system::Watch::over(id.ok_or(io::ErrorKind::InvalidInput)?).map(Self)
    }

    /// Returns when it has ended, however that came.
    ///
    /// # Errors
    /// What the system says where it cannot wait.
    pub(super) fn wait(self) -> io::Result<()> {
        loop {
            match self.0.wait() {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                outcome => return outcome,
            }
        }
    }
}

/// A descriptor of the process, which can be read once the process has ended.
#[cfg(target_os = "linux")]
mod system {
    use std::io;
    use std::os::fd::OwnedFd;

    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    #[derive(Debug)]
    pub(super) struct Watch(OwnedFd);

    impl Watch {
        pub(super) fn over(id: Pid) -> io::Result<Self> {
            Ok(Self(pidfd_open(id, PidfdFlags::empty())?))
        }

        pub(super) fn wait(&self) -> io::Result<()> {
            poll(&mut [PollFd::new(&self.0, PollFlags::IN)], None)?;
            Ok(())
        }
    }
}

/// A queue of events whose only one is the end of the process.
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

    #[derive(Debug)]
    pub(super) struct Watch(Kqueue, KEvent);

    impl Watch {
        pub(super) fn over(id: Pid) -> io::Result<Self> {
            let id = id.as_raw_nonzero().get().unsigned_abs() as usize;
            let (filter, flags) = (EventFilter::EVFILT_PROC, EvFlags::EV_ADD | EvFlags::EV_ONESHOT);
            let end = KEvent::new(id, filter, flags, FilterFlag::NOTE_EXIT, 0, 0);
            let queue = Kqueue::new()?;
            queue.kevent(&[end], &mut [], None)?;
            Ok(Self(queue, end))
        }

        pub(super) fn wait(&self) -> io::Result<()> {
            self.0.kevent(&[], &mut [self.1], None)?;
            Ok(())
        }
    }
}

/// Elsewhere there is nothing of the kind.
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

    use rustix::process::Pid;

    #[derive(Debug)]
    pub(super) struct Watch;

    impl Watch {
        pub(super) fn over(_: Pid) -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(super) fn wait(&self) -> io::Result<()> {
            Ok(())
        }
    }
}
