//! Waiting for several descriptors at once.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Waits until one of the descriptors is readable or at its end, or until this much time has
/// passed. Returns which of them are; perhaps none.
///
/// # Errors
/// If the system can't wait.
pub(crate) fn readable<const N: usize>(
    descriptors: [Option<BorrowedFd<'_>>; N],
    timeout: Option<Duration>,
) -> io::Result<[bool; N]> {
    let there = descriptors.iter().flatten();
    let mut asked: Vec<PollFd<'_>> =
        there.map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN)).collect();
    let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
    match poll(&mut asked, timeout.as_ref()) {
        Ok(_) => {}
        Err(Errno::INTR) => return Ok([false; N]),
        Err(error) => return Err(error.into()),
    }
    let mut answers = asked.iter().map(|fd| !fd.revents().is_empty());
    Ok(descriptors.map(|fd| fd.is_some() && answers.next().unwrap_or_default()))
}
