//! Changes to any number of sections of a file, made at once.

use zeroize::Zeroizing;

use super::{Edit, SectionPlace};
use crate::profile::parse::{Document, SectionKind};

/// The changes to one section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SectionChange {
    /// [`SectionKind::Profile`] or [`SectionKind::SsoSession`].
    pub kind: SectionKind,
    /// Its name. A missing section is created.
    pub name: String,
    /// Its new name, if it gets one.
    pub rename_to: Option<String>,
    /// Keys in lower case, with their values.
    pub set: Vec<(String, String)>,
    /// Keys to remove.
    pub remove: Vec<String>,
    /// Whether to remove the section if no key is left in it.
    pub goes_if_empty: bool,
}

impl SectionChange {
    /// Sets these keys in the section of a profile.
    pub(crate) fn profile(name: &str, set: Vec<(String, String)>) -> Self {
        Self {
            kind: SectionKind::Profile,
            name: name.to_owned(),
            rename_to: None,
            set,
            remove: Vec::new(),
            goes_if_empty: false,
        }
    }

    fn make<'a>(&'a self, document: &Document, edit: &mut Edit<'a>) -> Result<(), String> {
        let place = SectionPlace { kind: self.kind, name: &self.name };
        let properties = || self.set.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        if document.find(place.kind, place.name).is_empty() {
            return edit.append(place, properties());
        }
        edit.turn_to(place);
        if let Some(name) = &self.rename_to {
            edit.rename(name)?;
        }
        self.remove.iter().for_each(|key| edit.remove(key));
        properties().try_for_each(|(key, value)| edit.set(key, value))?;
        if self.goes_if_empty {
            edit.remove_if_empty();
        }
        Ok(())
    }
}

/// The text of `document` after `changes`, which contain each section at most once.
///
/// # Errors
/// The message for a text that can't be changed safely, and for a name or value that readers would
/// not see unchanged.
pub(crate) fn apply(
    document: &Document,
    changes: &[SectionChange],
) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut edit = Edit::new(document, SectionPlace::profile(""))?;
    for change in changes {
        change.make(document, &mut edit).map_err(|why| format!("`{}`: {why}", change.name))?;
    }
    edit.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::parse::FileKind;

    fn changed(text: &str, changes: &[SectionChange]) -> Result<String, String> {
        let document = Document::parse(FileKind::Config, text.as_bytes().to_vec());
        apply(&document, changes).map(|text| String::from_utf8_lossy(&text).into_owned())
    }

    fn profile(name: &str, set: &[(&str, &str)]) -> SectionChange {
        let set = set.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        SectionChange::profile(name, set)
    }

    #[test]
    fn several_sections_in_one_go() {
        let text = "# top\r\n[profile a] # mine\r\nx=1\r\n\r\n[profile b]\r\ny = 2\r\n\r\n; of c\r\n\
                    [profile c]\r\nz : 3";
        let changes = [
            SectionChange { rename_to: Some("new".into()), ..profile("a", &[("x", "9")]) },
            SectionChange { remove: vec!["y".into()], goes_if_empty: true, ..profile("b", &[]) },
            profile("c", &[("w", "4")]),
            profile("d", &[("v", "5"), ("u", "6")]),
            SectionChange { kind: SectionKind::SsoSession, ..profile("d", &[("t", "7")]) },
        ];
        let expected = "# top\r\n[profile new] # mine\r\nx=9\r\n\r\n; of c\r\n[profile c]\r\nz : 3\r\n\
                        w = 4\r\n\r\n[profile d]\r\nv = 5\r\nu = 6\r\n\r\n[sso-session d]\r\nt = 7";
        assert_eq!(changed(text, &changes).as_deref(), Ok(expected));
    }

    #[test]
    fn names_that_swap() {
        let rename = |from: &str, to: &str| SectionChange {
            rename_to: Some(to.into()),
            ..profile(from, &[])
        };
        let text = "[profile a]\nx = 1\n[profile b]\nx = 2\n";
        let expected = "[profile b]\nx = 1\n[profile a]\nx = 2\n";
        assert_eq!(changed(text, &[rename("a", "b"), rename("b", "a")]).as_deref(), Ok(expected));
    }

    #[test]
    fn what_no_reader_gives_back_is_refused() {
        let words = changed("", &[profile("a", &[("x", "1 # 2")])]).expect_err("it is refused");
        assert_eq!(words, "`a`: the file cannot hold this value of `x`");
        assert!(changed("[profile a]\0", &[profile("a", &[("x", "1")])]).is_err());
    }
}
