//! A file of ssowrap's own that processes lock, and may change in place meanwhile.
//!
//! It stays until nobody needs it any more. So whoever has locked it checks that it still has its
//! name: it may have been swept just before.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use super::atomic;
use super::look::was_old;
use crate::platform::{access, held};

/// Opens the file at `path` to read and write it, and returns whether it is new. A new file gets mode
/// 0600, and missing directories are created. As root, gives it to the owner of its directory.
pub(super) fn open(path: &Path) -> io::Result<(File, bool)> {
    // Opening a FIFO would hang.
    if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("it is not a file"));
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match held::patiently(|| options.open(path)) {
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        result => return result.map(|file| (file, false)),
    }
    let directory = path.parent().ok_or(ErrorKind::InvalidInput)?;
    atomic::make_directory(directory)?;
    access::make_private(&mut options);
    options.create(true).truncate(false);
    let file = held::patiently(|| options.open(path))?;
    access::give_to(&file, &directory.metadata()?)?;
    Ok((file, true))
}

/// Removes the files next to `new`, which is a new file, that nobody has written for `age` and that
/// nobody holds locked. Failures don't matter.
pub(super) fn sweep_around(new: &File, directory: &Path, age: Duration) {
    if let Ok(now) = new.metadata().and_then(|metadata| metadata.modified()) {
        sweep(directory, &|metadata| was_old(metadata, age, now));
    }
}

/// Removes the files in `directory` that are `old` and that nobody holds locked.
pub(super) fn sweep(directory: &Path, old: &dyn Fn(&Metadata) -> bool) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        // Opening a FIFO would hang.
        if entry.metadata().is_ok_and(|metadata| metadata.is_file() && old(&metadata)) {
            remove_if_free(&entry.path(), old);
        }
    }
}

fn remove_if_free(path: &Path, old: &dyn Fn(&Metadata) -> bool) {
    let file = held::open_alone(path);
    if let Some(_locked) = file.ok().and_then(|file| lock_if_free(file, path, old)) {
        let _ = fs::remove_file(path);
    }
}

/// Locks an old file, unless another sweep or a process that uses it came first. Then somebody may
/// hold a new file of this name, or have written this one.
fn lock_if_free(file: File, path: &Path, old: &dyn Fn(&Metadata) -> bool) -> Option<File> {
    let is_free = file.try_lock().is_ok() && access::is_named(&file, path);
    let is_free = is_free && file.metadata().is_ok_and(|metadata| old(&metadata));
    is_free.then_some(file)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::SystemTime;

    use super::*;
    use crate::storage::look::is_old;

    fn old(metadata: &Metadata) -> bool {
        is_old(metadata, Duration::from_secs(60))
    }

    /// Whether a sweep removes an old file to which something happens after it was opened.
    fn is_swept(something: impl FnOnce(&Path, &File) -> Option<File>) -> bool {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let (file, _) = open(&path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let opened = File::open(&path).unwrap();
        let _held = something(&path, &file);
        lock_if_free(opened, &path, &old).is_some()
    }

    #[test]
    fn what_is_used_again_is_not_swept() {
        assert!(is_swept(|_, _| None));
        assert!(!is_swept(|_, mut file| file.write_all(b"used").err().and(None)));
        assert!(!is_swept(|_, file| {
            let holder = file.try_clone().unwrap();
            holder.lock().unwrap();
            Some(holder)
        }));
    }

    /// What was opened is no longer the file of this name.
    #[test]
    #[cfg(unix)]
    fn what_replaced_a_swept_file_is_not_swept() {
        assert!(!is_swept(|path, _| {
            sweep(path.parent().unwrap(), &old);
            assert!(!path.exists());
            Some(open(path).unwrap().0)
        }));
    }
}
