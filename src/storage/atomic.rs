//! Writes ssowrap's own files so that either the old file or the new one remains, whatever happens
//! in between.

use std::fs;
use std::io;
use std::path::Path;

use super::temporary::{Temporary, sweep};
use crate::platform::access;

/// Writes `bytes` to `path`: creates a temporary file next to it with mode 0600, syncs it, and
/// renames it. Creates missing directories with mode 0700. If anything other than a regular file of
/// ours is there (a directory, a symbolic link, another user's file), it is left alone, and that is
/// an error.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    make_directory(directory)?;
    check(path)?;
    // Before writing, because once the file exists, the next process may have nothing to write.
    sweep(directory);
    let mut temporary = Temporary::new(directory, None)?;
    temporary.fill(bytes)?;
    temporary.replace(path)
}

/// Creates a directory and its parents, new ones with mode 0700. As root, gives them to the owner
/// of the parent directory.
pub(crate) fn make_directory(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let around = directory.parent().filter(|around| !around.as_os_str().is_empty());
    if let Some(around) = around {
        make_directory(around)?;
    }
    match access::owner_only_builder().create(directory) {
        // Another process was faster.
        Err(_) if directory.is_dir() => Ok(()),
        Err(e) => Err(e),
        Ok(()) => match around {
            Some(around) => access::give_directory_to(directory, &around.metadata()?),
            None => Ok(()),
        },
    }
}

fn check(path: &Path) -> io::Result<()> {
    let refuse = |why: &str| Err(io::Error::other(format!("{} {why}", path.display())));
    match fs::symlink_metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
        Ok(metadata) if metadata.is_symlink() => refuse("is a symbolic link"),
        Ok(metadata) if !metadata.is_file() => refuse("is not a file"),
        Ok(metadata) if !access::belongs_to_us(path, &metadata) => {
            refuse("belongs to another user")
        }
        Ok(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sweeps_only_what_dead_processes_left() {
        let dir = tempfile::tempdir().unwrap();
        let dead = dir.path().join(".ssowrap-dead.tmp");
        let alive = dir.path().join(".ssowrap-alive.tmp");
        let foreign = dir.path().join("other.tmp");
        for path in [&dead, &alive, &foreign] {
            fs::write(path, "x").unwrap();
        }
        let writer = fs::File::open(&alive).unwrap();
        writer.lock().unwrap();
        write(&dir.path().join("sub/new.json"), b"{}").unwrap();
        write(&dir.path().join("new.json"), b"{}").unwrap();
        assert!(!dead.exists() && alive.exists() && foreign.exists());
    }

    #[cfg(unix)]
    #[test]
    fn leaves_links_and_directories_alone() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("target");
        fs::write(&target, "theirs").unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(write(&link, b"ours").is_err());
        assert_eq!(fs::read(&target).unwrap(), b"theirs");
        assert!(link.is_symlink());
        assert!(write(dir.path(), b"ours").is_err());
    }
}
