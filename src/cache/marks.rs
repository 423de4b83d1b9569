//! What the AWS CLI's key leaves out: for which portal an entry was made.
//!
//! The key of SSO role credentials holds the name of the session, but neither its start URL nor
//! its region (SPEC 4.2). An edit of those must not bring back credentials of the portal before, and
//! the file has no room for more. So ssowrap leaves an empty file beside its own cache for each
//! entry it writes, whose name says the entry and the portal. An entry without any mark is the AWS
//! CLI's, and is taken as the CLI would take it.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use sha1::{Digest, Sha1};

use super::cli::hex;
use crate::storage::atomic;

/// A mark is left right after its entry; file systems tell the time roughly.
const TOGETHER: Duration = Duration::from_secs(5);

/// The marks of one entry.
#[derive(Debug)]
pub struct Marks {
    directory: Option<PathBuf>,
    /// The entry's name, with a dot behind it.
    entry: String,
    portal: String,
}

impl Marks {
    /// The marks of the entry at `path`, for a portal described by `portal`.
    pub fn new(cache_dir: Option<PathBuf>, path: &Path, portal: &Value) -> Self {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Self {
            directory: cache_dir.map(|directory| directory.join("portals")),
            entry: format!("{stem}."),
            portal: hex(&Sha1::digest(portal.to_string())),
        }
    }

    /// Whether the entry written at `written` was ours, and for another portal. One look at a name
    /// where it is ours and for this one.
    pub fn is_of_another_portal(&self, written: SystemTime) -> bool {
        let Some(directory) = &self.directory else { return false };
        let covers = |marked: SystemTime| marked + TOGETHER >= written;
        let at = |path: &Path| fs::symlink_metadata(path).and_then(|m| m.modified()).ok();
        if at(&self.path(directory)).is_some_and(covers) {
            return false;
        }
        self.all(directory).iter().filter_map(|path| at(path)).any(covers)
    }

    /// Notes that the entry was written now for this portal, and for no other. Where that is not
    /// possible the entry counts as the AWS CLI's.
    pub fn leave(&self) {
        let Some(directory) = &self.directory else { return };
        for path in self.all(directory) {
            let _ = fs::remove_file(path);
        }
        let path = self.path(directory);
        if let Err(e) = create(&path)
            && e.kind() == io::ErrorKind::NotFound
            && atomic::make_dir(directory).is_ok()
        {
            let _ = create(&path);
        }
    }

    fn path(&self, directory: &Path) -> PathBuf {
        directory.join(format!("{}{}", self.entry, self.portal))
    }

    fn all(&self, directory: &Path) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
        let ours = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default();
            name.as_encoded_bytes().starts_with(self.entry.as_bytes())
        };
        entries.flatten().map(|entry| entry.path()).filter(ours).collect()
    }
}

fn create(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_belongs_to_the_portal_it_was_made_for() {
        let dir = tempfile::tempdir().unwrap();
        let entry = dir.path().join("entry.json");
        fs::write(&entry, "{}").unwrap();
        let written = fs::metadata(&entry).unwrap().modified().unwrap();
        let cache = || Some(dir.path().join("cache"));
        let one = Marks::new(cache(), &entry, &serde_json::json!(["https://one"]));
        let other = Marks::new(cache(), &entry, &serde_json::json!(["https://other"]));
        let neighbour =
            Marks::new(cache(), &dir.path().join("x.json"), &serde_json::json!(["https://other"]));
        assert!(!one.is_of_another_portal(written), "the CLI's");
        one.leave();
        neighbour.leave();
        assert!(!one.is_of_another_portal(written));
        assert!(other.is_of_another_portal(written));
        // The AWS CLI has written it anew since.
        assert!(!other.is_of_another_portal(written + Duration::from_secs(60)));
        other.leave();
        assert!(one.is_of_another_portal(written));
        assert!(!other.is_of_another_portal(written));
    }
}
