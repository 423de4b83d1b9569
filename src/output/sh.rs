//! Lines for POSIX shells: sh, bash, dash, ksh, zsh.

use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::environment::Variable;

/// `unset NAME…;` and `export NAME='VALUE'` lines that put `variables` into a shell.
///
/// No value can be executed: between single quotes every byte but the single quote stands for
/// itself, and that one is written as `'\''`.
#[expect(clippy::disallowed_methods, reason = "this is the output the user asked for")]
pub fn lines(variables: &[Variable]) -> Zeroizing<String> {
    // All room at once: a string that grows leaves copies of secrets behind. A quote becomes four
    // characters.
    let room = variables.iter().map(|variable| {
        let value = variable.value.as_ref().map_or(0, |value| value.expose_secret().len());
        variable.name.len() + 4 * value + 16
    });
    let mut text = Zeroizing::new(String::with_capacity(room.sum::<usize>() + 16));
    let gone: Vec<&str> = variables.iter().filter(|v| v.value.is_none()).map(|v| v.name).collect();
    if !gone.is_empty() {
        // First and with a semicolon: `eval $(ssowrap export)` without quotes joins the lines with
        // blanks, which `export` after `export` survives and `unset` would not.
        text.push_str("unset ");
        text.push_str(&gone.join(" "));
        text.push_str(";\n");
    }
    for variable in variables {
        let Some(value) = &variable.value else {
            continue;
        };
        text.push_str("export ");
        text.push_str(variable.name);
        text.push('=');
        quote(value.expose_secret(), &mut text);
        text.push('\n');
    }
    text
}

/// Writes `value` between single quotes.
pub(super) fn quote(value: &str, out: &mut String) {
    out.push('\'');
    for (i, part) in value.split('\'').enumerate() {
        if i > 0 {
            out.push_str("'\\''");
        }
        out.push_str(part);
    }
    out.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &'static str, value: Option<&str>) -> Variable {
        Variable { name, value: value.map(Into::into) }
    }

    #[test]
    fn exports_and_unsets() {
        let text = lines(&[
            variable("A", Some("plain")),
            variable("B", None),
            variable("C", Some("it's $(x) `y`\n\\ \"z\"!")),
            variable("D", None),
            variable("E", Some("")),
            variable("F", Some("''")),
        ]);
        assert_eq!(
            *text,
            "unset B D;\n\
             export A='plain'\n\
             export C='it'\\''s $(x) `y`\n\\ \"z\"!'\n\
             export E=''\n\
             export F=''\\'''\\'''\n"
        );
    }

    #[test]
    fn the_text_is_never_moved() {
        let quotes = "'".repeat(5000);
        let text = lines(&[variable("AWS_SECRET_ACCESS_KEY", Some(&quotes))]);
        // It would have grown by doubling.
        assert!(text.capacity() < text.len() + 64);
    }
}
