//! Compares our config parser with the AWS SDK for Rust's: if that accepts a text, both read the
//! same. No text makes ours panic.
//!
//! `PROPTEST_CASES=1000000 cargo test --release --test cli differential` is the long run.

use std::path::PathBuf;

use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_runtime::env_config::section::EnvConfigSections;
use aws_runtime::env_config::source;
use aws_types::os_shim_internal::{Env, Fs};
use proptest::prelude::*;
use ssowrap::profile::files::{ConfigFile, Files};
use ssowrap::profile::line::is_identifier;
use ssowrap::profile::parse::FileKind;
use ssowrap::profile::{Request, Resolver};

pub(crate) const KEYS: [&str; 8] =
    ["region", "s3", "role_arn", "source_profile", "sso_session", "aws_access_key_id", "x.y", "K"];
pub(crate) const NAMES: [&str; 5] =
    ["default", "a", "b", "some-thing:long/the_one%only.foo@bar+", "foo!bar"];

/// How the SDK reads the two texts; none if it refuses them.
pub(crate) fn theirs(config: &str, credentials: &str) -> Option<EnvConfigSections> {
    let files = EnvConfigFiles::builder()
        .with_contents(EnvConfigFileKind::Config, config)
        .with_contents(EnvConfigFileKind::Credentials, credentials)
        .build();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let (env, fs) = (Env::from_slice(&[]), Fs::from_slice(&[]));
    let source = runtime.block_on(source::load(&env, &fs, &files)).expect("texts in memory");
    EnvConfigSections::parse(source).ok()
}

fn ours(config: &[u8], credentials: &[u8]) -> Files {
    let file = |kind: FileKind, text: &[u8]| {
        ConfigFile::of_text(kind, PathBuf::from(kind.name()), text.to_vec())
    };
    Files {
        config: file(FileKind::Config, config),
        credentials: file(FileKind::Credentials, credentials),
    }
}

/// Texts that the SDK accepts by ignoring what we, like the AWS CLI, read: quoted names, `:`
/// instead of `=`, a lone CR, other white space around keys and values. Also two spellings of one header, which the SDK merges in random
/// order.
pub(crate) fn beyond_the_sdk(text: &str) -> bool {
    let odd_line = text.lines().any(|line| {
        let header = line.starts_with('[');
        let colon = line.split_once('=').is_some_and(|(key, _)| {
            key.contains(':') && !is_identifier(key.trim_matches([' ', '\t']))
        });
        let other_space = line.split_once(['=', ':']).is_some_and(|(key, value)| {
            let is_edge = |text: &str| text.trim() != text.trim_matches([' ', '\t']);
            is_edge(key) || value.split(['#', ';']).any(is_edge)
        });
        (header && line.contains(['"', '\'', '\\']))
            || (!header && (colon || other_space))
            || line.starts_with("[]")
    });
    let mut spellings = std::collections::HashMap::new();
    let clash = text.lines().filter(|line| line.starts_with('[')).any(|line| {
        let raw = line.split(['#', ';']).next().unwrap_or_default().trim_matches([' ', '\t']);
        let folded: String = raw.split_whitespace().collect();
        let folded = folded.replace("[profiledefault]", "[default]");
        *spellings.entry(folded).or_insert(raw) != raw && !raw.ends_with("default]")
    });
    odd_line || clash || text.replace("\r\n", "").contains('\r')
}

fn compare(config: &str, credentials: &str) -> Result<(), TestCaseError> {
    let files = ours(config.as_bytes(), credentials.as_bytes());
    let resolver = Resolver::new(&files);
    let Some(theirs) = theirs(config, credentials) else {
        return Ok(());
    };
    for name in theirs.profiles().filter(|name| !name.is_empty()) {
        let Some(profile) = resolver.profile(name) else {
            return Err(TestCaseError::fail(format!("they have a profile {name:?}, we do not")));
        };
        prop_assert!(profile.check().is_ok(), "{:?}", profile.check());
        for key in KEYS {
            let key = key.to_ascii_lowercase();
            let ours = profile.setting(&key).map(|s| &*s.value);
            let theirs = theirs.get_profile(name).and_then(|p| p.get(&key));
            prop_assert_eq!(ours, theirs, "profile {:?}, key {}", name, key);
        }
    }
    for profile in resolver.all_profiles() {
        if is_identifier(&profile.name) {
            prop_assert!(theirs.get_profile(&profile.name).is_some(), "we have {:?}", profile.name);
        }
    }
    for name in theirs.sso_sessions().filter(|name| !name.is_empty()) {
        let session = resolver.session(name);
        prop_assert!(session.is_some(), "they have a session {:?}", name);
        for key in KEYS {
            let key = key.to_ascii_lowercase();
            let ours = session.as_ref().and_then(|s| s.setting(&key)).map(|s| &*s.value);
            let theirs = theirs.sso_session(name).and_then(|s| s.get(&key));
            prop_assert_eq!(ours, theirs, "session {:?}, key {}", name, key);
        }
    }
    Ok(())
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("eu-west-1".to_owned()),
        Just("v # c".to_owned()),
        Just("v#c ; d".to_owned()),
        Just("a=b==".to_owned()),
        Just("\u{a0}# é\u{3000};x".to_owned()),
        "[ -~]{0,12}",
        "\\PC{0,6}",
    ]
}

