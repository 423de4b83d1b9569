//! Small functions for everything that differs between systems.

pub(crate) mod access;
#[cfg(windows)]
mod console;
pub(crate) mod cores;
#[cfg(unix)]
pub(crate) mod default_action;
pub(crate) mod deferral;
pub(crate) mod descendants;
pub(crate) mod disk;
pub(crate) mod file_id;
pub(crate) mod hang_up;
pub(crate) mod held;
pub(crate) mod hidden_line;
pub(crate) mod interrupt;
pub(crate) mod limits;
pub(crate) mod name_servers;
pub(crate) mod null;
pub(crate) mod os_text;
pub(crate) mod parent;
pub(crate) mod pauses;
pub(crate) mod pipe;
pub(crate) mod process;
#[cfg(unix)]
pub(crate) mod process_end;
#[cfg(unix)]
mod process_table;
pub(crate) mod program_link;
pub(crate) mod random;
#[cfg(unix)]
pub(crate) mod readable;
pub(crate) mod runtime;
pub(crate) mod signals;
pub(crate) mod stdout;
pub(crate) mod terminal;

pub(crate) const IS_WINDOWS: bool = cfg!(windows);
pub(crate) const IS_MACOS: bool = cfg!(target_os = "macos");
pub(crate) const IS_LINUX: bool = cfg!(target_os = "linux");
