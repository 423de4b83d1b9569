//! `export --format github`: the environment of a job's later steps.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use super::{Triple, few_cases, home_with, triples};
use crate::support::{Home, KEYS};

/// How the runner reads the file of GITHUB_ENV, by the documented rules for lines.
///
/// 1. A line ends with CR LF, LF or CR. Empty lines are ignored.
/// 2. `NAME=VALUE`, if the `=` comes before any `<<`.
/// 3. `NAME<<DELIMITER`: the value continues up to a line that is the delimiter, without the last
///    line break; all others in it stay unchanged. The delimiter's line ends with a line break too.
fn runner(text: &str) -> Vec<(String, String)> {
    let mut rest = text;
    let mut all = Vec::new();
    while !rest.is_empty() {
        let (line, _) = next_line(&mut rest);
        if line.is_empty() {
            continue;
        }
        let (equals, heredoc) = (line.find('='), line.find("<<"));
        match (equals, heredoc) {
            (Some(at), heredoc) if heredoc.is_none_or(|heredoc| at < heredoc) => {
                all.push((line[..at].to_owned(), line[at + 1..].to_owned()));
            }
            (_, Some(at)) => {
                let (name, delimiter) = (&line[..at], &line[at + 2..]);
                assert!(!name.is_empty() && !delimiter.is_empty(), "{line}");
                let begin = rest;
                let mut length = 0;
                loop {
                    assert!(!rest.is_empty(), "no end of {name}");
                    let (line, end) = next_line(&mut rest);
                    if line == delimiter {
                        break;
                    }
                    length = begin.len() - rest.len() - end;
                }
                all.push((name.to_owned(), begin[..length].to_owned()));
            }
            _ => panic!("no variable: {line:?}"),
        }
    }
    all
}

/// The next line, and the length of its line break.
fn next_line<'a>(rest: &mut &'a str) -> (&'a str, usize) {
    let at = rest.find(['\r', '\n']).unwrap_or(rest.len());
    let end = match &rest[at..] {
        after if after.starts_with("\r\n") => 2,
        after => after.len().min(1),
    };
    let line = &rest[..at];
    *rest = &rest[at + end..];
    (line, end)
}

/// What the runner masks, from the commands on stdout.
fn hidden(stdout: &str) -> Vec<String> {
    let secret = |line: &str| {
        let data = line.strip_prefix("::add-mask::").expect("commands only");
        data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    };
    stdout.split_terminator('\n').map(secret).collect()
}

fn file(home: &Home) -> String {
    fs::read_to_string(home.path("github_env")).expect("a file")
}

fn job(home: Home, before: &str) -> Home {
    let path = home.path("github_env");
    home.file("github_env", before).env("GITHUB_ENV", path)
}

#[test]
fn keys_for_later_steps() {
    for before in ["", "OTHER=value\n", "OTHER=no end of line"] {
        let home = job(Home::new().config(KEYS), before);
        let mode = fs::Permissions::from_mode(0o640);
        fs::set_permissions(home.path("github_env"), mode).expect("own file");
        let run = home.run(["-p", "keys", "export", "--format", "github"]);
        run.prints("::add-mask::AKIAEXAMPLE\n::add-mask::FAKEsecret/+key\n");
        let text = file(&home);
        assert!(text.starts_with(before), "{text}");
        let variables = runner(&text);
        let expected = [
            ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "FAKEsecret/+key"),
            ("SSOWRAP_PROFILE", "keys"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(variables[variables.len() - 3..], expected, "{text}");
        assert_eq!(variables.len(), 3 + usize::from(!before.is_empty()));
        let mode = fs::metadata(home.path("github_env")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}

/// Variables cannot be removed. SDKs treat an empty one as missing.
#[test]
fn what_must_be_removed_becomes_empty() {
    let home = job(Home::new().config(KEYS), "");
    let run = home.run(["-p", "keys", "export", "--format", "github"]);
    run.env("AWS_SESSION_TOKEN", "FAKEtoken of others").succeeds();
    assert_eq!(runner(&file(&home))[0], ("AWS_SESSION_TOKEN".to_owned(), String::new()));
    home.write("github_env", "");
    home.run(["export", "--unset", "--format", "github"]).prints("");
    let variables = runner(&file(&home));
    assert!(variables.len() == 10 && variables.iter().all(|(_, value)| value.is_empty()));
}

#[test]
fn a_file_that_is_not_there_is_private() {
    let home = Home::new().config(KEYS);
    let path = home.path("new");
    home.run(["-p", "keys", "export", "--format=github"]).env("GITHUB_ENV", &path).succeeds();
    assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
}

#[test]
fn without_a_file_nothing_is_printed() {
    let home = Home::with_aws().config(crate::support::DEV).login("corp");
    let export = || home.run(["-p", "dev", "export", "--format", "github"]);
    export().fails(
        1,
        "error: GITHUB_ENV, which names the file to append to, is not set\n\
         hint: the format `github` is for the steps of a GitHub Actions job\n",
    );
    assert_eq!(home.aws().log().len(), 0);
    export().env("GITHUB_ENV", "no/such/file").fails(
        1,
        "error: cannot append to no/such/file (GITHUB_ENV): No such file or directory (os error \
         2)\n",
    );
}

/// Writes each set of values to the same file.
fn check(values: &[Triple]) {
    let home = job(home_with(values), "");
    let mut expected = Vec::new();
    for (i, values) in values.iter().enumerate() {
        let output = home.run(["-p", &format!("p{i}"), "export", "--format", "github"]).output();
        if values.iter().any(|value| value.ends_with('\r')) {
            assert_eq!((output.status.code(), output.stdout()), (Some(1), ""));
            continue;
        }
        assert!(output.status.success(), "{}", output.stderr);
        assert_eq!(hidden(output.stdout()), values);
        let profile = format!("p{i}");
        let names =
            ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "SSOWRAP_PROFILE"];
        let values = values.iter().chain([&profile]);
        expected.extend(names.iter().zip(values).map(|(n, v)| ((*n).to_owned(), v.clone())));
    }
    assert_eq!(runner(&file(&home)), expected);
}

#[test]
fn lines_that_look_like_the_file() {
    let values =
        ["a\nB=1\n", "\r\nC<<EOF\n", "x\nssowrap-00\n::set-env::%0A%25"].map(str::to_owned);
    let returns = ["a\r", "b\rc", "d"].map(str::to_owned);
    check(&[values, returns]);
}

proptest! {
    #![proptest_config(few_cases())]

    #[test]
    fn whatever_the_values_are(values in triples(1..24)) {
        check(&values);
    }
}
