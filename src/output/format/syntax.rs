//! Variables, one after the other, in a given syntax.

use std::fmt;

use secrecy::ExposeSecret;

use crate::error::{Error, Kind, Result};
use crate::output::variable::Variable;
use crate::text::buffer::Buffer;

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

/// Appends each name with the same text before and after it.
pub(super) fn each_between(before: &str, names: &[String], after: &str, out: &mut Buffer) {
    for name in names {
        out.push_str(before);
        out.push_str(name);
        out.push_str(after);
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
