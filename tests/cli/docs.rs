//! README.md and docs/ describe everything that the program has, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::Home;

mod commands;
mod members;

/// The checkout.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A file of the checkout.
fn page(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).expect(path)
}

/// README.md and every page below docs/.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![Path::new(ROOT).join("README.md")];
    let mut directories = vec![Path::new(ROOT).join("docs")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages
}

/// All pages as one text.
fn all_pages() -> String {
    pages().iter().map(|path| fs::read_to_string(path).expect("a page")).collect()
}

/// The first column of the first table on a reference page.
fn table(name: &str) -> Vec<String> {
    let text = page(&format!("docs/reference/{name}.md"));
    let rows = text.lines().skip_while(|line| !line.starts_with('|')).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let column = |row: &str| row.trim_start_matches("| ").split(" | ").next().map(str::to_owned);
    rows.map(|row| column(row).expect("a column")).collect()
}

/// The text between backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The names in a text that begin with a prefix.
fn names(text: &str, prefix: &str, is_part: fn(char) -> bool) -> BTreeSet<String> {
    let starts = text.match_indices(prefix).map(|(at, _)| &text[at..]);
    let name = |rest: &str| {
        let end =
            rest[prefix.len()..].find(|c| !is_part(c)).map_or(rest.len(), |n| n + prefix.len());
        rest[..end].to_owned()
    };
    starts.map(name).filter(|name| name != prefix).collect()
}

fn options(text: &str) -> BTreeSet<String> {
    names(text, "--", |c| c.is_ascii_alphanumeric() || c == '-')
}

/// The parts of a help text below `heading`, line by line.
fn listed<'a>(help: &'a str, heading: &str) -> Vec<&'a str> {
    let mut lines = help.lines().skip_while(|line| *line != format!("{heading}:")).skip(1);
    lines.by_ref().take_while(|line| !line.ends_with(':') || line.starts_with(' ')).collect()
}

/// The verbs in a help text: everything listed below headings, before the options.
pub(crate) fn verbs(help: &str) -> BTreeSet<&str> {
    let lines = help.lines().take_while(|line| *line != "Options:");
    let lines = lines.filter_map(|line| line.strip_prefix("  "));
    lines
        .filter_map(|line| line.split(' ').next())
        .filter(|verb| verb.starts_with(|c: char| c.is_ascii_lowercase()) && *verb != "help")
        .collect()
}

/// The options in a block of a help text, as `-p, --profile`.
fn flags(help: &str, heading: &str) -> BTreeSet<String> {
    let lines = listed(help, heading).into_iter().map(str::trim_start);
    let lines = lines.filter(|line| line.starts_with('-'));
    let flag = |line: &str| {
        let words = line.split(' ').take_while(|word| word.starts_with('-'));
        words.collect::<Vec<_>>().join(" ").trim_end_matches("...").to_owned()
    };
    lines.map(flag).collect()
}

fn help(home: &Home, verb: &[&str]) -> String {
    home.run(verb.iter().chain(&["-h"])).succeeds().stdout().to_owned()
}

