//! Changes to one section of a file: their effect on every other byte, and how other programs read
//! the result.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use aws_runtime::env_config::section::EnvConfigSections;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;
use ssowrap::profile::edit::{Edit, SectionPlace};
use ssowrap::profile::parse::{Document, FileKind, SectionKind};

use crate::clients::installed;
use crate::differential::{KEYS, NAMES, all_cases, beyond_the_sdk, mutated, text, theirs};
use crate::support::Home;

/// The values that are written to a section.
const VALUES: [(&str, &str); 3] = [
    ("aws_access_key_id", "ASIAEXAMPLE"),
    ("aws_secret_access_key", "se/c+r=#t"),
    ("aws_session_token", "to/k+e=="),
];

/// `text` after an edit of a profile. A text that can't be edited is refused with a message.
fn edited(
    kind: FileKind,
    text: &[u8],
    name: &str,
    change: impl for<'a> FnOnce(&mut Edit<'a>) -> Result<(), String>,
) -> Result<Vec<u8>, String> {
    let document = Document::parse(kind, text.to_vec());
    let mut edit = Edit::new(&document, SectionPlace::profile(name))?;
    change(&mut edit)?;
    Ok(edit.finish()?.to_vec())
}

fn set(
    kind: FileKind,
    text: &[u8],
    name: &str,
    values: &[(&'static str, &'static str)],
) -> Result<Vec<u8>, String> {
    edited(kind, text, name, |edit| values.iter().try_for_each(|(key, value)| edit.set(key, value)))
}

fn removed(kind: FileKind, text: &[u8], name: &str, whole: bool) -> Vec<u8> {
    let change = |edit: &mut Edit<'_>| {
        VALUES.iter().for_each(|(key, _)| edit.remove(key));
        if whole {
            edit.remove_if_empty();
        }
        Ok(())
    };
    edited(kind, text, name, change).expect("what was written can be taken out")
}

fn as_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Before, and after `VALUES` were set in profile `p`. After removing them, the text is as before.
const EXAMPLES: [(FileKind, &str, &str); 20] = {
    use FileKind::{Config, Credentials};
    [
        (Credentials, "", "[p]\n@\n"),
        (Config, "", "[profile p]\n@\n"),
        (Credentials, "\u{feff}", "\u{feff}[p]\n@\n"),
        (Credentials, "\n", "\n\n[p]\n@\n"),
        (Credentials, "# c\n", "# c\n\n[p]\n@\n"),
        (Credentials, "# c", "# c\n\n[p]\n@"),
        (Credentials, "[a]\r\nx=1\r\n", "[a]\r\nx=1\r\n\r\n[p]\r\n@\r\n"),
        (Credentials, "[a]\rx=1\r", "[a]\rx=1\r\r[p]\r@\r"),
        (Credentials, "[a]\r\nx=1", "[a]\r\nx=1\r\n\r\n[p]\r\n@"),
        (Credentials, "[a]\nx=1\n\n\n", "[a]\nx=1\n\n\n\n[p]\n@\n"),
        // An indented file stays indented.
        (Config, "  [default]\n  a = 1\n", "  [default]\n  a = 1\n\n  [profile p]\n  @\n"),
        (Config, "\t[default]\n\t\ta = 1\n", "\t[default]\n\t\ta = 1\n\n\t[profile p]\n\t\t@\n"),
        // A header indented deeper than the key above it would be part of its value.
        (Config, "  [default]\na = 1\n", "  [default]\na = 1\n\n[profile p]\n@\n"),
        // After the last key and its continuation lines, before what belongs to the next section.
        (
            Config,
            "[profile p]\nx = 1\n\n# of b\n[profile b]\n",
            "[profile p]\nx = 1\n@\n\n# of b\n[profile b]\n",
        ),
        (
            Config,
            "[profile p]\ns3 =\n  a = 1\n\n  # c\n  b = 2\n; d\n",
            "[profile p]\ns3 =\n  a = 1\n\n  # c\n  b = 2\n@\n; d\n",
        ),
        (Config, "[profile p]\n   x = 1\n   # c\n", "[profile p]\n   x = 1\n   @\n   # c\n"),
        // However the section is spelled.
        (
            Config,
            "[ profile \"p\" ] ; c\nx : 1\n[default]\n",
            "[ profile \"p\" ] ; c\nx : 1\n@\n[default]\n",
        ),
        // The last of several sections with the same name.
        (
            Credentials,
            "[p]\nx = 1\n[a]\n[p]\ny = 2\n[b]\n",
            "[p]\nx = 1\n[a]\n[p]\ny = 2\n@\n[b]\n",
        ),
        (Credentials, "[p]\nx = 1", "[p]\nx = 1\n@"),
        (
            Config,
            "[p]\nx = 1\n[profilep]\n[sso-session p]\n",
            "[p]\nx = 1\n[profilep]\n[sso-session p]\n\n[profile p]\n@\n",
        ),
    ]
};

