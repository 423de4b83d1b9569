//! Shows a URL in a browser: the one in `$BROWSER`, else the platform's opener. For the console,
//! `$SSOWRAP_BROWSER` takes precedence over both.
//!
//! The browser is detached: it has no input, its output is discarded, and Ctrl-C in the terminal
//! does not reach it.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use percent_encoding::utf8_percent_encode;

use crate::context::Context;
use crate::platform::{IS_MACOS, IS_WINDOWS, process};
use crate::text::percent::UNRESERVED;
use crate::text::words::words;
use crate::variables;

/// Separates the commands in `$BROWSER`. The first that starts is used.
const SEPARATOR: char = if IS_WINDOWS { ';' } else { ':' };

/// A running browser.
#[derive(Debug)]
pub(crate) struct Browser {
    /// The program, for messages.
    pub program: String,
    child: Child,
}

impl Browser {
    /// How it failed, if it did. Most openers end at once, others with the browser's window.
    pub(crate) fn failure(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten().filter(|status| !status.success())
    }
}

/// Starts a browser with `url`. None if there is none to try.
///
/// # Errors
/// The program that was tried last, and the system's error.
pub(crate) fn open(ctx: &Context, url: &str) -> Option<Result<Browser, (String, io::Error)>> {
    start_first(ctx, commands(ctx, url))
}

/// The same for the console as `profile`: a browser named by `$SSOWRAP_BROWSER` may have a separate
/// place for each.
///
/// # Errors
/// See [`open`].
pub(crate) fn open_as(
    ctx: &Context,
    url: &str,
    profile: &str,
) -> Option<Result<Browser, (String, io::Error)>> {
    match ctx.var(variables::SSOWRAP_BROWSER) {
        Some(named) => start_first(ctx, vec![filled(&named, url, Some(profile))]),
        None => open(ctx, url),
    }
}

fn start_first(
    ctx: &Context,
    commands: Vec<Vec<String>>,
) -> Option<Result<Browser, (String, io::Error)>> {
    let mut last = None;
    for command in commands {
        let Some((program, arguments)) = command.split_first() else { continue };
        match start(&ctx.startable(program.as_ref()), arguments) {
            Ok(child) => return Some(Ok(Browser { program: program.clone(), child })),
            Err(error) => last = Some(Err((program.clone(), error))),
        }
    }
    last
}

/// Whether the user has named a browser.
pub(crate) fn is_named(ctx: &Context) -> bool {
    ctx.var(variables::BROWSER).is_some()
}

/// Whether the user has named a browser that is there. A terminal multiplexer keeps the name of an
/// editor's helper after the editor has gone.
pub(crate) fn is_at_hand(ctx: &Context) -> bool {
    let program = |command: &Vec<String>| ctx.find_program(command.first()?.as_ref());
    is_named(ctx) && commands(ctx, "").iter().any(|command| program(command).is_some())
}

/// Whether the user has named one for the console.
pub(crate) fn is_named_for_console(ctx: &Context) -> bool {
    is_named(ctx) || ctx.var(variables::SSOWRAP_BROWSER).is_some()
}

/// Whether this is WSL, Windows' Linux.
pub(crate) fn is_wsl(ctx: &Context) -> bool {
    ctx.var(variables::WSL_DISTRO_NAME).is_some() || ctx.var(variables::WSL_INTEROP).is_some()
}

/// Whether a Windows program can be found from within WSL.
pub(crate) fn has_windows_opener(ctx: &Context) -> bool {
    let path = ctx.var_os(variables::PATH).unwrap_or_default();
    WINDOWS_OPENERS
        .iter()
        .any(|opener| std::env::split_paths(&path).any(|dir| dir.join(opener[0]).is_file()))
}

/// Programs that open a URL from WSL. `wslview` is part of the wslu package.
const WINDOWS_OPENERS: [&[&str]; 2] =
    [&["wslview"], &["rundll32.exe", "url.dll,FileProtocolHandler"]];

