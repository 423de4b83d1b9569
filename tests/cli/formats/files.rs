//! Env files, credentials files and JSON, read by the programs that use them.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{Triple, few_cases, home_with, printed, softened, triples};
use crate::clients::installed;
use crate::support::{Home, SSOWRAP, tool};

const NAMES: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// How docker reads an env file (the command line reference of `--env-file`): spaces before a name
/// and lines that begin with `#` are ignored, the first `=` ends the name, and everything after it
/// is the value, unchanged. A line ends with LF; a CR before that belongs to the value.
fn docker(text: &str) -> Map<String, Value> {
    let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let lines = lines.map(|line| line.trim_start_matches(['\u{feff}', ' ', '\t']));
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let pairs = lines.map(|line| line.split_once('=').expect("no reference to the caller's own"));
    pairs.map(|(name, value)| (name.to_owned(), value.into())).collect()
}

fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).expect("a JSON object")
}

fn holds(found: &Map<String, Value>, values: &Triple, reader: &str) {
    for (name, value) in NAMES.iter().zip(values) {
        assert_eq!(
            found.get(*name).and_then(Value::as_str),
            Some(value.as_str()),
            "{name}, {reader}"
        );
    }
}

/// Node's own parser of `--env-file`; VS Code's follows the same rules.
fn check_dotenv(values: &[Triple]) -> usize {
    let home = home_with(values);
    let mut held = Vec::new();
    for (i, values) in values.iter().enumerate() {
        let Some(text) = printed(&home, i, "dotenv", values) else { continue };
        holds(&docker(&text), values, "docker");
        let name = format!("env{i}");
        home.write(&name, text);
        held.push((name, values));
    }
    let Some(node) = tool("node") else { return held.len() };
    let script =
        "const read = name => require('util').parseEnv(require('fs').readFileSync(name, 'utf8'));
        console.log(JSON.stringify(process.argv.slice(1).map(read)))";
    let names = held.iter().map(|(name, _)| name.as_str());
    let output = home.tool(node, ["-e", script, "--"].into_iter().chain(names)).succeeds();
    let found: Vec<Map<String, Value>> = serde_json::from_str(output.stdout()).expect("JSON");
    assert_eq!(found.len(), held.len());
    for (found, (_, values)) in found.iter().zip(&held) {
        holds(found, values, "node");
    }
    held.len()
}

/// systemd's own parser of such files. It also reads os-release, and systemd-tmpfiles shows three
/// of its variables.
fn check_systemd(values: &[Triple]) -> usize {
    let tmpfiles = tool("systemd-tmpfiles");
    let home = home_with(values);
    for directory in ["root/etc", "root/shown"] {
        fs::create_dir_all(home.path(directory)).expect("directories");
    }
    let shown = [("VERSION_ID", "%w"), ("BUILD_ID", "%B"), ("VARIANT_ID", "%W")];
    let lines = shown.map(|(name, specifier)| format!("f+ /shown/{name} - - - - {specifier}\n"));
    home.write("conf", lines.concat());
    let mut held = 0;
    for (i, values) in values.iter().enumerate() {
        let Some(mut text) = printed(&home, i, "systemd", values) else { continue };
        held += 1;
        let Some(tmpfiles) = &tmpfiles else { continue };
        for (name, (shown, _)) in NAMES.iter().zip(shown) {
            text = text.replace(&format!("{name}="), &format!("{shown}="));
        }
        home.write("root/etc/os-release", text);
        let root = format!("--root={}", home.path("root").display());
        let conf = home.path("conf");
        home.tool(tmpfiles, ["--create".as_ref(), root.as_ref(), conf.as_os_str()]).succeeds();
        for (value, (name, _)) in values.iter().zip(shown) {
            let found = fs::read_to_string(home.path("root/shown").join(name)).expect("a file");
            assert_eq!(&found, value);
        }
    }
    held
}

fn check_json(values: &[Triple]) {
    let home = home_with(values);
    for (i, values) in values.iter().enumerate() {
        let text = printed(&home, i, "json", values).expect("JSON takes any text");
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        let harmless = text.chars().all(|c| c == '\n' || !c.is_control());
        assert!(harmless && !text.contains('\u{202e}'), "{text:?}");
        holds(&object(&text), values, "serde_json");
    }
}

