//! Output: credentials as text. Pure: values in, bytes out.

pub(crate) mod aws2_wrap;
pub(crate) mod caller;
pub(crate) mod eks_token;
pub(crate) mod environment;
pub(crate) mod format;
pub(crate) mod interop;
pub(crate) mod json;
pub(crate) mod region;
pub(crate) mod saved_profile;
pub(crate) mod section;
pub(crate) mod variable;
