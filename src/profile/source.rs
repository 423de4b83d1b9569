//! The source at the end of a chain: the first credentials, as a profile's settings describe them.

use std::path::PathBuf;

use secrecy::SecretString;

use super::key::{Decides, Key};
use super::merged::{Merged, Setting};
use super::parse::FileKind;
use super::plan::{CredentialProcess, LoginSession, Source, StaticKeys, WebIdentity};
use super::unresolved::overlooked;
use crate::error::{Error, Kind, Location, Result, Subject};
use crate::text::words::on_one_line;
use crate::variables;

/// The `credential_source` with this name, which is case-sensitive (SPEC 2.3).
pub(super) fn named(profile: &Merged<'_>, setting: &Setting<'_>) -> Result<Source> {
    match &*setting.text() {
        "Environment" => Ok(Source::Environment),
        "Ec2InstanceMetadata" => Ok(Source::Ec2InstanceMetadata),
        "EcsContainer" => Ok(Source::EcsContainer),
        name => {
            let message =
                format!("profile `{}`: credential_source `{name}` is not known", profile.name);
            Err(Error::new(Kind::InvalidSetting, message)
                .at(setting.location())
                .hint("it must be exactly `Environment`, `Ec2InstanceMetadata` or `EcsContainer`"))
        }
    }
}

/// The static keys in one file, which contains at least one half of them.
pub(super) fn static_keys(profile: &Merged<'_>, file: FileKind) -> Result<StaticKeys> {
    let find = |key| profile.get_in(file, key);
    let (id, secret) = match (find(Key::AwsAccessKeyId), find(Key::AwsSecretAccessKey)) {
        (Some(id), Some(secret)) if !id.value.is_empty() && !secret.value.is_empty() => {
            (id, secret)
        }
        (id, secret) => {
            let (lacking, missing) = match (id, secret) {
                (Some(_), None) => (
                    "has an aws_access_key_id but no aws_secret_access_key",
                    Some(Key::AwsSecretAccessKey),
                ),
                (None, _) => (
                    "has an aws_secret_access_key but no aws_access_key_id",
                    Some(Key::AwsAccessKeyId),
                ),
                (Some(id), _) if id.value.is_empty() => ("has an empty aws_access_key_id", None),
                _ => ("has an empty aws_secret_access_key", None),
            };
            let message = format!("profile `{}` {lacking}", profile.name);
            let hint = || {
                let at = id.or(secret).map(|half| half.location());
                (at, "both halves must be in the same file, in the profile's section".to_owned())
            };
            let found = missing.and_then(|missing| overlooked(profile, &[missing]));
            let (at, hint) = found.map_or_else(hint, |(at, hint)| (Some(at), hint));
            return Err(Error::new(Kind::PartialKeys, message).at(at).hint(hint));
        }
    };
    let tokens = [Key::AwsSessionToken, Key::AwsSecurityToken];
    let token = tokens.into_iter().find_map(|key| Some((key, find(key)?)));
    let token = token.filter(|(_, token)| !token.value.is_empty());
    let halves = [(Key::AwsAccessKeyId, id), (Key::AwsSecretAccessKey, secret)];
    for (key, setting) in halves.into_iter().chain(token) {
        profile.check_value(key, setting)?;
    }
    Ok(StaticKeys {
        access_key_id: id.text().into_owned(),
        secret_access_key: SecretString::from(&*secret.text()),
        session_token: token.map(|(_, token)| SecretString::from(&*token.text())),
        profile: profile.name.to_string(),
        location: id.location(),
    })
}

/// Web identity. The environment's `AWS_ROLE_ARN` and the like are ignored, because a profile was
/// requested.
pub(super) fn web_identity(profile: &Merged<'_>) -> Result<WebIdentity> {
    let token_file = required(profile, Key::WebIdentityTokenFile)?;
    let Some(role_arn) = profile.decisive(Key::RoleArn)? else {
        let message =
            format!("profile `{}` has a web_identity_token_file but no role_arn", profile.name);
        return Err(Error::new(Kind::MissingSetting, message)
            .at(token_file.location())
            .hint("add `role_arn = ...` with the role the token is exchanged for"));
    };
    Ok(WebIdentity {
        role_arn: role_arn.text().into_owned(),
        token_file: PathBuf::from(&*token_file.text()),
        role_session_name: profile.told(Key::RoleSessionName)?,
        profile: profile.name.to_string(),
        location: token_file.location(),
    })
}

