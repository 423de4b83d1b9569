//! The source at the end of a chain: which of a profile's settings give the first credentials.

use std::path::PathBuf;

use secrecy::SecretString;

use super::merged::{Merged, Setting};
use super::parse::FileKind;
use super::plan::{CredentialProcess, Source, StaticKeys, WebIdentity};
use super::resolve::{Walk, arrows};
use super::{process, sso};
use crate::error::{Error, Kind, Location, Result, Subject};

/// The source of a profile without regard to its `role_arn`, in the AWS CLI's order.
pub(crate) fn of_profile(walk: &mut Walk<'_>, profile: &Merged) -> Result<Source> {
    if let Some(web_identity) = web_identity(profile)? {
        return Ok(Source::WebIdentity(web_identity));
    }
    if let Some(sso) = sso::of_profile(walk, profile)? {
        return Ok(Source::Sso(sso));
    }
    if let Some(keys) = keys_in(profile, FileKind::Credentials)? {
        return Ok(Source::Static(keys));
    }
    if let Some((_, at)) = profile.decisive("login_session")? {
        return Err(login_session(profile, at));
    }
    if let Some(process) = credential_process(walk, profile)? {
        return Ok(Source::CredentialProcess(process));
    }
    if let Some(keys) = keys_in(profile, FileKind::Config)? {
        return Ok(Source::Static(keys));
    }
    Err(no_credentials(walk, profile))
}

/// What a profile is at first sight, for listings: the same order as [`of_profile`], nothing
/// checked. `none` where it holds no credentials.
pub(crate) fn kind_of(profile: &Merged) -> &'static str {
    let has = |key: &str| profile.setting(key).is_some();
    let key_in = |file| profile.setting_in(file, "aws_access_key_id").is_some();
    match () {
        () if has("web_identity_token_file") => "web_identity",
        () if has("role_arn") => "assume_role",
        () if has("sso_account_id") || has("sso_role_name") => "sso",
        () if key_in(FileKind::Credentials) => "static",
        () if has("login_session") => "login_session",
        () if has("credential_process") => "credential_process",
        () if key_in(FileKind::Config) => "static",
        () => "none",
    }
}

/// The source of a profile that names itself as its source_profile: whatever it holds itself.
pub(crate) fn of_itself(walk: &mut Walk<'_>, profile: &Merged, at: Location) -> Result<Source> {
    of_profile(walk, profile).map_err(|error| match error.kind {
        Kind::NoCredentials => {
            let name = &profile.name;
            let message = format!(
                "profile `{name}` is its own source_profile and holds no credentials: {}",
                arrows(&[name.clone(), name.clone()])
            );
            Error::new(Kind::SourceProfileLoop, message)
                .at(at)
                .hint("name another profile, or add keys or sso_* settings to this one")
        }
        _ => error,
    })
}

/// A `credential_source` by its name, which is case-sensitive (SPEC 2.3).
pub(crate) fn named(profile: &Merged, name: &str, at: Location) -> Result<Source> {
    match name {
        "Environment" => Ok(Source::Environment),
        "Ec2InstanceMetadata" => Ok(Source::Ec2InstanceMetadata),
        "EcsContainer" => Ok(Source::EcsContainer),
        _ => {
            let message =
                format!("profile `{}`: credential_source `{name}` is not known", profile.name);
            Err(Error::new(Kind::InvalidSetting, message).at(at).hint(
                "it must be `Environment`, `Ec2InstanceMetadata` or `EcsContainer`, written so",
            ))
        }
    }
}

/// The static keys of a profile from whichever file has them, the credentials file first.
pub(crate) fn static_keys(profile: &Merged) -> Result<Option<StaticKeys>> {
    match keys_in(profile, FileKind::Credentials)? {
        None => keys_in(profile, FileKind::Config),
        found => Ok(found),
    }
}

/// The static keys of one file: halves from two files never make a pair.
fn keys_in(profile: &Merged, file: FileKind) -> Result<Option<StaticKeys>> {
    let find = |key: &str| profile.setting_in(file, key);
    let (id, secret) = (find("aws_access_key_id"), find("aws_secret_access_key"));
    let (id, secret) = match (id, secret) {
        (None, None) => return Ok(None),
        (Some(id), Some(secret)) if !id.value.is_empty() && !secret.value.is_empty() => {
            (id, secret)
        }
        (id, secret) => {
            let lacking = match (id, secret) {
                (Some(_), None) => "has an aws_access_key_id and no aws_secret_access_key",
                (None, _) => "has an aws_secret_access_key and no aws_access_key_id",
                (Some(id), _) if id.value.is_empty() => "has an empty aws_access_key_id",
                _ => "has an empty aws_secret_access_key",
            };
            let message = format!("profile `{}` {lacking}", profile.name);
            let at = id.or(secret).map(|s| s.location.clone());
            return Err(Error::new(Kind::PartialKeys, message)
                .at(at)
                .hint("both halves must stand in the same file, in the profile's section"));
        }
    };
    let token = find("aws_session_token").or_else(|| find("aws_security_token"));
    let token = token.map(|t| t.value.clone()).filter(|t| !t.is_empty());
    Ok(Some(StaticKeys {
        access_key_id: id.value.clone(),
        secret_access_key: SecretString::from(secret.value.clone()),
        session_token: token.map(SecretString::from),
        profile: profile.name.clone(),
        location: id.location.clone(),
    }))
}

