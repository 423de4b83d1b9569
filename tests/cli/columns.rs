//! Output on a terminal: columns that fit, paths that start with `~`, colours by state, the current
//! profile, and what to do if there is nothing yet. If it isn't a terminal, nothing is cut off.

use serde_json::Value;

use crate::support::{DEV, Home, Run};
use crate::terminal::Terminal;

/// The lines that a program shows on a terminal with this many columns.
fn shown(run: Run<'_>, columns: u16) -> Vec<String> {
    let (_, text) = Terminal::of_size(run, 40, columns).ends();
    text.lines().map(|line| line.trim_end_matches('\r').to_owned()).collect()
}

const CHAIN: &str = "
[profile a-long-name-for-a-chain]
role_arn = arn:aws:iam::210987654321:role/with/a/path/and-a-long-name-to-cut
source_profile = dev
region = eu-west-1
duration_seconds = 900
";

fn home() -> Home {
    Home::new().config(&format!("{DEV}{CHAIN}")).login("corp")
}

#[test]
fn rows_fit_the_terminal() {
    let home = home();
    assert_eq!(
        shown(home.run(["profiles"]), 80),
        [
            "PROFILE                  KIND         ACCOUNT       ROLE               REGION",
            "dev                      sso          123456789012  Admin              eu-west-1",
            "a-long-name-for-a-chain  assume_role  210987654321  with/a/path/and-…  eu-west-1",
        ]
    );
}

#[test]
fn nothing_is_cut_elsewhere() {
    let home = home();
    let output = home.run(["profiles"]).succeeds();
    assert!(output.stdout().contains("with/a/path/and-a-long-name-to-cut"), "{}", output.stdout());
}

#[test]
fn an_explanation_is_readable_at_80_columns() {
    let home = home();
    let lines = shown(home.run(["-p", "a-long-name-for-a-chain", "explain"]), 80);
    let text = lines.join("\n");
    assert!(lines.iter().all(|line| line.chars().count() <= 90), "{text}");
    for line in [
        "config       ~/.aws/config",
        "[profile a-long-name-for-a-chain]",
        "  ~/.aws/config:13  source_profile = dev",
        "             account 123456789012, role Admin",
    ] {
        assert!(lines.iter().any(|shown| shown == line), "{line}: {text}");
    }
    assert!(!text.contains(home.path("").to_str().expect("UTF-8").trim_end_matches('/')), "{text}");
}

#[test]
fn a_login_has_the_colour_of_its_state() {
    let home = home();
    let good = "token      \u{1b}[32mvalid until ";
    let bad = "token      \u{1b}[31mmissing\u{1b}[0m";
    let text = shown(home.run(["status"]), 80).join("\n");
    assert!(text.contains(good), "{text:?}");
    let text = shown(home.run(["status"]).env("NO_COLOR", "1"), 80).join("\n");
    assert!(!text.contains('\u{1b}'), "{text:?}");
    assert!(!home.run(["status"]).succeeds().stdout().contains('\u{1b}'));
    let stranger = Home::new().config(DEV);
    let text = shown(stranger.run(["status"]), 80).join("\n");
    assert!(text.contains(bad), "{text:?}");
}

#[test]
fn the_current_profile_is_marked() {
    let home = home();
    for variable in ["AWS_PROFILE", "SSOWRAP_PROFILE"] {
        let output = home.run(["profiles"]).env(variable, "dev").succeeds();
        let marked: Vec<&str> =
            output.stdout().lines().filter(|line| line.ends_with("  (current)")).collect();
        assert!(marked.len() == 1 && marked[0].starts_with("dev "), "{}", output.stdout());
    }
    assert!(!home.run(["profiles"]).succeeds().stdout().contains("(current)"));
}

#[test]
fn profiles_by_pattern() {
    let home = home();
    let names = |pattern: &str| -> Vec<String> {
        let output = home.run(["profiles", "--json", pattern]).succeeds();
        let rows: Vec<Value> = serde_json::from_str(output.stdout()).expect("rows");
        rows.iter().map(|row| row["profile"].as_str().expect("a name").to_owned()).collect()
    };
    let chain = "a-long-name-for-a-chain";
    assert_eq!(names("DEV"), ["dev"]);
    assert_eq!(names("210987654321"), [chain]);
    assert_eq!(names("admin"), ["dev"]);
    assert_eq!(names("a-*chain"), [chain]);
    home.run(["profiles", "dve"]).fails(
        4,
        "error: no profile matches `dve`\nhint: did you mean `dev`?\n\
         hint: `ssowrap profiles` lists them all\n",
    );
}

#[test]
fn where_there_is_nothing_yet() {
    let home = Home::new();
    for (words, told) in [
        (&["profiles"][..], "no profiles yet: `ssowrap configure` writes them\n"),
        (
            &["status"],
            "no logins yet: run `ssowrap configure` for Identity Center, or `aws login`\n",
        ),
        (&["cache", "list"], "nothing is cached\n"),
    ] {
        let output = home.run(words).output();
        assert_eq!((output.stdout(), output.stderr.as_str()), ("", told));
        assert!(output.status.success());
        home.run(words.iter().chain(&["-q"])).prints("");
    }
}

/// A long list of profiles gives way to what an entry is and how long it is valid.
#[test]
fn the_list_of_profiles_is_cut_first() {
    let more: Vec<String> = (0..9)
        .map(|number| DEV.replace("[profile dev]", &format!("[profile another-{number}]")))
        .map(|text| text[text.find("[profile").expect("a profile")..].to_owned())
        .collect();
    let home = Home::with_aws().config(&format!("{DEV}{}", more.join("\n"))).login("corp");
    home.run(["-p", "dev", "export"]).succeeds();
    let lines = shown(home.run(["cache", "list"]), 100);
    assert!(lines[1].contains("…  123456789012 Admin  ASIA"), "{lines:?}");
    assert!(lines[1].ends_with(" left)"), "{lines:?}");
    assert_eq!(lines[1].chars().count(), 100, "{lines:?}");
}
