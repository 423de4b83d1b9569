//! Lines for POSIX shells: sh, bash, dash, ksh, zsh.

use super::syntax::{ShellSyntax, Syntax, single_quoted};
use crate::text::buffer::Buffer;
use crate::text::escape;

/// `unset NAME...;` and `export NAME='VALUE'`.
#[derive(Debug)]
pub(crate) struct Sh;

/// `unset NAME...;` and `NAME=VALUE`, quoted only if necessary, because many programs that read
/// such lines are not shells.
#[derive(Debug)]
pub(crate) struct Assignments;

impl Syntax for Sh {
    fn set(&self, name: &str, value: &str, out: &mut Buffer) -> Result<(), &'static str> {
        out.push_str("export ");
        out.push_str(name);
        out.push('=');
        quote(value, out);
        out.push('\n');
        Ok(())
    }

    fn unset(&self, names: &[String], out: &mut Buffer) {
        // `unset` comes first and ends with a semicolon: `eval $(ssowrap export)` without quotes
        // joins the lines with spaces. `export` needs no semicolon after another `export`, but needs
        // one after `unset`.
        out.push_str("unset ");
        out.push_str(&names.join(" "));
        out.push_str(";\n");
    }
}

impl ShellSyntax for Sh {
    fn first_in_path(&self, dir: &str, out: &mut Buffer) -> Result<(), &'static str> {
        out.push_str("export PATH=");
        quote_if_needed(dir, out);
        out.push_str(":\"$PATH\"");
        Ok(())
    }
}

impl Syntax for Assignments {
    fn set(&self, name: &str, value: &str, out: &mut Buffer) -> Result<(), &'static str> {
        out.push_str(name);
        out.push('=');
        quote_if_needed(value, out);
        out.push('\n');
        Ok(())
    }

    fn unset(&self, names: &[String], out: &mut Buffer) {
        Sh.unset(names, out);
    }
}

fn quote_if_needed(value: &str, out: &mut Buffer) {
    if escape::is_shell_word(value) {
        out.push_str(value);
    } else {
        quote(value, out);
    }
}

/// No value can be executed: between single quotes, every byte is literal except the single quote,
/// which is written as `'\''`.
pub(in crate::output) fn quote(value: &str, out: &mut Buffer) {
    single_quoted(value, "'\\''", out);
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
