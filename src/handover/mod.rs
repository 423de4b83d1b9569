//! HANDOVER: everything about programs that get credentials: becoming the command, the endpoint
//! beside it, the keeper of a written file, hidden variables, signals, the end of a process.

pub mod command;
#[cfg(unix)]
mod detached;
#[cfg(unix)]
mod ended;
pub mod keeper;
pub mod renewer;
pub mod routes;
pub mod signals;
