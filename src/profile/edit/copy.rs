//! A copy of a config or credentials file in which some profiles give no credentials, for programs
//! that must not find those. Everything else reads as in the file.

use zeroize::Zeroizing;

use crate::profile::key::{Decides, Key};
use crate::profile::line;
use crate::profile::lines::{LineKind, RawLine};
use crate::profile::parse::{Document, FileKind, Section, SectionKind};

const DEFAULT: &str = "default";

/// What a copy leaves out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Without<'a> {
    /// The profiles whose credentials are left out.
    pub profiles: &'a [&'a str],
    /// The name under which the copy contains the whole `default` profile, for profiles that name
    /// it as their `source_profile`.
    pub default_as: Option<&'a str>,
}

/// Whether any profile in these files gets its credentials from `default`.
pub(crate) fn is_default_a_source(documents: [&Document; 2]) -> bool {
    let sources =
        |document: &Document| document.lines_of_file().any(|raw| is_source_default(document, &raw));
    documents.into_iter().any(sources)
}

impl Without<'_> {
    /// The copy. Longer than the file only by what it contains twice.
    pub(crate) fn copy(self, document: &Document) -> Zeroizing<Vec<u8>> {
        let whole = self.default_as.map(|_| document.find(SectionKind::Profile, DEFAULT));
        let whole = whole.unwrap_or_default();
        // Allocated in one piece, because a growing buffer leaves copies of secrets behind.
        let room = 2 * document.text().len() + 1024;
        let mut copy = Copy { without: self, document, text: Zeroizing::new(Vec::new()) };
        copy.text.reserve_exact(room);
        let mut sections = document.sections().iter().peekable();
        let mut section = None;
        let mut is_left_out = false;
        for raw in document.lines_of_file() {
            while sections.peek().is_some_and(|next| document.span(next).start <= raw.start) {
                section = sections.next();
            }
            match raw.kind {
                LineKind::Continuation => {}
                LineKind::Property => {
                    is_left_out = section.is_some_and(|s| copy.leaves_out(s, &raw))
                }
                LineKind::Header | LineKind::Nothing => is_left_out = false,
            }
            if !is_left_out {
                copy.push(&raw);
            }
        }
        if let Some(name) = self.default_as.filter(|_| !whole.is_empty()) {
            copy.push_default(name, &whole);
        }
        copy.text
    }
}

struct Copy<'a> {
    without: Without<'a>,
    document: &'a Document,
    text: Zeroizing<Vec<u8>>,
}

impl Copy<'_> {
    fn leaves_out(&self, section: &Section, raw: &RawLine) -> bool {
        let is_profile = matches!(section.kind, SectionKind::Profile | SectionKind::BareDefault);
        is_profile
            && self.without.profiles.contains(&self.document.name(section))
            && keys(self.document, raw)
                .is_some_and(|keys| keys.iter().any(|key| is_of_credentials(key)))
    }

    fn push(&mut self, raw: &RawLine) {
        match self.without.default_as {
            Some(name) if is_source_default(self.document, raw) => {
                self.text.extend_from_slice(format!("source_profile = {name}\n").as_bytes());
            }
            _ => {
                let text = &self.document.text()[raw.start as usize..raw.end as usize];
                self.text.extend_from_slice(text);
                self.text.push(b'\n');
            }
        }
    }

    /// Appends the sections of the default profile under another name.
    fn push_default(&mut self, name: &str, sections: &[&Section]) {
        let prefix = match self.document.kind() {
            FileKind::Config => "profile ",
            FileKind::Credentials => "",
        };
        self.text.extend_from_slice(format!("[{prefix}{name}]\n").as_bytes());
        let spans: Vec<_> = sections.iter().map(|section| self.document.span(section)).collect();
        for raw in self.document.lines_of_file() {
            let is_inside = spans.iter().any(|span| span.contains(&raw.start));
            if is_inside && raw.kind != LineKind::Header {
                self.push(&raw);
            }
        }
    }
}

/// Whether a key says where a profile's credentials come from, or whose they are.
fn is_of_credentials(key: &str) -> bool {
    let key = key.trim().to_ascii_lowercase();
    match Key::named(&key).map(Key::decides) {
        Some(Decides::Source | Decides::Login | Decides::AccessKey | Decides::Session) => true,
        Some(Decides::Network) => key == Key::AwsAccountId.name(),
        // A new or misspelled Identity Center key.
        None => key.starts_with("sso_"),
    }
}

fn text_of<'a>(document: &'a Document, raw: &RawLine) -> Option<&'a str> {
    str::from_utf8(&document.text()[raw.start as usize..raw.end as usize]).ok()
}

/// The key of a line as the SDKs read it, and as the AWS CLI does, which splits at the first `=` or
/// `:`, whatever comes before it (SPEC 1.4.2).
fn keys<'a>(document: &'a Document, raw: &RawLine) -> Option<[&'a str; 2]> {
    let text = text_of(document, raw)?;
    let theirs = text.split(['=', ':']).next().unwrap_or_default();
    let ours = line::property(line::trim(text)).map_or(theirs, |(key, _)| key);
    Some([ours, theirs])
}

fn is_source_default(document: &Document, raw: &RawLine) -> bool {
    let property = || line::property(line::trim(text_of(document, raw)?)).ok();
    raw.kind == LineKind::Property
        && property().is_some_and(|(key, value)| {
            key.eq_ignore_ascii_case("source_profile") && value.trim() == DEFAULT
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(kind: FileKind, text: &str, profiles: &[&str], default_as: Option<&str>) -> String {
        let document = Document::parse(kind, text.as_bytes().to_vec());
        let copy = Without { profiles, default_as }.copy(&document);
        String::from_utf8(copy.to_vec()).expect("text")
    }

    #[test]
    fn settings_stay_and_credentials_go() {
        let config = "# c\r\n[default]\nregion = eu-west-1\nSSO_Session= corp\nrole_arn =\n  x\n\
            s3 =\n  role_arn = a\naws_access_key_id : AKIA\n[profile dev]\nsso_session = corp\n\
            [profile prod]\nsource_profile = dev";
        assert_eq!(
            copy(FileKind::Config, config, &["default", "prod"], None),
            "# c\n[default]\nregion = eu-west-1\ns3 =\n  role_arn = a\n[profile dev]\nsso_session = \
             corp\n[profile prod]\n"
        );
    }

    #[test]
    fn profiles_based_on_default_still_work() {
        let config = "[default]\nregion = r\nrole_arn = a\nsource_profile = default\n\
            [profile x]\nsource_profile = default # c\nrole_arn = b\n";
        let credentials = "[default]\naws_access_key_id = AKIA\n[y]\nsource_profile=default";
        let documents = [(FileKind::Config, config), (FileKind::Credentials, credentials)]
            .map(|(kind, text)| Document::parse(kind, text.as_bytes().to_vec()));
        assert!(is_default_a_source(documents.each_ref()));
        assert_eq!(
            copy(FileKind::Config, config, &["default"], Some("d")),
            "[default]\nregion = r\n[profile x]\nsource_profile = d\nrole_arn = b\n[profile d]\n\
             region = r\nrole_arn = a\nsource_profile = d\n"
        );
        assert_eq!(
            copy(FileKind::Credentials, credentials, &["default"], Some("d")),
            "[default]\n[y]\nsource_profile = d\n[d]\naws_access_key_id = AKIA\n"
        );
        let none = Document::parse(FileKind::Config, b"[default]\nsource_profile = x\n".to_vec());
        assert!(!is_default_a_source([&none, &none]));
    }
}
