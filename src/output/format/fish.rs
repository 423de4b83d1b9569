//! Lines for fish.

use super::syntax::{QuotingShell, Unset, quote_if_needed};
use crate::text::buffer::Buffer;

/// `set -eg NAME...; or true;` and `set -gx NAME 'VALUE';`.
///
/// Between single quotes, everything is literal except the backslash and the quote. Line breaks are
/// written outside, as escapes: `eval (ssowrap export)` splits at line breaks and joins with
/// spaces, which is also why there are semicolons.
#[derive(Debug)]
pub(crate) struct Fish;

impl QuotingShell for Fish {
    const SET: [&'static str; 3] = ["set -gx ", " ", ";\n"];
    // The status is 4 if one of them was not set, and `set -gx` keeps it.
    const UNSET: Unset = Unset::All("set -eg ", "; or true;\n");
    const FIRST_IN_PATH: [&'static str; 2] = ["fish_add_path ", ""];

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

    fn quote_dir(dir: &str, out: &mut Buffer) -> Result<(), &'static str> {
        quote_if_needed::<Self>(dir, out);
        Ok(())
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
