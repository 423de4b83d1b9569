//! The `ssowrap` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    ssowrap::run()
}
