//! Shows a URL in a browser: `$BROWSER`, else whatever the platform opens URLs with.
//!
//! The browser is left to itself: it reads nothing, what it prints goes nowhere, and Ctrl-C in the
//! terminal is not for it.

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::context::Context;
use crate::text::words::words;
use crate::variables;

/// Between the commands in `$BROWSER`, of which the first that starts is taken.
const SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

/// A browser that was started.
#[derive(Debug)]
pub(crate) struct Browser {
    /// The program, for messages.
    pub program: String,
    child: Child,
}

impl Browser {
    /// How it failed, if it has. Most openers end at once, others with the browser's window.
    pub(crate) fn failure(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten().filter(|status| !status.success())
    }
}

/// Starts a browser with `url`. None where there is none to try.
///
/// # Errors
/// The program that was tried last, and what the system said.
pub(crate) fn open(ctx: &Context, url: &str) -> Option<Result<Browser, (String, io::Error)>> {
    let mut last = None;
    for command in commands(ctx, url) {
        let Some((program, arguments)) = command.split_first() else { continue };
        match start(program, arguments) {
            Ok(child) => return Some(Ok(Browser { program: program.clone(), child })),
            Err(error) => last = Some(Err((program.clone(), error))),
        }
    }
    last
}

/// Whether the person has named a browser.
pub(crate) fn is_named(ctx: &Context) -> bool {
    ctx.var(variables::BROWSER).is_some()
}

/// Whether this is Windows' Linux.
pub(crate) fn is_wsl(ctx: &Context) -> bool {
    ctx.var(variables::WSL_DISTRO_NAME).is_some() || ctx.var(variables::WSL_INTEROP).is_some()
}

/// Whether a program of Windows can be found from within its Linux.
pub(crate) fn has_windows_opener(ctx: &Context) -> bool {
    let path = ctx.var_os(variables::PATH).unwrap_or_default();
    WINDOWS_OPENERS
        .iter()
        .any(|opener| std::env::split_paths(&path).any(|dir| dir.join(opener[0]).is_file()))
}

/// Reached from Linux. `wslview` is of the wslu package.
const WINDOWS_OPENERS: [&[&str]; 2] =
    [&["wslview"], &["rundll32.exe", "url.dll,FileProtocolHandler"]];

fn commands(ctx: &Context, url: &str) -> Vec<Vec<String>> {
    if let Some(named) = ctx.var(variables::BROWSER) {
        return named.split(SEPARATOR).map(|command| command_line(command, url)).collect();
    }
    let openers: &[&[&str]] = match () {
        () if cfg!(windows) => &[&["rundll32.exe", "url.dll,FileProtocolHandler"]],
        () if cfg!(target_os = "macos") => &[&["open"]],
        () if is_wsl(ctx) && has_windows_opener(ctx) => &WINDOWS_OPENERS,
        () => &[&["xdg-open"], &["gio", "open"], &["x-www-browser"]],
    };
    let with_url =
        |opener: &&[&str]| opener.iter().chain(&[url]).map(|w| (*w).to_owned()).collect();
    openers.iter().map(with_url).collect()
}

/// One command of `$BROWSER`: `%s` is the URL, which comes last where it is not placed.
fn command_line(command: &str, url: &str) -> Vec<String> {
    // Other programs put it into the background by this; we always do.
    let words = words(command.trim_end_matches(['&', ' ']));
    if words.is_empty() {
        return words;
    }
    let is_placed = words.iter().any(|word| word.contains("%s"));
    let mut words: Vec<_> = words.into_iter().map(|word| word.replace("%s", url)).collect();
    if !is_placed {
        words.push(url.to_owned());
    }
    words
}

fn start(program: &str, arguments: &[String]) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines() {
        for (command, expected) in [
            ("firefox", vec!["firefox", "URL"]),
            ("firefox -P 'my work'", vec!["firefox", "-P", "my work", "URL"]),
            ("open -u %s -w", vec!["open", "-u", "URL", "-w"]),
            ("sh -c 'x \"$1\"' sh --url=%s &", vec!["sh", "-c", "x \"$1\"", "sh", "--url=URL"]),
            (" ", vec![]),
        ] {
            assert_eq!(command_line(command, "URL"), expected, "{command}");
        }
    }
}
