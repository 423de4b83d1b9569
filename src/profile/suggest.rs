//! Did you mean ...?

use std::fmt::Display;
use std::iter;

use crate::error::Error;

/// Adds a hint with the names most similar to `wanted`, if any is similar.
pub(crate) fn names(error: Error, wanted: &str, known: Vec<&str>) -> Error {
    hinted(error, &nearest(wanted, known))
}

/// At most three names, most similar first. Ignores case. A name is similar, too, if some of its
/// words are, but less than one that is similar as a whole.
pub(crate) fn nearest<'a>(wanted: &str, known: Vec<&'a str>) -> Vec<&'a str> {
    ranked(wanted, known, |wanted, name| match likeness(wanted, name) {
        score if score <= NEAR && has_words_like(wanted, name) => NEAR_BY_WORDS,
        score => score,
    })
}

/// The same, but a name must be similar as a whole.
pub(super) fn nearest_whole<'a>(wanted: &str, known: Vec<&'a str>) -> Vec<&'a str> {
    ranked(wanted, known, likeness)
}

fn ranked<'a>(
    wanted: &str,
    known: Vec<&'a str>,
    score: impl Fn(&str, &str) -> f64,
) -> Vec<&'a str> {
    let folded = wanted.to_lowercase();
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|name| (score(&folded, &name.to_lowercase()), name))
        .filter(|(score, _)| *score > NEAR)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

/// The name that somebody mistyped as `wanted`, or else at most three of which it is the beginning or
/// some of the words.
pub(crate) fn mistyped<'a>(wanted: &str, known: &[&'a str]) -> Vec<&'a str> {
    let distance = |name: &&str| strsim::osa_distance(wanted, name);
    let is_slip = |name: &&str| wanted.len() > 2 && distance(name) == 1;
    let known = || known.iter().copied();
    let whole = known().filter(|name| is_slip(name) || is_typed_as(name, wanted));
    if let Some(name) = whole.min_by_key(distance) {
        return vec![name];
    }
    let is_start = |name: &str| wanted.len() > 2 && name.starts_with(wanted);
    let part = known().filter(|name| is_start(name) || has_words_like(wanted, name));
    part.take(3).collect()
}

/// Adds a hint with these names, if there are any.
pub(crate) fn hinted(error: Error, near: &[impl Display]) -> Error {
    let list: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    if list.is_empty() { error } else { error.hint(format!("did you mean {}?", list.join(" or "))) }
}

/// Whether a word is `name` with a typing error.
pub(super) fn is_near(word: &str, name: &str) -> bool {
    likeness(&word.to_lowercase(), &name.to_lowercase()) > NEAR
}

/// Whether two keys differ only in the order of their words: `aws_access_key_secret`.
pub(super) fn has_same_words(key: &str, other: &str) -> bool {
    let words = |key: &str| {
        let mut words: Vec<String> = key.split('_').map(str::to_owned).collect();
        words.sort();
        words
    };
    key.len() == other.len() && words(key) == words(other)
}

/// The name that `word` misspells, with at most this many errors.
pub(super) fn typo_of<const N: usize>(
    word: &str,
    names: [&'static str; N],
    errors: usize,
) -> Option<&'static str> {
    let distance = |name: &&str| strsim::osa_distance(word, name);
    names.into_iter().min_by_key(distance).filter(|name| distance(name) <= errors)
}

/// From this value on, two names count as similar.
const NEAR: f64 = 0.8;

/// The value of a name of which only some words are similar.
const NEAR_BY_WORDS: f64 = NEAR + 0.005;

/// The value of a name with a single typing error that Jaro-Winkler misses.
const NEAR_BY_SLIP: f64 = NEAR + 0.01;

/// A value from 0 to 1. Jaro-Winkler misses two swapped letters in a short name, such as `dve` for
/// `dev`, so a single typing error always counts as similar.
fn likeness(wanted: &str, name: &str) -> f64 {
    let score = strsim::jaro_winkler(wanted, name);
    let comparable = wanted.len() > 2 && wanted.len().abs_diff(name.len()) < 4;
    let is_slip = score <= NEAR && comparable && strsim::osa_distance(wanted, name) == 1;
    if is_slip { NEAR_BY_SLIP } else { score }
}

