//! Programs that tests need beside the one under test.

use std::path::PathBuf;

/// The path of a program that a test needs. A missing one means that the test is skipped, by name,
/// and that it fails if nothing may be skipped (`CI=true`).
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let found = found(name);
    if found.is_none() {
        skip(&format!("{name} is not installed"));
    }
    found
}

/// The same for one that `tests/run` can't install: its test may be skipped everywhere.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn tool_if_any(name: &str) -> Option<PathBuf> {
    let found = found(name);
    if found.is_none() {
        eprintln!("skipped: {name} is not installed");
    }
    found
}

#[expect(clippy::disallowed_methods, reason = "tests look for programs")]
fn found(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|p| p.is_file())
}

/// Says why a test is skipped; that is a failure if nothing may be skipped.
#[expect(clippy::disallowed_methods, reason = "a switch of the tests")]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{why}");
    eprintln!("skipped: {why}");
}
