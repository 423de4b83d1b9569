//! The AWS CLI's cache of SSO role credentials, `~/.aws/cli/cache` (SPEC 4.2, 4.3).

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use super::link::SsoLink;
use crate::credentials::Credentials;
use crate::profile::logins::Role;
use crate::profile::plan::SsoSource;
use crate::text::buffer::Buffer;
use crate::text::field::{Field, is_object, secret};
use crate::text::hex::hex;
use crate::text::{json, timestamp};

/// The key of an entry. The members are sorted by their JSON names, as in the CLI; `None` members
/// are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CliKey {
    account_id: String,
    role_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_url: Option<String>,
}

impl CliKey {
    /// The key of a role: with the session's name, or with the start URL if there is no session.
    pub(crate) fn of(sso: &SsoLink) -> Self {
        Self {
            account_id: sso.account_id.clone(),
            role_name: sso.role_name.clone(),
            session_name: sso.session.clone(),
            start_url: if sso.session.is_some() { None } else { sso.start_url.clone() },
        }
    }

    /// The key of a role obtained through the login `sso`.
    pub(crate) fn of_role(sso: &SsoSource, role: &Role) -> Self {
        Self {
            account_id: role.account_id.clone(),
            role_name: role.role_name.clone(),
            session_name: sso.session.clone(),
            start_url: if sso.session.is_some() { None } else { sso.start_url.clone() },
        }
    }

    /// Its file, below the home directory.
    pub(crate) fn path(&self, home: &Path) -> PathBuf {
        directory(home).join(self.stem() + ".json")
    }

    /// The file's name without `.json`.
    pub(crate) fn stem(&self) -> String {
        // Compact, sorted, ASCII: any other form of the same JSON gives another name.
        let text = json::python_compact(self).unwrap_or_default();
        hex(&Sha1::digest(text.as_bytes()))
    }
}

/// `~/.aws/cli/cache`
pub(crate) fn directory(home: &Path) -> PathBuf {
    home.join(".aws").join("cli").join("cache")
}

#[derive(Serialize)]
struct WrittenCliEntry<'a> {
    #[serde(rename = "ProviderType")]
    provider_type: &'a str,
    #[serde(rename = "Credentials")]
    credentials: WrittenCredentials<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WrittenCredentials<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    expiration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

/// The bytes that the CLI would write. `aws sso logout` uses `ProviderType` to find the file.
#[expect(clippy::disallowed_methods, reason = "a cache file is written")]
pub(crate) fn encode(
    credentials: &Credentials,
    expiration: DateTime<Utc>,
) -> serde_json::Result<Buffer> {
    let written = WrittenCliEntry {
        provider_type: "sso",
        credentials: WrittenCredentials {
            access_key_id: &credentials.access_key_id,
            secret_access_key: credentials.secret_access_key.expose_secret(),
            session_token: credentials.session_token.as_ref().map_or("", |t| t.expose_secret()),
            expiration: timestamp::format(expiration),
            account_id: credentials.account_id.as_deref(),
        },
    };
    json::python(&written)
}

/// An entry that the CLI wrote; its versions leave out different members.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct FoundCliEntry {
    provider_type: Field,
    credentials: Option<FoundCredentials>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct FoundCredentials {
    access_key_id: Field,
    secret_access_key: Field,
    session_token: Field,
    expiration: Field,
    account_id: Field,
}

impl FoundCliEntry {
    fn read(bytes: &[u8]) -> Option<Self> {
        is_object(bytes).then(|| serde_json::from_slice(bytes).ok()).flatten()
    }
}

/// Reads an entry; none if it is damaged, or if its kind or account is another.
pub(crate) fn decode(key: &CliKey, bytes: &[u8]) -> Option<Credentials> {
    let found = FoundCliEntry::read(bytes)?;
    let kind = found.provider_type.optional("ProviderType").ok()?;
    let credentials = found.credentials?;
    let account_id = credentials.account_id.optional("AccountId").ok()?;
    if kind.is_some_and(|kind| *kind != "sso") || account_id.is_some_and(|id| *id != key.account_id)
    {
        return None;
    }
    Some(Credentials {
        access_key_id: credentials.access_key_id.text()?.to_string(),
        secret_access_key: secret(credentials.secret_access_key.text()?),
        session_token: Some(secret(credentials.session_token.text()?)),
        expiration: Some(timestamp::parse(&credentials.expiration.text()?)?),
        account_id: Some(key.account_id.clone()),
    })
}

