//! Changes sections of a config or credentials file and leaves every other byte unchanged:
//! comments, order, indentation, line endings, blank lines, a missing line break at the end. Text
//! in, text out.
//!
//! A section is whatever [`Document::find`] finds. So changes apply to the section that counts,
//! however it is spelled, and never create a second section or key with the same name.
//!
//! Additions can be removed without a trace: a new section is at the end of the file after one
//! blank line, and if the last line had no line break, the new last line has none.

pub(crate) mod changes;
pub(crate) mod copy;
mod header;
pub(crate) mod region;
mod row;
pub mod shown;
pub(crate) mod target;

use std::ops::Range;

use zeroize::Zeroizing;

use super::line;
use super::lines::LineKind;
use super::parse::{Document, SectionKind};
use crate::text::bytes;
use header::header;
use row::FileRow;

/// The section to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectionPlace<'a> {
    /// [`SectionKind::Profile`], also for the default profile, or [`SectionKind::SsoSession`].
    pub kind: SectionKind,
    /// Its name, without quotes.
    pub name: &'a str,
}

impl<'a> SectionPlace<'a> {
    /// The section of a profile.
    pub fn profile(name: &'a str) -> Self {
        Self { kind: SectionKind::Profile, name }
    }
}

/// A text that is being changed.
pub struct Edit<'a> {
    document: &'a Document,
    place: SectionPlace<'a>,
    rows: Vec<FileRow<'a>>,
    /// Whether the last line has no line break.
    open_end: bool,
    /// What the sections must contain in the end.
    wanted: Vec<WantedValue<'a>>,
}

/// The required value of a key in a section: none if the key must be gone.
struct WantedValue<'a> {
    place: SectionPlace<'a>,
    key: &'a str,
    value: Option<&'a str>,
}

impl<'a> Edit<'a> {
    /// Starts to change a section of `document`, which may be missing.
    ///
    /// # Errors
    /// The message about the file, if its text can't be changed safely.
    pub fn new(document: &'a Document, place: SectionPlace<'a>) -> Result<Self, String> {
        check(document)?;
        let mut rows: Vec<FileRow<'a>> =
            document.lines_of_file().map(|raw| FileRow::old(document, &raw)).collect();
        let open_end = rows.last().is_some_and(|row| row.end.is_empty());
        if open_end {
            let end = line_end_above(&rows, rows.len() - 1);
            rows.last_mut().into_iter().for_each(|row| row.end = end);
        }
        let mut edit = Self { document, place, rows, open_end, wanted: Vec::new() };
        edit.turn_to(place);
        Ok(edit)
    }

    /// Continues with another section. Each can be visited only once.
    pub(crate) fn turn_to(&mut self, place: SectionPlace<'a>) {
        let sections = self.document.find(place.kind, place.name);
        let spans: Vec<Range<u32>> = sections.iter().map(|s| self.document.span(s)).collect();
        for row in &mut self.rows {
            row.mine =
                row.start.is_some_and(|start| spans.iter().any(|span| span.contains(&start)));
        }
        self.place = place;
    }

    /// Appends a section that doesn't exist yet, with these keys in lower case.
    ///
    /// # Errors
    /// The message for a value or a name that some reader would change.
    pub(crate) fn append(
        &mut self,
        place: SectionPlace<'a>,
        properties: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), String> {
        self.place = place;
        let (_, indent) = self.append_section()?;
        let end = line_end_above(&self.rows, self.rows.len());
        for (key, value) in properties {
            line::check_value(key, value)?;
            self.wanted.push(WantedValue { place, key, value: Some(value) });
            self.rows.push(FileRow::new_property(indent.clone(), key, value, end));
        }
        Ok(())
    }

    /// Renames the section.
    ///
    /// # Errors
    /// The message for a name that some reader would change.
    pub(crate) fn rename(&mut self, name: &'a str) -> Result<(), String> {
        self.place = SectionPlace { name, ..self.place };
        let header = header(self.document.kind(), self.place)?;
        let headers = self.rows.iter_mut().filter(|row| row.mine && row.kind == LineKind::Header);
        headers.for_each(|row| *row = row.with_header(&header));
        Ok(())
    }

