//! Lines for PowerShell, from version 2 on.

use std::fmt::Write;

use super::syntax::{QuotingShell, Unset};
use crate::text::buffer::Buffer;

/// `$Env:NAME = $null;` and `$Env:NAME = 'VALUE';`.
///
/// Between single quotes, everything is literal except the quote. PowerShell treats the typographic
/// quotes U+2018 to U+201B as quotes too. Windows PowerShell reads a program's output in the
/// console's code page, in which the bytes of almost any other letter may become one of them. So
/// everything except printable ASCII is written outside the quotes, as a number: the lines mean the
/// same in every code page, and each stays whole however the lines are joined.
#[derive(Debug)]
pub(crate) struct Powershell;

impl QuotingShell for Powershell {
    const SET: [&'static str; 3] = ["$Env:", " = ", ";\n"];
    const UNSET: Unset = Unset::Each("$Env:", " = $null;\n");
    const FIRST_IN_PATH: [&'static str; 2] =
        ["$Env:PATH = ", " + [IO.Path]::PathSeparator + $Env:PATH"];

    /// Writes an expression for `value`.
    fn quote(value: &str, out: &mut Buffer) {
        out.push('\'');
        let mut is_quoted = true;
        for unit in value.encode_utf16() {
            let c = char::from_u32(u32::from(unit)).filter(|c| matches!(c, ' '..='~'));
            match (c, is_quoted) {
                (Some(_), false) => out.push_str(" + '"),
                (None, true) => out.push('\''),
                _ => {}
            }
            is_quoted = c.is_some();
            match c {
                Some('\'') => out.push_str("''"),
                Some(c) => out.push(c),
                // Writing to a String cannot fail.
                None => _ = write!(out, " + [char]{unit}"),
            }
        }
        if is_quoted {
            out.push('\'');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::syntax::tests::written;
    use super::*;

    #[test]
    fn sets_and_removes() {
        assert_eq!(
            written(&Powershell, [Some("it's $x `y\\"), None, Some("")]),
            "$Env:B = $null;\n$Env:A = 'it''s $x `y\\';\n$Env:C = '';\n"
        );
    }

    #[test]
    fn all_but_printable_ascii_is_a_number() {
        assert_eq!(
            written(&Powershell, [Some("a\n\u{2019}b"), Some("é"), Some("\u{1F600}x")]),
            "$Env:A = 'a' + [char]10 + [char]8217 + 'b';\n\
             $Env:B = '' + [char]233;\n\
             $Env:C = '' + [char]55357 + [char]56832 + 'x';\n"
        );
    }
}
