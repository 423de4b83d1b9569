//! For systems where a process can't become another: ssowrap itself stays beside the command and
//! waits for it.

use super::orders::{Orders, Ready};
use super::private_files::PrivateFiles;
use crate::context::Context;
use crate::error::Result;

/// Carries out `orders` in this process, which then owns the files.
///
/// # Errors
/// If the orders fail.
pub(super) fn start(ctx: &Context, orders: Orders) -> Result<(Ready, PrivateFiles)> {
    orders.carry_out(ctx)
}
