//! Lines for tcsh and csh.

use std::fmt::Write;

use super::syntax::{ShellSyntax, Syntax, each_between};
use crate::text::buffer::Buffer;

/// `unsetenv NAME;` and `setenv NAME 'VALUE';`.
///
/// Between single quotes, the history character still has its meaning, and with `set
/// backslash_quote` so does the backslash. Both are written outside the quotes, after a backslash,
/// like the quote itself. Control characters are written as numbers in `$'...'`, which tcsh
/// supports and csh refuses; within quotes, a line break would end the command.
#[derive(Debug)]
pub(crate) struct Tcsh;

impl Syntax for Tcsh {
    fn set(&self, name: &str, value: &str, out: &mut Buffer) -> Result<(), &'static str> {
        out.push_str("setenv ");
        out.push_str(name);
        out.push(' ');
        quote(value, out);
        out.push_str(";\n");
        Ok(())
    }

    fn unset(&self, names: &[String], out: &mut Buffer) {
        each_between("unsetenv ", names, ";\n", out);
    }
}

impl ShellSyntax for Tcsh {
    fn first_in_path(&self, dir: &str, out: &mut Buffer) -> Result<(), &'static str> {
        out.push_str("set path = (");
        quote(dir, out);
        out.push_str(" $path:q)");
        Ok(())
    }
}

fn quote(value: &str, out: &mut Buffer) {
    out.push('\'');
    for c in value.chars() {
        match c {
            '\'' | '\\' | '!' => {
                out.push_str("'\\");
                out.push(c);
                out.push('\'');
            }
            // Writing to a String cannot fail.
            c if c.is_ascii_control() => _ = write!(out, "'$'\\{:03o}''", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('\'');
}

#[cfg(test)]
mod tests {
    use super::super::syntax::tests::written;
    use super::*;

    #[test]
    fn sets_and_unsets() {
        assert_eq!(
            written(&Tcsh, [Some("it's $x\\!"), None, Some("a\nb")]),
            "unsetenv B;\n\
             setenv A 'it'\\''s $x'\\\\''\\!'';\n\
             setenv C 'a'$'\\012''b';\n"
        );
    }
}