/// A `credential_process`.
pub(super) fn credential_process(profile: &Merged<'_>) -> Result<CredentialProcess> {
    let setting = required(profile, Key::CredentialProcess)?;
    Ok(CredentialProcess {
        command: on_one_line(&setting.text()),
        profile: profile.name.to_string(),
        location: setting.location(),
    })
}

/// An `aws login` login.
pub(super) fn login_session(profile: &Merged<'_>) -> Result<LoginSession> {
    let setting = required(profile, Key::LoginSession)?;
    Ok(LoginSession {
        arn: setting.text().into_owned(),
        profile: profile.name.to_string(),
        location: setting.location(),
    })
}

/// The value of a key that is known to exist.
fn required<'s, 'a>(profile: &'s Merged<'a>, key: Key) -> Result<&'s Setting<'a>> {
    profile.decisive(key)?.ok_or_else(|| {
        let message = format!("profile `{}` has no {}", profile.name, key.name());
        Error::new(Kind::MissingSetting, message).at(profile.location())
    })
}

/// The error for a profile without a source of credentials, which was requested itself or is
/// another's source.
pub(super) fn no_credentials(profile: &Merged<'_>, is_source: bool) -> Error {
    let name = &profile.name;
    let lacks = |key: Key| Subject::Key { profile: name.to_string(), key: key.name() };
    let first = |keys: &[Key]| keys.iter().find_map(|key| Some((*key, profile.get(*key)?)));
    if let Some((key, setting)) = first(&[Key::SourceProfile, Key::CredentialSource]) {
        let key = key.name();
        let message = format!("profile `{name}` has a {key} but no role_arn");
        let error = Error::new(Kind::NoCredentials, message).about(lacks(Key::RoleArn));
        let hint = || {
            let hint = format!("add `role_arn = ...`: a {key} alone gives no credentials");
            (setting.location(), hint)
        };
        let (at, hint) = overlooked(profile, &[Key::RoleArn]).unwrap_or_else(hint);
        return error.at(at).hint(hint);
    }
    if let Some((_, setting)) = first(&[Key::SsoSession, Key::SsoStartUrl, Key::SsoRegion]) {
        let message = format!("profile `{name}` signs in but names no account or role");
        let error = Error::new(Kind::MissingSetting, message).about(lacks(Key::SsoAccountId));
        let hint = || {
            let hint = "add `sso_account_id = ...` and `sso_role_name = ...`";
            (setting.location(), hint.to_owned())
        };
        let meant = [Key::SsoAccountId, Key::SsoRoleName];
        let (at, hint) = overlooked(profile, &meant).unwrap_or_else(hint);
        return error.at(at).hint(hint);
    }
    let role = if is_source { "the source profile" } else { "profile" };
    let hint = || {
        let hint = "`ssowrap profiles` lists the others; `ssowrap configure` writes new ones";
        (profile.location(), hint.to_owned())
    };
    let (at, hint) = meant_source(profile).unwrap_or_else(hint);
    let message = format!("{role} `{name}` has no source of credentials");
    let error = Error::new(Kind::NoCredentials, message);
    let error = error.about(lacks(Key::SsoStartUrl)).at(at).hint(hint);
    // As `generate --credentials-file` leaves it.
    let has_only_region = profile.settings().map(|setting| &*setting.key).eq([Key::Region.name()]);
    match has_only_region {
        true => error.or_hint(format!(
            "set {} to the credentials file that has its keys",
            variables::AWS_SHARED_CREDENTIALS_FILE
        )),
        false => error,
    }
}

/// Whether a profile without a source of credentials doesn't even look as if it was meant to have
/// one, such as a `default` with nothing but a region.
pub(super) fn means_no_source(profile: &Merged<'_>) -> bool {
    let parts = [Key::SourceProfile, Key::CredentialSource, Key::SsoSession, Key::SsoStartUrl];
    let has_part = parts.into_iter().chain([Key::SsoRegion]).any(|key| profile.has(key));
    !has_part && meant_source(profile).is_none()
}

/// What was probably meant to be a source of credentials: its place, and a hint.
fn meant_source(profile: &Merged<'_>) -> Option<(Location, String)> {
    let halves = [Key::AwsAccessKeyId, Key::AwsSecretAccessKey];
    let gives = |key: &Key| key.decides() == Decides::Source || halves.contains(key);
    overlooked(profile, &Vec::from_iter(Key::ALL.into_iter().filter(gives)))
}
