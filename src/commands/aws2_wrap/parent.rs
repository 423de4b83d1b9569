//! Which program started this one.

use crate::context::Context;

/// The names that PowerShell's process has.
const POWERSHELL: [&str; 3] = ["pwsh", "pwsh.exe", "powershell.exe"];

/// Whether PowerShell reads what is printed.
pub(super) fn is_powershell(ctx: &Context) -> bool {
    name(ctx).is_some_and(|name| POWERSHELL.contains(&name.as_str()))
}

/// The name of the parent process; none for the first process of a container, which has no parent.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn name(_: &Context) -> Option<String> {
    let parent = rustix::process::getppid()?;
    let name = std::fs::read_to_string(format!("/proc/{parent}/comm")).ok()?;
    Some(name.trim_end_matches('\n').to_owned())
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn name(_: &Context) -> Option<String> {
    let parent = rustix::process::getppid()?.to_string();
    let output =
        std::process::Command::new("ps").args(["-o", "comm=", "-p", &parent]).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    // macOS shows the whole path, and a login shell with a dash.
    path.trim().trim_start_matches('-').rsplit('/').next().map(str::to_owned)
}

/// The standard library cannot look at another process. PowerShell adds the directory of the user's
/// own modules to a variable of its own for what it starts.
#[cfg(windows)]
fn name(ctx: &Context) -> Option<String> {
    let modules = ctx.var("PSModulePath")?.to_ascii_lowercase();
    let user = ctx.var("USERPROFILE")?.to_ascii_lowercase();
    modules.contains(&user).then(|| "pwsh.exe".to_owned())
}
