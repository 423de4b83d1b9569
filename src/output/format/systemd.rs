//! Lines for `EnvironmentFile=` of systemd (systemd.exec(5)).

use super::syntax::Syntax;
use crate::text::buffer::Buffer;
use crate::text::ends::ends_line;

/// `NAME="VALUE"`, quoted as for a POSIX shell, because shells read such files too.
#[derive(Debug)]
pub(crate) struct Systemd;

impl Syntax for Systemd {
    fn set(&self, name: &str, value: &str, out: &mut Buffer) -> Result<(), &'static str> {
        if value.contains(|c: char| (c.is_control() && c != '\t') || ends_line(c)) {
            return Err(
                "has a line break or another control character, which a systemd environment file \
                 cannot hold",
            );
        }
        if value.contains(is_refused) {
            return Err("has a character that systemd does not accept");
        }
        out.push_str(name);
        out.push_str("=\"");
        for c in value.chars() {
            if matches!(c, '"' | '\\' | '$' | '`') {
                out.push('\\');
            }
            out.push(c);
        }
        out.push_str("\"\n");
        Ok(())
    }

    fn unset(&self, _names: &[String], _out: &mut Buffer) {}
}

/// The byte order mark, and Unicode's noncharacters.
fn is_refused(c: char) -> bool {
    let code = u32::from(c);
    matches!(code, 0xFEFF | 0xFDD0..=0xFDEF) || code & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::super::syntax::tests::{refuses, written};
    use super::*;

    #[test]
    fn assignments_only() {
        assert_eq!(
            written(&Systemd, [Some("a/b+c=="), None, Some("\"it's\" \\ $x `y` ")]),
            "A=\"a/b+c==\"\nC=\"\\\"it's\\\" \\\\ \\$x \\`y\\` \"\n"
        );
    }

    #[test]
    fn what_systemd_drops_is_refused() {
        for value in ["a\nb", "a\r", "\u{1b}", "\u{85}", "\u{feff}", "\u{fdd0}", "\u{1fffe}"] {
            assert!(refuses(&Systemd, value), "{value:?}");
        }
        assert!(!refuses(&Systemd, "\t\u{fffd}"));
    }
}
