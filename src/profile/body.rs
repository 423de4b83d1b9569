//! Parses the lines of a section into properties.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::line;
use super::lines::{LineKind, RawLine};

/// One `key = value` with its continuation lines, borrowed from the text if possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property<'a> {
    /// The key in lower case.
    pub key: Cow<'a, str>,
    /// The value. Each continuation line follows after a line feed, as in the SDKs. A value that
    /// starts with a line feed is a nested block.
    pub value: Cow<'a, str>,
    /// The line of the key.
    pub line: u32,
}

/// A line that cannot be parsed, or that should be written differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineProblem {
    /// Line, counted from 1.
    pub line: u32,
    /// What is wrong. Never quotes the line, which may contain a secret.
    pub message: &'static str,
    /// Whether the line is ignored.
    pub broken: bool,
}

/// With this many properties or more, keys are indexed.
const MANY: usize = 32;

/// The properties of one section while it is being parsed.
#[derive(Default)]
pub(super) struct Body<'a> {
    pub(super) properties: Vec<Property<'a>>,
    /// Their keys, if there are very many, as in a damaged file.
    keys: BTreeSet<Cow<'a, str>>,
    pub(super) problems: Vec<LineProblem>,
    /// Whether a continuation line would belong to a property.
    open: bool,
}

impl<'a> Body<'a> {
    pub(super) fn new() -> Self {
        // Most profiles have no more.
        Self { properties: Vec::with_capacity(8), ..Self::default() }
    }

    pub(super) fn take(&mut self, raw: &RawLine, bytes: &'a [u8]) {
        // A comment may be in any encoding.
        if matches!(raw.kind, LineKind::Header | LineKind::Nothing) {
            return;
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            self.open = false;
            return self.broken(raw.line, "the line is not UTF-8");
        };
        let text = line::trim(text);
        if raw.kind == LineKind::Continuation {
            return self.append(text, raw.line);
        }
        match line::property(text) {
            Ok((key, value)) => self.push(key, value, raw.line),
            Err(message) => {
                self.open = false;
                self.broken(raw.line, message);
            }
        }
    }

    fn push(&mut self, key: &'a str, value: &'a str, line: u32) {
        let key = lower_case(key);
        if self.is_repeated(&key) {
            let message = "the key appears twice in one section: the last one counts, and the AWS \
                           CLI refuses the file";
            self.problems.push(LineProblem { line, message, broken: false });
        }
        self.properties.push(Property { key, value: value.into(), line });
        self.open = true;
    }

    /// Whether the key has occurred before.
    #[expect(clippy::ptr_arg, reason = "a borrowed key is kept as one")]
    fn is_repeated(&mut self, key: &Cow<'a, str>) -> bool {
        // For fewer, comparing one by one is faster.
        if self.properties.len() < MANY {
            return self.properties.iter().any(|property| property.key == *key);
        }
        if self.keys.is_empty() {
            self.keys.extend(self.properties.iter().map(|property| property.key.clone()));
        }
        !self.keys.insert(key.clone())
    }

    fn append(&mut self, text: &str, line: u32) {
        let Some(property) = self.properties.last_mut().filter(|_| self.open) else {
            return;
        };
        let nested = property.value.is_empty() || property.value.starts_with('\n');
        let value = property.value.to_mut();
        value.push('\n');
        value.push_str(text);
        // The AWS CLI skips comments in nested blocks (SPEC 1.4.3); the SDKs refuse the file.
        let comment = text.starts_with(['#', ';']);
        if nested && !comment && line::sub_property(text).is_none() {
            self.broken(line, "the line of a nested block has no `=` between a name and a value");
        }
    }

    fn broken(&mut self, line: u32, message: &'static str) {
        self.problems.push(LineProblem { line, message, broken: true });
    }
}

fn lower_case(key: &str) -> Cow<'_, str> {
    if key.bytes().any(|byte| byte.is_ascii_uppercase()) {
        key.to_ascii_lowercase().into()
    } else {
        key.into()
    }
}
