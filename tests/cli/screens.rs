//! What the user sees: the picker and the questions of `configure` in a real terminal (tmux), from
//! one shell prompt to the next.

use std::path::PathBuf;
use std::time::Instant;

use crate::support::{Home, TIMEOUT, tool, until};

mod configure;
mod picker;

/// A shell in its own terminal. It ends when this is dropped.
struct Screen<'a> {
    tmux: PathBuf,
    home: &'a Home,
}

impl<'a> Screen<'a> {
    /// None if there is no tmux.
    fn start(home: &'a Home, columns: u16, rows: u16) -> Option<Self> {
        let screen = Self { tmux: tool("tmux")?, home };
        home.write(
            "tmux.conf",
            "set -g status off\nset -g escape-time 0\nset -g default-terminal tmux-256color\n",
        );
        // Otherwise a history would be written while the home directory is being removed.
        home.write(".screen-rc", "PS1='$ '\nunset HISTFILE\n");
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let shell = "exec bash --noprofile --rcfile .screen-rc -i";
        screen.tmux(&["-f", "tmux.conf", "new-session", "-d", "-x", &columns, "-y", &rows, shell]);
        screen.shows("$");
        Some(screen)
    }

    fn tmux(&self, words: &[&str]) -> String {
        let socket = self.home.path("tmux");
        let socket = socket.to_str().expect("UTF-8");
        let line = [&["-u", "-S", socket], words].concat();
        let run = self.home.tool(&self.tmux, line).env("LC_ALL", "C.UTF-8");
        let output = run.output();
        assert!(output.status.success(), "tmux {words:?}: {}", output.stderr);
        output.stdout().to_owned()
    }

    /// Types text.
    fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-l", "--", text]);
    }

    /// Presses a key, by tmux's name for it.
    fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// Pastes text, as a terminal does.
    fn pastes(&self, text: &str) {
        self.tmux(&["set-buffer", "--", text]);
        self.tmux(&["paste-buffer", "-p"]);
    }

    fn resizes(&self, columns: u16, rows: u16) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.tmux(&["resize-window", "-x", &columns, "-y", &rows]);
    }

    /// The current screen, without trailing spaces and without empty lines at the bottom. A wrapped
    /// line counts as one.
    fn now(&self, options: &[&str]) -> String {
        let shown = self.tmux(&[&["capture-pane", "-p", "-J"], options].concat());
        let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
        lines.join("\n").trim_end().to_owned()
    }

    /// Waits until the screen is exactly this.
    fn shows(&self, expected: &str) {
        self.waits_for(expected, &[]);
    }

    /// Waits until the screen ends with this. tmux itself scrolls when lines become shorter.
    fn ends_with(&self, expected: &str) {
        until("a screen", || self.now(&[]).ends_with(expected.trim_end()).then_some(()));
    }

    /// [`Screen::shows`] with the escape sequences for colours.
    fn shows_in_colour(&self, expected: &str) {
        self.waits_for(expected, &["-e"]);
    }

    fn waits_for(&self, expected: &str, options: &[&str]) {
        let started = Instant::now();
        let expected = expected.trim_end();
        until("a screen", || {
            let now = self.now(options);
            // A failure shows what was there instead.
            assert!(
                started.elapsed() < TIMEOUT / 2 || now == expected,
                "{now}\n--- not\n{expected}"
            );
            (now == expected).then_some(())
        });
    }

    /// Clears the screen and runs a command.
    fn runs(&self, command: &str) {
        self.press("C-l");
        self.types(command);
        self.shows(&format!("$ {command}"));
        self.press("Enter");
    }

    /// Ends the shell's command with a signal.
    fn kills(&self, signal: &str) {
        let shell = self.tmux(&["display-message", "-p", "#{pane_pid}"]);
        let output = self.home.tool("pkill", [signal, "-P", shell.trim()]).output();
        assert!(output.status.success(), "nothing to kill");
    }

    /// Whether the cursor is visible.
    fn has_cursor(&self) -> bool {
        self.tmux(&["display-message", "-p", "#{cursor_flag}"]).trim() == "1"
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}
