//! EKS: how to reach a cluster.

use std::time::SystemTime;

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use http::header::HOST;
use http::{Method, Request};
use serde::Deserialize;

use super::call::{Call, check_keys, keys, secrets};
use super::error::Cause;
use super::plain::{PlainRequest, error_type};
use super::{Aws, RequestError, ServiceEndpoint};
use crate::credentials::Credentials;
use crate::text::arn::Arn;

/// The parts of AWS's description of a cluster that ssowrap needs. All of it is untrusted text.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClusterDescription {
    pub arn: String,
    /// `ACTIVE`, `CREATING`, ...
    pub status: Option<String>,
    /// The URL of its API server; none while the cluster is being created.
    pub endpoint: Option<String>,
    pub certificate_authority: Option<CertificateAuthority>,
    /// Only a local cluster on an Outpost has one.
    pub id: Option<String>,
    /// Only a local cluster has one.
    pub outpost_config: Option<serde::de::IgnoredAny>,
}

/// The certificate authority of its API server.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CertificateAuthority {
    /// A PEM file, encoded in base64.
    pub data: Option<String>,
}

impl ClusterDescription {
    /// Whether this describes the cluster `name`.
    fn is(&self, name: &str) -> bool {
        let arn = Arn::parse(&self.arn).filter(|arn| arn.service == "eks");
        arn.is_some_and(|arn| arn.resource.strip_prefix("cluster/") == Some(name))
            && self.arn.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

#[derive(Deserialize)]
struct ClusterAnswer {
    cluster: ClusterDescription,
}

impl Aws<'_> {
    /// Describes the cluster `name`, which must be a valid name.
    pub(crate) fn describe_cluster(
        &self,
        endpoint: &ServiceEndpoint,
        signer: &Credentials,
        name: &str,
    ) -> Result<ClusterDescription, RequestError> {
        let secrets = secrets(signer);
        let call = Call::new("DescribeCluster", endpoint, &secrets);
        check_keys(&call, signer)?;
        let path = format!("/clusters/{name}");
        let request = signed(endpoint, signer, &path, self.ctx.now().into());
        let request = request.map_err(|why| call.error(Cause::Unsendable(why)))?;
        let body = self.plain(&call, PlainRequest(request), error_type)?;
        let answer: Option<ClusterAnswer> = serde_json::from_slice(&body).ok();
        let cluster = answer.map(|answer| answer.cluster).filter(|cluster| cluster.is(name));
        cluster.ok_or_else(|| call.error(Cause::Unexpected("its body is malformed".into())))
    }
}

/// A GET request signed for EKS. Errors of the signer may quote what they sign, so they are
/// dropped.
fn signed(
    endpoint: &ServiceEndpoint,
    signer: &Credentials,
    path: &str,
    now: SystemTime,
) -> Result<Request<Vec<u8>>, String> {
    let failed = || "it cannot be signed".to_owned();
    let identity = keys(signer).into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(&endpoint.region)
        .name("eks")
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|_| failed())?
        .into();
    let url = format!("{}{path}", endpoint.base());
    let headers = [("host", endpoint.host.as_str())].into_iter();
    let request = SignableRequest::new("GET", &url, headers, SignableBody::Bytes(&[]));
    let (instructions, _) =
        sign(request.map_err(|_| failed())?, &params).map_err(|_| failed())?.into_parts();
    let request = Request::builder().method(Method::GET).uri(path).header(HOST, &endpoint.host);
    let mut request = request.body(Vec::new()).map_err(|_| failed())?;
    instructions.apply_to_request_http1x(&mut request);
    Ok(request)
}
