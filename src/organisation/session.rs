//! The session that profiles are written for.

use crate::profile::edit::changes::SectionChange;
use crate::profile::parse::SectionKind;
use crate::profile::value::canonical_start_url;

/// An sso-session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub name: String,
    pub start_url: String,
    pub sso_region: String,
    /// Whether it isn't in the config yet.
    pub is_new: bool,
}

impl Session {
    /// Whether a start URL leads to its portal.
    pub(super) fn is_at(&self, start_url: &str) -> bool {
        canonical_start_url(start_url) == canonical_start_url(&self.start_url)
    }

    /// Its section in the config.
    pub(super) fn section(&self) -> SectionChange {
        let keys = [
            ("sso_start_url", self.start_url.as_str()),
            ("sso_region", &self.sso_region),
            // Without a scope, AWS gives no refresh token (SPEC 3.6).
            ("sso_registration_scopes", "sso:account:access"),
        ];
        SectionChange {
            kind: SectionKind::SsoSession,
            ..SectionChange::profile(&self.name, owned(&keys))
        }
    }
}

/// Keys with their values.
pub(super) fn owned(keys: &[(&str, &str)]) -> Vec<(String, String)> {
    keys.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}
