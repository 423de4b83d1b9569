//! Splits text into sections with lines. One pass finds the headers; a section's body is parsed
//! only when needed, so that one profile among ten thousand costs little more than one among ten.
//!
//! The grammar is the SDKs' common one (SPEC 1.3), with what the AWS CLI accepts beyond it (SPEC
//! 1.4). Indentation is handled as in the CLI: a line is a continuation only if it is indented
//! deeper than the property above it, so a uniformly indented file works.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::ops::Range;

use super::body::{Body, LineProblem, Property};
use super::line::{self, Header};
use super::lines::{LineKind, Lines, RawLine, line_end};
use crate::text::bytes;

/// One of the two files. They differ in what a header means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `~/.aws/config`
    Config,
    /// `~/.aws/credentials`
    Credentials,
}

impl FileKind {
    /// `config` or `credentials`.
    pub fn name(self) -> &'static str {
        match self {
            FileKind::Config => "config",
            FileKind::Credentials => "credentials",
        }
    }
}

/// What a section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    /// `[default]` of the config file, without the `profile` prefix.
    BareDefault,
    /// A profile.
    Profile,
    /// `[sso-session x]`
    SsoSession,
    /// `[services x]`
    Services,
    /// A section that no SDK reads.
    Other,
    /// A header that cannot be parsed.
    Broken,
}

/// A section: its header and the position of its body. Only about thirty bytes, because there may
/// be many.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its kind.
    pub kind: SectionKind,
    /// Where the header starts.
    start: u32,
    name: NameSpan,
    body: Range<u32>,
}

/// A name in the text, or without its quotes in a side table.
#[derive(Clone, Copy, Debug)]
enum NameSpan {
    Text { start: u32, len: u32 },
    Unquoted(u32),
}

/// A file, indexed by its section headers.
#[derive(Debug)]
pub struct Document {
    kind: FileKind,
    text: Vec<u8>,
    end_of_line: u8,
    sections: Vec<Section>,
    unquoted: Vec<String>,
    /// Problems outside any section.
    problems: Vec<LineProblem>,
    /// The positions of `[DEFAULT]`, once they are needed.
    python_defaults: OnceCell<Vec<usize>>,
    /// An offset and its line number.
    counted: Cell<(u32, u32)>,
}

impl Document {
    /// Indexes `text`. Never fails: what cannot be parsed becomes a problem or a broken section.
    /// Text beyond 4 GiB is ignored.
    pub fn parse(kind: FileKind, text: Vec<u8>) -> Self {
        // A lone CR ends a line only if there is no other kind of line ending (SPEC 1.4.11).
        let lf = bytes::find(b'\n', &text).is_some();
        let end_of_line = if lf || !text.contains(&b'\r') { b'\n' } else { b'\r' };
        let mut document = Self {
            kind,
            text,
            end_of_line,
            sections: Vec::new(),
            unquoted: Vec::new(),
            problems: Vec::new(),
            python_defaults: OnceCell::new(),
            counted: Cell::new((0, 1)),
        };
        document.index();
        document
    }

    fn index(&mut self) {
        if !self.byte_order_mark().is_empty() {
            let message = "the file starts with a byte order mark, which the AWS CLI refuses";
            self.problems.push(LineProblem { line: 1, message, broken: false });
        }
        let whole = self.whole();
        let starts = self.starts_by_brackets(whole.clone()).unwrap_or_else(|| {
            let headers = self.lines(whole.clone(), 1).filter(|raw| raw.kind == LineKind::Header);
            headers.map(|raw| raw.start).collect()
        });
        let first = starts.first().copied().unwrap_or(whole.end);
        let strays: Vec<_> = self
            .lines(whole.start..first, 1)
            .filter(|raw| raw.kind == LineKind::Property)
            .take(16)
            .collect();
        for stray in strays {
            self.broken(stray.line, "the line is before any section");
        }
        self.sections.reserve_exact(starts.len());
        for (i, start) in starts.iter().copied().enumerate() {
            let end = starts.get(i + 1).copied().unwrap_or(whole.end);
            let section =
                self.plain_section(start..end).unwrap_or_else(|| self.section(start..end));
            self.sections.push(section);
        }
    }

