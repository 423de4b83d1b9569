//! HANDOVER: everything about programs that get credentials: becoming the command, the endpoint
//! beside it, the keeper of a written file, hidden variables, signals, the end of a process.

pub(crate) mod command;
#[cfg(unix)]
mod detached;
#[cfg(unix)]
mod ended;
pub(crate) mod keeper;
pub(crate) mod renewer;
pub(crate) mod routes;
pub(crate) mod signals;
