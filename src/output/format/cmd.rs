//! Lines for cmd.exe.

use super::syntax::{ShellSyntax, Syntax, Unset};
use crate::text::buffer::Buffer;

/// cmd cuts longer lines off.
const LONGEST_LINE: usize = 8191;

/// `set "NAME="` and `set "NAME=VALUE"`.
///
/// Between the quotes, `& | < > ( ) ^` are literal. A quote cannot be written at all. `%` and `!`
/// cannot be written in a way that works both in a batch file and for `for /f`, and with and
/// without delayed expansion.
#[derive(Debug)]
pub(crate) struct Cmd;

impl Syntax for Cmd {
    fn set(&self, name: &str, value: &str, out: &mut Buffer) -> Result<(), &'static str> {
        let cannot = |c: char| c.is_control() || matches!(c, '"' | '%' | '!');
        if value.contains(cannot) {
            return Err("has a `\"`, `%`, `!` or control character, which cannot be passed to cmd");
        }
        if value.is_empty() {
            return Err("is empty, and cmd has no empty variables");
        }
        let words = "set \"=\"".len() + name.len();
        if words + value.encode_utf16().count() > LONGEST_LINE {
            return Err("is too long for a line of cmd");
        }
        out.push_str("set \"");
        out.push_str(name);
        out.push('=');
        out.push_str(value);
        out.push_str("\"\n");
        Ok(())
    }

    fn unset(&self, names: &[String], out: &mut Buffer) {
        Unset::Each("set \"", "=\"\n").write(names, out);
    }
}

impl ShellSyntax for Cmd {
    fn first_in_path(&self, _dir: &str, _out: &mut Buffer) -> Result<(), &'static str> {
        Err("cmd has no startup file")
    }
}

#[cfg(test)]
mod tests {
    use super::super::syntax::tests::{refuses, written};
    use super::*;

    #[test]
    fn sets_and_removes() {
        assert_eq!(
            written(&Cmd, [Some("a/b+c== & 'd' ^|<>"), None, Some("é")]),
            "set \"B=\"\nset \"A=a/b+c== & 'd' ^|<>\"\nset \"C=é\"\n"
        );
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        for value in ["a\"b", "%PATH%", "50%", "a!b", "a\nb", "a\rb", "\u{1a}", "\t", ""] {
            assert!(refuses(&Cmd, value), "{value:?}");
        }
        assert!(refuses(&Cmd, &"x".repeat(LONGEST_LINE - 7)));
        assert!(!refuses(&Cmd, &"x".repeat(LONGEST_LINE - 8)));
    }
}
