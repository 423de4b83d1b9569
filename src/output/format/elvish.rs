//! Lines for Elvish.

use super::syntax::{Shell, Syntax};
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
        quote(value, out);
        out.push('\n');
        Ok(())
    }

    fn unset(&self, names: &[String], out: &mut Buffer) {
        for name in names {
            out.push_str("unset-env ");
            out.push_str(name);
            out.push('\n');
        }
    }
}

impl Shell for Elvish {
    fn first_in_path(&self, dir: &str, out: &mut Buffer) -> Result<(), &'static str> {
        out.push_str("set paths = [");
        quote(dir, out);
        out.push_str(" $@paths]");
        Ok(())
    }
}

fn quote(value: &str, out: &mut Buffer) {
    out.push('\'');
    for (i, part) in value.split('\'').enumerate() {
        if i > 0 {
            out.push_str("''");
        }
        out.push_str(part);
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
            written(&Elvish, [Some("it's \"$x\"\\\n"), None, None]),
            "unset-env B\nunset-env C\nset-env A 'it''s \"$x\"\\\n'\n"
        );
    }
}
