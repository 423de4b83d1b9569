//! The console's federation endpoint (SPEC 8): turns a role's credentials into a token that signs a
//! browser in.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{Method, Request};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::call::{Call, secrets};
use super::error::Cause;
use super::plain::PlainRequest;
use super::{Aws, RequestError, ServiceEndpoint};
use crate::credentials::Credentials;

/// The federation endpoint's path.
pub(crate) const FEDERATION: &str = "/federation";

/// Our own code for a refusal: the endpoint sends no code, at most a page.
const REFUSED: &str = "BadRequest";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FederatedSession<'a> {
    session_id: &'a str,
    session_key: &'a str,
    session_token: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SigninAnswer {
    signin_token: SecretString,
}

impl Aws<'_> {
    /// A token that signs a browser in within 15 minutes. `duration` is how long the console
    /// session lasts. AWS accepts it only for credentials that were not obtained with those of
    /// another role.
    #[expect(clippy::disallowed_methods, reason = "the request is written here")]
    pub(crate) fn sign_in_token(
        &self,
        endpoint: &ServiceEndpoint,
        credentials: &Credentials,
        duration: Option<Duration>,
    ) -> Result<SecretString, RequestError> {
        let secrets = secrets(credentials);
        let [session_key, session_token] = secrets;
        let call = Call::new("getSigninToken", endpoint, &secrets);
        let unsendable = || call.error(Cause::Unsendable("the request cannot be written".into()));
        let session =
            FederatedSession { session_id: &credentials.access_key_id, session_key, session_token };
        let session = Zeroizing::new(serde_json::to_string(&session).map_err(|_| unsendable())?);
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", "getSigninToken");
        if let Some(duration) = duration {
            form.append_pair("SessionDuration", &duration.as_secs().to_string());
        }
        form.append_pair("Session", &session);
        let request = Request::builder()
            .method(Method::POST)
            .uri(FEDERATION)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.finish().into_bytes())
            .map_err(|_| unsendable())?;
        // It refuses credentials with an empty 400.
        let body = self.plain(&call, PlainRequest(request), |response| {
            (response.status().as_u16() == 400).then(|| REFUSED.to_owned())
        })?;
        let answer: Option<SigninAnswer> = serde_json::from_slice(&body).ok();
        let token = answer.map(|answer| answer.signin_token);
        token
            .filter(|token| !token.expose_secret().is_empty())
            .ok_or_else(|| call.error(Cause::Unexpected("its body is malformed".into())))
    }
}
