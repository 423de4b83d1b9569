//! The files that `--generate` writes, by the real aws2-wrap and by ssowrap.

use std::collections::BTreeMap;
use std::fs;

use ssowrap::profile::parse::{Document, FileKind, SectionKind};

use super::sides::{CONFIG, Sides};
use crate::entries::mode;
use crate::support::Home;

/// Every profile with its keys.
type Profiles = BTreeMap<String, BTreeMap<String, String>>;

fn profiles(kind: FileKind, home: &Home, file: &str) -> Option<Profiles> {
    let document = Document::parse(kind, fs::read(home.path(file)).ok()?);
    let mut profiles = Profiles::new();
    for section in document.sections() {
        if matches!(section.kind, SectionKind::Profile | SectionKind::BareDefault) {
            let (properties, _) = document.properties(section);
            let keys = properties.into_iter().map(|p| (p.key.into_owned(), p.value.into_owned()));
            profiles.entry(document.name(section).to_owned()).or_default().extend(keys);
        }
    }
    Some(profiles)
}

/// A command line, the files before it (the config is appended to [`CONFIG`]), and which files are
/// written.
struct Case {
    line: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
    config: &'static str,
    credentials: Option<&'static str>,
    files: [&'static str; 2],
}

const USUAL: [&str; 2] = [".aws/config", ".aws/credentials"];

const CASES: [Case; 7] = [
    Case {
        line: &["--generate", "--outprofile", "o"],
        variables: &[],
        config: "",
        credentials: None,
        files: USUAL,
    },
    // After an earlier run.
    Case {
        line: &["--profile", "deep", "--generate", "--outprofile=o"],
        variables: &[("AWS_DEFAULT_REGION", "x")],
        config: "[profile o]\nregion = us-east-1\n",
        credentials: Some(
            "[a]\nx = y\n[o]\naws_access_key_id = A\naws_secret_access_key = B\naws_session_token = C\n",
        ),
        files: USUAL,
    },
    // Another profile's region is removed.
    Case {
        line: &["--profile", "dev", "--generate", "--outprofile", "o"],
        variables: &[],
        config: "[profile o]\nregion = us-east-1\n",
        credentials: Some("[o]\naws_access_key_id = A\naws_secret_access_key = B\n"),
        files: USUAL,
    },
    Case {
        line: &["--generate", "--outprofile", "my o"],
        variables: &[],
        config: "",
        credentials: None,
        files: USUAL,
    },
    Case {
        line: &["--generate", "--configfile", "~/c", "--credentialsfile=k"],
        variables: &[],
        config: "",
        credentials: None,
        files: ["c", "k"],
    },
    // Variables do not say where to write.
    Case {
        line: &["--generate", "--outprofile", "o"],
        variables: &[
            ("AWS_SHARED_CREDENTIALS_FILE", "elsewhere"),
            ("AWS_CONFIG_FILE", ".aws/config"),
        ],
        config: "",
        credentials: None,
        files: USUAL,
    },
    // Also for a user's keys.
    Case {
        line: &["--generate", "--outprofile", "o"],
        variables: &[],
        config: "",
        credentials: Some("[o]\naws_access_key_id = AKIA\naws_secret_access_key = B\n"),
        files: USUAL,
    },
];

#[test]
fn the_same_profiles_as_the_real_one_writes() {
    let Some(sides) = Sides::new() else { return };
    for case in CASES {
        sides.write(".aws/config", &format!("{CONFIG}{}", case.config));
        for home in [&sides.ours, &sides.theirs] {
            // It may not exist.
            let _ = fs::remove_file(home.path(".aws/credentials"));
        }
        if let Some(credentials) = case.credentials {
            sides.write(".aws/credentials", credentials);
        }
        let line = [&["aws2-wrap"], case.line].concat();
        let (ours, theirs) = sides.run(&line, case.variables);
        assert_eq!(
            (ours.code, &ours.stdout),
            (theirs.code, &theirs.stdout),
            "{line:?}: {}",
            ours.stderr
        );
        for (kind, file) in [FileKind::Config, FileKind::Credentials].into_iter().zip(case.files) {
            let [ours, mut theirs] = [&sides.ours, &sides.theirs]
                .map(|home| profiles(kind, home, file).expect("a file"));
            // To the original, quotes are a part of a name, and an empty section is the same as
            // none.
            theirs.retain(|name, keys| !keys.is_empty() || ours.contains_key(name));
            assert_eq!(ours, theirs, "{line:?}: {file}");
        }
        assert!(!sides.ours.path("elsewhere").exists());
    }
}

/// Improvements: the original loses comments, other keys, and whole profiles.
#[test]
fn what_the_real_one_would_lose_stays() {
    let Some(sides) = Sides::new() else { return };
    let config = format!("# mine\n{CONFIG}\n[profile o]\n# why\nregion = x\noutput = json\n");
    sides.write(".aws/config", &config);
    let line = ["aws2-wrap", "--generate", "--outprofile", "o"];
    let (ours, theirs) = sides.run(&line, &[]);
    assert_eq!((ours.code, theirs.code), (0, 0));
    let [ours, theirs] = [&sides.ours, &sides.theirs]
        .map(|h| fs::read_to_string(h.path(".aws/config")).expect("a file"));
    assert_eq!(ours, config.replace("region = x\n", "region = eu-west-1\n"));
    assert!(
        !theirs.contains('#') && !theirs.contains("output = json"),
        "it is better than thought"
    );
    assert_eq!(mode(&sides.ours.path(".aws/credentials")), 0o600);

    // The SSO settings of the default profile, which is written if none is named.
    sides.write(".aws/config", CONFIG);
    let (ours, theirs) = sides.run(&["aws2-wrap", "--generate"], &[]);
    assert_eq!((ours.code, theirs.code), (1, 0));
    assert_eq!(
        ours.stderr,
        "profile `default` is not replaced: it holds `sso_start_url`, which decides where its \
         credentials come from\n  --> ~/.aws/config:2\nhint: name another profile with `--outprofile \
         NAME`, or replace it with `--force`\n"
    );
    assert_eq!(fs::read_to_string(sides.ours.path(".aws/config")).expect("a file"), CONFIG);
    let (ours, _) = sides.run(&["aws2-wrap", "--generate", "--force"], &[]);
    assert_eq!(ours.code, 0, "{}", ours.stderr);
    let [ours, theirs] = [&sides.ours, &sides.theirs]
        .map(|home| profiles(FileKind::Config, home, ".aws/config").expect("a file"));
    assert_eq!(ours["default"], theirs["default"]);

    // A directory that doesn't exist yet.
    let line = ["aws2-wrap", "--profile", "dev", "--generate", "--credentialsfile", "new/k"];
    let (ours, theirs) = sides.run(&line, &[]);
    assert_eq!((ours.code, theirs.code), (0, 1), "{}", ours.stderr);
}
