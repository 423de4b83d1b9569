//! The process that started this one.

/// The name of the parent process; none for the first process of a container, which has no parent,
/// and where the system doesn't tell.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn name() -> Option<String> {
    let parent = rustix::process::getppid()?;
    let name = std::fs::read_to_string(format!("/proc/{parent}/comm")).ok()?;
    Some(name.trim_end_matches('\n').to_owned())
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub(crate) fn name() -> Option<String> {
    let parent = rustix::process::getppid()?.to_string();
    let output =
        std::process::Command::new("ps").args(["-o", "comm=", "-p", &parent]).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    // macOS shows the whole path, and a login shell with a dash.
    path.trim().trim_start_matches('-').rsplit('/').next().map(str::to_owned)
}

/// The standard library can't look at another process.
#[cfg(windows)]
pub(crate) fn name() -> Option<String> {
    None
}
