//! The only way to write to stdout and stderr. Data goes to stdout byte for byte. Messages go to
//! stderr: escaped, filtered by verbosity, with or without colour.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::error::{Error, Kind, Result};
use crate::platform::{IS_WINDOWS, null, stdout, terminal};
use crate::text::escape;

/// When to colour messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The stream on which a command's output is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

/// Writes data to stdout and messages to stderr.
#[derive(Clone, Debug)]
pub struct Printer {
    quiet: bool,
    verbosity: u8,
    color: bool,
    /// Whether the terminal doesn't understand escape sequences.
    dumb: bool,
    /// The terminal for messages to the user, if they don't go to stderr.
    terminal: Option<Arc<File>>,
    /// The home directory, which is shown as `~`.
    home: Option<Arc<str>>,
    /// Whether data for people is coloured.
    data_color: bool,
}

impl Printer {
    /// A printer that shows warnings unless `quiet`, progress from verbosity 1 and details from 2.
    pub fn new(quiet: bool, verbosity: u8, color: Color, no_color: bool) -> Self {
        let colored = |is_terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => !no_color && is_terminal && terminal::takes_escapes(),
        };
        Self {
            quiet,
            verbosity,
            color: colored(io::stderr().is_terminal()),
            dumb: false,
            terminal: None,
            home: None,
            data_color: colored(io::stdout().is_terminal()),
        }
    }

    /// A printer for tests that prints only errors.
    #[cfg(test)]
    pub(crate) fn silent() -> Self {
        Self::new(true, 0, Color::Never, true)
    }

    /// The same, for a terminal that doesn't understand escape sequences, like that of an editor.
    #[must_use]
    pub fn dumb(self, dumb: bool) -> Self {
        Self { dumb: dumb || !terminal::takes_escapes(), ..self }
    }

    /// The same, with a home directory: paths below it are shown with `~`.
    #[must_use]
    pub fn home(self, home: Option<&Path>) -> Self {
        let home = home.and_then(Path::to_str).map(|home| home.trim_end_matches('/'));
        // Shells on Windows don't expand it.
        let home = home.filter(|home| !IS_WINDOWS && !home.is_empty());
        Self { home: home.map(Arc::from), ..self }
    }

    /// A text for people, in which paths below the home directory begin with `~`. Quoted paths
    /// stay, because shells don't expand a `~` in quotes.
    pub fn with_tilde<'a>(&self, text: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
        let text = text.into();
        // It counts only with a slash after it, and most texts have none.
        let Some(home) = self.home.as_deref().filter(|_| text.contains('/')) else { return text };
        let mut short = String::new();
        let mut from = 0;
        for (at, _) in text.match_indices(home) {
            let is_whole = text[at + home.len()..].starts_with('/');
            let is_start = text[..at].chars().next_back().is_none_or(|c| " (`\n".contains(c));
            if is_whole && is_start {
                short.push_str(&text[from..at]);
                short.push('~');
                from = at + home.len();
            }
        }
        if from == 0 {
            return text;
        }
        short.push_str(&text[from..]);
        short.into()
    }

    /// The same, but `say` and `show` write to the terminal if stderr goes elsewhere: programs that
    /// run a helper often hide its stderr. Warnings and errors still go to stderr.
    #[must_use]
    pub fn at_terminal(&self) -> Self {
        let terminal = if self.is_terminal() { None } else { terminal::open().map(Arc::new) };
        Self { terminal, ..self.clone() }
    }

    /// The same, but it prints only errors.
    #[must_use]
    pub fn only_errors(&self) -> Self {
        Self { quiet: true, ..self.clone() }
    }

    /// Whether `say` and `show` write to a terminal.
    pub fn reaches_terminal(&self) -> bool {
        self.is_terminal() || self.terminal.is_some()
    }

    /// Writes data to stdout. A reader that has gone is not an error.
    pub fn data(&self, bytes: &[u8]) -> Result<()> {
        match stdout::write_all(bytes) {
            Err(e) if e.kind() != ErrorKind::BrokenPipe => {
                Err(Error::new(Kind::Other, "cannot write to standard output").source(e))
            }
            _ => Ok(()),
        }
    }

    /// Passes on a command's output unchanged. A reader that has gone is not an error.
    pub(crate) fn pass_on(&self, stream: Stream, bytes: &[u8]) -> Result<()> {
        match stream {
            Stream::Stdout => self.data(bytes)?,
            Stream::Stderr => self.bytes(bytes),
        }
        Ok(())
    }

    /// Closes stdout when nothing more will be written, so that its reader sees the end although
    /// this process continues.
    pub fn end_data(&self) -> Result<()> {
        null::replace_stdout()
            .map_err(|e| Error::new(Kind::Other, "cannot close standard output").source(e))
    }

    /// Writes a value to stdout as JSON. Escapes whatever could control a terminal.
    pub fn json(&self, value: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|e| Error::new(Kind::Other, "cannot write JSON").source(e))?;
        self.data(escape::json(text + "\n").as_bytes())
    }

    /// Warns the user of something, while the command continues.
    pub fn warn(&self, message: &str) {
        if !self.quiet {
            self.line("warning", "33", message);
        }
    }

    /// Reports what was done, for verbs that have no data to print.
    pub fn say(&self, message: &str) {
        if !self.quiet {
            self.show(message);
        }
    }

    /// Shows what the user must see to continue, even with `-q`.
    pub fn show(&self, message: &str) {
        self.talk(format!("{}\n", escape::foreign(self.with_tilde(message))).as_bytes());
    }

    /// Asks a question; the answer is typed after it.
    pub(crate) fn ask(&self, question: &str) {
        self.bytes(escape::foreign(self.with_tilde(question)).as_bytes());
    }

    /// Prints lines that are already escaped, such as a diff.
    pub(crate) fn say_lines(&self, lines: &str) {
        if !self.quiet {
            self.talk(lines.as_bytes());
        }
    }

    /// Prints lines of our own making unchanged, such as a QR code.
    pub fn picture(&self, picture: &str) {
        self.talk(format!("{picture}\n").as_bytes());
    }

    /// Prints a line that the next one, or [`Printer::end_status`], replaces. Only if stderr is a
    /// terminal that supports it.
    pub fn status(&self, line: &str) {
        if !self.quiet && !self.dumb && self.is_terminal() {
            // If the line wrapped, a part of it would stay.
            let room = self.columns().map_or(usize::MAX, |columns| columns.saturating_sub(1));
            let line: String = escape::foreign(line).chars().take(room).collect();
            self.bytes(format!("\r\x1b[K{line}").as_bytes());
        }
    }

    /// The width of the terminal for messages, if known.
    pub fn columns(&self) -> Option<usize> {
        match &self.terminal {
            Some(terminal) => terminal::columns(terminal.as_ref()),
            None => terminal::columns(io::stderr()),
        }
    }

    /// The width of the terminal for data; none if data goes elsewhere.
    pub fn data_columns(&self) -> Option<usize> {
        terminal::columns(io::stdout())
    }

    /// Whether data for people is coloured.
    pub fn is_data_colored(&self) -> bool {
        self.data_color
    }

    /// Removes the status line.
    pub fn end_status(&self) {
        self.status("");
    }

    /// Copies `text` to the terminal's clipboard (OSC 52); the terminal may be on another machine.
    pub fn copy(&self, text: &str) {
        let text = base64_simd::STANDARD.encode_to_string(text);
        self.talk(format!("\x1b]52;c;{text}\x07").as_bytes());
    }

    /// Whether messages go to a terminal.
    pub fn is_terminal(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// Whether messages are coloured.
    pub fn is_colored(&self) -> bool {
        self.color
    }

    /// Says why nothing happens for a while. Only shown if stderr is a terminal.
    pub fn notice(&self, message: impl FnOnce() -> String) {
        if !self.quiet && self.is_terminal() {
            self.line("note", "36", &message());
        }
    }

    /// Says what ssowrap is doing. Shown with `-v`.
    pub fn info(&self, message: impl FnOnce() -> String) {
        if self.verbosity >= 1 {
            self.line("info", "36", &message());
        }
    }

    /// Details for bug reports. Shown with `-vv`.
    pub fn debug(&self, message: impl FnOnce() -> String) {
        if self.verbosity >= 2 {
            self.line("debug", "90", &message());
        }
    }

    /// Whether `info` prints anything.
    pub fn is_verbose(&self) -> bool {
        self.verbosity >= 1
    }

    /// Reports a failure with its place and hints. Shown even with `-q`, because a silent failure
    /// cannot be fixed.
    pub fn error(&self, error: &Error) {
        match error.kind {
            // The person did that.
            Kind::Interrupted if error.hints.is_empty() => self.show(&error.message),
            _ => self.failure("", error),
        }
    }

    /// The same for one of many, with its name.
    pub fn error_of(&self, name: &str, error: &Error) {
        self.failure(&format!("{name}: "), error);
    }

    fn failure(&self, subject: &str, error: &Error) {
        let mut lines = error.lines().into_iter();
        let first = lines.next().unwrap_or_default();
        self.line("error", "31;1", &format!("{subject}{first}"));
        for line in lines {
            self.raw(&escape::foreign(self.with_tilde(line)));
        }
        for hint in &error.hints {
            self.line("hint", "36", hint);
        }
    }

    fn line(&self, label: &str, color: &str, message: &str) {
        let message = escape::foreign(self.with_tilde(message));
        if self.color {
            self.raw(&format!("\x1b[{color}m{label}:\x1b[0m {message}"));
        } else {
            self.raw(&format!("{label}: {message}"));
        }
    }

    fn raw(&self, line: &str) {
        self.bytes(format!("{line}\n").as_bytes());
    }

    fn talk(&self, bytes: &[u8]) {
        match &self.terminal {
            // See the comment below.
            Some(terminal) => drop(terminal.as_ref().write_all(bytes)),
            None => self.bytes(bytes),
        }
    }

    fn bytes(&self, bytes: &[u8]) {
        // One write per line keeps the lines of parallel processes whole. If stderr fails, nothing
        // can be done.
        let _ = io::stderr().lock().write_all(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_directory_is_a_tilde() {
        let printer = Printer::silent().home(Some(Path::new("/home/alice/")));
        for (text, shown) in [
            ("/home/alice/.aws/config:7", "~/.aws/config:7"),
            ("in /home/alice/a or `/home/alice/b`", "in ~/a or `~/b`"),
            ("/home/alice2/a, /srv/home/alice/b", "/home/alice2/a, /srv/home/alice/b"),
            ("rm '/home/alice/a b'", "rm '/home/alice/a b'"),
            ("HOME=/home/alice/", "HOME=/home/alice/"),
            ("/home/alice", "/home/alice"),
        ] {
            assert_eq!(printer.with_tilde(text), if !IS_WINDOWS { shown } else { text });
        }
        let root = Printer::silent().home(Some(Path::new("/")));
        assert_eq!(root.with_tilde("/etc/x"), "/etc/x");
    }
}
