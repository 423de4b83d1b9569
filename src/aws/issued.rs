//! Credentials that a service has issued.

use chrono::{DateTime, Datelike, Utc};

use super::Aws;
use super::call::Call;
use super::error::{Cause, RequestError};
use crate::credentials::Credentials;
use crate::text::arn::is_account_id;

/// The contents of an answer, not yet checked.
pub(super) struct Issued<'a> {
    pub access_key_id: Option<&'a str>,
    pub secret_access_key: Option<&'a str>,
    pub session_token: Option<&'a str>,
    pub expiration: Option<DateTime<Utc>>,
    pub account_id: Option<String>,
}

impl Aws<'_> {
    /// The credentials that an operation issued, if they are complete and have not expired.
    pub(super) fn checked(
        &self,
        call: &Call<'_>,
        issued: Issued<'_>,
    ) -> Result<Credentials, RequestError> {
        let unexpected = |reason: String| call.error(Cause::Unexpected(reason));
        let lacks = |what: &str| unexpected(format!("its credentials have no {what}"));
        let text = |value: Option<&str>, what: &str| {
            let text = value.filter(|v| !v.is_empty()).ok_or_else(|| lacks(what))?;
            // Control characters would break headers, environments and files later.
            if text.contains(char::is_control) {
                return Err(unexpected(format!("its {what} holds control characters")));
            }
            Ok(text.to_owned())
        };
        let access_key_id = text(issued.access_key_id, "access key id")?;
        let secret_access_key = text(issued.secret_access_key, "secret access key")?;
        let session_token = text(issued.session_token, "session token")?;
        let at = issued.expiration.ok_or_else(|| lacks("expiration"))?;
        if at.year() > 9999 {
            return Err(unexpected("its expiration is beyond the year 9999".into()));
        }
        let now = self.ctx.now();
        if at <= now {
            let date = self.network.get().and_then(|network| network.date.get());
            return Err(call.error(Cause::ExpiredCredentials { at, now, date }));
        }
        Ok(Credentials {
            access_key_id,
            secret_access_key: secret_access_key.into(),
            session_token: Some(session_token.into()),
            expiration: Some(at),
            // It goes into environments and files too.
            account_id: issued.account_id.filter(|id| is_account_id(id)),
        })
    }
}