/// Whether `wanted` is one of the words in `name`, or several that follow each other, perhaps with a
/// typing error: `prdo` for `prod-tools`.
fn has_words_like(wanted: &str, name: &str) -> bool {
    let breaks = || name.match_indices(|c: char| !c.is_alphanumeric());
    let ends: Vec<usize> = breaks().map(|(at, _)| at).chain([name.len()]).collect();
    let mut starts = iter::once(0).chain(breaks().map(|(at, found)| at + found.len()));
    starts.any(|start| {
        let mut runs = ends.iter().filter(|end| **end >= start).map(|end| &name[start..*end]);
        runs.any(|run| is_typed_as(run, wanted))
    })
}

/// Whether somebody may have typed `typed` for `word`. The shorter it is, the more words are
/// similar by chance; the first letter is rarely wrong.
fn is_typed_as(word: &str, typed: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let length = typed.chars().count();
    if length < 3 || word.chars().count().abs_diff(length) > 2 {
        return false;
    }
    let (distance, is_swapped) = (strsim::osa_distance(word, typed), sorted(word) == sorted(typed));
    let is_start_right = is_swapped || word.chars().next() == typed.chars().next();
    match length {
        3 => distance == 0 || distance == 1 && is_swapped,
        4..10 => distance <= 1 && is_start_right,
        _ => distance <= 2 && is_start_right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_first_and_only_near_ones() {
        assert_eq!(nearest("prdo", vec!["dev", "prod", "prod-eu"]), ["prod", "prod-eu"]);
        assert_eq!(nearest("PROD", vec!["prod"]), ["prod"]);
        assert_eq!(nearest("dve", vec!["prod", "dev"]), ["dev"]);
        assert_eq!(nearest("edv", vec!["dev"]), ["dev"]);
        assert!(nearest("a", vec!["b"]).is_empty());
        assert!(nearest("x", vec!["prod"]).is_empty());
        assert_eq!(nearest("prdo", vec!["prod-tools", "prod", "dev"]), ["prod", "prod-tools"]);
    }

    #[test]
    fn names_with_similar_words() {
        for (wanted, name, is_near) in [
            ("prdo", "prod-tools", true),
            ("prod", "corp-prod-tools", true),
            ("tools", "prod-tools", true),
            ("tolos", "prod-tools", true),
            ("tools-eu", "prod-tools-eu", true),
            ("toolseu", "prod-tools-eu", true),
            ("dve", "dev-admin", true),
            ("snadbox", "Sandbox.Developer", true),
            ("develper", "Sandbox.Developer", true),
            ("administartor", "prod/AdministratorAccess", false),
            ("administartoracess", "prod/AdministratorAccess", true),
            ("größe", "eu-größe", true),
            ("test", "corp-best", false),
            ("dex", "corp-dev", false),
            ("eu", "prod-eu", false),
            ("data", "prod-tools", false),
            ("tools", "prod-stool", false),
            ("staging", "corp-sandbox", false),
            ("", "prod-tools", false),
        ] {
            assert_eq!(!nearest(wanted, vec![name]).is_empty(), is_near, "{wanted} for {name}");
        }
    }

    #[test]
    fn a_typing_error_excludes_names_with_similar_words() {
        let known = ["profile", "region", "sso-region", "role-name", "json", "dry-run", "use-code"];
        for (wanted, expected) in [
            ("regoin", &["region"][..]),
            ("regions", &["region"]),
            ("sso-reg", &["sso-region"]),
            ("jsn", &["json"]),
            ("prof", &["profile"]),
            ("dry", &["dry-run"]),
            ("roles", &["role-name"]),
            ("code", &["use-code"]),
            ("prefix", &[]),
            ("print", &[]),
            ("", &[]),
        ] {
            assert_eq!(mistyped(wanted, &known), expected, "{wanted}");
        }
    }
}
