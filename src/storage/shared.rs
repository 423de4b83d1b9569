//! A small value that several processes change in turn.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{lock, state_file};
use crate::platform::access;

/// Each holder is done in well under a millisecond. One that takes longer has been stopped.
const PATIENCE: Duration = Duration::from_secs(2);

/// A value that has not changed for this long is stale.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// No value is this large.
const LARGEST: u64 = 4096;

/// Changes the value in the file `path` while no other process does. `change` gets the current
/// value, if it can be read, and returns the new one.
///
/// The value is written in place, so losing it must not matter, for example if the process is
/// killed.
///
/// # Errors
/// If the file cannot be created, read, locked or written. Then `change` has not been called, or
/// its value is not stored.
pub(crate) fn change<T: Serialize + DeserializeOwned, R>(
    path: &Path,
    change: impl FnOnce(Option<T>) -> (T, R),
) -> io::Result<R> {
    let mut file = locked(path, || Ok(state_file::open(path)?.0))?;
    let mut bytes = Vec::new();
    (&mut file).take(LARGEST).read_to_end(&mut bytes)?;
    if bytes.is_empty()
        && let Some(directory) = path.parent()
    {
        // Only a new value increases their number.
        state_file::sweep_around(&file, directory, STALE);
    }
    let (value, result) = change(serde_json::from_slice(&bytes).ok());
    let text = serde_json::to_vec(&value)?;
    file.rewind()?;
    file.write_all(&text)?;
    file.set_len(text.len() as u64)?;
    Ok(result)
}

/// Opens and locks the file, again if it was swept in between.
fn locked(path: &Path, open: impl Fn() -> io::Result<File>) -> io::Result<File> {
    loop {
        let file = lock::within(open()?, PATIENCE)?.ok_or(io::ErrorKind::TimedOut)?;
        if access::is_named(&file, path) {
            return Ok(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::storage::look::is_old;

    #[test]
    fn a_value_is_changed_by_one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub/count");
        let count = || change(&path, |old| (old.unwrap_or(0_u64) + 1, ())).unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..250).for_each(|_| count()));
            }
        });
        assert_eq!(change(&path, |old: Option<u64>| (0, old)).unwrap(), Some(1000));
        let old = dir.path().join("sub/old");
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        File::create(&old).unwrap().set_modified(long_ago).unwrap();
        assert_eq!(change(&dir.path().join("sub/new"), |old| (1, old)).unwrap(), None);
        assert!(path.exists() && !old.exists());
        std::fs::write(&path, "torn {").unwrap();
        assert_eq!(change(&path, |old: Option<u64>| (7, old)).unwrap(), None);
        assert_eq!(std::fs::read(&path).unwrap(), b"7");
        assert!(change(dir.path(), |old: Option<u64>| (7, old)).is_err());
    }

    /// A value that nobody has changed for a day is swept while a process begins to use it again.
    #[test]
    #[cfg(unix)]
    fn a_stale_value_that_is_used_again_is_one_value() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("value");
        let count = || change(&path, |old| (old.unwrap_or(0_u64) + 1, ())).unwrap();
        count();
        let opened = File::options().write(true).open(&path).unwrap();
        opened.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        let opened = std::cell::Cell::new(Some(opened));
        let open = || match opened.take() {
            Some(file) => {
                state_file::sweep(dir.path(), &|metadata| is_old(metadata, STALE));
                assert!(!path.exists());
                count();
                Ok(file)
            }
            None => Ok(state_file::open(&path)?.0),
        };
        let file = locked(&path, open).unwrap();
        assert!(access::is_named(&file, &path));
    }
}
