//! Follows symbolic links.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// As many links as systems follow.
const MOST_LINKS: usize = 40;

/// The path at the end of the links that start at `path`, with its metadata; none if nothing is
/// there.
pub(crate) fn follow(path: &Path) -> io::Result<(PathBuf, Option<Metadata>)> {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::symlink_metadata(&target) {
            Ok(metadata) if metadata.is_symlink() => {
                let link = fs::read_link(&target)?;
                target = target.parent().unwrap_or(Path::new("")).join(link);
            }
            Ok(metadata) => return Ok((target, Some(metadata))),
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok((target, None)),
            Err(e) => return Err(e),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}
