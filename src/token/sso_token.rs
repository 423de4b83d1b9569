//! What a token file holds, as values.

use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::registration::ClientRegistration;

/// The access token of a login.
#[derive(Debug)]
pub(crate) struct SsoToken {
    /// The bearer token; printable ASCII, so that it can stand in an HTTP header.
    pub access_token: SecretString,
    pub expires_at: DateTime<Utc>,
    /// The start URL it was issued for, as configured at that time.
    pub start_url: Option<String>,
    /// The region of the Identity Center instance that issued it.
    pub region: Option<String>,
}

impl SsoToken {
    pub(crate) fn left(&self, now: DateTime<Utc>) -> TimeDelta {
        self.expires_at - now
    }

    pub(crate) fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expires_at > now
    }

    #[expect(clippy::disallowed_methods, reason = "they are compared with each other")]
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.access_token.expose_secret() == other.access_token.expose_secret()
    }
}

/// A token file that was read.
pub(crate) struct TokenFile {
    pub token: SsoToken,
    /// None where any part of it is missing, and for legacy profiles: their tokens are never
    /// refreshed (SPEC 3.4).
    pub refresh: Option<RefreshGrant>,
    /// The bytes of the file.
    pub contents: Zeroizing<Vec<u8>>,
    /// Whether other users may read it.
    pub is_exposed: bool,
    /// When it was written; none where the system does not tell.
    pub modified: Option<SystemTime>,
}

/// What a new token is asked for with: the refresh token, and the client registration it was
/// issued to.
pub(crate) struct RefreshGrant {
    pub registration: ClientRegistration,
    pub refresh_token: SecretString,
}

impl RefreshGrant {
    /// Whether the client registration is still good. Nobody knows when a refresh token ends.
    pub(crate) fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.registration.is_live(now)
    }
}
