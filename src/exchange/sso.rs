//! The link that sends requests to the Identity Center portal.

use super::{Walk, subject};
use crate::aws::{ErrorResponse, PortalSession, RequestError, Service};
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Result};
use crate::profile::key::Key;
use crate::profile::plan::SsoSource;
use crate::token::{self, SsoToken};

/// The prefix of the roles that AWS creates for permission sets:
/// `AWSReservedSSO_NAME_0123456789abcdef`.
const RESERVED: &str = "AWSReservedSSO_";

impl Walk<'_> {
    pub(super) fn role_credentials(&self, sso: &SsoSource) -> Result<Credentials> {
        let token = self.token(sso)?;
        self.check_login(sso)?;
        // A vanity start URL may have led to a different region from the config's.
        let region = token.region.as_ref().or(sso.sso_region.as_ref()).ok_or_else(|| {
            Error::new(
                Kind::NoRegion,
                format!("no region of the Identity Center instance for {}", subject(sso)),
            )
            .hint("give `--sso-region`")
        })?;
        let endpoint = self.aws.endpoint(Service::Sso, region)?;
        let session = PortalSession {
            endpoint: &endpoint,
            access_token: &token.access_token,
            token_file: &token::file(&self.ctx.home()?, sso),
        };
        self.aws
            .get_role_credentials(session, &sso.account_id, &sso.role_name)
            .map_err(|failure| self.with_advice(sso, token, refused(sso, token, failure)))
    }
}

fn refused(sso: &SsoSource, token: &SsoToken, failure: RequestError) -> Error {
    let error = match failure.refusal() {
        Some(response) if response.status == 401 => login_required(sso, token, response),
        Some(response) if matches!(response.status, 403 | 404) => no_access(sso, response),
        Some(response) if response.status == 400 => Error::new(
            Kind::InvalidSetting,
            format!("AWS does not accept the request for {}: {}", role_of(sso), response.text()),
        )
        .hint(check_names(sso)),
        _ => return failure.into_error(&subject(sso)),
    };
    failure.with_clock(error)
}

fn login_required(sso: &SsoSource, token: &SsoToken, response: &ErrorResponse) -> Error {
    let session = match &sso.session {
        Some(session) => format!("sso-session `{session}`"),
        None => "its start URL".to_owned(),
    };
    let error = Error::new(
        Kind::TokenRefused,
        format!(
            "{} needs a login: AWS refuses the token of {session}: {}",
            subject(sso),
            response.text()
        ),
    )
    .hint(token::new_login_hint(sso));
    match token::region_hint(sso, token.region.as_deref()) {
        Some(hint) => error.or_hint(hint),
        None => error,
    }
}

/// Signing in again does not help here, so no hint suggests it.
fn no_access(sso: &SsoSource, response: &ErrorResponse) -> Error {
    let error = Error::new(
        Kind::AccessDenied,
        format!("no access to {}: {}", role_of(sso), response.text()),
    )
    .hint(check_names(sso));
    match permission_set(&sso.role_name) {
        Some(name) => error.hint(format!(
            "`{}` is the name of an IAM role; the permission set is called `{name}`",
            sso.role_name
        )),
        None => error
            .hint("if both are right, you are not assigned to the role: ask an administrator")
            .hint(format!(
                "if you were assigned a few minutes ago, sign out and in again: {}",
                token::sign_in_anew_hint(sso)
            )),
    }
}

fn role_of(sso: &SsoSource) -> String {
    let role = format!("role `{}` in account `{}`", sso.role_name, sso.account_id);
    match &sso.profile {
        Some(profile) => format!("{role} (profile `{profile}`)"),
        None => role,
    }
}

fn check_names(sso: &SsoSource) -> String {
    let (account_id, role_name) = match sso.profile {
        Some(_) => (sso.key(Key::SsoAccountId), sso.key(Key::SsoRoleName)),
        None => ("--account-id", "--role-name"),
    };
    format!(
        "check `{account_id}`, and that `{role_name}` is the permission set's name (case \
         matters)"
    )
}

/// The permission set of a role that AWS created.
fn permission_set(role_name: &str) -> Option<&str> {
    let (name, digest) = role_name.strip_prefix(RESERVED)?.rsplit_once('_')?;
    (!name.is_empty() && !digest.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permission_sets_behind_roles() {
        assert_eq!(
            permission_set("AWSReservedSSO_Power_User_0123456789abcdef"),
            Some("Power_User")
        );
        for name in ["Power_User", "AWSReservedSSO_", "AWSReservedSSO_x", "AWSReservedSSO__x"] {
            assert_eq!(permission_set(name), None, "{name}");
        }
    }
}