/// Web identity. The environment's `AWS_ROLE_ARN` and friends do not count: a profile was asked
/// for (DESIGN section 4).
fn web_identity(profile: &Merged) -> Result<Option<WebIdentity>> {
    let Some((token_file, location)) = profile.decisive("web_identity_token_file")? else {
        return Ok(None);
    };
    let Some((role_arn, _)) = profile.decisive("role_arn")? else {
        let message =
            format!("profile `{}` has a web_identity_token_file and no role_arn", profile.name);
        return Err(Error::new(Kind::MissingSetting, message)
            .at(location)
            .hint("add `role_arn = ...` with the role the token is exchanged for"));
    };
    Ok(Some(WebIdentity {
        role_arn,
        token_file: PathBuf::from(token_file),
        role_session_name: profile.optional("role_session_name"),
        profile: profile.name.clone(),
        location,
    }))
}

fn credential_process(walk: &Walk<'_>, profile: &Merged) -> Result<Option<CredentialProcess>> {
    let Some(setting) = profile.setting("credential_process") else {
        return Ok(None);
    };
    let command = setting.text();
    let at = setting.location.clone();
    if command.trim().is_empty() {
        let message = format!("profile `{}`: `credential_process` is empty", profile.name);
        return Err(Error::new(Kind::InvalidSetting, message)
            .at(at)
            .hint("give it a command, or remove the line"));
    }
    if let Some(target) = process::ssowrap_profile(&command)
        && walk.chain.contains(&target)
    {
        let mut walked = walk.chain.clone();
        walked.push(target);
        let message = format!(
            "the credential_process of profile `{}` asks ssowrap for that profile again: {}",
            profile.name,
            arrows(&walked)
        );
        return Err(Error::new(Kind::CredentialProcessLoop, message).at(at).hint(
            "put the SSO settings into one profile and the credential_process, which names it, \
             into another",
        ));
    }
    Ok(Some(CredentialProcess { command, profile: profile.name.clone(), location: at }))
}

fn login_session(profile: &Merged, at: Location) -> Error {
    let message = format!(
        "profile `{}` uses login_session (`aws login`), which ssowrap does not read",
        profile.name
    );
    Error::new(Kind::LoginSession, message).at(at).hint(format!(
        "in another profile: `credential_process = aws configure export-credentials --profile {}`",
        crate::text::escape::shell_word(&profile.name)
    ))
}

fn no_credentials(walk: &Walk<'_>, profile: &Merged) -> Error {
    let name = &profile.name;
    let at = profile.location.clone();
    let lacks = |key| Subject::Key { profile: name.clone(), key };
    let of_role = ["source_profile", "credential_source"];
    if let Some(Setting { key, location, .. }) = of_role.iter().find_map(|key| profile.setting(key))
    {
        let message = format!("profile `{name}` has a {key} and no role_arn");
        return Error::new(Kind::NoCredentials, message)
            .about(lacks("role_arn"))
            .at(location.clone())
            .hint(format!("add `role_arn = ...`: a {key} alone gives no credentials"));
    }
    let sso = ["sso_session", "sso_start_url", "sso_region"];
    if let Some(setting) = sso.iter().find_map(|key| profile.setting(key)) {
        let message = format!("profile `{name}` signs in but names no account and no role to get");
        return Error::new(Kind::MissingSetting, message)
            .about(lacks("sso_account_id"))
            .at(setting.location.clone())
            .hint("add `sso_account_id = ...` and `sso_role_name = ...`");
    }
    let role = if walk.chain.len() > 1 { "the source profile" } else { "profile" };
    Error::new(Kind::NoCredentials, format!("{role} `{name}` holds nothing that gives credentials"))
        .about(lacks("sso_start_url"))
        .at(at)
        .hint("`aws configure sso` adds SSO settings; see `ssowrap profiles` for the others")
}
