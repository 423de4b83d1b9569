//! The `ssowrap` program.

use std::process::ExitCode;

/// musl's own allocator asks the system for memory 160 times before `--version` is printed.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    ssowrap::run()
}
