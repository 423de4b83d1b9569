//! Lines for Elvish.

use super::syntax::{QuotingShell, Unset, single_quoted};
use crate::text::buffer::Buffer;

/// `unset-env NAME` and `set-env NAME 'VALUE'`.
///
/// Between single quotes, everything is literal except the quote itself, which is doubled.
#[derive(Debug)]
pub(crate) struct Elvish;

impl QuotingShell for Elvish {
    const SET: [&'static str; 3] = ["set-env ", " ", "\n"];
    const UNSET: Unset = Unset::Each("unset-env ", "\n");
    const FIRST_IN_PATH: [&'static str; 2] = ["set paths = [", " $@paths]"];

    fn quote(value: &str, out: &mut Buffer) {
        single_quoted(value, "''", out);
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