#[test]
fn where_new_keys_go() {
    for (kind, before, after) in EXAMPLES {
        let end = if before.contains("\r\n") {
            "\r\n"
        } else if before.contains('\r') {
            "\r"
        } else {
            "\n"
        };
        let at = after.find('@').expect("a mark");
        let indent = after[..at].rsplit(['\n', '\r']).next().unwrap_or_default();
        let lines = VALUES.map(|(key, value)| format!("{key} = {value}"));
        let expected = after.replace('@', &lines.join(&format!("{end}{indent}")));
        let found = set(kind, before.as_bytes(), "p", &VALUES).expect("it can be edited");
        assert_eq!(as_text(&found), expected, "{before:?}");
        assert_eq!(
            set(kind, &found, "p", &VALUES),
            Ok(found.clone()),
            "once is enough: {before:?}"
        );
        assert_eq!(as_text(&removed(kind, &found, "p", true)), before);
    }
}

/// Replaces the value of one key.
#[test]
fn what_is_around_a_value_stays() {
    for (before, after) in [
        ("[p]\nregion=x\n", "[p]\nregion=NEW\n"),
        ("[p]\n  Region\t:  x  \n", "[p]\n  Region\t:  NEW  \n"),
        ("[p]\nregion =\nx=1", "[p]\nregion = NEW\nx=1"),
        ("[p]\nregion=", "[p]\nregion=NEW"),
        ("[p]\nregion = NEW  \n", "[p]\nregion = NEW  \n"),
        // The last one counts, in whichever section it is.
        ("[p]\nregion = x\nregion = y\n", "[p]\nregion = x\nregion = NEW\n"),
        ("[p]\nregion = x\n[p]\nz = 1\n", "[p]\nregion = NEW\n[p]\nz = 1\n"),
        // Comments stay. A reader that doesn't know comments after a value does not read them as
        // part of it.
        ("[p]\n region = x # why\n", "[p]\n # why\n region = NEW\n"),
        ("[p]\nregion = NEW ; why\n", "[p]\n; why\nregion = NEW\n"),
        (
            "[p]\nregion =\n  x\n  # b\n\n  ; c\n  y\n\nz=1\n",
            "[p]\n# b\n; c\nregion = NEW\n\n\nz=1\n",
        ),
        // A colon may be part of a name for us, but not for the AWS CLI.
        ("[p]\nregion:x = y\n", "[p]\nregion = NEW\n"),
        ("[p]\nregion\n", "[p]\nregion\nregion = NEW\n"),
    ] {
        let found = set(FileKind::Credentials, before.as_bytes(), "p", &[("region", "NEW")]);
        assert_eq!(found.map(|found| as_text(&found)).as_deref(), Ok(after), "{before:?}");
    }
}

#[test]
fn what_goes_with_a_key_and_what_stays() {
    for (before, after) in [
        ("[p]\naws_access_key_id = x\n", ""),
        ("[a]\n\n[p]\naws_access_key_id = x\n\n[b]\n", "[a]\n\n[b]\n"),
        ("[a]\n[p]\naws_access_key_id = x", "[a]"),
        ("[p]\naws_access_key_id = x\n\n# of nobody\n", "\n# of nobody\n"),
        ("[p]\naws_access_key_id = x\n# mine\n", "[p]\n# mine\n"),
        ("[p]\naws_access_key_id = x # mine\n", "[p]\n# mine\n"),
        ("[p]\naws_access_key_id = x\nb = c\n", "[p]\nb = c\n"),
        ("[p]\naws_access_key_id = x\n[a]\n[p]\nAWS_Access_Key_Id=y\n", "[a]\n"),
        ("[p]\nb = 1\naws_session_token =\n  x\n  y", "[p]\nb = 1"),
    ] {
        let found = removed(FileKind::Credentials, before.as_bytes(), "p", true);
        assert_eq!(as_text(&found), after, "{before:?}");
    }
}

