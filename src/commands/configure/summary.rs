//! What a change means for the sections of the config file, in one line.

use std::collections::BTreeMap;

use crate::profile::body::Property;
use crate::profile::parse::{Document, FileKind, SectionKind};

/// What becomes of a section.
const FATES: [&str; 4] = ["adds", "renames", "removes", "changes"];

/// `adds 1 sso-session and 11 profiles; changes none`. The profiles in `renamed`, each with its new
/// name, are the same ones before and after.
pub(super) fn summary(before: &[u8], after: &[u8], renamed: &[(String, String)]) -> String {
    let documents = [before, after].map(|text| Document::parse(FileKind::Config, text.to_vec()));
    let [before, after] = documents.each_ref().map(sections);
    // For each fate, how many sso-sessions and how many profiles.
    let mut counts = [[0; 2]; FATES.len()];
    let mut count = |fate: usize, kind: usize| counts[fate][kind] += 1;
    for (section @ (kind, name), properties) in &after {
        match before.get(section) {
            _ if renamed.iter().any(|(_, new)| new == name) => count(1, *kind),
            None => count(0, *kind),
            Some(earlier) if !is_same(earlier, properties) => count(3, *kind),
            Some(_) => {}
        }
    }
    for section @ (kind, name) in before.keys() {
        if !after.contains_key(section) && !renamed.iter().any(|(old, _)| old == name) {
            count(2, *kind);
        }
    }
    let parts = FATES.iter().zip(counts);
    let mut parts: Vec<String> =
        parts.filter_map(|(fate, counts)| Some(format!("{fate} {}", amount(counts)?))).collect();
    if counts[3] == [0, 0] {
        parts.push("changes none".to_owned());
    }
    parts.join("; ")
}

/// The profiles in both texts whose settings differ.
pub(super) fn changed(before: &[u8], after: &[u8]) -> Vec<String> {
    let documents = [before, after].map(|text| Document::parse(FileKind::Config, text.to_vec()));
    let [before, after] = documents.each_ref().map(sections);
    let is_changed = |section: &(usize, &str), properties: &Vec<Property<'_>>| {
        section.0 == 1 && before.get(section).is_some_and(|earlier| !is_same(earlier, properties))
    };
    let changed = after.iter().filter(|(section, properties)| is_changed(section, properties));
    changed.map(|((_, name), _)| (*name).to_owned()).collect()
}

/// The sections by kind (0 for sso-sessions, 1 for profiles) and name.
fn sections(document: &Document) -> BTreeMap<(usize, &str), Vec<Property<'_>>> {
    let mut sections: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for section in document.sections() {
        let kind = match section.kind {
            SectionKind::SsoSession => 0,
            SectionKind::Profile | SectionKind::BareDefault => 1,
            SectionKind::Services | SectionKind::Other | SectionKind::Broken => continue,
        };
        let properties = document.properties(section).0;
        sections.entry((kind, document.name(section))).or_default().extend(properties);
    }
    sections
}

fn is_same(before: &[Property<'_>], after: &[Property<'_>]) -> bool {
    let is_same = |(before, after): (&Property<'_>, &Property<'_>)| {
        before.key == after.key && before.value == after.value
    };
    before.len() == after.len() && before.iter().zip(after).all(is_same)
}

fn amount([sessions, profiles]: [usize; 2]) -> Option<String> {
    let some = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {what}s")),
    };
    let amounts = [some(sessions, "sso-session"), some(profiles, "profile")];
    let amounts: Vec<String> = amounts.into_iter().flatten().collect();
    (!amounts.is_empty()).then(|| amounts.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        let of = |before: &str, after: &str| summary(before.as_bytes(), after.as_bytes(), &[]);
        let (session, a, b) = ("[sso-session s]\n", "[profile a]\nx=1\n", "[profile b]\n");
        assert_eq!(
            of("", &format!("{session}{a}{b}")),
            "adds 1 sso-session and 2 profiles; changes none"
        );
        assert_eq!(of(&format!("{a}{b}"), b), "removes 1 profile; changes none");
        assert_eq!(of(a, "[profile a]\nx=2\n[profile b]\n"), "adds 1 profile; changes 1 profile");
        assert_eq!(of(a, &format!("# note\n\n{a}")), "changes none");
        let renamed = [("a".to_owned(), "c".to_owned())];
        assert_eq!(
            summary(a.as_bytes(), b"[profile c]\nx=1\n", &renamed),
            "renames 1 profile; changes none"
        );
    }
}
