//! A command's output, line by line, with its name in front of each line.

use crate::text::bytes;

/// Longer lines are split: they are not text, and a line is buffered until it ends.
const LONGEST: usize = 1 << 20;

/// One output stream of a command.
#[derive(Debug)]
pub(super) struct NamedLines {
    prefix: Vec<u8>,
    /// The start of a line that hasn't ended yet.
    rest: Vec<u8>,
}

impl NamedLines {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.as_bytes().to_owned(), rest: Vec::new() }
    }

    /// The lines that end within `bytes`.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        let Some(end) = bytes.iter().rposition(|b| *b == b'\n') else {
            self.rest.extend_from_slice(bytes);
            return if self.rest.len() > LONGEST { self.end() } else { Vec::new() };
        };
        let (whole, rest) = bytes.split_at(end + 1);
        let mut lines = Vec::with_capacity(bytes.len() + self.rest.len() + self.prefix.len());
        let mut start = 0;
        for end in bytes::find_all(b'\n', whole) {
            lines.extend_from_slice(&self.prefix);
            lines.append(&mut self.rest);
            lines.extend_from_slice(&whole[start..=end]);
            start = end + 1;
        }
        self.rest = rest.to_owned();
        lines
    }

    /// The rest of the stream, as a complete line.
    pub(super) fn end(&mut self) -> Vec<u8> {
        if self.rest.is_empty() {
            return Vec::new();
        }
        let mut line = self.prefix.clone();
        line.append(&mut self.rest);
        line.push(b'\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// However the bytes are split, each line has the name in front and stays whole.
    fn all(parts: &[&[u8]]) -> Vec<u8> {
        let mut lines = NamedLines::new("p| ");
        let mut out: Vec<u8> = parts.iter().flat_map(|part| lines.take(part)).collect();
        out.extend(lines.end());
        out
    }

    #[test]
    fn whole_lines() {
        assert_eq!(all(&[]), b"");
        assert_eq!(all(&[b"a"]), b"p| a\n");
        assert_eq!(all(&[b"a\n\nb"]), b"p| a\np| \np| b\n");
        assert_eq!(all(&[b"a", b"b\xff", b"\nc\r", b"\n"]), b"p| ab\xff\np| c\r\n");
    }

    #[test]
    fn endless_lines_are_cut() {
        let part = vec![0; 1 << 16];
        let parts: Vec<&[u8]> = (0..40).map(|_| &part[..]).collect();
        let out = all(&parts);
        assert_eq!(bytes::find_all(b'\n', &out).count(), 3);
        assert_eq!(out.iter().filter(|byte| **byte == 0).count(), 40 << 16);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn however_it_comes(parts in proptest::collection::vec("[a\n]{0,5}", 0..8)) {
            let whole = parts.concat();
            let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
            let expected: String = whole.lines().map(|line| format!("p| {line}\n")).collect();
            prop_assert_eq!(String::from_utf8(all(&parts)).expect("text"), expected);
        }
    }
}