#[test]
fn names_of_new_sections() {
    for (name, config, credentials) in [
        ("default", Some("[default]"), Some("[default]")),
        ("a.b@c:d", Some("[profile a.b@c:d]"), Some("[a.b@c:d]")),
        ("équipe", Some("[profile équipe]"), Some("[équipe]")),
        ("my prof", Some("[profile 'my prof']"), Some("[my prof]")),
        ("it's #1]", Some(r#"[profile 'it'"'"'s #1]']"#), Some("[it's #1]]")),
        ("DEFAULT", Some("[profile DEFAULT]"), None),
        ("profile x", Some("[profile 'profile x']"), None),
        ("", None, None),
        (" a", Some("[profile ' a']"), None),
        ("a\nb", None, None),
        ("a\u{1b}", None, None),
    ] {
        for (kind, expected) in [(FileKind::Config, config), (FileKind::Credentials, credentials)] {
            let found = set(kind, b"", name, &[("region", "x")]).ok();
            let expected = expected.map(|header| format!("{header}\nregion = x\n"));
            assert_eq!(found.map(|found| as_text(&found)), expected, "{name:?} {kind:?}");
        }
    }
    let session = SectionPlace { kind: SectionKind::SsoSession, name: "My Corp" };
    let document = Document::parse(FileKind::Config, b"[profile My Corp]\n".to_vec());
    let mut edit = Edit::new(&document, session).expect("a plain file");
    edit.set("sso_region", "eu-west-1").expect("a plain value");
    assert_eq!(
        as_text(&edit.finish().expect("a text")),
        "[profile My Corp]\n\n[sso-session 'My Corp']\nsso_region = eu-west-1\n"
    );
}

#[test]
fn what_cannot_be_written_is_refused() {
    let refused = |text: &[u8], value: &'static str| {
        set(FileKind::Credentials, text, "p", &[("region", value)]).expect_err("it is refused")
    };
    for value in ["", " x", "x ", "x\u{a0}", "a\nb", "a\rb", "a #b", "a\t;b", "\0", "# x"] {
        let words = "the file cannot hold this value of `region`";
        assert_eq!(refused(b"", value), words, "{value:?}");
    }
    assert!(refused(b"[p]\0\n", "x").contains("NUL"));
    assert!(refused(b"\xff\xfe[\0p\0]\0", "x").contains("UTF-16"));
    assert!(refused(b"[a]\rx = 1\n", "x").contains("carriage returns"));
}

/// The contents of a file, except one profile.
fn others(kind: FileKind, text: &[u8], name: &str) -> Vec<String> {
    let document = Document::parse(kind, text.to_vec());
    let is_it = |kind: SectionKind| matches!(kind, SectionKind::Profile | SectionKind::BareDefault);
    let sections = document.sections().iter();
    let others = sections.filter(|s| !(is_it(s.kind) && document.name(s) == name));
    let said = others.map(|section| {
        let (properties, problems) = document.properties(section);
        let mut said = format!("{:?} {:?}", section.kind, document.name(section));
        for property in properties {
            write!(said, " {:?}={:?}", property.key, property.value).expect("a string takes it");
        }
        said + &format!(" {}", problems.len())
    });
    said.collect()
}

/// The profile's other keys.
fn rest(kind: FileKind, text: &[u8], name: &str) -> BTreeMap<String, String> {
    let document = Document::parse(kind, text.to_vec());
    let sections = document.find(SectionKind::Profile, name);
    let properties = sections.into_iter().flat_map(|section| document.properties(section).0);
    let known = |key: &str| VALUES.iter().any(|(k, _)| *k == key);
    let properties = properties.filter(|p| !known(&p.key));
    properties.map(|p| (p.key.into_owned(), p.value.into_owned())).collect()
}

fn name() -> impl Strategy<Value = &'static str> {
    let names = NAMES.into_iter().chain(["new", "my prof"]).collect::<Vec<_>>();
    prop::sample::select(names)
}

fn kind() -> impl Strategy<Value = FileKind> {
    prop::sample::select(vec![FileKind::Config, FileKind::Credentials])
}

/// Whole texts and damaged ones, without the key that the generators use.
fn any_text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![text().prop_map(String::into_bytes), mutated()]
}

fn has_section(kind: FileKind, text: &[u8], name: &str) -> bool {
    let document = Document::parse(kind, text.to_vec());
    !document.find(SectionKind::Profile, name).is_empty()
}

