//! The contents of an Identity Center token file, as values.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::login_file::{Grant, LoginFile, Token};
use super::registration::ClientRegistration;

/// The access token of a login.
#[derive(Debug)]
pub(crate) struct SsoToken {
    /// The bearer token: printable ASCII, as HTTP headers require.
    pub access_token: SecretString,
    pub expires_at: DateTime<Utc>,
    /// The start URL it was issued for, as configured then.
    pub start_url: Option<String>,
    /// The region of the Identity Center instance that issued it.
    pub region: Option<String>,
}

impl Token for SsoToken {
    fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    #[expect(clippy::disallowed_methods, reason = "they are compared with each other")]
    fn is(&self, other: &Self) -> bool {
        self.access_token.expose_secret() == other.access_token.expose_secret()
    }
}

/// A token file that was read. Legacy profiles have no refresh: their tokens are never refreshed
/// (SPEC 3.4).
pub(crate) type TokenFile = LoginFile<SsoToken, RefreshGrant>;

/// The refresh token, and the client registration it was issued to.
pub(crate) struct RefreshGrant {
    pub registration: ClientRegistration,
    pub refresh_token: SecretString,
}

impl Grant for RefreshGrant {
    /// When the client registration expires.
    fn ends(&self) -> Option<DateTime<Utc>> {
        Some(self.registration.expires_at)
    }
}
