//! The parts of a `credential_process` command line that the resolver needs.

use std::path::Path;

use crate::platform::IS_WINDOWS;
use crate::text::words::words;

/// What a command line requests from ssowrap.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AskedOfSsowrap {
    pub profile: String,
    /// Whether it requests the credentials of that profile, without other options.
    pub is_plain: bool,
}

/// Characters that a shell interprets in a word, at least without quotes.
const OF_SHELL: &[char] = &['$', '`', ';', '&', '|', '<', '>', '(', ')', '*', '?', '['];

/// `Some` only if the command is ssowrap, under either of its names, and names a profile. Other
/// spellings of the same thing (a wrapper script, `AWS_PROFILE`, a shell variable) are left to the
/// guard that works across processes.
pub(crate) fn asked_of_ssowrap(command: &str) -> Option<AskedOfSsowrap> {
    if !runs_ssowrap(command) {
        return None;
    }
    let mut words = words(command).into_iter().skip(1);
    // A program named aws2-wrap may be the original.
    let (mut profile, mut is_plain, mut has_verb) = (None, runs(command, "ssowrap"), false);
    while let Some(word) = words.next() {
        if word == "-p" || word == "--profile" {
            profile = words.next();
        } else if let Some(value) = word.strip_prefix("--profile=") {
            profile = Some(value.to_owned());
        } else if let Some(value) = word.strip_prefix("-p") {
            profile = Some(value.strip_prefix('=').unwrap_or(value).to_owned());
        } else if word == "credential-process" {
            has_verb = true;
        } else if word != "-q" && word != "--quiet" {
            is_plain = false;
        }
    }
    let profile = profile.filter(|name| !is_of_shell(name))?;
    Some(AskedOfSsowrap { profile, is_plain: is_plain && has_verb })
}

/// Whether a shell may change a word.
fn is_of_shell(word: &str) -> bool {
    word.contains(OF_SHELL) || (IS_WINDOWS && word.contains(['%', '^']))
}

/// Whether a command line runs ssowrap, under either of its names. Then its exit codes mean the
/// same as ours.
pub(crate) fn runs_ssowrap(command: &str) -> bool {
    ["ssowrap", "aws2-wrap"].into_iter().any(|name| runs(command, name))
}

/// Whether a command line runs granted.
pub(crate) fn is_granted(command: &str) -> bool {
    runs(command, "granted")
}

fn runs(command: &str, name: &str) -> bool {
    let program = words(command).into_iter().next();
    program.is_some_and(|program| Path::new(&program).file_stem() == Some(name.as_ref()))
}

/// The profile whose credentials a command line requests from ssowrap.
pub(crate) fn ssowrap_profile(command: &str) -> Option<String> {
    asked_of_ssowrap(command).map(|asked| asked.profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_profile_in_every_spelling() {
        for (command, profile, is_plain) in [
            ("ssowrap -p prod credential-process", "prod", true),
            ("/usr/bin/ssowrap credential-process -pprod", "prod", true),
            ("ssowrap --quiet --profile=prod credential-process", "prod", true),
            ("\"/a b/ssowrap\" -p 'my prof' credential-process", "my prof", true),
            ("ssowrap -p prod --no-cache credential-process", "prod", false),
            ("ssowrap -p prod credential-process | cat", "prod", false),
            ("ssowrap -p prod export", "prod", false),
            ("ssowrap -p prod", "prod", false),
            ("/x/aws2-wrap --process --profile prod", "prod", false),
        ] {
            let expected = AskedOfSsowrap { profile: profile.to_owned(), is_plain };
            assert_eq!(asked_of_ssowrap(command), Some(expected), "{command}");
        }
        for command in [
            "ssowrap credential-process",
            "other -p prod",
            "",
            "ssowrap -p \"$NAME\" credential-process",
            "ssowrap -p `name` credential-process",
            "ssowrap -p prod;true credential-process",
        ] {
            assert_eq!(asked_of_ssowrap(command), None, "{command}");
        }
    }
}