    /// Sets `key`, in lower case, to this value: in its place, or after the section's last key, or
    /// in a new section. Comments of an old value stay, above it: after a value, the AWS CLI would
    /// read them as part of it (SPEC 1.4.3).
    ///
    /// # Errors
    /// The message for a value or a name that some reader would change.
    pub fn set(&mut self, key: &'a str, value: &'a str) -> Result<(), String> {
        line::check_value(key, value)?;
        self.want(key, Some(value));
        let Some(at) = self.occurrences(key).pop() else {
            let (at, indent) = self.place_for_new()?;
            let row = FileRow::new_property(indent, key, value, line_end_above(&self.rows, at));
            self.rows.insert(at, row);
            return Ok(());
        };
        if !self.rows[at].says(value) || self.continues(at) {
            let replaced = self.rows[at].with_value(key, value);
            self.take(at, Some(replaced));
        }
        Ok(())
    }

    /// Removes `key`, in lower case, wherever the section contains it. Comments stay.
    pub fn remove(&mut self, key: &'a str) {
        self.want(key, None);
        while let Some(at) = self.occurrences(key).pop() {
            self.take(at, None);
        }
    }

    /// Removes the section if no key and no comment is left in it, with one blank line above it.
    /// Comments after a blank line don't belong to it.
    pub fn remove_if_empty(&mut self) {
        let is_header = |row: &FileRow<'_>| row.mine && row.kind == LineKind::Header;
        let mut at = self.rows.len();
        while let Some(header) = self.rows[..at].iter().rposition(is_header) {
            at = header;
            let body =
                self.rows[header + 1..].iter().take_while(|row| row.kind != LineKind::Header);
            let has_key = body.clone().any(|row| row.kind != LineKind::Nothing);
            if has_key || body.clone().next().is_some_and(|row| !row.is_blank()) {
                continue;
            }
            self.rows.remove(header);
            if header > 0 && self.rows[header - 1].content.bytes().is_empty() {
                self.rows.remove(header - 1);
                at -= 1;
            }
        }
    }

    /// The new text.
    ///
    /// # Errors
    /// The message, if it does not read as wanted.
    pub fn finish(self) -> Result<Zeroizing<Vec<u8>>, String> {
        let bom = self.document.byte_order_mark();
        let size: usize =
            self.rows.iter().map(|row| row.content.bytes().len() + row.end.len()).sum();
        // Allocated in one piece, because a growing buffer leaves copies of secrets behind.
        let mut text = Zeroizing::new(Vec::with_capacity(bom.len() + size));
        text.extend_from_slice(bom);
        for row in &self.rows {
            text.extend_from_slice(row.content.bytes());
            text.extend_from_slice(row.end);
        }
        if let Some(last) = self.rows.last().filter(|_| self.open_end) {
            let length = text.len() - last.end.len();
            text.truncate(length);
        }
        self.verify(&text)?;
        Ok(text)
    }

    /// Parses the new text as it will be parsed when the profiles are used.
    fn verify(&self, text: &[u8]) -> Result<(), String> {
        let document = Document::parse(self.document.kind(), text.to_vec());
        let of_place = self.wanted.chunk_by(|one, other| one.place == other.place);
        of_place.into_iter().try_for_each(|wanted| Self::verify_section(&document, wanted))
    }

