//! ssowrap's own cache of assumed roles, in the platform's cache directory.
//!
//! An entry's name comes from its [`Link`], which it also contains. An entry that contains another
//! link is ignored, whatever its file name.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use super::link::Link;
use crate::credentials::Credentials;
use crate::storage::look::was_old;
use crate::text::buffer::Buffer;
use crate::text::hex::hex;
use crate::text::{json, timestamp};

/// Version of the file format. Version 1 used untyped JSON as the key.
const VERSION: u32 = 2;

/// `roles` in ssowrap's cache directory.
pub(crate) fn directory(cache_dir: &Path) -> PathBuf {
    cache_dir.join("roles")
}

/// The file of a link, below ssowrap's cache directory.
pub(crate) fn path(link: &Link, cache_dir: &Path) -> serde_json::Result<PathBuf> {
    Ok(directory(cache_dir).join(format!("{}.json", digest(link)?)))
}

/// SHA-1 of a link.
pub(super) fn digest(link: &Link) -> serde_json::Result<String> {
    let text = serde_json::to_string(link)?;
    Ok(hex(&Sha1::digest(format!("{VERSION} {text}"))))
}

#[derive(Serialize)]
struct WrittenEntry<'a> {
    version: u32,
    link: &'a Link,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: Option<&'a str>,
    expiration: String,
    account_id: Option<&'a str>,
}

/// The bytes of an entry.
#[expect(clippy::disallowed_methods, reason = "a cache file is written")]
pub(crate) fn encode(
    link: &Link,
    credentials: &Credentials,
    expiration: DateTime<Utc>,
) -> serde_json::Result<Buffer> {
    json::compact(&WrittenEntry {
        version: VERSION,
        link,
        access_key_id: &credentials.access_key_id,
        secret_access_key: credentials.secret_access_key.expose_secret(),
        session_token: credentials.session_token.as_ref().map(|t| t.expose_secret()),
        expiration: timestamp::format(expiration),
        account_id: credentials.account_id.as_deref(),
    })
}

#[derive(Deserialize)]
struct FoundEntry {
    version: u32,
    link: Link,
    access_key_id: String,
    secret_access_key: SecretString,
    session_token: Option<SecretString>,
    expiration: String,
    account_id: Option<String>,
}

/// Reads an entry; none if it is damaged or of another version.
pub(crate) fn decode(bytes: &[u8]) -> Option<(Link, Credentials)> {
    let found: FoundEntry = serde_json::from_slice(bytes).ok()?;
    let FoundEntry { version, link, access_key_id, secret_access_key, session_token, .. } = found;
    if version != VERSION || access_key_id.is_empty() || is_empty(&secret_access_key) {
        return None;
    }
    let credentials = Credentials {
        access_key_id,
        secret_access_key,
        session_token,
        expiration: Some(timestamp::parse(&found.expiration)?),
        account_id: found.account_id,
    };
    Some((link, credentials))
}

#[expect(clippy::disallowed_methods, reason = "only its length is looked at")]
fn is_empty(secret: &SecretString) -> bool {
    secret.expose_secret().is_empty()
}

/// No role session lasts longer than twelve hours (SPEC 5.5).
const LONGEST: Duration = Duration::from_secs(13 * 3600);

/// Removes the files among `paths` whose contents had expired when the file at `new` was written.
/// Keys and tokens change, and the file names with them, so nothing else would ever remove these.
/// Only the age decides, because reading them all would cost too much. Failures don't matter: the
/// next write tries again.
pub(super) fn forget_ended(paths: impl IntoIterator<Item = PathBuf>, new: &Path) {
    let Ok(now) = fs::symlink_metadata(new).and_then(|metadata| metadata.modified()) else {
        return;
    };
    for path in paths {
        let metadata = fs::symlink_metadata(&path).ok().filter(Metadata::is_file);
        if metadata.is_some_and(|metadata| was_old(&metadata, LONGEST, now)) {
            // It may already be gone.
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;
    use crate::fuzz::fuzz;

    const SEEDS: &[&[u8]] = &[
        br#"{"version":2,"link":{"source":{"type":"keys","access_key_id":"AKIA"},"hops":[],"sts_endpoint":null},"access_key_id":"ASIA","secret_access_key":"S","session_token":"T","expiration":"2026-11-28T13:28:35Z","account_id":"123456789012"}"#,
        br#"{"version":2,"link":{"source":{"type":"sso","home":"/h","session":"corp","start_url":null,"sso_region":null,"sso_endpoint":null,"account_id":"1","role_name":"r"},"hops":[],"sts_endpoint":null},"access_key_id":"ASIA","secret_access_key":"S","session_token":null,"expiration":"2026-11-28T13:28:35Z","account_id":null}"#,
    ];

    #[test]
    fn own_entries() {
        fuzz(SEEDS, |bytes| {
            let Some((link, credentials)) = decode(bytes) else { return };
            let end = credentials.expiration.expect("an end");
            let again = encode(&link, &credentials, end).expect("JSON");
            let (same, _) = decode(again.as_bytes()).expect("what was written");
            assert_eq!(same, link);
        });
    }
}