fn commands(ctx: &Context, url: &str) -> Vec<Vec<String>> {
    if let Some(named) = ctx.var(variables::BROWSER) {
        return named.split(SEPARATOR).map(|command| command_line(command, url)).collect();
    }
    let openers: &[&[&str]] = if IS_WINDOWS {
        &WINDOWS_OPENERS[1..]
    } else if IS_MACOS {
        &[&["open"]]
    } else if is_wsl(ctx) && has_windows_opener(ctx) {
        &WINDOWS_OPENERS
    } else {
        &[&["xdg-open"], &["gio", "open"], &["x-www-browser"]]
    };
    let with_url =
        |opener: &&[&str]| opener.iter().chain(&[url]).map(|w| (*w).to_owned()).collect();
    openers.iter().map(with_url).collect()
}

/// One command in `$BROWSER`.
fn command_line(command: &str, url: &str) -> Vec<String> {
    // Other programs run it in the background because of this; we always do.
    filled(command.trim_end_matches(['&', ' ']), url, None)
}

/// The words of a command: `%s` is the URL, which is appended if there is no `%s`. With a profile,
/// `%u` is the URL, encoded to fit into another one, `%p` the profile, and `%%` a percent sign. No
/// shell sees any of them.
fn filled(command: &str, url: &str, profile: Option<&str>) -> Vec<String> {
    let encoded = utf8_percent_encode(url, UNRESERVED).to_string();
    let fill = |word: &String| {
        let mut parts = word.split('%');
        let mut text = parts.next().unwrap_or_default().to_owned();
        while let Some(part) = parts.next() {
            let (mark, rest) = part.split_at(part.chars().next().map_or(0, char::len_utf8));
            let filling = match (mark, profile) {
                ("s", _) => url,
                ("u", Some(_)) => &encoded,
                ("p", Some(profile)) => profile,
                // After two of them, the next character is not a placeholder.
                ("", Some(_)) => {
                    text.push('%');
                    parts.next().unwrap_or_default()
                }
                _ => {
                    text.push('%');
                    mark
                }
            };
            text.extend([filling, rest]);
        }
        text
    };
    let (program, rest) = spaced_program(command);
    let words = words(rest);
    let mut words: Vec<String> = program.iter().chain(&words).map(fill).collect();
    let is_placed = words.iter().any(|word| word.contains(url) || word.contains(&encoded));
    if !is_placed && !words.is_empty() {
        words.push(url.to_owned());
    }
    words
}

/// An unquoted path with spaces at the start of a command, if that file exists, and the rest.
fn spaced_program(command: &str) -> (Option<String>, &str) {
    let ends = command.match_indices(' ').map(|(at, _)| at).chain([command.len()]);
    let program = |end: &usize| Path::new(&command[..*end]);
    let found = ends.skip(1).find(|end| program(end).is_absolute() && program(end).is_file());
    match found {
        Some(end) => (Some(command[..end].to_owned()), &command[end..]),
        None => (None, command),
    }
}

fn start(program: &OsStr, arguments: &[String]) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    process::detach_from_terminal(&mut command);
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

    #[test]
    fn a_path_with_spaces_needs_no_quotes() {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("A big browser");
        std::fs::write(&program, "").unwrap();
        let program = program.to_str().unwrap();
        assert_eq!(command_line(program, "URL"), [program, "URL"]);
        assert_eq!(
            command_line(&format!("{program} -w 'x y'"), "URL"),
            [program, "-w", "x y", "URL"]
        );
        let quoted = format!("'{program}' -w");
        assert_eq!(command_line(&quoted, "URL"), [program, "-w", "URL"]);
    }

    #[test]
    fn command_lines_for_the_console() {
        let filled = |command| filled(command, "http://x/?a", Some("%s 'b'; $(c)"));
        for (command, expected) in [
            ("firefox", vec!["firefox", "http://x/?a"]),
            (
                "firefox 'ext+container:name=%p&url=%u'",
                vec!["firefox", "ext+container:name=%s 'b'; $(c)&url=http%3A%2F%2Fx%2F%3Fa"],
            ),
            (
                "'/A B/chrome' --profile-directory=%p %s",
                vec!["/A B/chrome", "--profile-directory=%s 'b'; $(c)", "http://x/?a"],
            ),
            ("x 100%% %d %", vec!["x", "100%", "%d", "%", "http://x/?a"]),
            ("x %%s", vec!["x", "%s", "http://x/?a"]),
            (" ", vec![]),
        ] {
            assert_eq!(filled(command), expected, "{command}");
        }
    }
}