    fn verify_section(document: &Document, wanted: &[WantedValue<'_>]) -> Result<(), String> {
        let Some(WantedValue { place, .. }) = wanted.first() else { return Ok(()) };
        let sections = document.find(place.kind, place.name);
        let properties: Vec<_> =
            sections.into_iter().flat_map(|section| document.properties(section).0).collect();
        let reads = |key: &str| properties.iter().rfind(|p| p.key == key).map(|p| &*p.value);
        match wanted.iter().find(|wanted| reads(wanted.key) != wanted.value) {
            None => Ok(()),
            Some(WantedValue { key, .. }) => {
                Err(format!("`{key}` cannot be changed without changing other keys"))
            }
        }
    }

    fn want(&mut self, key: &'a str, value: Option<&'a str>) {
        let place = self.place;
        self.wanted.retain(|wanted| wanted.key != key || wanted.place != place);
        self.wanted.push(WantedValue { place, key, value });
    }

    /// The rows of a key in order; the last one counts.
    fn occurrences(&self, key: &str) -> Vec<usize> {
        let rows = self.rows.iter().enumerate();
        rows.filter(|(_, row)| row.mine && row.has_key(key)).map(|(at, _)| at).collect()
    }

    /// Whether the property in row `at` continues below it.
    fn continues(&self, at: usize) -> bool {
        self.continuation(at).next().is_some()
    }

    /// The rows that continue the property in row `at`. Blank lines and some comments may be
    /// between them.
    fn continuation(&self, at: usize) -> impl Iterator<Item = usize> + use<'_, 'a> {
        let below = self.rows.iter().enumerate().skip(at + 1);
        below
            .take_while(|(_, row)| matches!(row.kind, LineKind::Nothing | LineKind::Continuation))
            .filter(|(_, row)| row.kind == LineKind::Continuation)
            .map(|(at, _)| at)
    }

    /// Puts `replacement` in place of the property in row `at` and everything that continues it,
    /// with its comments above.
    fn take(&mut self, at: usize, replacement: Option<FileRow<'a>>) {
        let (indent, end) = (self.rows[at].indent().to_vec(), self.rows[at].end);
        let mut comments: Vec<Vec<u8>> = self.rows[at].comment_of_value().into_iter().collect();
        let below: Vec<usize> = self.continuation(at).collect();
        let texts = below.iter().map(|at| self.rows[*at].content.bytes().trim_ascii());
        comments.extend(
            texts
                .filter(|text| text.starts_with(b"#") || text.starts_with(b";"))
                .map(<[u8]>::to_vec),
        );
        for at in below.into_iter().rev() {
            self.rows.remove(at);
        }
        let row = |text: Vec<u8>| FileRow::new_comment([indent.as_slice(), &text].concat(), end);
        self.rows.splice(at..=at, comments.into_iter().map(row).chain(replacement));
    }

    /// Where a new key goes, and its indentation. Creates the section if there is none.
    fn place_for_new(&mut self) -> Result<(usize, Vec<u8>), String> {
        let is_property = |row: &FileRow<'_>| row.mine && row.kind == LineKind::Property;
        let is_header = |row: &FileRow<'_>| row.mine && row.kind == LineKind::Header;
        let Some(header) = self.rows.iter().rposition(is_header) else {
            return self.append_section();
        };
        if let Some(last) = self.rows.iter().rposition(is_property).filter(|at| *at > header) {
            let end = self.continuation(last).last().unwrap_or(last);
            return Ok((end + 1, self.rows[last].indent().to_vec()));
        }
        // An indented comment would become part of the value above it.
        let comments =
            self.rows[header + 1..].iter().take_while(|row| row.mine && row.is_indented_comment());
        Ok((header + 1 + comments.count(), self.rows[header].indent().to_vec()))
    }

    /// The line after a new header at the end of the file. The header and its keys are indented
    /// like those of the section above, if that is safe.
    fn append_section(&mut self) -> Result<(usize, Vec<u8>), String> {
        let header = header(self.document.kind(), self.place)?;
        let mut indents = (Vec::new(), Vec::new());
        if let Some(above) = self.rows.iter().rposition(|row| row.kind == LineKind::Header) {
            let body = &self.rows[above + 1..];
            let mut keys = body.iter().filter(|row| row.kind == LineKind::Property);
            let of_header = self.rows[above].indent().to_vec();
            let of_key = keys.next().map_or(of_header.clone(), |row| row.indent().to_vec());
            // If it were indented deeper than the property above, it would continue that.
            let is_safe = keys.next_back().is_none_or(|row| row.indent().len() >= of_header.len())
                && of_key.len() >= of_header.len();
            if !of_header.is_empty() && is_safe {
                indents = (of_header, of_key);
            }
        }
        let end = line_end_above(&self.rows, self.rows.len());
        if !self.rows.is_empty() {
            self.rows.push(FileRow::new_comment(Vec::new(), end));
        }
        self.rows
            .push(FileRow::new_header([indents.0.as_slice(), header.as_bytes()].concat(), end));
        Ok((self.rows.len(), indents.1))
    }
}

/// The line ending of the nearest line above `at` that has one, else of any line, else a line feed.
fn line_end_above<'a>(rows: &[FileRow<'a>], at: usize) -> &'a [u8] {
    let above = rows[..at].iter().rev().chain(&rows[at..]);
    above.map(|row| row.end).find(|end| !end.is_empty()).unwrap_or(b"\n")
}

/// Checks for content that would not survive a change, or that readers understand differently.
fn check(document: &Document) -> Result<(), String> {
    let text = document.text();
    if text.len() > u32::MAX as usize {
        return Err("it is larger than 4 GiB".into());
    }
    if bytes::find(0, text).is_some() {
        return Err("it contains NUL characters: is it UTF-16, or not text at all?".into());
    }
    let lone = bytes::find_all(b'\r', text).any(|at| text.get(at + 1) != Some(&b'\n'));
    if lone && bytes::find(b'\n', text).is_some() {
        return Err("it has carriage returns that only some programs treat as line endings".into());
    }
    Ok(())
}
