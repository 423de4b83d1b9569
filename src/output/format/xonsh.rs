//! Lines for xonsh.

use std::fmt::Write;

use super::syntax::{QuotingShell, Unset};
use crate::text::buffer::Buffer;

/// `${...}.pop('NAME', None)` and `$NAME = 'VALUE'`, with a Python string.
#[derive(Debug)]
pub(crate) struct Xonsh;

impl QuotingShell for Xonsh {
    const SET: [&'static str; 3] = ["$", " = ", "\n"];
    // `del` fails if there is nothing to delete.
    const UNSET: Unset = Unset::Each("${...}.pop('", "', None)\n");
    const FIRST_IN_PATH: [&'static str; 2] = ["$PATH.insert(0, ", ")"];

    fn quote(value: &str, out: &mut Buffer) {
        out.push('\'');
        for c in value.chars() {
            // Writing to a String cannot fail.
            match (c, u32::from(c)) {
                ('\'' | '\\', _) => {
                    out.push('\\');
                    out.push(c);
                }
                (' '..='~', _) => out.push(c),
                (_, code @ ..0x100) => _ = write!(out, "\\x{code:02x}"),
                (_, code @ ..0x10000) => _ = write!(out, "\\u{code:04x}"),
                (_, code) => _ = write!(out, "\\U{code:08x}"),
            }
        }
        out.push('\'');
    }

    fn quote_dir(dir: &str, out: &mut Buffer) -> Result<(), &'static str> {
        if dir.contains('$') {
            return Err("xonsh expands variables in PATH");
        }
        Self::quote(dir, out);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::syntax::tests::written;
    use super::*;

    #[test]
    fn sets_and_pops() {
        assert_eq!(
            written(&Xonsh, [Some("it's \\\n"), None, Some("é\u{202e}\u{1F600}")]),
            "${...}.pop('B', None)\n\
             $A = 'it\\'s \\\\\\x0a'\n\
             $C = '\\xe9\\u202e\\U0001f600'\n"
        );
    }
}
