//! Requests that use something up: a refresh token, or the code of a login. If the answer is lost,
//! so is the login.

use std::time::Duration;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::sdk_config::Builder;

use super::http::CONNECT_TIMEOUT;
use super::retry;
use super::transport_error::TransportError;

/// The limit for one attempt. There is no other limit, because it would also count while the
/// process is stopped.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// Limits clients with the settings `sdk` to two attempts, and gives answers enough time.
/// [`SingleUse`] must be one of their classifiers.
pub(super) fn apply(sdk: &mut Builder) {
    let times = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(ATTEMPT_TIMEOUT)
        .disable_operation_timeout()
        .build();
    sdk.set_timeout_config(Some(times));
    sdk.set_retry_config(Some(retry::config().with_max_attempts(2)));
}

/// Allows a second attempt only if the first request was never sent, or if the server says that it
/// could not process it.
#[derive(Debug)]
pub(super) struct SingleUse;

impl ClassifyRetry for SingleUse {
    fn classify_retry(&self, ctx: &InterceptorContext) -> RetryAction {
        let has_answer = ctx.response().is_some();
        let error = ctx.output_or_error().and_then(Result::err);
        let was_sent = error
            .is_some_and(|error| transport_error(error).is_none_or(|error| !error.is_unsent()));
        if was_sent && !has_answer {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "ssowrap: single use"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// Why there is no answer.
fn transport_error<E>(error: &OrchestratorError<E>) -> Option<&TransportError> {
    let error = error.as_connector_error()?;
    std::error::Error::source(error)?.downcast_ref()
}
