//! Splits text into lines, each with its kind and position. The kind depends on the lines above: an
//! indented line may continue the property before it.

use std::ops::Range;

use crate::text::bytes;

/// The kind of a line, by its first character and indentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    /// `[...]`
    Header,
    /// `key = value`, or something similar.
    Property,
    /// A continuation of the value above.
    Continuation,
    /// Blank or a comment.
    Nothing,
}

/// A physical line: where its bytes are, without the line ending.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawLine {
    pub kind: LineKind,
    /// Counted from 1.
    pub line: u32,
    pub start: u32,
    pub end: u32,
}

/// Where the line that starts at `start` ends, without and with its line ending.
pub(super) fn line_end(text: &[u8], end_of_line: u8, start: u32, limit: u32) -> (u32, u32) {
    let rest = &text[start as usize..limit as usize];
    let length = bytes::find(end_of_line, rest);
    let line = &rest[..length.unwrap_or(rest.len())];
    let carriage = end_of_line == b'\n' && line.last() == Some(&b'\r');
    let end = start + (line.len() - usize::from(carriage)) as u32;
    (end, length.map_or(limit, |at| start + at as u32 + 1))
}

/// Walks through the lines of a range of the text.
pub(super) struct Lines<'a> {
    text: &'a [u8],
    end_of_line: u8,
    position: u32,
    limit: u32,
    line: u32,
    /// The indentation of the property that continuation lines would belong to.
    indent: Option<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a [u8], end_of_line: u8, range: Range<u32>, line: u32) -> Self {
        Self { text, end_of_line, position: range.start, limit: range.end, line, indent: None }
    }

    fn classify(&mut self, line: &[u8]) -> LineKind {
        match line.first() {
            None => return LineKind::Nothing,
            Some(b' ' | b'\t') => {}
            Some(first) => return self.classify_at(0, *first),
        }
        match line.iter().position(|b| !matches!(b, b' ' | b'\t')) {
            None => LineKind::Nothing,
            Some(indent) if self.indent.is_some_and(|open| indent > open) => LineKind::Continuation,
            Some(indent) => self.classify_at(indent, line[indent]),
        }
    }

    fn classify_at(&mut self, indent: usize, first: u8) -> LineKind {
        match first {
            b'#' | b';' => LineKind::Nothing,
            b'[' => {
                self.indent = None;
                LineKind::Header
            }
            _ => {
                self.indent = Some(indent);
                LineKind::Property
            }
        }
    }
}

impl Iterator for Lines<'_> {
    type Item = RawLine;

    fn next(&mut self) -> Option<RawLine> {
        if self.position >= self.limit {
            return None;
        }
        let start = self.position;
        let (end, next) = line_end(self.text, self.end_of_line, start, self.limit);
        let kind = self.classify(&self.text[start as usize..end as usize]);
        let raw = RawLine { kind, line: self.line, start, end };
        self.position = next;
        self.line += 1;
        Some(raw)
    }
}
