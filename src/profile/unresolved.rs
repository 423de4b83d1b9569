//! The errors for profiles that don't resolve.

use super::files::Files;
use super::key::Key;
use super::merged::Merged;
use super::sections::Sections;
use super::suggest;
use super::trail::arrows;
use crate::error::{Error, Kind, Location, Subject};

/// The requested profile doesn't exist.
pub(super) fn no_profile(files: &Files, name: &str, origin: Option<&'static str>) -> Error {
    let [config, credentials] = files.both();
    let paths = format!("{} or {}", config.path.display(), credentials.path.display());
    let message = match origin {
        Some("--profile") => format!("there is no profile `{name}` in {paths}"),
        Some(origin) => format!("there is no profile `{name}` (named by {origin}) in {paths}"),
        None => format!("there is no `default` profile in {paths}, and none was chosen"),
    };
    let mut error =
        Error::new(Kind::ProfileNotFound, message).about(Subject::Profile(name.to_owned()));
    if let Some(line) = unprefixed(files, name) {
        error = error
            .at(config.at(line))
            .hint(format!("in the config file the section must be `[profile {name}]`"));
    }
    if !config.exists && !credentials.exists {
        return error.hint("neither file exists: run `aws configure sso` to make a profile");
    }
    if origin.is_none() {
        return error
            .hint("choose one with `-p NAME` or AWS_PROFILE; `ssowrap profiles` lists them");
    }
    suggest::names(error, name, files.profile_names())
        .hint("`ssowrap profiles` lists what there is")
}

/// The line of a bare `[name]` in the config file: the commonest way to miss a profile.
fn unprefixed(files: &Files, name: &str) -> Option<u32> {
    let document = &files.config.document;
    let found = document.find(super::parse::SectionKind::Other, name);
    found.first().map(|section| document.line(section))
}

/// The `source_profile` doesn't exist.
pub(super) fn no_source_profile(
    sections: &Sections<'_>,
    profile: &Merged<'_>,
    name: &str,
    at: Location,
) -> Error {
    let message = format!("profile `{}`: its source_profile `{name}` does not exist", profile.name);
    let error = Error::new(Kind::SourceProfileNotFound, message)
        .at(at)
        .about(Subject::Profile(name.to_owned()));
    suggest::names(error, name, sections.files.profile_names())
}

/// A role without anything that assumes it.
pub(super) fn missing_source(profile: &Merged<'_>, at: Location) -> Error {
    let message = format!(
        "profile `{}` has a role_arn and neither source_profile nor credential_source",
        profile.name
    );
    let own = [Key::AwsAccessKeyId, Key::SsoAccountId, Key::SsoSession, Key::CredentialProcess];
    let hint = if own.into_iter().any(|key| profile.has(key)) {
        format!(
            "to assume the role with its own credentials add `source_profile = {}`",
            profile.name
        )
    } else {
        "add `source_profile = NAME` with the profile whose credentials may assume the role".into()
    };
    Error::new(Kind::MissingSource, message).at(at).hint(hint)
}

/// Both `source_profile` and `credential_source`.
pub(super) fn conflicting_sources(profile: &Merged<'_>, at: Location) -> Error {
    let message =
        format!("profile `{}` has both source_profile and credential_source", profile.name);
    Error::new(Kind::ConflictingSources, message).at(at).hint("remove one of the two lines")
}

/// The chain comes back to `name`.
pub(super) fn source_profile_loop(chain: &[String], name: &str, at: Option<Location>) -> Error {
    let mut walked = chain.to_vec();
    walked.push(name.to_owned());
    let message = format!("the source_profile chain is a loop: {}", arrows(&walked));
    Error::new(Kind::SourceProfileLoop, message)
        .at(at)
        .hint("one of these profiles must hold credentials itself instead of a source_profile")
}

/// A profile that is its own `source_profile`, where what it holds itself fails with `error`.
pub(super) fn own_source(profile: &Merged<'_>, at: Location, error: Error) -> Error {
    if error.kind != Kind::NoCredentials {
        return error;
    }
    let name = &profile.name;
    let message = format!(
        "profile `{name}` is its own source_profile and holds no credentials: {}",
        arrows(&[name.clone(), name.clone()])
    );
    Error::new(Kind::SourceProfileLoop, message)
        .at(at)
        .hint("name another profile, or add keys or sso_* settings to this one")
}
