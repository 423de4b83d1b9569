//! The parts of a `credential_process` command line that the resolver needs.

use std::ffi::OsStr;
use std::path::Path;

use crate::platform::IS_WINDOWS;
use crate::text::words::words;

/// What a command line requests from ssowrap.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AskedOfSsowrap {
    pub profile: String,
    /// Whether it requests the credentials of that profile, without other options.
    pub is_alias: bool,
    /// Whether the program is ssowrap: one named aws2-wrap may be the original.
    pub is_ours: bool,
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
    let is_ours = runs(command, "ssowrap");
    let verb = if is_ours { "credential-process" } else { "--process" };
    let (mut profiles, mut is_plain, mut has_verb) = (Vec::new(), true, false);
    while let Some(word) = words.next() {
        if word == "-p" || word == "--profile" {
            profiles.extend(words.next());
        } else if let Some(value) = word.strip_prefix("--profile=") {
            profiles.push(value.to_owned());
        } else if let Some(value) = word.strip_prefix("-p") {
            profiles.push(value.strip_prefix('=').unwrap_or(value).to_owned());
        } else if word == verb {
            has_verb = true;
        } else if !is_ours || (word != "-q" && word != "--quiet") {
            is_plain = false;
        }
    }
    // With two, ssowrap gives nothing.
    let is_alias = is_plain && has_verb && profiles.len() == 1;
    let profile = profiles.pop().filter(|name| !is_of_shell(name))?;
    Some(AskedOfSsowrap { profile, is_alias, is_ours })
}

/// Whether a shell may change a word.
fn is_of_shell(word: &str) -> bool {
    word.contains(OF_SHELL)
        || word.starts_with(['~', '#'])
        || (IS_WINDOWS && word.contains(['%', '^']))
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

/// A file with another ending, such as `ssowrap.sh`, is somebody's wrapper, and may do anything.
fn runs(command: &str, name: &str) -> bool {
    let Some(program) = words(command).into_iter().next() else { return false };
    let program = Path::new(&program);
    let is_program = |ending: &OsStr| IS_WINDOWS && ending.eq_ignore_ascii_case("exe");
    program.file_stem() == Some(name.as_ref()) && program.extension().is_none_or(is_program)
}

/// The profile whose credentials a command line requests from ssowrap.
pub(crate) fn ssowrap_profile(command: &str) -> Option<String> {
    asked_of_ssowrap(command).map(|asked| asked.profile)
}

/// The profile whose credentials a command line gives, whether its program is ssowrap or aws2-wrap.
pub(crate) fn alias_of(command: &str) -> Option<String> {
    asked_of_ssowrap(command).filter(|asked| asked.is_alias).map(|asked| asked.profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_profile_in_every_spelling() {
        for (command, profile, is_alias) in [
            ("ssowrap -p prod credential-process", "prod", true),
            ("/usr/bin/ssowrap credential-process -pprod", "prod", true),
            ("ssowrap --quiet --profile=prod credential-process", "prod", true),
            ("\"/a b/ssowrap\" -p 'my prof' credential-process", "my prof", true),
            ("ssowrap -p prod --no-cache credential-process", "prod", false),
            ("ssowrap -p prod credential-process | cat", "prod", false),
            ("ssowrap -p prod export", "prod", false),
            ("ssowrap -p prod", "prod", false),
            ("ssowrap -p dev -p prod credential-process", "prod", false),
            ("/x/aws2-wrap --process --profile prod", "prod", true),
            ("aws2-wrap --profile=prod --process", "prod", true),
            ("aws2-wrap --profile prod", "prod", false),
            ("aws2-wrap --profile prod credential-process", "prod", false),
            ("aws2-wrap --process -q --profile prod", "prod", false),
        ] {
            let is_ours = !command.contains("aws2-wrap");
            let expected = AskedOfSsowrap { profile: profile.to_owned(), is_alias, is_ours };
            assert_eq!(asked_of_ssowrap(command), Some(expected), "{command}");
        }
        for command in [
            "ssowrap credential-process",
            "other -p prod",
            "/opt/ssowrap.sh -p prod credential-process",
            "",
            "ssowrap -p \"$NAME\" credential-process",
            "ssowrap -p `name` credential-process",
            "ssowrap -p ~ credential-process",
            "ssowrap -p prod;true credential-process",
        ] {
            assert_eq!(asked_of_ssowrap(command), None, "{command}");
        }
    }
}