fn line() -> impl Strategy<Value = String> {
    let name = prop::sample::select(NAMES.to_vec());
    let key = prop::sample::select(KEYS.to_vec());
    prop_oneof![
        3 => name.clone().prop_map(|n| format!("[profile {n}]")),
        2 => name.clone().prop_map(|n| format!("[{n}]")),
        1 => name.prop_map(|n| format!("[sso-session {n}] # c")),
        6 => (key.clone(), value()).prop_map(|(k, v)| format!("{k} = {v}")),
        2 => (key.clone(), value()).prop_map(|(k, v)| format!("{k}={v}\t;")),
        2 => (key, value()).prop_map(|(k, v)| format!("  {k} = {v}")),
        1 => value().prop_map(|v| format!("\t{v}")),
        2 => prop::sample::select(vec!["", "  ", ";", "# comment"]).prop_map(str::to_owned),
    ]
}

fn junk() -> impl Strategy<Value = Option<String>> {
    let junk = prop::sample::select(vec!["[", "]", "=", "[profile a", "junk", "  indented"]);
    prop::option::weighted(0.1, junk.prop_map(str::to_owned))
}

/// Mostly realistic texts.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let newline = prop::sample::select(vec!["\n", "\r\n"]);
    let first = prop::sample::select(vec!["[default]", "[profile a]", "", "# c\n[b]"]);
    (first, prop::collection::vec(line(), 0..16), junk(), newline).prop_map(
        |(first, mut lines, junk, nl)| {
            lines.insert(0, first.to_owned());
            lines.extend(junk);
            lines.join(nl)
        },
    )
}

/// Damaged bytes: overwritten, cut, repeated.
pub(crate) fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let damage = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 0..6);
    (text(), damage).prop_map(|(text, damage)| {
        let mut bytes = text.into_bytes();
        for (index, byte, how) in damage {
            if bytes.is_empty() {
                break;
            }
            let at = index.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.truncate(at),
                _ => bytes.insert(at, byte),
            }
        }
        bytes
    })
}

/// However many texts a property rejects.
pub(crate) fn all_cases() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        max_global_rejects: u32::MAX,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(all_cases())]

    #[test]
    fn reads_what_the_sdk_reads(config in text(), credentials in text()) {
        prop_assume!(!beyond_the_sdk(&config) && !beyond_the_sdk(&credentials));
        compare(&config, &credentials)?;
    }

    #[test]
    fn reads_what_the_sdk_reads_of_damaged_files(config in mutated()) {
        let Ok(config) = String::from_utf8(config) else { return Ok(()) };
        prop_assume!(!beyond_the_sdk(&config));
        compare(&config, "")?;
    }

    #[test]
    fn no_text_makes_it_panic(config in mutated(), credentials in any::<Vec<u8>>()) {
        let files = ours(&config, &credentials);
        let _ = files.warnings();
        let resolver = Resolver::new(&files);
        for name in files.profile_names() {
            let name = name.to_owned();
            let _ = resolver.resolve(&Request::Profile { name, origin: None });
        }
    }
}

/// The filter must not remove too much: most of the texts are compared, and many are accepted.
#[test]
fn the_generators_reach_the_comparison() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut compared, mut accepted) = (0, 0);
    for _ in 0..400 {
        let text = text().new_tree(&mut runner).expect("a text").current();
        if !beyond_the_sdk(&text) {
            compared += 1;
            accepted += usize::from(theirs(&text, "").is_some_and(|t| !t.is_empty()));
        }
    }
    assert!(compared > 150 && accepted > 10, "compared {compared}, accepted {accepted}");
}
