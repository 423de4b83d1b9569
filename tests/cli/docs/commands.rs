//! Every command in README.md and in the manual runs, in a home directory as the pages assume. A
//! block that does not run is marked: `<!-- not run here: why -->` comes before it.

use std::fs;
use std::path::Path;

use super::pages;
use crate::support::{Home, SSOWRAP, Token, tool};

/// The commands in one block of a page.
struct Block {
    /// `docs/shell.md:12`
    place: String,
    commands: String,
}

/// The config file that the pages assume: that of README.md, and the other profiles they name.
fn config() -> String {
    let readme = super::page("README.md");
    let sample = readme.split("<!-- config sample -->\n```ini\n").nth(1).expect("a sample");
    let mut config = sample.split("```").next().expect("its end").to_owned();
    for name in ["dns", "bastion", "dev"] {
        config.push_str(&format!(
            "\n[profile {name}]\nsso_session = corp\nsso_account_id = 210987654321\n\
             sso_role_name = ReadOnly\nregion = eu-west-1\n"
        ));
    }
    config
}

/// The blocks of shell commands on a page that must run.
fn blocks(path: &Path) -> Vec<Block> {
    let text = fs::read_to_string(path).expect("a page");
    let mut blocks = Vec::new();
    let (mut before, mut open) = ("", None);
    for (number, line) in (1..).zip(text.lines()) {
        match (&mut open, line) {
            (None, "```sh") => {
                let is_run =
                    !before.starts_with("<!-- not run") && !before.ends_with("command -->");
                let place = format!("{}:{number}", path.display());
                open = Some((is_run, Block { place, commands: String::new() }));
            }
            (Some(_), "```") => {
                let (is_run, block) = open.take().expect("open");
                blocks.extend(is_run.then_some(block));
            }
            (Some((_, block)), line) => block.commands.push_str(&format!("{line}\n")),
            (None, line) => before = line,
        }
    }
    assert!(open.is_none(), "{}", path.display());
    blocks
}

/// Other programs, which do nothing here.
const OTHERS: [&str; 9] =
    ["python", "terraform", "docker", "aws", "jq", "agent", "kubectl", "xdg-open", "helm"];

/// A browser that requests the page and shows nothing.
const BROWSER: &str = r#"#!/usr/bin/env bash
url=${1#http://} host=${1#http://}
host=${host%%/*}
exec 3<>"/dev/tcp/${host%:*}/${host#*:}"
printf 'GET /%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "${url#*/}" "$host" >&3
cat <&3 >/dev/null
"#;

/// Runs the block: confirms the changes of `configure`, in a shell that stops at the first failure.
const PERSON: &str = r#"
set -eu
ssowrap() {
  case " $* " in
    *" configure "*) command ssowrap "$@" --yes ;;
    *) command ssowrap "$@" ;;
  esac
}
"#;

fn home() -> Home {
    let mut home = Home::with_aws().config(&config()).token("corp", &Token::new());
    for directory in ["bin", ".local/bin"] {
        fs::create_dir_all(home.path(directory)).expect("a directory");
    }
    for other in OTHERS {
        home = home.script(&format!("bin/{other}"), "#!/bin/sh\n[ -t 0 ] || cat >/dev/null\n");
    }
    let own = Path::new(SSOWRAP).parent().expect("a directory").display();
    let path = format!("{}:{own}:/usr/bin:/bin", home.path("bin").display());
    let policy = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let home = home.script("bin/browser", BROWSER).file("only-this-bucket.json", policy);
    home.env("PATH", path).env("BROWSER", "browser")
}

#[test]
fn commands_run() {
    let Some(bash) = tool("bash") else { return };
    let (mut count, mut faults) = (0, Vec::new());
    for block in pages().iter().flat_map(|page| blocks(page)) {
        let Block { place, commands } = block;
        let home = home();
        let script = format!("{PERSON}\n{commands}");
        let output = home.tool(&bash, ["--norc", "-c", &script]).report();
        // An `eval` of nothing succeeds.
        if !output.status.success() || output.stderr.contains("error: ") {
            faults.push(format!("{place}: {}\n{commands}\n{}", output.status, output.stderr));
        }
        count += 1;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 20, "{count}");
}

/// The lines for scripts stop where there are no credentials.
#[test]
fn scripts_stop_at_a_failure() {
    let Some(bash) = tool("bash") else { return };
    let pages = pages();
    let blocks = pages.iter().flat_map(|page| blocks(page));
    let scripts: Vec<Block> = blocks.filter(|b| b.commands.starts_with("set -e\n")).collect();
    assert!(scripts.len() > 1);
    for Block { place, commands } in scripts {
        let home = home();
        fs::remove_dir_all(home.path(".aws/sso/cache")).expect("logins");
        let script = format!("{commands}echo went on");
        let output = home.tool(&bash, ["--norc", "-c", &script]).output();
        assert_eq!((output.status.code(), output.stdout()), (Some(3), ""), "{place}");
    }
}
