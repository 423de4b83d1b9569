//! What the AWS CLI's key leaves out: for which portal an entry was made.
//!
//! The key of SSO role credentials holds the name of the session, but neither its start URL nor
//! its region (SPEC 4.2). An edit of those must not bring back credentials of the portal before, and
//! the file has no room for more. So ssowrap leaves a small file beside its own cache for each entry
//! it writes, whose name says the entry and the portal. An entry without any mark is the AWS CLI's,
//! and is taken as the CLI would take it.
//!
//! The mark holds the key of the login, so that a logout finds the entries of roles that no profile
//! names: an entry's own name does not tell.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use sha1::{Digest, Sha1};

use crate::storage::atomic;
use crate::storage::private::{self, Found};
use crate::text::hex::hex;

/// A mark is left right after its entry; file systems tell the time roughly.
const TOGETHER: Duration = Duration::from_secs(5);

/// The marks of one entry.
#[derive(Debug)]
pub(crate) struct Marks {
    directory: Option<PathBuf>,
    /// The entry's name, with a dot behind it.
    entry: String,
    portal: String,
}

impl Marks {
    /// The marks of the entry at `path`, for a portal described by `portal`.
    pub(crate) fn new(cache_dir: Option<PathBuf>, path: &Path, portal: &Value) -> Self {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Self {
            directory: cache_dir.as_deref().map(directory),
            entry: format!("{stem}."),
            portal: hex(&Sha1::digest(portal.to_string())),
        }
    }

    /// Whether the entry written at `written` was ours, and for another portal. One look at a name
    /// where it is ours and for this one.
    pub(crate) fn is_of_another_portal(&self, written: SystemTime) -> bool {
        let Some(directory) = &self.directory else { return false };
        let covers = |marked: SystemTime| marked + TOGETHER >= written;
        let at = |path: &Path| fs::symlink_metadata(path).and_then(|m| m.modified()).ok();
        if at(&self.path(directory)).is_some_and(covers) {
            return false;
        }
        self.all(directory).iter().filter_map(|path| at(path)).any(covers)
    }

    /// Notes that the entry was written now for this portal, and for no other, through the login
    /// with the key `login`: a session's name or a start URL.
    ///
    /// # Errors
    /// Where that is not possible: the entry would count as the AWS CLI's, and be taken for that of
    /// any portal.
    pub(crate) fn leave(&self, login: &str) -> io::Result<()> {
        let Some(directory) = &self.directory else {
            return Err(io::Error::new(io::ErrorKind::NotFound, "there is no cache directory"));
        };
        for path in self.all(directory) {
            let _ = fs::remove_file(path);
        }
        let path = self.path(directory);
        match create(&path, login) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                atomic::make_dir(directory)?;
                create(&path, login)
            }
            outcome => outcome,
        }
    }

    fn path(&self, directory: &Path) -> PathBuf {
        directory.join(format!("{}{}", self.entry, self.portal))
    }

    fn everyones(&self) -> Vec<PathBuf> {
        self.directory.as_deref().map(|directory| self.all(directory)).unwrap_or_default()
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

/// The names of the entries that were written through each login, without `.json`, with the key of
/// the login.
pub(crate) fn logins(cache_dir: &Path) -> Vec<(String, String)> {
    let Ok(entries) = fs::read_dir(directory(cache_dir)) else { return Vec::new() };
    let login = |path: PathBuf| {
        let entry = path.file_name()?.to_str()?.split_once('.')?.0.to_owned();
        let Found::File { bytes, .. } = private::read(&path) else { return None };
        Some((entry, String::from_utf8(bytes).ok()?))
    };
    entries.flatten().filter_map(|entry| login(entry.path())).collect()
}

/// Removes the marks of the entry at `path`. One that stays does no harm: it is older than any entry
/// to come.
pub(crate) fn forget(cache_dir: &Path, path: &Path) {
    for mark in Marks::new(Some(cache_dir.to_path_buf()), path, &Value::Null).everyones() {
        let _ = fs::remove_file(mark);
    }
}

fn directory(cache_dir: &Path) -> PathBuf {
    cache_dir.join("portals")
}

fn create(path: &Path, login: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => file.write_all(login.as_bytes()),
        // Another process has got the same for the same portal.
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(e),
    }
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
        one.leave("corp").unwrap();
        neighbour.leave("https://x/start").unwrap();
        assert!(!one.is_of_another_portal(written));
        assert!(other.is_of_another_portal(written));
        // The AWS CLI has written it anew since.
        assert!(!other.is_of_another_portal(written + Duration::from_secs(60)));
        other.leave("corp").unwrap();
        assert!(one.is_of_another_portal(written));
        assert!(!other.is_of_another_portal(written));
        let cache = dir.path().join("cache");
        let mut found = logins(&cache);
        found.sort();
        let expected = [("entry", "corp"), ("x", "https://x/start")];
        assert_eq!(found, expected.map(|(entry, login)| (entry.to_owned(), login.to_owned())));
        forget(&cache, &entry);
        assert_eq!(logins(&cache), [("x".to_owned(), "https://x/start".to_owned())]);
    }
}
