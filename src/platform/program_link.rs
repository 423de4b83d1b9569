//! Another name for a program.

use std::fs;
use std::io;
use std::path::Path;

/// Makes `link` lead to `program`, in place of what is there. Under another name first: at no
/// moment is there nothing.
#[cfg(unix)]
pub(crate) fn put(program: &Path, link: &Path) -> io::Result<()> {
    let mut name = link.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = link.with_file_name(name);
    std::os::unix::fs::symlink(program, &temporary)?;
    fs::rename(&temporary, link).inspect_err(|_| drop(fs::remove_file(&temporary)))
}

/// Symbolic links take a privilege here.
#[cfg(not(unix))]
pub(crate) fn put(program: &Path, link: &Path) -> io::Result<()> {
    let look = |path| fs::metadata(path).and_then(|found| Ok((found.len(), found.modified()?)));
    if look(link).ok().is_some_and(|there| look(program).is_ok_and(|here| here == there)) {
        // It is there already, and can't be removed while it runs.
        return Ok(());
    }
    match fs::remove_file(link) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    fs::hard_link(program, link).or_else(|_| fs::copy(program, link).map(|_| ()))
}
