//! Lines for xonsh.

use std::fmt::Write;

use super::syntax::{ShellSyntax, Syntax, each_between};
use crate::text::buffer::Buffer;

/// `${...}.pop('NAME', None)` and `$NAME = 'VALUE'`, with a Python string.
#[derive(Debug)]
pub(crate) struct Xonsh;

impl Syntax for Xonsh {
    fn set(&self, name: &str, value: &str, out: &mut Buffer) -> Result<(), &'static str> {
        out.push('$');
        out.push_str(name);
        out.push_str(" = ");
        quote(value, out);
        out.push('\n');
        Ok(())
    }

    fn unset(&self, names: &[String], out: &mut Buffer) {
        // `del` fails if there is nothing to delete.
        each_between("${...}.pop('", names, "', None)\n", out);
    }
}

impl ShellSyntax for Xonsh {
    fn first_in_path(&self, dir: &str, out: &mut Buffer) -> Result<(), &'static str> {
        if dir.contains('$') {
            return Err("xonsh expands variables in PATH");
        }
        out.push_str("$PATH.insert(0, ");
        quote(dir, out);
        out.push(')');
        Ok(())
    }
}

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
