//! Percent-encoding.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// The characters to encode in a query's value: all except those that RFC 3986 never encodes.
pub(crate) const UNRESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
