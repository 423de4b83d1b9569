//! Programs that tests need in addition to the one under test.

use std::fs;
use std::path::PathBuf;

use super::{Home, Output, Run, SSOWRAP};

/// The path of a program that a test needs. If it is missing, the test is skipped by name, or fails
/// if tests must not be skipped (`CI=true`).
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let found = found(name);
    if found.is_none() {
        skip(&format!("{name} is not installed"));
    }
    found
}

/// The same for a program that `tests/run` can't install, whose tests may always be skipped.
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

/// Says why a test is skipped. Fails if tests must not be skipped.
#[expect(clippy::disallowed_methods, reason = "a switch of the tests")]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{why}");
    eprintln!("skipped: {why}");
}

/// ssowrap under strace, which injects `fault` into its system calls. None if there is no strace.
pub(crate) fn with_fault<'a>(home: &'a Home, fault: &str, line: &[&str]) -> Option<Run<'a>> {
    let strace = ["-f", "-qq", "-o", "trace", "-e", fault, SSOWRAP];
    Some(home.tool(tool("strace")?, strace.iter().chain(line)))
}

/// The same to its end, which fails if nothing was injected.
pub(crate) fn injected(home: &Home, fault: &str, line: &[&str]) -> Option<Output> {
    let output = with_fault(home, fault, line)?.report();
    let trace = fs::read_to_string(home.path("trace")).expect("a trace");
    assert!(trace.contains("(INJECTED)"), "nothing was injected for {fault}:\n{trace}");
    Some(output)
}
