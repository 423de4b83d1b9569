//! EKS: `DescribeCluster`.

use crate::answer::{Answer, Shape};
use crate::auth::{self, Signing};
use crate::log::Entry;
use crate::request::Request;
use crate::world::World;
use hyper::Method;
use serde_json::json;

const PATH: &str = "/clusters/";

const SIGNING: Signing = Signing { service: "eks", shape: Shape::Eks };

/// A cluster.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    pub name: String,
    pub endpoint: String,
    /// A PEM file, encoded in base64.
    pub authority: String,
}

/// The operation a path belongs to.
pub(crate) fn operation(path: &str) -> Option<&'static str> {
    path.starts_with(PATH).then_some("DescribeCluster")
}

pub(crate) fn handle(
    world: &mut World,
    _operation: &str,
    request: &Request,
    entry: &mut Entry,
) -> Result<Answer, Answer> {
    if request.method != Method::GET || !request.raw_query.is_empty() {
        return Err(Shape::Eks.error(405, "MethodNotAllowed", "GET without a query"));
    }
    let caller = auth::authenticate(world, request, SIGNING, entry)?;
    entry.principal = Some(caller.arn);
    let name = request.path.strip_prefix(PATH).unwrap_or_default();
    let region = entry.region.as_deref().unwrap_or_default();
    let is_it = |arn: &&String| {
        let fields: Vec<&str> = arn.split(':').collect();
        fields[3] == region && fields[4] == caller.account && arn.ends_with(&format!("/{name}"))
    };
    let Some(arn) = world.clusters.keys().find(is_it) else {
        let text = format!("No cluster found for name: {name}.");
        return Err(Shape::Eks.error(404, "ResourceNotFoundException", &text));
    };
    let cluster = &world.clusters[arn];
    Ok(Answer::json(
        200,
        &json!({"cluster": {
            "name": name,
            "arn": arn,
            "createdAt": 1_700_000_000.123,
            "version": "1.32",
            "endpoint": cluster.endpoint,
            "roleArn": format!("arn:aws:iam::{}:role/eks", caller.account),
            "resourcesVpcConfig": {"subnetIds": ["subnet-1"], "endpointPublicAccess": true},
            "status": "ACTIVE",
            "certificateAuthority": {"data": cluster.authority},
            "tags": {},
        }}),
    ))
}