    /// Where the headers start, found by their brackets alone, without checking every line. None if
    /// a bracket follows blanks: then the lines above decide whether it is a header.
    fn starts_by_brackets(&self, range: Range<u32>) -> Option<Vec<u32>> {
        let text = &self.text[range.start as usize..range.end as usize];
        let mut starts = Vec::new();
        for at in bytes::find_all(b'[', text) {
            let blanks = text[..at].iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
            if text[..at - blanks].last().is_some_and(|b| *b != self.end_of_line) {
                continue;
            }
            if blanks > 0 {
                return None;
            }
            starts.push(range.start + at as u32);
        }
        Some(starts)
    }

    /// The whole indexed text.
    fn whole(&self) -> Range<u32> {
        self.byte_order_mark().len() as u32..self.text.len().min(u32::MAX as usize) as u32
    }

    /// The byte order mark at the beginning; usually empty.
    pub(super) fn byte_order_mark(&self) -> &[u8] {
        if self.text.starts_with(b"\xef\xbb\xbf") { &self.text[..3] } else { &[] }
    }

    /// The original text.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// The range of a section, from its header to the next one.
    pub(super) fn span(&self, section: &Section) -> Range<u32> {
        section.start..section.body.end
    }

    /// Every line of the file after the byte order mark.
    pub(super) fn lines_of_file(&self) -> Lines<'_> {
        self.lines(self.whole(), 1)
    }

    /// Where the next line begins.
    pub(super) fn next_line(&self, raw: &RawLine) -> u32 {
        line_end(&self.text, self.end_of_line, raw.start, self.whole().end).1
    }

    fn lines(&self, range: Range<u32>, line: u32) -> Lines<'_> {
        Lines::new(&self.text, self.end_of_line, range, line)
    }

    /// A section with one of the most common headers, `[profile x]` and, in the credentials file,
    /// `[x]`, recognised quickly.
    fn plain_section(&self, range: Range<u32>) -> Option<Section> {
        let text = &self.text[range.start as usize..range.end as usize];
        let prefix: &[u8] = match self.kind {
            FileKind::Config => b"[profile ",
            FileKind::Credentials => b"[",
        };
        let rest = text.strip_prefix(prefix)?;
        let plain = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let len = rest.iter().take_while(plain).count();
        let rest = rest[len..].strip_prefix(b"]")?.strip_prefix(&[self.end_of_line])?;
        if len == 0 {
            return None;
        }
        let start = range.start + prefix.len() as u32;
        let name = NameSpan::Text { start, len: len as u32 };
        let body = range.end - rest.len() as u32..range.end;
        Some(Section { kind: SectionKind::Profile, start: range.start, name, body })
    }

    fn section(&mut self, range: Range<u32>) -> Section {
        let start = range.start;
        let (line_end, body) = line_end(&self.text, self.end_of_line, start, range.end);
        let line = &self.text[start as usize..line_end as usize];
        let parsed = std::str::from_utf8(line)
            .map_err(|_| "the section header is not UTF-8")
            .and_then(|text| line::header(line::trim(text)));
        let (kind, name) = match parsed {
            Err(message) => {
                self.broken(self.line_of(start), message);
                (SectionKind::Broken, NameSpan::Text { start, len: 0 })
            }
            Ok(header) => {
                let (kind, name) = classify(self.kind, &header, line::trim(str_of(line)));
                let span = match name {
                    Cow::Borrowed(name) => {
                        let offset = name.as_ptr() as usize - self.text.as_ptr() as usize;
                        NameSpan::Text { start: offset as u32, len: name.len() as u32 }
                    }
                    Cow::Owned(name) => {
                        self.unquoted.push(name);
                        NameSpan::Unquoted(self.unquoted.len() as u32 - 1)
                    }
                };
                (kind, span)
            }
        };
        Section { kind, start, name, body: body..range.end }
    }

    /// The line of a section's header, counted from 1. Cheap for sections requested in file order.
    pub fn line(&self, section: &Section) -> u32 {
        self.line_of(section.start)
    }

    /// The first line that is not UTF-8.
    pub(super) fn first_not_utf8(&self) -> Option<u32> {
        let error = std::str::from_utf8(&self.text).err()?;
        Some(self.line_of(error.valid_up_to() as u32))
    }

    /// Line numbers are rarely needed, so they are counted on demand, from the previous position.
    fn line_of(&self, offset: u32) -> u32 {
        let (mut from, mut line) = self.counted.get();
        if offset < from {
            (from, line) = (0, 1);
        }
        let between = &self.text[from as usize..offset as usize];
        line += bytes::find_all(self.end_of_line, between).count() as u32;
        self.counted.set((offset, line));
        line
    }

    fn broken(&mut self, line: u32, message: &'static str) {
        self.problems.push(LineProblem { line, message, broken: true });
    }

    /// Which file this is.
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// All sections in file order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The name of a section, without its type and quotes.
    pub fn name(&self, section: &Section) -> &str {
        str_of(self.name_bytes(section))
    }

    fn name_bytes(&self, section: &Section) -> &[u8] {
        match section.name {
            NameSpan::Text { start, len } => &self.text[start as usize..(start + len) as usize],
            NameSpan::Unquoted(index) => self.unquoted[index as usize].as_bytes(),
        }
    }

    /// The sections of one kind and name, in file order. For the default profile, only the
    /// `[profile default]` ones, if there is one (SPEC 1.3.8).
    pub fn find(&self, kind: SectionKind, name: &str) -> Vec<&Section> {
        let of = |kind: SectionKind| {
            self.sections
                .iter()
                .filter(move |s| s.kind == kind && self.name_bytes(s) == name.as_bytes())
        };
        let found: Vec<_> = of(kind).collect();
        if found.is_empty() && kind == SectionKind::Profile && name == "default" {
            return of(SectionKind::BareDefault).collect();
        }
        found
    }

    /// The same by the text between the brackets, including type and quotes, else without a type.
    pub(super) fn find_literally(&self, kind: SectionKind, name: &str) -> Vec<&Section> {
        let typed = match kind {
            SectionKind::Profile => self.with_brackets(&format!("profile {name}")),
            SectionKind::SsoSession => self.with_brackets(&format!("sso-session {name}")),
            _ => return Vec::new(),
        };
        if typed.is_empty() { self.with_brackets(name) } else { typed }
    }

    /// The sections with exactly this text between the brackets.
    pub(super) fn with_brackets(&self, brackets: &str) -> Vec<&Section> {
        self.sections.iter().filter(|section| self.brackets(section) == brackets).collect()
    }

    /// The text between the brackets of a header.
    pub(super) fn brackets(&self, section: &Section) -> &str {
        let (end, _) = line_end(&self.text, self.end_of_line, section.start, section.body.end);
        let line = line::trim(str_of(&self.text[section.start as usize..end as usize]));
        let inner = line.strip_prefix('[').and_then(|rest| rest.rfind(']').map(|end| &rest[..end]));
        inner.unwrap_or_default()
    }

    /// `[DEFAULT]`, whose keys Python's parser adds to every other section.
    pub(super) fn python_defaults(&self) -> impl Iterator<Item = &Section> {
        let is_one = |section: &&Section| {
            self.name_bytes(section) == b"DEFAULT" && self.brackets(section) == "DEFAULT"
        };
        let places = self.python_defaults.get_or_init(|| {
            let sections = self.sections.iter().enumerate();
            sections.filter(|(_, section)| is_one(section)).map(|(place, _)| place).collect()
        });
        places.iter().map(|place| &self.sections[*place])
    }

    /// Whether the AWS CLI, too, reads a section under its name (SPEC 1.4.5, 1.4.9).
    pub(super) fn is_read_by_the_aws_cli(&self, section: &Section) -> bool {
        let (brackets, name) = (self.brackets(section), self.name(section));
        if self.kind == FileKind::Credentials || section.kind == SectionKind::BareDefault {
            return brackets == name;
        }
        let Some((kind, rest)) = brackets.split_once([' ', '\t']) else { return false };
        let is_one_word = || rest.trim() == name && !name.contains([' ', '\t', '"', '\'', '\\']);
        !kind.is_empty() && (matches!(section.name, NameSpan::Unquoted(_)) || is_one_word())
    }

    /// The sections of all profiles, in file order.
    pub fn profiles(&self) -> impl Iterator<Item = &Section> {
        let prefixed = self.has_prefixed_default();
        self.sections.iter().filter(move |section| match section.kind {
            SectionKind::Profile => true,
            SectionKind::BareDefault => !prefixed,
            _ => false,
        })
    }

    /// The `[default]` sections that are ignored because there is a `[profile default]`.
    pub(super) fn superseded_defaults(&self) -> impl Iterator<Item = &Section> {
        let prefixed = self.has_prefixed_default();
        self.sections.iter().filter(move |s| prefixed && s.kind == SectionKind::BareDefault)
    }

    /// Whether there is a `[profile default]`. If so, `[default]` is ignored.
    pub fn has_prefixed_default(&self) -> bool {
        self.sections.iter().any(|s| s.kind == SectionKind::Profile && self.name(s) == "default")
    }

    /// The properties of a section, and its problems. A repeated key is returned each time; the
    /// last one counts.
    pub fn properties(&self, section: &Section) -> (Vec<Property<'_>>, Vec<LineProblem>) {
        let mut body = Body::new();
        for raw in self.lines(section.body.clone(), self.line(section) + 1) {
            body.take(&raw, &self.text[raw.start as usize..raw.end as usize]);
        }
        (body.properties, body.problems)
    }

    /// Problems outside section bodies: headers, lines before the first section, encoding.
    pub fn problems(&self) -> &[LineProblem] {
        &self.problems
    }

    /// Whether the text is UTF-8 and every line is of a simple form: a header, a comment, `name =
    /// value`, or an indented line with an `=`. Then a check of a large file need not parse every
    /// section.
    pub fn is_plain(&self) -> bool {
        let mut start = 0;
        let ends = bytes::find_all(self.end_of_line, &self.text).chain([self.text.len()]);
        let all_plain = ends.into_iter().all(|end| {
            let line = &self.text[start..end];
            start = end + 1;
            is_plain_line(line)
        });
        all_plain && std::str::from_utf8(&self.text).is_ok()
    }
}

