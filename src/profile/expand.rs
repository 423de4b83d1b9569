//! Expands `~`, `$NAME`, `${NAME}` and, on Windows, `%NAME%` in paths from variables, as the AWS
//! CLI does (SPEC 1.1).

use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::error::Result;
use crate::platform::IS_WINDOWS;

/// Replaces variables, then a first component that is exactly `~`.
pub(crate) fn path(ctx: &Context, path: &Path) -> Result<PathBuf> {
    match path.to_str() {
        Some(text) => {
            home(ctx, Path::new(&variables(text, IS_WINDOWS, |name| ctx.referred_to(name))))
        }
        None => home(ctx, path),
    }
}

/// Replaces a first component that is exactly `~`.
pub(crate) fn home(ctx: &Context, path: &Path) -> Result<PathBuf> {
    match path.strip_prefix("~") {
        Ok(rest) if rest.as_os_str().is_empty() => ctx.home(),
        Ok(rest) => Ok(ctx.home()?.join(rest)),
        Err(_) => Ok(path.to_path_buf()),
    }
}

/// Replaces the variables that are set; everything else stays unchanged.
fn variables(text: &str, windows: bool, value: impl Fn(&str) -> Option<String>) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['$', '%']) {
        expanded.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match reference(rest, windows) {
            Some((name, length)) => {
                expanded.push_str(value(name).as_deref().unwrap_or(&rest[..length]));
                length
            }
            None => {
                expanded.push_str(&rest[..1]);
                1
            }
        };
        rest = &rest[length..];
    }
    expanded + rest
}

/// If a text begins with a reference to a variable: the variable's name, and the reference's length.
fn reference(text: &str, windows: bool) -> Option<(&str, usize)> {
    if let Some(rest) = text.strip_prefix("${") {
        let end = rest.find('}')?;
        return Some((&rest[..end], end + 3));
    }
    if let Some(rest) = text.strip_prefix('$') {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        return (end > 0).then(|| (&rest[..end], end + 1));
    }
    let rest = text.strip_prefix('%').filter(|_| windows)?;
    let end = rest.find('%')?;
    (end > 0).then(|| (&rest[..end], end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_are_set() {
        let value = |name: &str| match name {
            "A" => Some("a".to_owned()),
            "A_B" => Some("ab".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        for (text, expanded) in [
            ("/x/y", "/x/y"),
            ("$A/$A_B/${A}", "a/ab/a"),
            ("$EMPTY/$GONE/${GONE}", "/$GONE/${GONE}"),
            ("${A", "${A"),
            ("$", "$"),
            ("$$A", "$a"),
            ("%A%/$A", "%A%/a"),
            ("é$A-%", "éa-%"),
        ] {
            assert_eq!(variables(text, false, value), expanded, "{text}");
        }
        assert_eq!(variables("%A%/%GONE%/%%/$A", true, value), "a/%GONE%/%%/a");
    }
}
