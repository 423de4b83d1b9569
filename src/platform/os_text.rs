//! Parts of the system's strings, which may not be UTF-8.

use std::ffi::{OsStr, OsString};

/// The rest of `text` from byte `at`.
#[cfg(unix)]
pub(crate) fn behind(text: &OsStr, at: usize) -> OsString {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(&text.as_bytes()[at..]).to_owned()
}

#[cfg(not(unix))]
pub(crate) fn behind(text: &OsStr, at: usize) -> OsString {
    text.to_string_lossy().get(at..).unwrap_or_default().into()
}