/// The sections of all profiles in one file, read by ssowrap, botocore and the SDK for JavaScript.
fn check_ini(values: &[Triple]) -> usize {
    let home = home_with(values);
    let mut file = String::from("# all of them\n");
    let mut held = Vec::new();
    for (i, values) in values.iter().enumerate() {
        let Some(section) = printed(&home, i, "ini", values) else { continue };
        file += &section;
        held.push((format!("p{i}"), values));
    }
    let home = Home::new().credentials(&file);
    for (profile, values) in &held {
        let output = home.run(["-p", profile, "export", "--format", "json"]).succeeds();
        holds(&object(output.stdout()), values, "ssowrap");
    }
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let readers = [
        ("botocore", installed("python/bin/python"), Some(scripts.join("credentials_file.py"))),
        ("JavaScript", tool("node"), installed("node/credentials_file.mjs")),
    ];
    for (reader, program, script) in readers {
        let (Some(program), Some(script)) = (program, script) else { continue };
        let names = held.iter().map(|(profile, _)| profile.as_str());
        let arguments = [script.to_str().expect("UTF-8")].into_iter().chain(names);
        let output = home.tool(program, arguments).succeeds();
        let found = object(output.stdout());
        for (profile, values) in &held {
            holds(found[profile].as_object().expect("an object"), values, reader);
        }
    }
    held.len()
}

/// Values that AWS issues, and on which all readers agree.
fn plain() -> Vec<Triple> {
    [
        ["ASIAEXAMPLE", "a/b+c", "IQoJb3JpZ2luX2VjE/+=="],
        ["it is", "a=b=c", "%PATH% {x} ~ * é 漢 \u{1F600} !"],
    ]
    .map(|triple| triple.map(str::to_owned))
    .into()
}

#[test]
fn what_every_reader_agrees_on() {
    let values = plain();
    assert_eq!(check_dotenv(&values), 2);
    assert_eq!(check_systemd(&values), 2);
    assert_eq!(check_ini(&values), 2);
    check_json(&values);
}

#[test]
fn systemd_takes_quotes() {
    let values = ["\"it's\" `x` $HOME \\", " \t", "\\n\\\"%n#;"].map(str::to_owned);
    assert_eq!(check_systemd(&[values]), 1);
}

/// A file for one profile is complete, even if the role has no profile.
#[test]
fn a_role_without_a_profile_is_the_default_one() {
    let home = Home::with_aws().login("corp");
    let role = ["--sso-session=corp", "--account-id=123456789012", "--role-name=Admin"];
    let run = home.run(role.into_iter().chain(["--region=eu-west-1", "export", "--format=ini"]));
    let output = run.succeeds();
    assert!(output.stdout().starts_with("[default]\naws_access_key_id = ASIA"));
    assert!(output.stdout().ends_with("\nregion = eu-west-1\n"), "{}", output.stdout());
    let home = home.credentials(output.stdout());
    home.tool(SSOWRAP, ["export"]).succeeds();
}

#[test]
fn a_name_that_no_header_can_hold() {
    let home = Home::new().config(
        "[profile \"My Corp\"]\naws_access_key_id = A\naws_secret_access_key = FAKEsecret\n",
    );
    home.run(["-p", "My Corp", "export", "--format", "ini"]).fails(
        2,
        "error: not every AWS SDK can read the profile `My Corp` from a credentials file\nhint: \
         rename it in the config: all SDKs can read letters, digits and any of `_-/.%@:+`\n",
    );
}

/// Besides the control characters.
fn ends_line(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

proptest! {
    #![proptest_config(few_cases())]

    #[test]
    fn dotenv(values in triples(1..24)) {
        check_dotenv(&values);
        let values = softened(&values, |c| ends_line(c) || c.is_control() || "#$".contains(c));
        prop_assert_eq!(check_dotenv(&values), values.len());
    }

    #[test]
    fn systemd(values in triples(1..24)) {
        check_systemd(&values);
        let is_none = |c: char| u32::from(c) & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&c);
        let refused = |c| ends_line(c) || c.is_control() && c != '\t' || c == '\u{feff}' || is_none(c);
        let values = softened(&values, refused);
        prop_assert_eq!(check_systemd(&values), values.len());
    }

    #[test]
    fn json(values in triples(1..24)) {
        check_json(&values);
    }

    #[test]
    fn ini(values in triples(1..24)) {
        check_ini(&values);
        let refused = |c: char| ends_line(c) || c.is_control() || "'\"\\#;[]".contains(c);
        let values = softened(&values, refused);
        prop_assert_eq!(check_ini(&values), values.len());
    }
}
