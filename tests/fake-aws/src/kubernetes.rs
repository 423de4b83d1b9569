//! A cluster's API server, below `/kubernetes/NAME`: only what `kubectl get namespaces` needs. It
//! accepts the token of `aws eks get-token`, which it checks as aws-iam-authenticator does.

use crate::answer::{Answer, Shape};
use crate::auth;
use crate::form;
use crate::log::Entry;
use crate::request::Request;
use crate::sigv4::Signed;
use crate::sts;
use crate::world::World;
use base64_simd::URL_SAFE_NO_PAD;
use hyper::header::{HOST, HeaderMap, HeaderValue};
use serde_json::json;

/// Every cluster has a path below this.
pub(crate) const PATH: &str = "/kubernetes/";

/// The longest token that is checked.
const LONGEST: usize = 4096;

/// What a token's query may contain, each once.
const QUERY: [&str; 9] = [
    "Action",
    "Version",
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
];

/// The operation a path belongs to.
pub(crate) fn operation(path: &str) -> Option<&'static str> {
    path.starts_with(PATH).then_some("Kubernetes")
}

pub(crate) fn handle(
    world: &mut World,
    _operation: &str,
    request: &Request,
    entry: &mut Entry,
) -> Result<Answer, Answer> {
    let path = request.path.strip_prefix(PATH).unwrap_or_default();
    let (cluster, path) = path.split_once('/').unwrap_or((path, ""));
    if !world.clusters.values().any(|known| known.name == cluster) {
        return Err(Shape::Kubernetes.error(404, "NotFound", "there is no such cluster"));
    }
    let token = request.header("authorization").and_then(|text| text.strip_prefix("Bearer "));
    let token = token.ok_or_else(|| unauthorized("there is no token"))?;
    check(world, cluster, token, entry)?;
    let body = match path {
        "api" => {
            json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
        }
        "apis" => json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": []}),
        "api/v1" => json!({
            "kind": "APIResourceList", "groupVersion": "v1", "resources": [{
                "name": "namespaces", "singularName": "namespace", "namespaced": false,
                "kind": "Namespace", "shortNames": ["ns"], "verbs": ["get", "list"],
            }],
        }),
        "api/v1/namespaces" => json!({
            "kind": "NamespaceList", "apiVersion": "v1", "metadata": {}, "items": [{
                "kind": "Namespace", "apiVersion": "v1", "metadata": {"name": format!("of-{cluster}")},
            }],
        }),
        _ => return Err(Shape::Kubernetes.error(404, "NotFound", "there is no such resource")),
    };
    Ok(Answer::json(200, &body))
}

fn unauthorized(text: &str) -> Answer {
    Shape::Kubernetes.error(401, "Unauthorized", text)
}

/// Checks that a token is for this cluster, and notes its owner.
fn check(world: &World, cluster: &str, token: &str, entry: &mut Entry) -> Result<(), Answer> {
    if token.len() > LONGEST {
        return Err(unauthorized("token is too large"));
    }
    let url =
        token.strip_prefix("k8s-aws-v1.").and_then(|text| URL_SAFE_NO_PAD.decode_to_vec(text).ok());
    let url = url.and_then(|url| String::from_utf8(url).ok());
    let url = url.ok_or_else(|| unauthorized("token is missing expected prefix or encoding"))?;
    let (host, query) = url
        .strip_prefix("https://")
        .and_then(|rest| rest.split_once("/?"))
        .ok_or_else(|| unauthorized("unexpected scheme or path"))?;
    let pairs = form::parse(query).ok_or_else(|| unauthorized("malformed query parameter"))?;
    for (name, _) in &pairs {
        if !QUERY.contains(&name.as_str()) || form::get(&pairs, name).is_none() {
            return Err(unauthorized("non-whitelisted or repeated query parameter"));
        }
    }
    let value = |name: &str| form::get(&pairs, name).unwrap_or_default();
    let expires: Option<i64> = value("X-Amz-Expires").parse().ok();
    let signed_headers: Vec<&str> = value("X-Amz-SignedHeaders").split(';').collect();
    if value("Action") != "GetCallerIdentity"
        || !signed_headers.contains(&"x-k8s-aws-id")
        || expires.is_none_or(|seconds| !(0..=900).contains(&seconds))
    {
        return Err(unauthorized("unexpected parameters"));
    }
    let mut headers = HeaderMap::new();
    let header = |text: &str| HeaderValue::from_str(text).map_err(|_| unauthorized("no header"));
    headers.insert(HOST, header(host)?);
    headers.insert("x-k8s-aws-id", header(cluster)?);
    let signed = Signed { method: "GET", path: "/", query, headers: &headers, body: &[] };
    let owner = auth::verify(world, &signed, sts::SIGNING, entry);
    let owner = owner.map_err(|_| unauthorized("the signature does not hold"))?;
    let region = entry.region.as_deref().unwrap_or_default();
    if !host.starts_with(&format!("sts.{region}.amazonaws.")) {
        return Err(unauthorized("unexpected hostname in pre-signed URL"));
    }
    entry.principal = Some(owner.arn);
    Ok(())
}
