//! Lines for POSIX shells: sh, bash, dash, ksh, zsh.

use super::syntax::{QuotingShell, Syntax, Unset, quote_if_needed, single_quoted};
use crate::text::buffer::Buffer;

/// `unset NAME...;` and `export NAME='VALUE'`.
#[derive(Debug)]
pub(crate) struct Sh;

/// `unset NAME...;` and `NAME=VALUE`, quoted only if necessary, because many programs that read
/// such lines are not shells.
#[derive(Debug)]
pub(crate) struct Assignments;

impl QuotingShell for Sh {
    const SET: [&'static str; 3] = ["export ", "=", "\n"];
    // `unset` comes first and ends with a semicolon: `eval $(ssowrap export)` without quotes joins
    // the lines with spaces. `export` needs no semicolon after another `export`, but needs one after
    // `unset`.
    const UNSET: Unset = Unset::All("unset ", ";\n");
    const FIRST_IN_PATH: [&'static str; 2] = ["export PATH=", ":\"$PATH\""];

    /// No value can be executed: between single quotes, every byte is literal except the single quote,
    /// which is written as `'\''`.
    fn quote(value: &str, out: &mut Buffer) {
        single_quoted(value, "'\\''", out);
    }

    fn quote_dir(dir: &str, out: &mut Buffer) -> Result<(), &'static str> {
        quote_if_needed::<Self>(dir, out);
        Ok(())
    }
}

impl Syntax for Assignments {
    fn set(&self, name: &str, value: &str, out: &mut Buffer) -> Result<(), &'static str> {
        out.push_str(name);
        out.push('=');
        quote_if_needed::<Sh>(value, out);
        out.push('\n');
        Ok(())
    }

    fn unset(&self, names: &[String], out: &mut Buffer) {
        Sh.unset(names, out);
    }
}

#[cfg(test)]
mod tests {
    use super::super::syntax::tests::written;
    use super::*;

    #[test]
    fn exports_and_unsets() {
        assert_eq!(
            written(&Sh, [Some("it's $(x) `y`\n\\ \"z\"!"), None, Some("''")]),
            "unset B;\n\
             export A='it'\\''s $(x) `y`\n\\ \"z\"!'\n\
             export C=''\\'''\\'''\n"
        );
        assert_eq!(
            written(&Sh, [Some("plain"), Some(""), Some("x")]),
            "export A='plain'\nexport B=''\nexport C='x'\n"
        );
        assert_eq!(written(&Sh, [None, None, Some("x")]), "unset A B;\nexport C='x'\n");
    }

    #[test]
    fn assignments_are_bare_where_they_can_be() {
        assert_eq!(
            written(&Assignments, [Some("a/b+c=="), Some("it's ~"), Some("")]),
            "A=a/b+c==\nB='it'\\''s ~'\nC=''\n"
        );
    }
}
