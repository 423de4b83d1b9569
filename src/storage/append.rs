//! Adds lines to a file that other programs also add lines to.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use zeroize::Zeroizing;

use crate::platform::access;

/// A file to add lines to. It keeps its mode. If it doesn't exist, it is created for its owner
/// alone.
#[derive(Debug)]
pub(crate) struct Appending {
    file: File,
    /// Whether its last line has no line break.
    is_open: bool,
}

impl Appending {
    /// Opens the file.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        access::make_private(&mut options);
        let file = options.open(path)?;
        // The file may be write-only.
        let is_open = is_last_line_open(path).unwrap_or(false);
        Ok(Self { file, is_open })
    }

    /// Appends `lines` in one write, starting on a new line.
    pub(crate) fn write(mut self, lines: &str) -> io::Result<()> {
        let mut text = Zeroizing::new(String::with_capacity(lines.len() + 1));
        if self.is_open {
            text.push('\n');
        }
        text.push_str(lines);
        self.file.write_all(text.as_bytes())
    }
}

fn is_last_line_open(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut last = [0];
    // Fails for an empty file, which has no unfinished line.
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn append(path: &Path, lines: &str) {
        Appending::open(path).and_then(|file| file.write(lines)).expect("appends");
    }

    #[test]
    fn on_a_line_of_their_own() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("env");
        for (before, expected) in
            [("", "A=1\n"), ("X=0\n", "X=0\nA=1\n"), ("X=0", "X=0\nA=1\n"), ("\n", "\nA=1\n")]
        {
            fs::write(&path, before).expect("a file");
            append(&path, "A=1\n");
            assert_eq!(fs::read_to_string(&path).expect("text"), expected);
        }
    }

    #[test]
    #[cfg(unix)]
    fn the_mode_stays_and_a_new_file_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().expect("a directory");
        let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
        let new = directory.path().join("new");
        append(&new, "A=1\n");
        assert_eq!(mode(&new), 0o600);
        fs::set_permissions(&new, fs::Permissions::from_mode(0o640)).expect("own file");
        append(&new, "B=2\n");
        assert_eq!(mode(&new), 0o640);
    }
}
