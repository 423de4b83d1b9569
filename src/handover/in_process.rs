//! Where a process can't become another, ssowrap itself stays beside the command and waits for it.

use super::orders::{Begun, Task};
use crate::context::Context;
use crate::error::Result;

/// Carries out `task` in this process.
///
/// # Errors
/// Those of the task.
pub(super) fn start(ctx: &Context, task: Task) -> Result<Begun> {
    task.begin(ctx)
}
