//! Searches for bytes without asking the processor what it can do.
//!
//! `memchr::memchr` and its like ask at their first call. In a virtual machine every CPUID instruction goes
//! through the hypervisor, and together they take longer than reading a config file of the usual size.

use memchr::arch::all::memchr::{One, Two};
use std::iter;

/// Where `byte` is first.
pub(crate) fn find(byte: u8, text: &[u8]) -> Option<usize> {
    One::new(byte).find(text)
}

/// Where one of `bytes` is first.
pub(crate) fn find_either(bytes: [u8; 2], text: &[u8]) -> Option<usize> {
    Two::new(bytes[0], bytes[1]).find(text)
}

/// Everywhere `byte` is, from the start.
pub(crate) fn find_all(byte: u8, text: &[u8]) -> impl Iterator<Item = usize> {
    let searcher = One::new(byte);
    let mut from = 0;
    iter::from_fn(move || {
        let at = from + searcher.find(&text[from..])?;
        from = at + 1;
        Some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_found() {
        let places = |text: &[u8]| find_all(b'\n', text).collect::<Vec<_>>();
        assert_eq!(places(b""), [0; 0]);
        assert_eq!(places(b"\na long line, longer than a register\n\nb\n"), [0, 36, 37, 39]);
        assert_eq!(find(b'b', b"a long line, longer than a b"), Some(27));
        assert_eq!(find_either([b'#', b';'], b"a = b ; c # d"), Some(6));
        assert_eq!(find_either([b'#', b';'], b"a = b"), None);
    }
}
