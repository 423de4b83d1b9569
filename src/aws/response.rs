//! Reads AWS's error responses.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use chrono::{DateTime, TimeDelta, Utc};

use super::endpoint::ServiceEndpoint;
use super::error::{Cause, ErrorResponse, RequestError, SKEW};
use super::http::Seen;
use super::retry::Classifier;
use super::transport_error::TransportError;
use crate::text::server::{self, ServerText};

/// What is known about a request when its answer is judged.
#[derive(Debug)]
pub(super) struct SentRequest<'a> {
    /// Its attempts, and the service's clock.
    pub seen: Seen,
    /// Reads how long the service asks clients to wait.
    pub classifier: Classifier,
    pub now: DateTime<Utc>,
    /// Secrets of the request, which no message may repeat.
    pub secrets: &'a [&'a str],
}

/// Turns the SDK's error into ours.
pub(super) fn read<E: ProvideErrorMetadata>(
    operation: &'static str,
    endpoint: &ServiceEndpoint,
    error: &SdkError<E, HttpResponse>,
    asked: &SentRequest<'_>,
) -> RequestError {
    let cause = match error {
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => judge(error, asked),
        SdkError::DispatchFailure(failure) => transport(failure.as_connector_error()),
        // Operations have our own time limit.
        SdkError::TimeoutError(_) => Cause::Unsendable("it took too long".into()),
        // The SDK's message may quote the request.
        _ => Cause::Unsendable("the settings do not make a valid request".into()),
    };
    // A proxy's clock says nothing about the service's.
    let of_service = matches!(cause, Cause::Refused(_) | Cause::Unavailable { .. });
    let date = asked.seen.date.filter(|date| of_service && (*date - asked.now).abs() > SKEW);
    RequestError { skew: date, ..RequestError::new(operation, endpoint, cause) }
}

fn transport(error: Option<&aws_smithy_runtime_api::client::result::ConnectorError>) -> Cause {
    let error = error
        .and_then(std::error::Error::source)
        .and_then(|source| source.downcast_ref::<TransportError>());
    let unknown = || Cause::Unsendable("the request could not be sent".into());
    error.cloned().map_or_else(unknown, Cause::Transport)
}

/// Why an answer is an error.
fn judge<E: ProvideErrorMetadata>(
    error: &SdkError<E, HttpResponse>,
    asked: &SentRequest<'_>,
) -> Cause {
    let Some(response) = error.raw_response() else {
        return Cause::Unexpected("it cannot be read".into());
    };
    let status = response.status().as_u16();
    let text = |text: &str| ServerText::new(&without(asked.secrets, text));
    let meta = error.meta();
    // The SDK drops the message of an error without a code, and doesn't know OAuth's errors.
    let body = response.body().bytes().and_then(|bytes| serde_json::from_slice(bytes).ok());
    let body: serde_json::Value = body.unwrap_or_default();
    let code = meta.code().or_else(|| oauth_error(&body));
    let message = meta.message().or_else(|| message_of(&body));
    let owned = |text: &str| text.to_owned();
    let error = ErrorResponse {
        status,
        code: code.filter(|code| !is_part(asked.secrets, code)).and_then(server::code).map(owned),
        message: message.filter(|text| !text.is_empty()).map(text),
        reason: reason_of(&body)
            .filter(|reason| !is_part(asked.secrets, reason))
            .and_then(server::code)
            .map(owned),
        request_id: response.headers().request_id().and_then(server::request_id).map(owned),
    };
    let of_service =
        code.is_some() || message.is_some() || response.headers().get("x-amzn-errortype").is_some();
    // A proxy or a captive portal refuses with a page.
    let is_bare = || response.body().bytes().is_some_and(|bytes| bytes.trim_ascii().is_empty());
    match status {
        200..=299 => Cause::Unexpected("its body is malformed".into()),
        407 => Cause::Unexpected("the proxy requires a user name and password".into()),
        401 | 403 if of_service || is_bare() => Cause::Refused(error),
        _ if status >= 500 || error.is_throttling() => {
            let pause =
                asked.classifier.pause(response).filter(|pause| pause.as_secs() > 0).map(|pause| {
                    (pause, asked.now + TimeDelta::from_std(pause).unwrap_or_default())
                });
            Cause::Unavailable { response: error, attempts: asked.seen.attempts, pause }
        }
        400..=499 if of_service => Cause::Refused(error),
        _ => Cause::Unexpected(format!("HTTP {status} without an AWS error")),
    }
}

/// The message in a JSON error (SPEC 5.3, 5.4).
fn message_of(body: &serde_json::Value) -> Option<&str> {
    ["message", "Message", "error_description"].iter().find_map(|name| body.get(name)?.as_str())
}

/// The more specific code that SSO-OIDC puts next to the description, for example
/// `KMS_AccessDeniedException`. It may be null. The sign-in service has an `error` next to the
/// message: `TOKEN_EXPIRED`.
fn reason_of(body: &serde_json::Value) -> Option<&str> {
    let is_oauth = oauth_error(body).is_some();
    let reason = body.get("reason").or_else(|| body.get("error").filter(|_| !is_oauth));
    reason?.as_str()
}

/// The code in an SSO-OIDC error (SPEC 5.4). SSO-OIDC always sends a description, even if it is
/// null; proxies send `error` alone.
fn oauth_error(body: &serde_json::Value) -> Option<&str> {
    body.get("error_description")?;
    body.get("error")?.as_str()
}

/// Whether the code in the answer is part of a secret in the request.
fn is_part(secrets: &[&str], code: &str) -> bool {
    secrets.iter().any(|secret| secret.contains(code))
}

/// `text` without the secrets of the request. Short secrets look like words and stay.
fn without(secrets: &[&str], text: &str) -> String {
    // Removing shorter ones would leave holes in ordinary words.
    let secrets = secrets.iter().filter(|secret| secret.len() >= 8);
    secrets.fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_does_not_come_back() {
        assert_eq!(without(&["secret-1", "bad"], "bad token secret-1!"), "bad token ***!");
    }
}
