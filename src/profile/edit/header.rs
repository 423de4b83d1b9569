//! The header of a new section.

use super::SectionPlace;
use crate::profile::line::is_identifier;
use crate::profile::parse::{Document, FileKind, SectionKind};

/// The header for `place` in a file of this kind, as the AWS CLI writes it (SPEC 1.6).
///
/// # Errors
/// The message for a name that a header cannot hold, or that reads as something else.
pub(super) fn header(file: FileKind, place: SectionPlace<'_>) -> Result<String, String> {
    let name = place.name;
    let header = match (file, place.kind, name) {
        (FileKind::Credentials, ..) | (_, SectionKind::Profile, "default") => format!("[{name}]"),
        (_, SectionKind::SsoSession, _) => format!("[sso-session {}]", quoted(name)),
        _ => format!("[profile {}]", quoted(name)),
    };
    // Python, and therefore the AWS CLI, copies this section's keys to every other section.
    let is_magic = header == "[DEFAULT]";
    let document = Document::parse(file, header.clone().into_bytes());
    let is_read = !document.find(place.kind, name).is_empty() && document.sections().len() == 1;
    if name.is_empty() || is_magic || !is_read || name.chars().any(char::is_control) {
        return Err(format!("`{name}` cannot be the name of a section"));
    }
    Ok(header)
}

/// A name as the AWS CLI reads it back: in single quotes if it is more than one word.
fn quoted(name: &str) -> String {
    let is_word = |c: char| !c.is_ascii() || is_identifier(c.encode_utf8(&mut [0; 4]));
    if !name.is_empty() && name.chars().all(is_word) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', r#"'"'"'"#))
}
