//! The resource limits of this process (`ulimit`).

use std::io;

pub(crate) use system::{check_file_size, descriptors};

#[cfg(unix)]
mod system {
    use rustix::io::Errno;
    use rustix::process::{Resource, getrlimit};

    use super::*;

    /// Checks whether a file of this size may be written. Otherwise, writing it would end the
    /// process with a signal.
    pub(crate) fn check_file_size(size: usize) -> io::Result<()> {
        match getrlimit(Resource::Fsize).current {
            Some(limit) if limit < size as u64 => Err(Errno::FBIG.into()),
            _ => Ok(()),
        }
    }

    /// How many descriptors this process may have; none if there is no limit.
    pub(crate) fn descriptors() -> Option<u64> {
        getrlimit(Resource::Nofile).current
    }
}

#[cfg(not(unix))]
mod system {
    use super::*;

    pub(crate) fn check_file_size(_: usize) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn descriptors() -> Option<u64> {
        None
    }
}