fn is_plain_line(line: &[u8]) -> bool {
    match line.first() {
        None | Some(b'\r' | b'#' | b';' | b'[') => true,
        Some(b' ' | b'\t') => line.contains(&b'=') || line.trim_ascii().is_empty(),
        Some(_) => {
            let name = line.iter().take_while(|b| IS_PLAIN[usize::from(**b)]).count();
            name > 0 && line[name..].trim_ascii_start().first() == Some(&b'=')
        }
    }
}

/// The bytes that occur in almost every key's name.
const IS_PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = b'a';
    while byte <= b'z' {
        table[byte as usize] = true;
        byte += 1;
    }
    table[b'_' as usize] = true;
    table
};

/// What a header means in a file of this kind.
fn classify<'a>(file: FileKind, header: &Header<'a>, line: &'a str) -> (SectionKind, Cow<'a, str>) {
    match (file, header.clone()) {
        (FileKind::Config, Header::Bare(name @ "default")) => {
            (SectionKind::BareDefault, name.into())
        }
        (FileKind::Config, Header::Bare(name)) => (SectionKind::Other, name.into()),
        (FileKind::Config, Header::Typed(kind, name)) => match kind {
            "profile" => (SectionKind::Profile, name),
            "sso-session" => (SectionKind::SsoSession, name),
            "services" => (SectionKind::Services, name),
            _ => (SectionKind::Other, name),
        },
        (FileKind::Credentials, Header::Bare(name)) => (SectionKind::Profile, name.into()),
        (FileKind::Credentials, Header::Typed("profile" | "sso-session" | "services", name)) => {
            (SectionKind::Other, name)
        }
        // `[my prof]`: the AWS CLI uses the whole text between the brackets (SPEC 1.4.9).
        (FileKind::Credentials, Header::Typed(..)) => {
            let end = line.rfind(']').unwrap_or(line.len());
            (SectionKind::Profile, line::trim(&line[1..end]).into())
        }
    }
}

/// For slices that were already checked during indexing.
fn str_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}
