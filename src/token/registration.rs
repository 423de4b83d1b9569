//! Client registrations, which identify the client of a login. They are stored in the AWS CLI's
//! file, which outlives logins by months (SPEC 3.6).

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::aws::Client;
use crate::context::Context;
use crate::platform::held;
use crate::profile::plan::SsoSource;
use crate::storage::atomic;
use crate::storage::private::{self, Found};
use crate::text::{json, timestamp};

/// With less than this left, a registration is not used for another login.
const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// `grantTypes` of a registration for browser logins. A registration for device logins has none.
pub(crate) const BROWSER_GRANTS: [&str; 2] = ["authorization_code", "refresh_token"];

/// A client registration.
#[derive(Debug)]
pub(crate) struct ClientRegistration {
    pub client_id: String,
    pub client_secret: SecretString,
    /// Cut to whole seconds, both in a cache file and in a token file.
    pub expires_at: DateTime<Utc>,
}

impl ClientRegistration {
    pub(crate) fn client(&self) -> Client<'_> {
        Client { id: &self.client_id, secret: &self.client_secret }
    }
}

/// The two ways to sign in. A registration works for only one of them, although both share a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Authorization code with PKCE.
    Browser,
    /// Device code.
    Device,
}

/// Where one login's registration is stored.
pub(crate) struct RegistrationCache<'a> {
    ctx: &'a Context,
    path: PathBuf,
    flow: Flow,
}

/// The contents of the digest in the file's name. The keys are in Python's order.
#[derive(Serialize)]
struct RegistrationKey<'a> {
    region: &'a str,
    /// As configured: `null` is not the same as the default scope.
    scopes: Option<&'a [String]>,
    session_name: Option<&'a str>,
    #[serde(rename = "startUrl")]
    start_url: &'a str,
    tool: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenRegistration<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    expires_at: String,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    scopes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    grant_types: Option<[&'static str; 2]>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    client_id: String,
    client_secret: String,
    expires_at: String,
    #[serde(default)]
    grant_types: Option<Vec<String>>,
}

impl<'a> RegistrationCache<'a> {
    /// The place for `source`, whose start URL and region must be known. Both are used as
    /// configured, even if the start URL leads elsewhere.
    pub(crate) fn new(ctx: &'a Context, home: &Path, source: &SsoSource, flow: Flow) -> Self {
        Self { ctx, path: file(home, source), flow }
    }

    /// The registration of an earlier login, if its kind fits and it lasts long enough.
    pub(crate) fn cached(&self) -> Option<ClientRegistration> {
        let bytes = match private::read(&self.path) {
            Found::File { bytes, .. } => Zeroizing::new(bytes),
            Found::Nothing => return None,
            Found::Refused { why, .. } => {
                self.ctx.printer.info(|| format!("the client registration is not used: {why}"));
                return None;
            }
        };
        let (registration, flow) = decode(&bytes)?;
        let is_usable = flow == self.flow && registration.expires_at - self.ctx.now() >= WINDOW;
        is_usable.then_some(registration)
    }

    /// Stores a new one for the next login. A failure does no harm, so it is only a warning.
    #[expect(clippy::disallowed_methods, reason = "a cache file is written")]
    pub(crate) fn keep(&self, registration: &ClientRegistration, scopes: &[String]) {
        let written = WrittenRegistration {
            client_id: &registration.client_id,
            client_secret: registration.client_secret.expose_secret(),
            expires_at: timestamp::format(registration.expires_at),
            scopes,
            grant_types: (self.flow == Flow::Browser).then_some(BROWSER_GRANTS),
        };
        let kept = json::python(&written)
            .map_err(|e| e.to_string())
            .and_then(|text| atomic::write(&self.path, text.as_bytes()).map_err(|e| e.to_string()));
        if let Err(why) = kept {
            self.ctx.printer.warn(&format!("cannot save the client registration: {why}"));
        }
    }

    /// Removes one that AWS does not accept.
    pub(crate) fn forget(&self) {
        if let Err(e) = held::remove(&self.path) {
            self.ctx.printer.debug(|| format!("cannot remove the client registration: {e}"));
        }
    }
}

fn file(home: &Path, source: &SsoSource) -> PathBuf {
    let key = RegistrationKey {
        region: source.sso_region.as_deref().unwrap_or_default(),
        scopes: source.scopes.as_deref(),
        session_name: source.session.as_deref(),
        start_url: source.start_url.as_deref().unwrap_or_default(),
        tool: "botocore",
    };
    // Text and lists of text are always valid JSON.
    let key = json::python(&key).unwrap_or_default();
    super::location::file_of_key(home, key.as_str())
}

/// The registration in a file, and the kind of login it is for.
fn decode(bytes: &[u8]) -> Option<(ClientRegistration, Flow)> {
    let read: Read = serde_json::from_slice(bytes).ok()?;
    let is_of_browser = read
        .grant_types
        .is_some_and(|grants| grants.iter().any(|grant| grant == BROWSER_GRANTS[0]));
    let registration = ClientRegistration {
        client_id: Some(read.client_id).filter(|id| !id.is_empty())?,
        client_secret: read.client_secret.into(),
        expires_at: timestamp::parse(&read.expires_at)?,
    };
    Some((registration, if is_of_browser { Flow::Browser } else { Flow::Device }))
}

#[cfg(test)]
mod fuzz {
    use super::*;
    use crate::fuzz::fuzz;

    const SEEDS: &[&[u8]] = &[
        br#"{"clientId": "C", "clientSecret": "S", "expiresAt": "2027-01-28T13:28:35Z", "scopes": ["sso:account:access"], "grantTypes": ["authorization_code", "refresh_token"]}"#,
        br#"{"clientId": "C", "clientSecret": "S", "expiresAt": "2027-01-28T13:28:35Z"}"#,
    ];

    #[test]
    fn registrations() {
        let now = timestamp::parse("2026-11-28T13:28:35Z").expect("a time");
        fuzz(SEEDS, |bytes| {
            let _ = decode(bytes).map(|(registration, _)| registration.expires_at - now >= WINDOW);
        });
    }
}
