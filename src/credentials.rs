//! The credentials that are handed over.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

/// Credentials of some principal, from whatever source.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    /// `ASIA...` for temporary ones, `AKIA...` for those of a user.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: SecretString,
    /// Present for temporary ones.
    pub session_token: Option<SecretString>,
    /// When they end; none for static keys.
    pub expiration: Option<DateTime<Utc>>,
    /// The account of the principal, where known.
    pub account_id: Option<String>,
}
