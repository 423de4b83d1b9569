//! Lines for fish.

use super::syntax::Syntax;
use crate::text::buffer::Buffer;

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
        out.push_str(" '");
        for c in value.chars() {
            match c {
                '\'' => out.push_str("\\'"),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("'\\n'"),
                '\r' => out.push_str("'\\r'"),
                c => out.push(c),
            }
        }
        out.push_str("';\n");
        Ok(())
    }

    fn unset(&self, names: &[String], out: &mut Buffer) {
        out.push_str("set -eg ");
        out.push_str(&names.join(" "));
        // The status is 4 if one of them was not set, and `set -gx` keeps it.
        out.push_str("; or true;\n");
    }
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
