//! The errors for profiles that don't resolve.

use super::files::{ConfigFile, Files};
use super::key::Key;
use super::merged::{INCLUDE_PROFILE, Merged, Setting, is_quoted};
use super::parse::SectionKind;
use super::plan::CredentialProcess;
use super::sections::Sections;
use super::trail::arrows;
use super::{indented, suggest};
use crate::error::{Error, Kind, Location, Subject};

const QUOTES: &str = "remove the quotes: they count as part of the name";

/// No profile is requested, and `default` holds only other settings.
pub(super) fn none_chosen(sections: &Sections<'_>, default: &Merged<'_>) -> Error {
    let message =
        format!("no profile was chosen, and `{}` has no source of credentials", default.name);
    Error::new(Kind::ProfileNotFound, message)
        .about(Subject::Profile(default.name.to_string()))
        .at(default.location())
        .hint(choose(sections))
}

/// The requested profile doesn't exist.
pub(super) fn no_profile(
    sections: &Sections<'_>,
    name: &str,
    origin: Option<&'static str>,
) -> Error {
    let files = sections.files;
    let [config, credentials] = files.both();
    let paths = format!("{} or {}", config.path.display(), credentials.path.display());
    let message = match origin {
        Some("--profile") => format!("there is no profile `{name}` in {paths}"),
        Some(origin) => format!("there is no profile `{name}` (named by {origin}) in {paths}"),
        None => format!("there is no `default` profile in {paths}, and none was chosen"),
    };
    let mut error =
        Error::new(Kind::ProfileNotFound, message).about(Subject::Profile(name.to_owned()));
    let prefixed = credentials.document.with_brackets(&format!("profile {name}"));
    if let Some((at, _)) = nearly(files, "profile", name) {
        error =
            error.at(at).hint(format!("in the config file the section must be `[profile {name}]`"));
    } else if let Some(section) = prefixed.first() {
        error = error
            .at(credentials.at(credentials.document.line(section)))
            .hint(format!("in the credentials file the section must be `[{name}]`"));
    }
    for file in [config, credentials].into_iter().filter(|file| !file.exists) {
        if let Some(variable) = file.named_by {
            error = error.hint(format!("{variable} names a file that does not exist"));
        }
    }
    for file in [config, credentials] {
        error = with_broken_line(error, file);
    }
    if !config.exists && !credentials.exists {
        return error.hint("neither file exists yet: `ssowrap configure` writes profiles");
    }
    if files.profile_names().is_empty() {
        // A header with a mistake is a profile already.
        return match error.hints.is_empty() {
            true => error.hint("there are no profiles yet: `ssowrap configure` writes some"),
            false => error,
        };
    }
    if origin.is_none() {
        return error.hint(choose(sections));
    }
    near_profile(files, error, name)
        .hint("`ssowrap profiles` lists the profiles; `ssowrap configure` adds more")
}

fn choose(sections: &Sections<'_>) -> String {
    let option = sections.dialect.profile_option;
    format!("choose one with `{option} NAME` or AWS_PROFILE; `ssowrap profiles` lists them")
}

/// Adds the first line outside of the sections that can't be read: it may be the wanted header.
fn with_broken_line(error: Error, file: &ConfigFile) -> Error {
    match file.document.problems().iter().find(|line| line.broken) {
        Some(problem) => error.hint(format!("{}: {}", file.at(problem.line), problem.message)),
        None => error,
    }
}

/// Adds to the error for a profile that doesn't exist what may be meant by its name.
fn near_profile(files: &Files, error: Error, name: &str) -> Error {
    if is_quoted(name) {
        return error.hint(QUOTES);
    }
    let known = files.profile_names();
    match name.strip_prefix("profile ").map(str::trim).filter(|rest| known.contains(rest)) {
        Some(rest) => error.hint(format!("the profile's name is `{rest}`")),
        None => suggest::names(error, name, known),
    }
}

/// A section that is almost the wanted one, with its header: `[profil x]`, `[x]`, `[sso_session
/// x]`.
fn nearly<'f>(files: &'f Files, wanted: &str, name: &str) -> Option<(Location, &'f str)> {
    let document = &files.config.document;
    let is_near = |brackets: &str| {
        let Some(kind) = brackets.strip_suffix(name) else { return false };
        let kind = kind.trim_end_matches([' ', '\t', '-', '_', ':', '.']);
        kind.is_empty() || suggest::is_near(kind, wanted)
    };
    let mut others = document.sections().iter().filter(|s| s.kind == SectionKind::Other);
    let found = others.find(|section| is_near(document.brackets(section)))?;
    Some((files.config.at(document.line(found)), document.brackets(found)))
}

/// Adds to the error for a missing session what its name may mean.
pub(super) fn near_session(files: &Files, error: Error, name: &str) -> Error {
    let config = files.config.path.display();
    if let Some((at, brackets)) = nearly(files, "sso-session", name) {
        let hint = format!("{at} says `[{brackets}]`: it must be `[sso-session {name}]`");
        return error.hint(hint);
    }
    let document = &files.credentials.document;
    let brackets = format!("sso-session {name}");
    if let Some(section) = document.with_brackets(&brackets).first() {
        let at = files.credentials.at(document.line(section));
        return error
            .hint(format!("it is in {at}, where no program looks for it: move it to {config}"));
    }
    if is_quoted(name) {
        return error.hint(QUOTES);
    }
    let error = with_broken_line(error, &files.config);
    suggest::names(error, name, files.session_names()).hint("`ssowrap configure` adds one")
}

