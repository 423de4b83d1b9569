//! Lines for Nushell.

use std::fmt::Write;

use super::syntax::{QuotingShell, Unset};
use crate::text::buffer::Buffer;

/// `hide-env -i NAME...` and `$env.NAME = "VALUE"`.
///
/// Between double quotes, everything is literal except the backslash and the quote. Control
/// characters are written as escapes, so that each line stays whole.
#[derive(Debug)]
pub(crate) struct Nushell;

impl QuotingShell for Nushell {
    const SET: [&'static str; 3] = ["$env.", " = ", "\n"];
    const UNSET: Unset = Unset::All("hide-env -i ", "\n");
    const FIRST_IN_PATH: [&'static str; 2] = ["$env.PATH = ($env.PATH | prepend ", ")"];

    fn quote(value: &str, out: &mut Buffer) {
        out.push('"');
        for c in value.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                // Writing to a String cannot fail.
                c if c.is_control() => _ = write!(out, "\\u{{{:x}}}", u32::from(c)),
                c => out.push(c),
            }
        }
        out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::super::syntax::tests::written;
    use super::*;

    #[test]
    fn sets_and_hides() {
        assert_eq!(
            written(&Nushell, [Some("it's \"x\" \\n $y (z)\n"), None, None]),
            "hide-env -i B C\n$env.A = \"it's \\\"x\\\" \\\\n $y (z)\\u{a}\"\n"
        );
    }
}
