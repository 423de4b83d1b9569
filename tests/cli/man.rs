//! `ssowrap man`.

use std::collections::BTreeSet;
use std::fs;

use crate::docs::verbs;
use crate::support::{Home, tool};

fn pages(home: &Home) -> BTreeSet<String> {
    let files = fs::read_dir(home.path("share/man1")).expect("a directory");
    files.map(|file| file.expect("a file").file_name().into_string().expect("UTF-8")).collect()
}

#[test]
fn a_page_for_each_verb() {
    let home = Home::new();
    home.run(["man", "share/man1"]).prints("");
    let help = home.run(["--help"]).succeeds().stdout().to_owned();
    let mut expected: BTreeSet<String> =
        verbs(&help).iter().map(|verb| format!("ssowrap-{verb}.1")).collect();
    let more = [
        "ssowrap",
        "ssowrap-cache-list",
        "ssowrap-cache-clear",
        "ssowrap-eks-get-token",
        "ssowrap-eks-update-kubeconfig",
    ];
    expected.extend(more.map(|name| format!("{name}.1")));
    assert_eq!(pages(&home), expected);
    // Again, replacing existing pages.
    fs::write(home.path("share/man1/ssowrap.1"), "an older page").expect("a file");
    home.run(["man", "share/man1"]).prints("");
    for page in pages(&home) {
        let text = fs::read_to_string(home.path("share/man1").join(&page)).expect("a page");
        let title = page.trim_end_matches(".1").to_uppercase();
        let version = env!("CARGO_PKG_VERSION");
        assert!(text.contains(&format!(".TH {title} 1 \"\" \"ssowrap {version}\"")), "{text}");
        for part in
            ["Print no warnings", "\\-\\-quiet", ".SH NAME", ".SH SYNOPSIS", ".SH \"EXIT STATUS\""]
        {
            assert!(text.contains(part), "{page} without {part}");
        }
        // Options that only the long help shows have their text, and a verb has its examples.
        if page == "ssowrap-exec.1" {
            assert!(text.contains("Do not read or write cached role credentials"), "{text}");
            assert!(text.contains(".SH EXAMPLES\n.nf\nssowrap \\-p prod exec"), "{text}");
        }
        for hidden in ["companion", "__complete", "unattended"] {
            assert!(!text.contains(hidden), "{hidden} in {page}");
        }
    }
}

#[test]
fn exit_codes_are_those_of_the_reference() {
    let reference = include_str!("../../docs/reference/exit-codes.md");
    let table = reference.split("\n\n").find(|paragraph| paragraph.starts_with('|'));
    let home = Home::new();
    home.run(["man", "share/man1"]).prints("");
    let page = fs::read_to_string(home.path("share/man1/ssowrap.1")).expect("a page");
    let rows: Vec<&str> = table.expect("a table").lines().skip(2).collect();
    let told = rows.iter().flat_map(|row| row.trim_matches(['|', ' ']).split(" | ").next());
    let told = told.map(|codes| codes.split(", ").count()).sum::<usize>();
    let status = page.split(".SH \"EXIT STATUS\"\n").nth(1).expect("a section");
    let listed = status.split(".SH").next().expect("its text").matches(".TP\n").count();
    assert_eq!(told, listed, "{status}");
    for row in rows {
        let (codes, meaning) = row.trim_matches(['|', ' ']).split_once(" | ").expect("two columns");
        // One row may describe two codes.
        for code in codes.split(", ") {
            let meaning = if codes.contains(',') { "the command" } else { meaning };
            assert!(page.contains(&format!(".TP\n{code}\n{meaning}")), "{row}");
        }
    }
}

#[test]
fn formatters_take_them_without_a_word() {
    let home = Home::new().env("LC_ALL", "C.UTF-8").env("MANWIDTH", "80");
    home.run(["man", "share/man1"]).prints("");
    for page in pages(&home) {
        let page = format!("share/man1/{page}");
        if let Some(program) = tool("groff") {
            home.tool(program, ["-ww", "-man", "-z", &page]).prints("");
        }
        if let Some(program) = tool("man") {
            let output = home.tool(program, ["--warnings", "-l", &page]).succeeds();
            assert!(output.stdout().contains("EXIT STATUS"), "{}", output.stdout());
        }
        if let Some(program) = tool("mandoc") {
            let output = home.tool(program, ["-Tlint", "-Wwarning", &page]).report();
            // There is no date, and there is space around lists of values.
            let known = ["missing date", "skipping paragraph macro"];
            for line in output.stdout().lines() {
                assert!(known.iter().any(|known| line.contains(known)), "{line}");
            }
        }
    }
}

#[test]
fn what_cannot_be_written_is_reported() {
    let home = Home::new().file("file", "");
    home.run(["man", "file/man1"]).fails(
        1,
        "error: cannot create the directory file/man1: Not a directory (os error 20)\nhint: name a \
         directory you may write to\n",
    );
    home.run(["man", "file"]).fails(
        1,
        "error: cannot create the directory file: File exists (os error 17)\nhint: name a \
         directory you may write to\n",
    );
    fs::create_dir_all(home.path("man1/ssowrap.1")).expect("a directory");
    home.run(["man", "man1"]).fails(
        1,
        "error: cannot write man1/ssowrap.1: Is a directory (os error 21)\n\
         hint: name a directory you may write to\n",
    );
}

/// `cargo install` puts the program into `~/.cargo/bin`, and `man` looks next to the directories in
/// PATH.
#[test]
fn man_finds_them_where_the_readme_puts_them() {
    let Some(man) = tool("man") else { return };
    let readme = include_str!("../../README.md");
    let line = readme.lines().find_map(|line| line.strip_prefix("ssowrap man ~/"));
    let home = Home::new();
    let directory = line.expect("a line of README.md");
    home.run(["man", directory]).prints("");
    let bin = home.path(".cargo/bin");
    fs::create_dir_all(&bin).expect("a directory");
    let path = format!("{}:/usr/bin:/bin", bin.display());
    for page in ["ssowrap", "ssowrap-export"] {
        let found = home.tool(&man, ["-w", page]).env("PATH", &path).succeeds();
        assert_eq!(found.stdout(), format!("~/{directory}/{page}.1\n"));
    }
}
