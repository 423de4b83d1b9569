//! Operations of services for which there is no SDK here. Their requests are built by hand, and
//! sent, limited, retried and judged like all others.

use std::fmt;
use std::io;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::interceptors::MapRequestInterceptor;
use aws_smithy_runtime::client::orchestrator::operation::{Operation, OperationBuilder};
use aws_smithy_runtime::client::retries::classifiers::TransientErrorClassifier;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::ErrorMetadata;
use aws_types::SdkConfig;
use http::Request;
use zeroize::Zeroizing;

use super::Aws;
use super::call::Call;
use super::error::RequestError;
use super::retry::{self, Classifier};
use super::single_use::SingleUse;

/// A request that contains secrets, so no message shows it.
pub(super) struct PlainRequest(pub Request<Vec<u8>>);

impl fmt::Debug for PlainRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainRequest")
    }
}

/// The body of an answer, which may contain secrets too.
struct PlainBody(Zeroizing<Vec<u8>>);

impl fmt::Debug for PlainBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainBody")
    }
}

/// Reads the error code in an answer.
pub(super) type CodeOf = fn(&HttpResponse) -> Option<String>;

/// Turns the common request into that of one attempt. One type for all callers, because the
/// function that sends a request is large.
pub(super) type ForAttempt = Box<dyn Fn(HttpRequest) -> io::Result<HttpRequest> + Send + Sync>;

impl Aws<'_> {
    /// Sends a request whose path is appended to the call's endpoint. Returns the body of the
    /// answer.
    pub(super) fn plain(
        &self,
        call: &Call<'_>,
        request: PlainRequest,
        code_of: CodeOf,
    ) -> Result<Zeroizing<Vec<u8>>, RequestError> {
        self.plain_with(call, request, code_of, Box::new(Ok))
    }

    /// The same, with something added to each attempt.
    pub(super) fn plain_with(
        &self,
        call: &Call<'_>,
        request: PlainRequest,
        code_of: CodeOf,
        each: ForAttempt,
    ) -> Result<Zeroizing<Vec<u8>>, RequestError> {
        let url = call.endpoint.base().to_owned();
        let (operation, single_use) = (call.operation, call.single_use);
        let answer = self.call(call, move |sdk, classifier| {
            let mut operation = plain_operation(operation, &url, sdk, classifier, code_of)
                .interceptor(MapRequestInterceptor::new(each));
            if single_use {
                operation = operation.retry_classifier(SingleUse);
            }
            let operation = operation.build();
            async move { operation.invoke(request).await }
        });
        answer.map(|PlainBody(bytes)| bytes)
    }
}

fn plain_operation(
    name: &'static str,
    url: &str,
    sdk: &SdkConfig,
    classifier: Classifier,
    code_of: CodeOf,
) -> OperationBuilder<PlainRequest, PlainBody, ErrorMetadata> {
    let mut builder = Operation::builder()
        .service_name("ssowrap")
        .operation_name(name)
        .endpoint_url(url)
        .no_auth()
        .standard_retry(sdk.retry_config().unwrap_or(&retry::config()))
        .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .retry_classifier(classifier)
        .sleep_impl(TokioSleep::new());
    if let Some(times) = sdk.timeout_config() {
        builder = builder.timeout_config(times.clone());
    }
    if let Some(client) = sdk.http_client() {
        builder = builder.http_client(client);
    }
    builder
        .serializer(|PlainRequest(request)| {
            let request = request.map(SdkBody::from);
            HttpRequest::try_from(request).map_err(Into::into)
        })
        .deserializer(move |response| read(response, code_of))
}

/// The error code in the header that AWS's JSON services send, for example
/// `ResourceNotFoundException`. Sometimes a shape's URL surrounds it.
pub(super) fn error_type(response: &HttpResponse) -> Option<String> {
    let code = response.headers().get("x-amzn-errortype")?;
    let code = code.split(':').next().unwrap_or_default();
    Some(code.rsplit('#').next().unwrap_or_default().to_owned())
}

fn read(
    response: &HttpResponse,
    code_of: CodeOf,
) -> Result<PlainBody, OrchestratorError<ErrorMetadata>> {
    let bytes = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return Ok(PlainBody(Zeroizing::new(bytes.to_vec())));
    }
    let mut error = ErrorMetadata::builder();
    if let Some(code) = code_of(response) {
        error = error.code(code);
    }
    Err(OrchestratorError::operation(error.build()))
}
