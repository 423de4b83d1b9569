//! Keys that are lost because their lines are indented: such a line continues the value above it, for
//! every reader (SPEC 1.3.11).

use super::key::Key;
use super::line;

/// The keys in the lines that continue the value of `key`.
pub(super) fn keys_in(key: &str, value: &str) -> impl Iterator<Item = Key> {
    // `s3 =` and the like have keys of their own below them.
    let is_block = value.starts_with('\n') && Key::named(key).is_none();
    let lines = value.split('\n').skip(1).filter(move |_| !is_block);
    let names = lines.filter_map(line::sub_property);
    names.filter_map(|(name, _)| Key::named(&name.to_ascii_lowercase()))
}

/// What to do about one below `key`.
pub(super) fn advice(lost: Key, key: &str) -> String {
    let lost = lost.name();
    format!(
        "`{lost}` below `{key}` is indented, so it counts as part of that value: remove the \
         indentation"
    )
}

/// What to do about a value that must be one line.
pub(super) fn one_line(key: &str, value: &str) -> String {
    match keys_in(key, value).next() {
        Some(lost) => advice(lost, key),
        None => {
            "an indented line is part of the value above it: write the value on one line".into()
        }
    }
}
