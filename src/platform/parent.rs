//! The process that started this one.

use std::path::PathBuf;

/// The name of its executable, or of the script that Python runs. Known only on Linux.
pub(crate) fn program() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let process = PathBuf::from(format!("/proc/{}", id()?));
    let file = std::fs::read_link(process.join("exe")).ok()?;
    let name = file.file_name()?.to_str()?;
    if name.starts_with("python") {
        // Some programs append their arguments.
        let name = std::fs::read_to_string(process.join("comm")).ok()?;
        return name.split_whitespace().next().map(str::to_owned);
    }
    // An upgrade has replaced the file meanwhile.
    Some(name.strip_suffix(" (deleted)").unwrap_or(name).to_owned())
}

/// Its name, as in `ps`; none for the first process of a container, which has no parent. Unknown on
/// Windows, where the standard library can't inspect other processes.
pub(crate) fn name() -> Option<String> {
    let id = id()?;
    if cfg!(any(target_os = "linux", target_os = "android")) {
        let name = std::fs::read_to_string(format!("/proc/{id}/comm")).ok()?;
        return Some(name.trim_end_matches('\n').to_owned());
    }
    let id = id.to_string();
    let output = std::process::Command::new("ps").args(["-o", "comm=", "-p", &id]).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    // macOS shows the whole path, and a dash before a login shell.
    path.trim().trim_start_matches('-').rsplit('/').next().map(str::to_owned)
}

#[cfg(unix)]
fn id() -> Option<u32> {
    // The id is 0 if the parent is outside the container.
    Some(std::os::unix::process::parent_id()).filter(|id| *id > 0)
}

#[cfg(not(unix))]
fn id() -> Option<u32> {
    None
}