#[test]
fn verbs_are_those_of_the_program() {
    let home = Home::new();
    let rows = table("verbs");
    let root = home.run(["--help"]).succeeds().stdout().to_owned();
    let mut expected = BTreeSet::new();
    for verb in verbs(&root) {
        let text = help(&home, &[verb]);
        let below = verbs(&text);
        expected.extend(below.iter().map(|action| format!("{verb} {action}")));
        if below.is_empty() {
            expected.insert(verb.to_owned());
        }
    }
    let told: BTreeSet<String> = rows
        .iter()
        .flat_map(|row| code(row))
        .map(|usage| {
            let is_word = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
            usage.split(' ').take_while(is_word).collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(told, expected);
    // Each row contains only options that its verb has.
    for usage in rows.iter().flat_map(|row| code(row)) {
        let is_verb = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
        let verb: Vec<&str> = usage.split(' ').take_while(is_verb).collect();
        let text = home.run(verb.iter().chain(&["--help"])).succeeds().stdout().to_owned();
        for option in options(usage) {
            assert!(options(&text).contains(&option), "{verb:?} has no {option}");
        }
    }
}

#[test]
fn options_are_those_of_the_program() {
    let home = Home::new();
    let root = home.run(["--help"]).succeeds().stdout().to_owned();
    let mut expected = BTreeSet::new();
    let export = home.run(["export", "--help"]).succeeds().stdout().to_owned();
    for heading in ["Which credentials", "How to get them", "Messages"] {
        let flags = flags(&export, heading);
        assert!(!flags.is_empty(), "{heading}: {export}");
        expected.extend(flags);
    }
    let told: BTreeSet<String> = table("options")
        .iter()
        .flat_map(|row| code(row))
        .map(|usage| {
            let words = usage.split(' ').take_while(|word| word.starts_with('-'));
            words.collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(told, expected);
    // Options of a single verb are mentioned somewhere.
    let told = options(&all_pages());
    for verb in verbs(&root).into_iter().filter(|verb| *verb != "cache") {
        for flag in flags(&help(&home, &[verb]), "Options") {
            let long = flag.rsplit(' ').next().expect("a name");
            assert!(long == "--help" || told.contains(long), "{verb} {long}");
        }
    }
}

/// A unit test compares the table with the program.
#[test]
fn variables_are_those_of_the_table() {
    let is_part = |c: char| c.is_ascii_uppercase() || c == '_';
    let table = include_str!("../../docs/reference/variables.md");
    assert_eq!(names(&all_pages(), "SSOWRAP_", is_part), names(table, "SSOWRAP_", is_part));
}

/// The anchors of a page's headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter_map(|line| line.trim_start_matches('#').strip_prefix(' '));
    let anchor = |heading: &str| {
        let kept = heading.to_lowercase().replace(' ', "-");
        kept.replace(|c: char| !c.is_alphanumeric() && c != '-', "")
    };
    headings.map(anchor).collect()
}

#[test]
fn links_lead_somewhere() {
    for path in pages() {
        let text = fs::read_to_string(&path).expect("a page");
        for link in text.split("](").skip(1) {
            let link = link.split(')').next().expect("an end");
            if link.starts_with("https://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => path.clone(),
                file => path.parent().expect("a directory").join(file),
            };
            let shown = format!("{}: {link}", path.display());
            assert!(target.exists(), "{shown}");
            if !anchor.is_empty() {
                let text = fs::read_to_string(&target).expect(&shown);
                assert!(anchors(&text).contains(anchor), "{shown}");
            }
        }
    }
}

/// The pages of the book, in order.
fn summary() -> BTreeSet<PathBuf> {
    let text = page("docs/SUMMARY.md");
    let links = text.split("](").skip(1).filter_map(|link| link.split(')').next());
    links.map(|link| Path::new(ROOT).join("docs").join(link)).collect()
}

#[test]
fn the_summary_has_every_page() {
    let is_of_book = |path: &PathBuf| {
        path.starts_with(Path::new(ROOT).join("docs")) && !path.ends_with("SUMMARY.md")
    };
    let pages: BTreeSet<PathBuf> = pages().into_iter().filter(is_of_book).collect();
    assert_eq!(summary(), pages);
}

/// A newcomer reads all of it.
#[test]
fn the_readme_is_one_page() {
    assert!(page("README.md").lines().count() <= 200);
}

/// The sources as one text, with multi-line strings joined.
fn sources() -> String {
    let mut text = String::new();
    let mut directories = vec![Path::new(ROOT).join("src")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => directories.push(path),
                false => text.push_str(&fs::read_to_string(path).expect("a source")),
            }
        }
    }
    let lines = text.split("\\\n").map(str::trim_start);
    lines.collect()
}

/// The longest part of a message without its variable parts: `...`, names and numbers.
fn fixed_part(message: &str) -> &str {
    let is_name = |word: &str| word.len() < 2 || word.chars().all(|c| c.is_ascii_uppercase());
    let mut parts = Vec::new();
    for part in message.split("...") {
        let mut start = 0;
        for word in part.split([' ', ',', ':', '`']) {
            let at = word.as_ptr() as usize - part.as_ptr() as usize;
            if is_name(word) && word != "a" {
                parts.push(&part[start..at]);
                start = at + word.len();
            }
        }
        parts.push(&part[start..]);
    }
    let parts = parts.into_iter().map(|part| part.trim_matches([' ', ':', '`', ',', '-']));
    parts.max_by_key(|part| part.len()).unwrap_or_default()
}

#[test]
fn messages_are_those_of_the_program() {
    let sources = sources();
    let rows = table("../troubleshooting");
    assert!(rows.len() > 15);
    for row in rows {
        let row = row.replace("``", "\u{1}");
        let mark = if row.contains('\u{1}') { '\u{1}' } else { '`' };
        let message = row.split(mark).nth(1).expect("a message");
        let part = fixed_part(message);
        assert!(part.len() > 8 && sources.contains(part), "{message}: {part:?}");
    }
}
