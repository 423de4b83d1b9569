//! The process that started this one.

use std::path::PathBuf;

/// The name of its executable; a script that Python runs goes by its own name. Known on Linux
/// only.
pub(crate) fn program() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let process = PathBuf::from(format!("/proc/{}", id()?));
    let file = std::fs::read_link(process.join("exe")).ok()?;
    let name = file.file_name()?.to_str()?;
    if name.starts_with("python") {
        // Some append their arguments.
        let name = std::fs::read_to_string(process.join("comm")).ok()?;
        return name.split_whitespace().next().map(str::to_owned);
    }
    // An upgrade has replaced the file in the meantime.
    Some(name.strip_suffix(" (deleted)").unwrap_or(name).to_owned())
}

/// The name it goes by, as `ps` shows it; none for the first process of a container, which has no
/// parent. Not known on Windows, where the standard library can't look at other processes.
pub(crate) fn name() -> Option<String> {
    let id = id()?;
    if cfg!(any(target_os = "linux", target_os = "android")) {
        let name = std::fs::read_to_string(format!("/proc/{id}/comm")).ok()?;
        return Some(name.trim_end_matches('\n').to_owned());
    }
    let id = id.to_string();
    let output = std::process::Command::new("ps").args(["-o", "comm=", "-p", &id]).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    // macOS shows the whole path, and a login shell with a dash.
    path.trim().trim_start_matches('-').rsplit('/').next().map(str::to_owned)
}

#[cfg(unix)]
fn id() -> Option<u32> {
    // 0 where the parent is outside of the container.
    Some(std::os::unix::process::parent_id()).filter(|id| *id > 0)
}

#[cfg(not(unix))]
fn id() -> Option<u32> {
    None
}
