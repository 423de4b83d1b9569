//! Reserves a place for data that doesn't exist yet and must not be lost.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::links::follow;
use super::rewrite::overwrite;
use super::temporary::{Temporary, sweep};
use crate::platform::{access, disk, held};

/// The verified place of a file: a file of the needed size has been written and synced next to it,
/// and nothing is known that would prevent replacing the file.
#[derive(Debug)]
pub(crate) struct Place {
    temporary: Temporary,
    /// Where the file is, after following links.
    target: PathBuf,
}

impl Place {
    /// Verifies the place of the file at `path` for at most `size` bytes. Its directory must exist;
    /// files that killed processes left there are removed.
    ///
    /// # Errors
    /// Why the file can't be replaced, as the end of a sentence about it.
    pub(crate) fn prove(path: &Path, size: usize) -> io::Result<Self> {
        let (target, file) = follow(path)?;
        let directory = target.parent().ok_or(io::ErrorKind::InvalidInput)?;
        if !directory.is_dir() {
            let why = format!("it is a link into {}, which does not exist", directory.display());
            return Err(io::Error::other(why));
        }
        if let Some(file) = &file {
            if !file.is_file() {
                return Err(io::Error::other("it is not a regular file"));
            }
            access::may_replace(&target, file, &directory.metadata()?)?;
        }
        sweep(directory);
        let mut temporary = Temporary::new(directory, file.as_ref())?;
        // Random, because compressible data would prove less.
        let mut filler = Zeroizing::new(vec![0; size]);
        fastrand::fill(&mut filler);
        temporary.fill(&filler)?;
        Ok(Self { temporary, target })
    }

    /// Writes `bytes` there, if they are still wanted once they are on the disk, which may take a
    /// while. Otherwise the file is left alone, and the place is returned.
    pub(crate) fn put(
        mut self,
        bytes: &[u8],
        are_wanted: impl FnOnce() -> bool,
    ) -> io::Result<Option<Self>> {
        self.temporary.fill(bytes)?;
        if !are_wanted() {
            return Ok(Some(self));
        }
        match self.temporary.replace(&self.target) {
            // Overwriting the file is better than losing the data.
            Err(e) if held::is_held(&e) => {
                let file = OpenOptions::new().write(true).open(&self.target).map_err(|_| e)?;
                let old = file.metadata()?.len() as usize;
                overwrite(file, old, bytes)?;
            }
            result => result?,
        }
        if let Some(directory) = self.target.parent() {
            disk::sync_directory(directory);
        }
        Ok(None)
    }
}
