//! The contents of a login session's file, as values.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::login_file::{Grant, Token};
use crate::cache::login::LoginId;
use crate::credentials::Credentials;

/// The credentials in a login session's file.
#[derive(Debug)]
pub(crate) struct SessionToken {
    /// They include the account.
    pub credentials: Credentials,
    pub expires_at: DateTime<Utc>,
    /// None if the file doesn't distinguish logins.
    pub login: Option<LoginId>,
}

impl Token for SessionToken {
    fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    fn is(&self, other: &Self) -> bool {
        self.credentials.access_key_id == other.credentials.access_key_id
    }
}

/// The refresh token, and what it is bound to.
pub(super) struct SessionRefresh {
    pub client_id: String,
    pub refresh_token: SecretString,
    /// The private key, in PEM.
    pub dpop_key: SecretString,
}

impl Grant for SessionRefresh {
    fn ends(&self) -> Option<DateTime<Utc>> {
        None
    }
}
