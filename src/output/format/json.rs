//! A JSON object of variables.

use std::fmt::Write;

use secrecy::ExposeSecret;

use crate::output::environment::Variable;
use crate::output::text::Text;
use crate::text::escape;

/// `{"NAME":"VALUE",...}` on one line, with `prefix` before each name and null for what has to go.
/// What could act on a terminal is escaped, which changes no value.
#[expect(clippy::disallowed_methods, reason = "this is the output the user asked for")]
pub(crate) fn object(prefix: &str, variables: &[Variable]) -> Text {
    let mut out = Text::default();
    out.push('{');
    for (i, variable) in variables.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        string(&format!("{prefix}{}", variable.name), &mut out);
        out.push(':');
        match &variable.value {
            Some(value) => string(value.expose_secret(), &mut out),
            None => out.push_str("null"),
        }
    }
    out.push_str("}\n");
    out
}

fn string(value: &str, out: &mut Text) {
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if escape::is_harmful(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a text cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_object() {
        let variables = [
            Variable { name: "A", value: Some("é \"x\" \\ /\n".into()) },
            Variable { name: "B", value: None },
            Variable { name: "C", value: Some("\u{9b}\u{e0001}".into()) },
        ];
        assert_eq!(
            object("X_", &variables).as_str(),
            "{\"X_A\":\"é \\\"x\\\" \\\\ /\\u000a\",\"X_B\":null,\
             \"X_C\":\"\\u009b\\udb40\\udc01\"}\n"
        );
    }
}
