//! A note about an entry in the AWS CLI's cache that says which link it belongs to, because the
//! entry itself has no room for that.
//!
//! The CLI's key for SSO role credentials contains the session's name, but neither its start URL
//! nor its region (SPEC 4.2). So ssowrap leaves a note in its own cache for each entry it writes
//! there. The note's name contains the entry, its access key and the link: whoever has read an
//! entry finds its note by looking up one name. No other process can interfere, because a note is
//! about one access key forever. The note is written before the entry. An entry whose access key
//! has no note is the AWS CLI's.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};

use super::link::Link;
use super::{files, own};
use crate::platform::held;
use crate::storage::atomic;
use crate::text::hex::hex;

/// The notes of one entry of the AWS CLI's cache.
#[derive(Debug)]
pub(super) struct Notes {
    pub(super) directory: PathBuf,
    /// Version 0.1 left marks here that don't mention the access key.
    old_directory: PathBuf,
    /// The name of the entry, without `.json`.
    stem: String,
}

/// Who wrote an entry, and for which link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// ssowrap wrote it for this link.
    ThisLink,
    /// ssowrap wrote it for another or an unknown link.
    AnotherLink,
    /// The AWS CLI wrote it.
    AwsCli,
}

impl Notes {
    /// The notes of the entry at `path`.
    pub(super) fn new(cache_dir: &Path, path: &Path) -> Self {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let old_directory = cache_dir.join("portals");
        Self { directory: directory(cache_dir), old_directory, stem }
    }

    /// Who wrote the entry with this access key. If it belongs to `link`, this looks up one name.
    pub(super) fn owner(&self, link: &Link, access_key_id: &str) -> Owner {
        let Ok(path) = self.path(link, access_key_id) else { return Owner::AnotherLink };
        if fs::symlink_metadata(path).is_ok() {
            Owner::ThisLink
        } else if !with_prefix(&self.directory, &self.key_prefix(access_key_id)).is_empty()
            || self.is_marked_by_old_version()
        {
            Owner::AnotherLink
        } else {
            Owner::AwsCli
        }
    }

    /// Notes that the entry with this access key belongs to `link`.
    ///
    /// # Errors
    /// If that fails: the entry would be taken for the AWS CLI's.
    pub(super) fn leave(&self, link: &Link, access_key_id: &str) -> io::Result<()> {
        for mark in with_prefix(&self.old_directory, &self.prefix()) {
            held::remove(&mark)?;
        }
        let path = self.path(link, access_key_id)?;
        atomic::write(&path, &serde_json::to_vec(link)?)?;
        own::forget_ended(with_prefix(&self.directory, &self.prefix()), &path);
        Ok(())
    }

    /// The link for which ssowrap wrote the entry with this access key; none if the AWS CLI wrote
    /// it.
    pub(super) fn link(&self, access_key_id: &str) -> Option<Link> {
        let notes = with_prefix(&self.directory, &self.key_prefix(access_key_id));
        notes.iter().find_map(|note| serde_json::from_slice(&files::read(note)?).ok())
    }

    /// Whether an earlier version wrote the entry. Its mark named the portal, but not the access
    /// key.
    pub(super) fn is_marked_by_old_version(&self) -> bool {
        !with_prefix(&self.old_directory, &self.prefix()).is_empty()
    }

    /// Removes every note of the entry. A note that stays does no harm: nobody will get its access
    /// key again.
    pub(super) fn forget(&self) {
        for directory in [&self.directory, &self.old_directory] {
            for path in with_prefix(directory, &self.prefix()) {
                let _ = fs::remove_file(path);
            }
        }
    }

    fn path(&self, link: &Link, access_key_id: &str) -> serde_json::Result<PathBuf> {
        let name = self.key_prefix(access_key_id) + &own::digest(link)?;
        Ok(self.directory.join(name))
    }

    fn prefix(&self) -> String {
        format!("{}.", self.stem)
    }

    fn key_prefix(&self, access_key_id: &str) -> String {
        format!("{}.{}.", self.stem, hex(&Sha1::digest(access_key_id)))
    }
}

fn directory(cache_dir: &Path) -> PathBuf {
    cache_dir.join("notes")
}

fn with_prefix(directory: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let is_it = |name: OsString| name.as_encoded_bytes().starts_with(prefix.as_bytes());
    entries.flatten().filter(|e| is_it(e.file_name())).map(|e| e.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::link::LinkSource;

    fn link(name: &str) -> Link {
        let source = LinkSource::Keys { access_key_id: name.to_owned() };
        Link { source, hops: Vec::new(), sts_endpoint: None }
    }

    #[test]
    fn a_note_is_about_one_key_and_one_link() {
        let dir = tempfile::tempdir().unwrap();
        let cache = dir.path().join("cache");
        let notes = Notes::new(&cache, &dir.path().join("entry.json"));
        let neighbour = Notes::new(&cache, &dir.path().join("entry2.json"));
        let (one, other) = (link("one"), link("other"));
        assert_eq!(notes.owner(&one, "ASIA1"), Owner::AwsCli);
        notes.leave(&one, "ASIA1").unwrap();
        neighbour.leave(&other, "ASIA2").unwrap();
        assert_eq!(notes.owner(&one, "ASIA1"), Owner::ThisLink);
        assert_eq!(notes.owner(&other, "ASIA1"), Owner::AnotherLink);
        assert_eq!(notes.owner(&one, "ASIA2"), Owner::AwsCli);
        // Another process has just noted what it is about to write.
        notes.leave(&other, "ASIA3").unwrap();
        assert_eq!(notes.owner(&one, "ASIA1"), Owner::ThisLink);
        assert_eq!(notes.owner(&one, "ASIA3"), Owner::AnotherLink);
        assert_eq!((notes.link("ASIA1"), notes.link("ASIA3")), (Some(one.clone()), Some(other)));
        notes.forget();
        assert_eq!(notes.owner(&one, "ASIA1"), Owner::AwsCli);
        assert_eq!(neighbour.link("ASIA2"), Some(link("other")));
    }

    #[test]
    fn what_an_earlier_version_marked_is_ignored() {
        let dir = tempfile::tempdir().unwrap();
        let notes = Notes::new(dir.path(), Path::new("entry.json"));
        fs::create_dir(dir.path().join("portals")).unwrap();
        fs::write(dir.path().join("portals/entry.0123"), "corp").unwrap();
        assert_eq!(notes.owner(&link("one"), "ASIA1"), Owner::AnotherLink);
        notes.leave(&link("one"), "ASIA1").unwrap();
        assert_eq!(notes.owner(&link("one"), "ASIA1"), Owner::ThisLink);
        assert_eq!(notes.owner(&link("one"), "ASIA2"), Owner::AwsCli);
    }
}