proptest! {
    #![proptest_config(all_cases())]

    #[test]
    fn what_is_undone_never_was(text in any_text(), name in name(), kind in kind()) {
        // Without the key that may already be there.
        let Ok(after) = set(kind, &text, name, &VALUES[1..]) else { return Ok(()) };
        let change = |edit: &mut Edit<'_>| {
            VALUES[1..].iter().for_each(|(key, _)| edit.remove(key));
            if !has_section(kind, &text, name) {
                edit.remove_if_empty();
            }
            Ok(())
        };
        let back = edited(kind, &after, name, change).expect("what was written can be taken out");
        prop_assert_eq!(as_text(&back), as_text(&text));
        prop_assert!(back == text);
    }

    #[test]
    fn nothing_else_changes(text in any_text(), name in name(), kind in kind()) {
        let Ok(after) = set(kind, &text, name, &VALUES) else { return Ok(()) };
        prop_assert_eq!(others(kind, &after, name), others(kind, &text, name));
        prop_assert_eq!(rest(kind, &after, name), rest(kind, &text, name));
        let again = set(kind, &after, name, &VALUES);
        prop_assert_eq!(again.map(|text| as_text(&text)), Ok(as_text(&after)));
    }

    #[test]
    fn another_value_and_back(text in any_text(), name in name(), kind in kind()) {
        let Ok(one) = set(kind, &text, name, &[("region", "one")]) else { return Ok(()) };
        let other = set(kind, &one, name, &[("region", "other")]).expect("as before");
        let back = set(kind, &other, name, &[("region", "one")]).expect("as before");
        prop_assert_eq!(as_text(&back), as_text(&one));
    }

    #[test]
    fn the_sdk_reads_what_was_written(text in text(), name in name(), kind in kind()) {
        prop_assume!(!beyond_the_sdk(&text));
        let both = |text: &str| match kind {
            FileKind::Config => theirs(text, ""),
            FileKind::Credentials => theirs("", text),
        };
        let Some(before) = both(&text) else { return Ok(()) };
        let after = set(kind, text.as_bytes(), name, &VALUES).expect("what the SDK reads is fit");
        let after = String::from_utf8(after).expect("UTF-8");
        let Some(sections) = both(&after) else {
            return Err(TestCaseError::fail(format!("the SDK refuses {after:?}")));
        };
        if NAMES[..4].contains(&name) || name == "new" {
            for (key, value) in VALUES {
                let found = sections.get_profile(name).and_then(|profile| profile.get(key));
                prop_assert_eq!(found, Some(value), "{} in {:?}", key, after);
            }
        }
        for other in before.profiles().filter(|other| *other != name) {
            for key in KEYS {
                let read = |sections: &EnvConfigSections| {
                    sections.get_profile(other).and_then(|p| p.get(key)).map(str::to_owned)
                };
                prop_assert_eq!(read(&sections), read(&before), "{} of {:?}", key, other);
            }
        }
    }
}

/// Whether the AWS CLI uses a different section for this profile from ours: of `[default]` and
/// `[profile default]` the later one, and none whose brackets it doesn't find.
fn read_otherwise(text: &str, name: &str) -> bool {
    let headers: Vec<&str> = text.lines().filter(|line| line.starts_with('[')).collect();
    let both = ["[default]", "[profile default]"].map(|h| headers.iter().any(|l| l.starts_with(h)));
    (name == "default" && both == [true, true])
        || headers.iter().any(|header| header.ends_with(['#', ';']) || header.contains(" #"))
}

/// All texts in one Python process: it must read the written values, and everything else as before.
#[test]
fn botocore_reads_what_was_written() {
    let Some(python) = installed("python/bin/python") else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/edited.py");
    let home = Home::new();
    let mut runner = TestRunner::deterministic();
    let mut cases = Vec::new();
    let strategy = (text(), name(), kind());
    for i in 0..1000 {
        let (text, name, kind) = strategy.new_tree(&mut runner).expect("a case").current();
        let Ok(after) = set(kind, text.as_bytes(), name, &VALUES) else { continue };
        if read_otherwise(&text, name) {
            continue;
        }
        let [before_file, after_file] = ["before", "after"].map(|when| format!("{when}-{i}"));
        home.write(&before_file, &text);
        home.write(&after_file, &after);
        cases.push(json!({
            "kind": kind.name(),
            "before": before_file,
            "after": after_file,
            "profile": name,
            "expected": BTreeMap::from(VALUES),
        }));
    }
    home.write("cases.json", serde_json::to_vec(&cases).expect("JSON"));
    let script = PathBuf::from(script);
    let output = home.tool(python, [script.as_os_str(), "cases.json".as_ref()]).report();
    assert!(output.status.success(), "{}{}", output.stdout(), output.stderr);
    let read: usize = output.stdout().trim().parse().expect("a number");
    assert!(read > 200, "only {read} of {} texts are read by botocore at all", cases.len());
}
