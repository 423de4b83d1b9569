//! Lines for env files: docker's `--env-file`, VS Code's `envFile`, `node --env-file`.

use super::syntax::Syntax;
use crate::text::buffer::Buffer;
use crate::text::ends::{ends_line, has_blank_ends};

/// `NAME=VALUE` without quotes, because docker takes quotes as part of the value.
///
/// The readers agree on values without line breaks, without spaces at the ends, without a quote at
/// the start, and without `#` (which some take for a comment) and `$` (which some take for a
/// variable). AWS's keys and tokens are such values.
#[derive(Debug)]
pub(crate) struct Dotenv;

impl Syntax for Dotenv {
    fn set(&self, name: &str, value: &str, out: &mut Buffer) -> Result<(), &'static str> {
        if value.contains(|c: char| c.is_control() || ends_line(c)) {
            return Err(
                "has a line break or another control character, which an env file cannot hold",
            );
        }
        if has_blank_ends(value)
            || value.starts_with(['\'', '"', '`'])
            || value.contains(['#', '$'])
        {
            return Err(
                "begins or ends with whitespace, begins with a quote, or has a `#` or `$`: \
                        programs read these in different ways",
            );
        }
        out.push_str(name);
        out.push('=');
        out.push_str(value);
        out.push('\n');
        Ok(())
    }

    fn unset(&self, _names: &[String], _out: &mut Buffer) {}
}

#[cfg(test)]
mod tests {
    use super::super::syntax::tests::{refuses, written};
    use super::*;

    #[test]
    fn assignments_only() {
        assert_eq!(
            written(&Dotenv, [Some("a/b+c=="), None, Some("it's \"é\" \\n")]),
            "A=a/b+c==\nC=it's \"é\" \\n\n"
        );
    }

    #[test]
    fn what_readers_disagree_about_is_refused() {
        for value in
            ["a\nb", "a\r", "\t", "a\u{2028}b", " a", "a ", "'a'", "\"", "`a`", "a#b", "a $b"]
        {
            assert!(refuses(&Dotenv, value), "{value:?}");
        }
    }
}
