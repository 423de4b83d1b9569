//! Lines for tcsh and csh.

use std::fmt::Write;

use super::syntax::{QuotingShell, Unset};
use crate::text::buffer::Buffer;

/// `unsetenv NAME;` and `setenv NAME 'VALUE';`.
///
/// Between single quotes, the history character still has its meaning, and with `set
/// backslash_quote` so does the backslash. Both are written outside the quotes, after a backslash,
/// like the quote itself. Control characters are written as numbers in `$'...'`, which tcsh
/// supports and csh refuses; within quotes, a line break would end the command.
#[derive(Debug)]
pub(crate) struct Tcsh;

impl QuotingShell for Tcsh {
    const SET: [&'static str; 3] = ["setenv ", " ", ";\n"];
    const UNSET: Unset = Unset::Each("unsetenv ", ";\n");
    const FIRST_IN_PATH: [&'static str; 2] = ["set path = (", " $path:q)"];

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
