//! The AWS console: links that sign a browser in (SPEC 8), and the browser that gets them.

pub(crate) mod link;
mod once;
pub(crate) mod open;
