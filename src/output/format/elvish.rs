//! Lines for Elvish.

use super::syntax::{ShellSyntax, Syntax, each_between, single_quoted};
use crate::text::buffer::Buffer;

/// `unset-env NAME` and `set-env NAME 'VALUE'`.
///
/// Between single quotes, everything is literal except the quote itself, which is doubled.
#[derive(Debug)]
pub(crate) struct Elvish;

impl Syntax for Elvish {
    fn set(&self, name: &str, value: &str, out: &mut Buffer) -> Result<(), &'static str> {
        out.push_str("set-env ");
        out.push_str(name);
        out.push(' ');
        single_quoted(value, "''", out);
        out.push('\n');
        Ok(())
    }

    fn unset(&self, names: &[String], out: &mut Buffer) {
        each_between("unset-env ", names, "\n", out);
    }
}

impl ShellSyntax for Elvish {
    fn first_in_path(&self, dir: &str, out: &mut Buffer) -> Result<(), &'static str> {
        out.push_str("set paths = [");
        single_quoted(dir, "''", out);
        out.push_str(" $@paths]");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::syntax::tests::written;
    use super::*;

    #[test]
    fn sets_and_unsets() {
        assert_eq!(
            written(&Elvish, [Some("it's \"$x\"\\\n"), None, None]),
            "unset-env B\nunset-env C\nset-env A 'it''s \"$x\"\\\n'\n"
        );
    }
}
