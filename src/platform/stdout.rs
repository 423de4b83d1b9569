//! Writes to stdout so that nothing is lost without an error.

use std::io;
#[cfg(not(unix))]
use std::io::Write;

/// Writes all of it. Rust's own stdout discards what is written to a closed descriptor
/// (`closed_stdout.c` keeps it closed), and gives up if it is full for a moment.
#[cfg(unix)]
pub(crate) fn write_all(bytes: &[u8]) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::{Errno, retry_on_intr, write};

    // Keeps the lines of parallel threads whole.
    let _lock = io::stdout().lock();
    let stdout = rustix::stdio::stdout();
    let mut rest = bytes;
    while !rest.is_empty() {
        match retry_on_intr(|| write(stdout, rest)) {
            Ok(written) => rest = &rest[written..],
            // Another program that shares the terminal or pipe may have made it non-blocking.
            Err(Errno::AGAIN) => {
                let mut room = [PollFd::new(&stdout, PollFlags::OUT)];
                retry_on_intr(|| poll(&mut room, None))?;
            }
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

/// Writes all of it.
#[cfg(not(unix))]
pub(crate) fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}
