//! Variables, one after the other, in a given syntax.

use std::fmt;

use secrecy::ExposeSecret;

use crate::error::{Error, Kind, Result};
use crate::output::variable::Variable;
use crate::text::buffer::Buffer;
use crate::text::escape::is_shell_word;

/// How a format writes variables.
pub(crate) trait Syntax: fmt::Debug + Sync {
    /// Appends the code that sets `name` to `value`.
    ///
    /// # Errors
    /// Why the format cannot hold the value, as the end of the sentence "the value of NAME ...".
    fn set(&self, name: &str, value: &str, out: &mut Buffer) -> Result<(), &'static str>;

    /// Appends the code that removes `names`, of which there is at least one.
    fn unset(&self, names: &[String], out: &mut Buffer);
}

/// The syntax of a shell.
pub(crate) trait ShellSyntax: Syntax {
    /// Appends the line that puts the directory `dir` first in PATH. Only for a `dir` without
    /// control characters.
    ///
    /// # Errors
    /// Why the shell cannot have such a line.
    fn first_in_path(&self, dir: &str, out: &mut Buffer) -> Result<(), &'static str>;
}

/// A shell whose variables can hold any value, as a quoted word.
pub(crate) trait QuotingShell: fmt::Debug + Sync {
    /// The code before the name of a variable, before its value, and after it.
    const SET: [&'static str; 3];

    const UNSET: Unset;

    /// The code before and after a directory that becomes the first in PATH.
    const FIRST_IN_PATH: [&'static str; 2];

    /// Appends `value` as the shell reads it.
    fn quote(value: &str, out: &mut Buffer);

    /// Appends a directory of PATH. A person reads that line, and may type it.
    ///
    /// # Errors
    /// Why PATH cannot have this directory.
    fn quote_dir(dir: &str, out: &mut Buffer) -> Result<(), &'static str> {
        Self::quote(dir, out);
        Ok(())
    }
}

/// How variables are removed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unset {
    /// One by one, with this code before and after each name.
    Each(&'static str, &'static str),
    /// All at once, with this code before and after the names.
    All(&'static str, &'static str),
}

impl Unset {
    pub(super) fn write(self, names: &[String], out: &mut Buffer) {
        match self {
            Self::All(before, after) => {
                for part in [before, &names.join(" "), after] {
                    out.push_str(part);
                }
            }
            Self::Each(before, after) => {
                for part in names.iter().flat_map(|name| [before, name, after]) {
                    out.push_str(part);
                }
            }
        }
    }
}

impl<S: QuotingShell> Syntax for S {
    fn set(&self, name: &str, value: &str, out: &mut Buffer) -> Result<(), &'static str> {
        let [before, between, after] = S::SET;
        for part in [before, name, between] {
            out.push_str(part);
        }
        S::quote(value, out);
        out.push_str(after);
        Ok(())
    }

    fn unset(&self, names: &[String], out: &mut Buffer) {
        S::UNSET.write(names, out);
    }
}

impl<S: QuotingShell> ShellSyntax for S {
    fn first_in_path(&self, dir: &str, out: &mut Buffer) -> Result<(), &'static str> {
        let [before, after] = S::FIRST_IN_PATH;
        out.push_str(before);
        S::quote_dir(dir, out)?;
        out.push_str(after);
        Ok(())
    }
}

/// Appends `value`, bare if every shell reads it like that.
pub(super) fn quote_if_needed<S: QuotingShell>(value: &str, out: &mut Buffer) {
    if is_shell_word(value) {
        out.push_str(value);
    } else {
        S::quote(value, out);
    }
}

/// Appends `value` in single quotes, between which only the single quote itself has a meaning, and
/// is written as `quote`.
pub(super) fn single_quoted(value: &str, quote: &str, out: &mut Buffer) {
    out.push('\'');
    for (i, part) in value.split('\'').enumerate() {
        if i > 0 {
            out.push_str(quote);
        }
        out.push_str(part);
    }
    out.push('\'');
}

/// `variables` in `syntax`, with `prefix` before each name: first the ones to remove, then the
/// others in the given order.
///
/// # Errors
/// For a value that the format cannot hold. The error does not quote it.
#[expect(clippy::disallowed_methods, reason = "this is the output the user asked for")]
pub(crate) fn lines(syntax: &dyn Syntax, prefix: &str, variables: &[Variable]) -> Result<Buffer> {
    let mut text = Buffer::default();
    let gone = variables.iter().filter(|variable| variable.value.is_none());
    let gone: Vec<String> = gone.map(|variable| format!("{prefix}{}", variable.name)).collect();
    if !gone.is_empty() {
        syntax.unset(&gone, &mut text);
    }
    for variable in variables {
        let Some(value) = &variable.value else { continue };
        let name = format!("{prefix}{}", variable.name);
        syntax.set(&name, value.expose_secret(), &mut text).map_err(|why| unfit(&name, why))?;
    }
    Ok(text)
}

fn unfit(name: &str, why: &str) -> Error {
    Error::new(Kind::Other, format!("the value of {name} {why}"))
        .hint("choose another `--format`, or run the command under `ssowrap exec`")
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::sh;
    use super::*;
    use crate::variables::Name;

    fn variable(name: &'static str, value: Option<&str>) -> Variable {
        Variable { name: Name::any(name), value: value.map(Into::into) }
    }

    /// The text for A, B and C with these values, or the error's message.
    pub(in super::super) fn written(syntax: &dyn Syntax, values: [Option<&str>; 3]) -> String {
        let [a, b, c] = values;
        let variables = [variable("A", a), variable("B", b), variable("C", c)];
        match lines(syntax, "", &variables) {
            Ok(text) => text.as_str().to_owned(),
            Err(error) => format!("error: {}", error.message),
        }
    }

    /// Whether the format refuses the value, without quoting it in the error.
    pub(in super::super) fn refuses(syntax: &dyn Syntax, value: &str) -> bool {
        let text = written(syntax, [Some("x"), Some(value), None]);
        let refused = text.starts_with("error: the value of B ");
        // A short value may occur in the error's own words.
        assert!(!refused || value.len() < 3 || !text.contains(value), "{text}");
        refused
    }

    #[test]
    fn the_prefix_comes_before_every_name() {
        let text = lines(&sh::Sh, "X_", &[variable("A", Some("v")), variable("B", None)]);
        assert_eq!(text.expect("fits").as_str(), "unset X_B;\nexport X_A='v'\n");
    }
}
