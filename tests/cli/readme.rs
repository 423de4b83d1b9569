//! README.md says what the program has: all of it, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::Home;

const README: &str = include_str!("../../README.md");

/// The first column of the table below a heading or a paragraph.
fn table(above: &str) -> Vec<&'static str> {
    let rest = README.split(&format!("\n{above}\n")).nth(1).expect(above);
    let rows = rest.lines().skip_while(|line| !line.starts_with('|')).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_start_matches("| ").split(" | ").next().expect("a column")).collect()
}

/// What stands between backquotes.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The names in a text, from a prefix on.
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

/// The blocks of a help text with what each of their lines lists.
fn listed<'a>(help: &'a str, heading: &str) -> Vec<&'a str> {
    let mut lines = help.lines().skip_while(|line| *line != format!("{heading}:")).skip(1);
    lines.by_ref().take_while(|line| !line.ends_with(':') || line.starts_with(' ')).collect()
}

/// The verbs in a help text.
fn verbs(help: &str) -> BTreeSet<&str> {
    let lines = listed(help, "Commands").into_iter().filter_map(|line| line.strip_prefix("  "));
    lines
        .filter_map(|line| line.split(' ').next())
        .filter(|verb| !["", "help"].contains(verb))
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
    let rows = table("## Verbs");
    let root = help(&home, &[]);
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
    // And each row has options that its verb has.
    for usage in rows.iter().flat_map(|row| code(row)) {
        let is_verb = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
        let verb: Vec<&str> = usage.split(' ').take_while(is_verb).collect();
        let text = help(&home, &verb);
        for option in options(usage) {
            assert!(options(&text).contains(&option), "{verb:?} has no {option}");
        }
    }
}

#[test]
fn options_are_those_of_the_program() {
    let home = Home::new();
    let root = help(&home, &[]);
    let mut expected = BTreeSet::new();
    for heading in ["Options of every verb", "Without a profile", "Cache"] {
        let flags = flags(&root, heading);
        assert!(!flags.is_empty(), "{heading}: {root}");
        expected.extend(flags);
    }
    let told: BTreeSet<String> = table("## Options")
        .iter()
        .flat_map(|row| code(row))
        .map(|usage| {
            let words = usage.split(' ').take_while(|word| word.starts_with('-'));
            words.collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(told, expected);
    // Those of one verb are told somewhere.
    let told = options(README);
    for verb in verbs(&root).into_iter().filter(|verb| *verb != "cache") {
        for flag in flags(&help(&home, &[verb]), "Options") {
            let long = flag.rsplit(' ').next().expect("a name");
            assert!(long == "--help" || told.contains(long), "{verb} {long}");
        }
    }
}

#[test]
fn exit_codes_are_those_of_the_program() {
    let source = include_str!("../../src/error.rs");
    let body = source.split("fn exit_code(self) -> u8 {").nth(1).expect("the codes");
    let body = body.split("\n    }\n").next().expect("their end");
    let codes = body.lines().filter_map(|line| line.split("=> ").nth(1));
    let codes = codes.map(|code| code.trim_end_matches(',').parse::<u8>().expect("a code"));
    let expected: BTreeSet<u8> = codes.chain([0]).collect();
    assert!(expected.len() > 5, "{expected:?}");
    let told = table("## Exit codes");
    let told =
        told.iter().flat_map(|row| row.split(", ")).map(|code| code.parse().expect("a code"));
    assert_eq!(told.collect::<BTreeSet<u8>>(), expected);
}

fn sources(directory: &Path, text: &mut String) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, text);
        } else {
            text.push_str(&fs::read_to_string(&path).expect("a source"));
        }
    }
}

#[test]
fn variables_are_those_of_the_program() {
    let mut source = String::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut source);
    let is_part = |c: char| c.is_ascii_uppercase() || c == '_';
    // A name alone in quotes is one that is read or set.
    let quoted = names(&source, "\"SSOWRAP_", is_part).into_iter().map(|name| name[1..].to_owned());
    assert_eq!(names(README, "SSOWRAP_", is_part), quoted.collect());
}

#[test]
fn links_lead_to_a_heading() {
    let headings = README.lines().filter_map(|line| line.trim_start_matches('#').strip_prefix(' '));
    let anchor = |heading: &str| {
        let kept = heading.to_lowercase().replace(' ', "-");
        kept.replace(|c: char| !c.is_alphanumeric() && c != '-', "")
    };
    let anchors: BTreeSet<String> = headings.map(anchor).collect();
    for link in README.split("](#").skip(1) {
        let link = link.split(')').next().expect("an end");
        assert!(anchors.contains(link), "{link}");
    }
}
