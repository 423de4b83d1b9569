//! What a `credential_process` command line says, as far as the resolver needs it.

use std::path::Path;

use crate::text::words::words;

/// The profile a command line asks ssowrap for: `Some` only if the command is ssowrap, under either
/// of its names, and names one. Other spellings of the same thing (a wrapper script, `AWS_PROFILE`) are left to the guard
/// that works across processes.
pub(crate) fn ssowrap_profile(command: &str) -> Option<String> {
    let mut words = words(command).into_iter();
    let program = words.next()?;
    if !["ssowrap", "aws2-wrap"]
        .iter()
        .any(|name| Path::new(&program).file_stem() == Some(name.as_ref()))
    {
        return None;
    }
    let mut profile = None;
    while let Some(word) = words.next() {
        if word == "-p" || word == "--profile" {
            profile = words.next();
        } else if let Some(value) = word.strip_prefix("--profile=") {
            profile = Some(value.to_owned());
        } else if let Some(value) = word.strip_prefix("-p") {
            profile = Some(value.strip_prefix('=').unwrap_or(value).to_owned());
        }
    }
    profile
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_profile_in_every_spelling() {
        let profile = |command: &str| ssowrap_profile(command);
        assert_eq!(profile("ssowrap -p prod credential-process").as_deref(), Some("prod"));
        assert_eq!(profile("/usr/bin/ssowrap credential-process -pprod").as_deref(), Some("prod"));
        assert_eq!(profile("ssowrap --profile=prod x").as_deref(), Some("prod"));
        assert_eq!(profile("\"/a b/ssowrap\" -p 'my prof' x").as_deref(), Some("my prof"));
        assert_eq!(profile("/x/aws2-wrap --process --profile prod").as_deref(), Some("prod"));
        assert_eq!(profile("ssowrap credential-process"), None);
        assert_eq!(profile("other -p prod"), None);
        assert_eq!(profile(""), None);
    }
}
