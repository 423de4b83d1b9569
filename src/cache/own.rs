//! ssowrap's own cache of assumed roles, in the cache directory of the platform.
//!
//! An entry is filed under, and holds, everything that decides whose credentials they are: every
//! role with its parameters down to the source below. An entry whose text of that differs is not
//! this one, whatever its file name.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use crate::credentials::Credentials;
use crate::text::buffer::Buffer;
use crate::text::hex::hex;
use crate::text::{json, timestamp};

/// Version of the file format. Files of another version are ignored.
const VERSION: u32 = 1;

/// What an entry is filed under: the chain as JSON, source first. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key(serde_json::Value);

impl Key {
    /// The key of a chain described by `links`, the source first.
    pub(crate) fn new(links: Vec<serde_json::Value>) -> Self {
        Self(serde_json::Value::Array(links))
    }

    /// The file, below the cache directory of ssowrap.
    pub(crate) fn path(&self, cache_dir: &Path) -> PathBuf {
        let digest = Sha1::digest(format!("{VERSION} {}", self.0).as_bytes());
        directory(cache_dir).join(format!("{}.json", hex(&digest)))
    }
}

/// `roles` below the cache directory of ssowrap.
pub(crate) fn directory(cache_dir: &Path) -> PathBuf {
    cache_dir.join("roles")
}

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    chain: &'a serde_json::Value,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: Option<&'a str>,
    expiration: String,
    account_id: Option<&'a str>,
}

/// The bytes of an entry.
#[expect(clippy::disallowed_methods, reason = "a cache file is written")]
pub(crate) fn encode(
    key: &Key,
    credentials: &Credentials,
    expiration: DateTime<Utc>,
) -> serde_json::Result<Buffer> {
    json::compact(&Written {
        version: VERSION,
        chain: &key.0,
        access_key_id: &credentials.access_key_id,
        secret_access_key: credentials.secret_access_key.expose_secret(),
        session_token: credentials.session_token.as_ref().map(|t| t.expose_secret()),
        expiration: timestamp::format(expiration),
        account_id: credentials.account_id.as_deref(),
    })
}

#[derive(Deserialize)]
struct Found {
    version: u32,
    chain: serde_json::Value,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: String,
    account_id: Option<String>,
}

/// Reads an entry; none if it is damaged, of another version or of another chain.
pub(crate) fn decode(key: &Key, bytes: &[u8]) -> Option<Credentials> {
    let found = parse(bytes).filter(|found| found.chain == key.0)?;
    if found.access_key_id.is_empty() || found.secret_access_key.is_empty() {
        return None;
    }
    Some(Credentials {
        access_key_id: found.access_key_id,
        secret_access_key: SecretString::from(found.secret_access_key),
        session_token: found.session_token.map(SecretString::from),
        expiration: Some(timestamp::parse(&found.expiration)?),
        account_id: found.account_id,
    })
}

/// No session of a role lasts longer than twelve hours (SPEC 5.5).
const ENDED: TimeDelta = TimeDelta::hours(13);

/// Removes the entries that ended long ago. Keys and tokens change, and with them the names of
/// entries, so nothing else would ever remove them. The age of the file has to do: reading them all
/// would cost more than it is worth. Failures do not matter: the next write tries again.
pub(crate) fn forget_ended(directory: &Path, now: DateTime<Utc>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let written =
            entry.metadata().ok().filter(Metadata::is_file).and_then(|m| m.modified().ok());
        let is_old = written.is_some_and(|at| now - DateTime::<Utc>::from(at) > ENDED);
        if is_old && entry.path().extension().is_some_and(|extension| extension == "json") {
            // It may be gone already.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// What of an entry may be shown: its chain, access key, account and end.
pub(crate) fn summary(
    bytes: &[u8],
) -> Option<(serde_json::Value, String, Option<String>, DateTime<Utc>)> {
    let found = parse(bytes)?;
    let expiration = timestamp::parse(&found.expiration)?;
    Some((found.chain, found.access_key_id, found.account_id, expiration))
}

fn parse(bytes: &[u8]) -> Option<Found> {
    serde_json::from_slice(bytes).ok().filter(|found: &Found| found.version == VERSION)
}