/// What was probably meant to be one of the missing keys: its place, and a hint.
pub(super) fn overlooked(profile: &Merged<'_>, missing: &[Key]) -> Option<(Location, String)> {
    misspelled(profile, missing).or_else(|| lost(profile, missing)).or_else(|| included(profile))
}

fn lost(profile: &Merged<'_>, missing: &[Key]) -> Option<(Location, String)> {
    profile.settings().find_map(|setting| {
        let lost = indented::keys_in(&setting.key, &setting.value);
        let lost = lost.into_iter().find(|lost| missing.contains(lost))?;
        Some((setting.location(), indented::advice(lost, &setting.key)))
    })
}

fn included(profile: &Merged<'_>) -> Option<(Location, String)> {
    let setting = profile.setting(INCLUDE_PROFILE)?;
    let hint = format!(
        "only aws-vault reads `{INCLUDE_PROFILE}`: write what it includes into profile `{}`",
        profile.name
    );
    Some((setting.location(), hint))
}

/// An unknown key that resembles a missing one.
fn misspelled(profile: &Merged<'_>, missing: &[Key]) -> Option<(Location, String)> {
    profile.settings().find_map(|setting| {
        let meant = setting.meant().filter(|meant| missing.contains(meant))?;
        let hint = format!(
            "`{}` is a key that no AWS program reads: a misspelled `{}`?",
            setting.key,
            meant.name()
        );
        Some((setting.location(), hint))
    })
}

/// The `source_profile` doesn't exist.
pub(super) fn no_source_profile(
    sections: &Sections<'_>,
    profile: &Merged<'_>,
    setting: &Setting<'_>,
) -> Error {
    let name = &*setting.text();
    let message = format!("profile `{}`: its source_profile `{name}` does not exist", profile.name);
    let error = Error::new(Kind::SourceProfileNotFound, message)
        .at(setting.location())
        .about(Subject::Profile(name.to_owned()));
    near_profile(sections.files, error, name)
}

/// A `role_arn` without a source of credentials to assume it with.
pub(super) fn missing_source(profile: &Merged<'_>, at: Location) -> Error {
    let message = format!(
        "profile `{}` has a role_arn but neither source_profile nor credential_source",
        profile.name
    );
    let own = [Key::AwsAccessKeyId, Key::SsoAccountId, Key::SsoSession, Key::CredentialProcess];
    let hint = if own.into_iter().any(|key| profile.has(key)) {
        format!(
            "to assume the role with the profile's own credentials, add `source_profile = {}`",
            profile.name
        )
    } else {
        "add `source_profile = NAME` with the profile whose credentials may assume the role".into()
    };
    let (at, hint) =
        overlooked(profile, &[Key::SourceProfile, Key::CredentialSource]).unwrap_or((at, hint));
    Error::new(Kind::MissingSource, message).at(at).hint(hint)
}

/// Both `source_profile` and `credential_source`.
pub(super) fn conflicting_sources(profile: &Merged<'_>, at: Location) -> Error {
    let message =
        format!("profile `{}` has both source_profile and credential_source", profile.name);
    Error::new(Kind::ConflictingSources, message).at(at).hint("remove one of the two lines")
}

/// The `credential_process` requests from ssowrap a profile that doesn't exist.
pub(super) fn no_profile_behind(
    sections: &Sections<'_>,
    process: CredentialProcess,
    asked: &str,
) -> Error {
    let message = format!(
        "profile `{}`: its credential_process asks ssowrap for profile `{asked}`, which does not \
         exist",
        process.profile
    );
    let error = Error::new(Kind::SourceProfileNotFound, message)
        .at(process.location)
        .about(Subject::Profile(asked.to_owned()));
    near_profile(sections.files, error, asked)
}

/// A `source_profile` chain that returns to one of its profiles.
pub(super) fn source_profile_loop(chain: &[String], at: Option<Location>) -> Error {
    let message = format!("the source_profile chain is a loop: {}", arrows(chain));
    Error::new(Kind::SourceProfileLoop, message)
        .at(at)
        .hint("one of these profiles must get credentials without a source_profile")
}

/// A `credential_process` that requests from ssowrap a profile in the chain that led to it.
pub(super) fn process_loop(profile: &Merged<'_>, chain: &[String], at: Option<Location>) -> Error {
    let message = format!(
        "the credential_process of profile `{}` closes a loop: {}",
        profile.name,
        arrows(chain)
    );
    Error::new(Kind::CredentialProcessLoop, message).at(at).hint(
        "put the SSO settings into one profile, and the credential_process that names it into another",
    )
}

/// A profile that is its own `source_profile`, if its other settings fail with `error`.
pub(super) fn own_source(profile: &Merged<'_>, at: Location, error: Error) -> Error {
    if error.kind != Kind::NoCredentials {
        return error;
    }
    let name = &profile.name;
    let message = format!(
        "profile `{name}` is its own source_profile and holds no credentials: {}",
        arrows(&[name.to_string(), name.to_string()])
    );
    Error::new(Kind::SourceProfileLoop, message)
        .at(at)
        .hint("name another profile, or add keys or sso_* settings to this one")
}
