//! Another name for a program.

use std::fs;
use std::io;
use std::path::Path;

use super::held;

/// Makes `link` lead to `program`, replacing whatever is there. It is created under another name
/// first, so that there is never a moment without it.
pub(crate) fn put(program: &Path, link: &Path) -> io::Result<()> {
    let mut name = link.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = link.with_file_name(name);
    make(program, &temporary)?;
    held::replace(&temporary, link).inspect_err(|_| drop(fs::remove_file(&temporary)))
}

#[cfg(unix)]
fn make(program: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(program, link)
}

/// On Windows, symbolic links need a privilege.
#[cfg(not(unix))]
fn make(program: &Path, link: &Path) -> io::Result<()> {
    fs::hard_link(program, link).or_else(|_| fs::copy(program, link).map(|_| ()))
}

/// Whether `link` leads to `program`.
#[cfg(unix)]
pub(crate) fn leads_to(program: &Path, link: &Path) -> bool {
    fs::read_link(link).is_ok_and(|target| target == program)
}

/// Whether it is another name of the file, or a copy.
#[cfg(not(unix))]
pub(crate) fn leads_to(program: &Path, link: &Path) -> bool {
    let look = |path| fs::metadata(path).and_then(|found| Ok((found.len(), found.modified()?)));
    look(link).is_ok_and(|there| look(program).is_ok_and(|here| here == there))
}