/// The parts of an entry that may be shown.
#[derive(Debug)]
pub(super) struct Summary {
    pub access_key_id: String,
    pub account_id: Option<String>,
    pub expiration: DateTime<Utc>,
}

/// The parts that may be shown of a file in the CLI's cache, if it contains SSO role credentials.
pub(super) fn summary(bytes: &[u8]) -> Option<Summary> {
    let found = FoundCliEntry::read(bytes)?;
    found.provider_type.text().filter(|kind| **kind == "sso")?;
    let credentials = found.credentials?;
    Some(Summary {
        access_key_id: credentials.access_key_id.text()?.to_string(),
        account_id: credentials.account_id.text().map(|id| id.to_string()),
        expiration: timestamp::parse(&credentials.expiration.text()?)?,
    })
}

/// Whether a file in the CLI's cache contains SSO role credentials. Only its `ProviderType`
/// decides, as in `aws sso logout`.
pub(crate) fn is_sso(bytes: &[u8]) -> bool {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct Typed {
        provider_type: Field,
    }
    is_object(bytes)
        && serde_json::from_slice(bytes)
            .is_ok_and(|typed: Typed| typed.provider_type.text().is_some_and(|kind| *kind == "sso"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(session: Option<&str>, start_url: &str) -> String {
        let source = SsoSource {
            session: session.map(str::to_owned),
            start_url: Some(start_url.into()),
            ..SsoSource::default()
        };
        let role = Role { account_id: "123456789012".into(), role_name: "Admin".into() };
        CliKey::of_role(&source, &role).stem()
    }

    /// SPEC 4.2
    #[test]
    fn the_clis_file_names() {
        let url = "https://d-1234567890.awsapps.com/start";
        assert_eq!(name(Some("my-sso"), url), "c30b99aca80d8f5b3178e353f05b2abcc9a4ccd3");
        assert_eq!(name(None, url), "84fb414419be704038110523505e04e6df696e23");
        assert_eq!(name(Some("équipe"), url), "3e1a801b3e37640715d793f28021b84253acf308");
    }

    /// SPEC 4.3
    #[test]
    fn the_clis_bytes() {
        let credentials = Credentials {
            access_key_id: "ASIAA".into(),
            secret_access_key: "s".into(),
            session_token: Some("t".into()),
            expiration: timestamp::parse("2030-03-17T17:46:40.5Z"),
            account_id: Some("123456789012".into()),
        };
        let bytes = encode(&credentials, credentials.expiration.unwrap()).unwrap();
        assert_eq!(
            bytes.as_str(),
            r#"{"ProviderType": "sso", "Credentials": {"AccessKeyId": "ASIAA", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": "2030-03-17T17:46:40Z", "AccountId": "123456789012"}}"#
        );
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;
    use crate::fuzz::fuzz;

    const SEEDS: &[&[u8]] = &[
        br#"{"ProviderType": "sso", "Credentials": {"AccessKeyId": "ASIA", "SecretAccessKey": "S", "SessionToken": "T", "Expiration": "2026-11-28T13:28:35Z", "AccountId": "123456789012"}}"#,
        br#"{"Credentials": {"AccessKeyId": "ASIA", "SecretAccessKey": "S", "SessionToken": "T", "Expiration": "2026-11-28T13:28:35UTC"}, "ResponseMetadata": {}}"#,
    ];

    #[test]
    fn entries_of_the_aws_cli() {
        let source = SsoSource { start_url: Some("https://x".into()), ..SsoSource::default() };
        let role = Role { account_id: "123456789012".into(), role_name: "r".into() };
        let key = CliKey::of_role(&source, &role);
        fuzz(SEEDS, |bytes| {
            if summary(bytes).is_some() {
                assert!(is_sso(bytes));
            }
            drop(decode(&key, bytes));
        });
    }
}
