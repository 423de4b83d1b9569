//! Lines for fish.

use super::syntax::{ShellSyntax, Syntax};
use crate::text::buffer::Buffer;
use crate::text::escape;

/// `set -eg NAME...; or true;` and `set -gx NAME 'VALUE';`.
///
/// Between single quotes, everything is literal except the backslash and the quote. Line breaks are
/// written outside, as escapes: `eval (ssowrap export)` splits at line breaks and joins with
/// spaces, which is also why there are semicolons.
#[derive(Debug)]
pub(crate) struct Fish;

impl Syntax for Fish {
    fn set(&self, name: &str, value: &str, out: &mut Buffer) -> Result<(), &'static str> {
        out.push_str("set -gx ");
        out.push_str(name);
        out.push(' ');
        quote(value, out);
        out.push_str(";\n");
        Ok(())
    }

    fn unset(&self, names: &[String], out: &mut Buffer) {
        out.push_str("set -eg ");
        out.push_str(&names.join(" "));
        // The status is 4 if one of them was not set, and `set -gx` keeps it.
        out.push_str("; or true;\n");
    }
}

impl ShellSyntax for Fish {
    fn first_in_path(&self, dir: &str, out: &mut Buffer) -> Result<(), &'static str> {
        out.push_str("fish_add_path ");
        if escape::is_shell_word(dir) {
            out.push_str(dir);
        } else {
            quote(dir, out);
        }
        Ok(())
    }
}

fn quote(value: &str, out: &mut Buffer) {
    out.push('\'');
    for c in value.chars() {
        match c {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("'\\n'"),
            '\r' => out.push_str("'\\r'"),
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
    fn sets_and_erases() {
        assert_eq!(
            written(&Fish, [Some("it's $x (y) \\n\n"), None, None]),
            "set -eg B C; or true;\nset -gx A 'it\\'s $x (y) \\\\n'\\n'';\n"
        );
    }
}
