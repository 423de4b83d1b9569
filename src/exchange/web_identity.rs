//! The source that exchanges an identity provider's token for a role's credentials.

use secrecy::{ExposeSecret, SecretString};

use super::{Walk, name, refused};
use crate::aws::WebIdentityRole;
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::profile::plan::WebIdentity;
use crate::storage::foreign;

/// STS accepts 20,000 characters (SPEC 5.5).
const MAX_TOKEN: usize = 64 * 1024;

impl Walk<'_> {
    pub(super) fn web_identity_credentials(&self, identity: &WebIdentity) -> Result<Credentials> {
        let endpoint = self.sts_endpoint()?;
        let generated = self.generated_session_name();
        let role = WebIdentityRole {
            role_arn: &identity.role_arn,
            session_name: identity.role_session_name.as_deref().unwrap_or(&generated),
            token: self.web_identity_token(identity)?,
        };
        self.aws.assume_role_with_web_identity(&endpoint, &role).map_err(|failure| {
            refused::of_web_identity(identity, has_line_end(role.token), failure)
        })
    }

    /// The token, read only once: it may come from a pipe, and must be the token in the cache key.
    pub(super) fn web_identity_token(&self, identity: &WebIdentity) -> Result<&SecretString> {
        match self.web_identity_token.get() {
            Some(token) => Ok(token),
            None => {
                let token = token(identity)?;
                Ok(self.web_identity_token.get_or_init(|| token))
            }
        }
    }
}

/// Whether a token contains a line break, which no valid one does. It is sent anyway: AWS decides.
#[expect(clippy::disallowed_methods, reason = "only whether it has a line end is told")]
fn has_line_end(token: &SecretString) -> bool {
    token.expose_secret().contains(['\r', '\n'])
}

/// The file's exact content: AWS tools trim nothing (SPEC 2.3).
fn token(identity: &WebIdentity) -> Result<SecretString> {
    let unusable = |kind, why: &str| {
        let (profile, file) = (name(&identity.profile), identity.token_file.display());
        Error::new(kind, format!("the web identity token of {profile}, {file}, {why}"))
            .at(identity.location.clone())
            .hint("check `web_identity_token_file`, and whatever writes that file")
    };
    let file = foreign::read(&identity.token_file)
        .map_err(|e| unusable(Kind::UnreadableFile, "cannot be read").source(e))?;
    match str::from_utf8(&file.bytes) {
        Err(_) => Err(unusable(Kind::SourceFailed, "is not text")),
        Ok("") => Err(unusable(Kind::SourceFailed, "is empty")),
        Ok(text) if text.len() > MAX_TOKEN => {
            Err(unusable(Kind::SourceFailed, "is too large for a token"))
        }
        Ok(text) => Ok(SecretString::from(text)),
    }
}
