//! One line of a text that is being changed.

use zeroize::Zeroizing;

use crate::profile::line;
use crate::profile::lines::{LineKind, RawLine};
use crate::profile::parse::Document;

/// The content of a line.
pub(super) enum RowContent<'a> {
    /// The old content.
    Old(&'a [u8]),
    /// New content, which may be a secret.
    New(Zeroizing<Vec<u8>>),
}

impl RowContent<'_> {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            RowContent::Old(bytes) => bytes,
            RowContent::New(bytes) => bytes,
        }
    }
}

/// A line and its line ending.
pub(super) struct FileRow<'a> {
    pub kind: LineKind,
    pub content: RowContent<'a>,
    /// `\n`, `\r\n` or `\r`; empty only for a last line that has none.
    pub end: &'a [u8],
    /// Where it starts in the old text; none for a new line.
    pub start: Option<u32>,
    /// Whether it belongs to the section that is being changed.
    pub mine: bool,
}

impl<'a> FileRow<'a> {
    /// A line of the old text.
    pub(super) fn old(document: &'a Document, raw: &RawLine) -> Self {
        let text = document.text();
        let (start, end) = (raw.start as usize, raw.end as usize);
        let next = document.next_line(raw) as usize;
        Self {
            kind: raw.kind,
            content: RowContent::Old(&text[start..end]),
            end: &text[end..next],
            start: Some(raw.start),
            mine: false,
        }
    }

    /// A new key.
    pub(super) fn new_property(indent: Vec<u8>, key: &str, value: &str, end: &'a [u8]) -> Self {
        Self::new(LineKind::Property, &[&indent, key.as_bytes(), b" = ", value.as_bytes()], end)
    }

    /// A comment, or a blank line.
    pub(super) fn new_comment(text: Vec<u8>, end: &'a [u8]) -> Self {
        Self::new(LineKind::Nothing, &[&text], end)
    }

    /// A new section.
    pub(super) fn new_header(text: Vec<u8>, end: &'a [u8]) -> Self {
        Self::new(LineKind::Header, &[&text], end)
    }

    fn new(kind: LineKind, parts: &[&[u8]], end: &'a [u8]) -> Self {
        let content = RowContent::New(Zeroizing::new(parts.concat()));
        Self { kind, content, end, start: None, mine: true }
    }

    /// The same line with another header. The text before and after it stays.
    pub(super) fn with_header(&self, header: &str) -> Self {
        let bytes = self.content.bytes();
        let behind = bytes.iter().position(|byte| *byte == b']').map_or(bytes.len(), |at| at + 1);
        let parts = [self.indent(), header.as_bytes(), &bytes[behind..]];
        Self::new(LineKind::Header, &parts, self.end)
    }

    /// The same line with another value. The text before the value, and blanks at the end of the
    /// line, stay.
    pub(super) fn with_value(&self, key: &str, value: &str) -> Self {
        let Some((before, blanks)) = self.around_value(key) else {
            return Self::new_property(self.indent().to_vec(), key, value, self.end);
        };
        let is_spaced = before.ends_with(b" =") || before.ends_with(b" :");
        let gap: &[u8] = if is_spaced { b" " } else { b"" };
        Self::new(LineKind::Property, &[before, gap, value.as_bytes(), blanks], self.end)
    }

    /// The text before the value, and the blanks at the end. None if only the AWS CLI reads the
    /// line as this key.
    fn around_value(&self, key: &str) -> Option<(&[u8], &[u8])> {
        let (name, value) = self.property()?;
        let bytes = self.content.bytes();
        let blanks = bytes.iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let before = value.as_ptr() as usize - bytes.as_ptr() as usize;
        name.eq_ignore_ascii_case(key).then(|| (&bytes[..before], &bytes[bytes.len() - blanks..]))
    }

    /// Whether the line contains exactly this value, without a comment.
    pub(super) fn says(&self, value: &str) -> bool {
        self.property().is_some_and(|(_, found)| found == value)
            && self.comment_of_value().is_none()
    }

    /// The comment after a value.
    pub(super) fn comment_of_value(&self) -> Option<Vec<u8>> {
        let (_, value) = self.property()?;
        let bytes = self.content.bytes();
        let end = value.as_ptr() as usize + value.len() - bytes.as_ptr() as usize;
        let rest = bytes[end..].trim_ascii();
        (rest.starts_with(b"#") || rest.starts_with(b";")).then(|| rest.to_vec())
    }

    /// Whether the line gives `key` a value, to us or to the AWS CLI, which splits at the first `=`
    /// or `:`, whatever comes before it (SPEC 1.4.2).
    pub(super) fn has_key(&self, key: &str) -> bool {
        if self.kind != LineKind::Property {
            return false;
        }
        let bytes = self.content.bytes();
        let theirs = bytes.split(|b| matches!(b, b'=' | b':')).next().unwrap_or_default();
        (theirs.len() < bytes.len() && theirs.trim_ascii().eq_ignore_ascii_case(key.as_bytes()))
            || self.property().is_some_and(|(name, _)| name.eq_ignore_ascii_case(key))
    }

    fn property(&self) -> Option<(&str, &str)> {
        if self.kind != LineKind::Property {
            return None;
        }
        line::property(line::trim(std::str::from_utf8(self.content.bytes()).ok()?)).ok()
    }

    /// The blanks at its start.
    pub(super) fn indent(&self) -> &[u8] {
        let bytes = self.content.bytes();
        let length = bytes.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        &bytes[..length]
    }

    pub(super) fn is_blank(&self) -> bool {
        self.kind == LineKind::Nothing && self.indent().len() == self.content.bytes().len()
    }

    pub(super) fn is_indented_comment(&self) -> bool {
        self.kind == LineKind::Nothing && !self.indent().is_empty() && !self.is_blank()
    }
}
