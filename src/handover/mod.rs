//! HANDOVER: everything about programs that get credentials: becoming the command, what stays
//! beside it (an endpoint or a written file), the variables that hide the AWS files from it, and
//! the paths of `serve`.
//!
//! ```text
//! renew, write    what the command of `exec` is told; they give orders to
//! companion       the process that stays beside the command, which carries them out
//! orders          what travels to it: values that were resolved, never a request to resolve again
//! private_files   the files of one command, which go with it
//! aws_files       how the command sees the AWS files
//! routes          the paths of `serve`
//! command         becoming the command
//! batch           commands of many profiles, side by side
//! ```

pub(crate) mod aws_files;
pub(crate) mod batch;
pub(crate) mod command;
#[cfg(unix)]
pub(crate) mod companion;
#[cfg(not(unix))]
#[path = "in_process.rs"]
mod companion;
mod orders;
mod private_files;
pub(crate) mod renew;
mod renewal;
pub(crate) mod routes;
pub(crate) mod write;

pub(crate) use private_files::{PrivateFiles, sweep};
