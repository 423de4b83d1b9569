//! Handover: everything about programs that get credentials: becoming the command, what stays
//! beside it (an endpoint or a file), the variables that hide the AWS files from it, and the paths
//! of `serve`.
//!
//! ```text
//! renew, write    what the command of `exec` gets; they give orders to
//! companion       the process that stays beside the command and carries them out
//! orders          what is sent to it: resolved values, never a request to resolve again
//! private_files   files of one command, which are removed with it
//! aws_files       how the command sees the AWS files
//! routes          the paths of `serve`
//! command         becoming the command
//! batch           commands for many profiles, in parallel
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
