//! A JSON object of variables.

use secrecy::ExposeSecret;
use serde::{Serialize, Serializer};

use crate::error::Result;
use crate::output::json::line;
use crate::output::variable::Variable;
use crate::text::buffer::Buffer;
use crate::text::json;

/// `{"NAME":"VALUE",...}` on one line, with `prefix` before each name, and null for a variable to
/// remove.
///
/// # Errors
/// None is known.
pub(crate) fn object(prefix: &str, variables: &[Variable]) -> Result<Buffer> {
    line(json::harmless(&Object { prefix, variables }))
}

struct Object<'a> {
    prefix: &'a str,
    variables: &'a [Variable],
}

impl Serialize for Object<'_> {
    #[expect(clippy::disallowed_methods, reason = "this is the output the user asked for")]
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.variables.iter().map(|variable| {
            let name = format!("{}{}", self.prefix, variable.name);
            (name, variable.value.as_ref().map(ExposeSecret::expose_secret))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variables::Name;

    #[test]
    fn one_object() {
        let variables = [
            Variable { name: Name::any("A"), value: Some("é \"x\"\n".into()) },
            Variable { name: Name::any("B"), value: None },
        ];
        assert_eq!(
            object("X_", &variables).expect("JSON").as_str(),
            "{\"X_A\":\"é \\\"x\\\"\\n\",\"X_B\":null}\n"
        );
    }
}
