//! Asks a question on the controlling terminal without showing what is typed.
//!
//! Ctrl-C is read here rather than left to the system, which would end the process at once and
//! leave the terminal without an echo.

/// The typed line, without its line break.
///
/// # Errors
/// `Interrupted` for Ctrl-C, `UnexpectedEof` for Ctrl-D, and other errors if there is no terminal.
#[cfg(not(unix))]
pub(crate) fn ask(question: &str) -> std::io::Result<String> {
    rpassword::prompt_password(question)
}

#[cfg(unix)]
pub(crate) use unix::ask;

#[cfg(unix)]
mod unix {
    use std::fs::{File, OpenOptions};
    use std::io::{self, ErrorKind, Read, Write};

    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
    };

    /// Longer than any answer.
    const LONGEST: usize = 1024;

    /// The typed line, without its line break.
    ///
    /// # Errors
    /// `Interrupted` for Ctrl-C, `UnexpectedEof` for Ctrl-D, and other errors if there is no
    /// terminal.
    pub(crate) fn ask(question: &str) -> io::Result<String> {
        let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        let hidden = Hidden::start(terminal.try_clone()?)?;
        terminal.write_all(question.as_bytes())?;
        let answer = hidden.line(&mut terminal);
        drop(hidden);
        // The user's line break was not shown either.
        terminal.write_all(b"\n")?;
        answer
    }

    /// A terminal without echo, until this is dropped.
    struct Hidden {
        terminal: File,
        before: Termios,
    }

    impl Hidden {
        fn start(terminal: File) -> io::Result<Self> {
            let before = tcgetattr(&terminal)?;
            let mut modes = before.clone();
            modes.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
            modes.local_modes.insert(LocalModes::ICANON);
            // A signal key ends the line instead, or it would be read with the next line.
            let [interrupt, quit] = signals(&before);
            modes.special_codes[SpecialCodeIndex::VEOL] = interrupt;
            modes.special_codes[SpecialCodeIndex::VEOL2] = quit;
            tcsetattr(&terminal, OptionalActions::Now, &modes)?;
            Ok(Self { terminal, before })
        }

        fn line(&self, terminal: &mut File) -> io::Result<String> {
            let mut line = Vec::new();
            let mut byte = [0];
            while line.len() < LONGEST {
                match terminal.read(&mut byte) {
                    Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                    Ok(1) if signals(&self.before).contains(&byte[0]) && byte[0] != 0 => {
                        return Err(ErrorKind::Interrupted.into());
                    }
                    Ok(1) if byte[0] != b'\n' => line.push(byte[0]),
                    Ok(0) if line.is_empty() => return Err(ErrorKind::UnexpectedEof.into()),
                    Ok(_) => break,
                    Err(e) => return Err(e),
                }
            }
            Ok(String::from_utf8_lossy(&line).into_owned())
        }
    }

    impl Drop for Hidden {
        fn drop(&mut self) {
            // Nothing can be done about a terminal that is gone.
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
        }
    }

    /// The keys for SIGINT and SIGQUIT; 0 if there is none.
    fn signals(modes: &Termios) -> [u8; 2] {
        let key = |index| modes.special_codes[index];
        [key(SpecialCodeIndex::VINTR), key(SpecialCodeIndex::VQUIT)]
    }
}
