//! The container credentials endpoint and the instance metadata service (IMDSv2).

use crate::answer::{Answer, Shape};
use crate::clock;
use crate::log::Entry;
use crate::request::Request;
use crate::secrets;
use crate::world::{Issued, Kind, Principal, World, stable_id};
use hyper::Method;
use serde_json::json;
use std::time::Duration;

/// Role of the container and of the instance.
const ACCOUNT: &str = "123456789012";
const CONTAINER_ROLE: &str = "fake-task-role";
const INSTANCE_ROLE: &str = "fake-instance-role";
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";

/// The operation a path belongs to.
pub(crate) fn operation(path: &str) -> Option<(&'static str, Shape)> {
    Some(match path {
        "/ecs/credentials" => ("ContainerCredentials", Shape::Container),
        "/latest/api/token" => ("ImdsToken", Shape::Imds),
        _ if path == ROLES || path == ROLES.trim_end_matches('/') => ("ImdsRole", Shape::Imds),
        _ if path.starts_with(ROLES) => ("ImdsCredentials", Shape::Imds),
        _ => return None,
    })
}

pub(crate) fn handle(
    world: &mut World,
    operation: &str,
    request: &Request,
    entry: &mut Entry,
) -> Result<Answer, Answer> {
    match operation {
        "ContainerCredentials" => container(world, request, entry),
        "ImdsToken" => imds_token(world, request),
        "ImdsRole" => imds(world, request).map(|()| Answer::text(200, INSTANCE_ROLE)),
        _ => imds_credentials(world, request, entry),
    }
}

fn container(world: &mut World, request: &Request, entry: &mut Entry) -> Result<Answer, Answer> {
    if request.method != Method::GET {
        return Err(Shape::Container.error(405, "MethodNotAllowed", "Only GET is allowed"));
    }
    let wanted = world.options.container_token.as_deref();
    if wanted.is_some() && request.header("authorization") != wanted {
        return Err(Shape::Container.error(401, "Unauthorized", "Authorization does not match"));
    }
    let issued = issue(world, "ContainerCredentials", CONTAINER_ROLE, "fake-task", entry);
    Ok(Answer::json(
        200,
        &json!({
            "RoleArn": format!("arn:aws:iam::{ACCOUNT}:role/{CONTAINER_ROLE}"),
            "AccessKeyId": issued.access_key_id,
            "SecretAccessKey": issued.secret,
            "Token": issued.session_token,
            "Expiration": clock::iso(issued.expires_ms),
        }),
    ))
}

fn imds_token(world: &mut World, request: &Request) -> Result<Answer, Answer> {
    if request.method != Method::PUT {
        return Err(Shape::Imds.error(405, "MethodNotAllowed", "Method Not Allowed"));
    }
    if request.headers.contains_key("x-forwarded-for") {
        return Err(Shape::Imds.error(403, "Forbidden", "Forbidden"));
    }
    let ttl = request.header("x-aws-ec2-metadata-token-ttl-seconds");
    let ttl: i64 = ttl
        .and_then(|text| text.parse().ok())
        .filter(|seconds| (1..=21_600).contains(seconds))
        .ok_or_else(|| Shape::Imds.error(400, "BadRequest", "Bad Request"))?;
    let token = secrets::portal_token("imds");
    let expires = world.now() + ttl * 1000;
    world.imds_tokens.insert(token.clone(), expires);
    let mut answer = Answer::text(200, token);
    answer.header("x-aws-ec2-metadata-token-ttl-seconds", &ttl.to_string());
    Ok(answer)
}

/// Only version 2: every read needs a token.
fn imds(world: &World, request: &Request) -> Result<(), Answer> {
    if request.method != Method::GET {
        return Err(Shape::Imds.error(405, "MethodNotAllowed", "Method Not Allowed"));
    }
    let token = request.header("x-aws-ec2-metadata-token").unwrap_or_default();
    match world.imds_tokens.get(token) {
        Some(expires) if *expires > world.now() => Ok(()),
        _ => Err(Shape::Imds.error(401, "Unauthorized", "Unauthorized")),
    }
}

fn imds_credentials(
    world: &mut World,
    request: &Request,
    entry: &mut Entry,
) -> Result<Answer, Answer> {
    imds(world, request)?;
    if request.path.strip_prefix(ROLES) != Some(INSTANCE_ROLE) {
        return Err(Shape::Imds.error(404, "NotFound", "Not Found"));
    }
    let issued = issue(world, "ImdsCredentials", INSTANCE_ROLE, "i-0123456789abcdef0", entry);
    Ok(Answer::json(
        200,
        &json!({
            "Code": "Success",
            "LastUpdated": clock::iso(world.now()),
            "Type": "AWS-HMAC",
            "AccessKeyId": issued.access_key_id,
            "SecretAccessKey": issued.secret,
            "Token": issued.session_token,
            "Expiration": clock::iso(issued.expires_ms),
        }),
    ))
}

fn issue(
    world: &mut World,
    operation: &str,
    role: &str,
    session: &str,
    entry: &mut Entry,
) -> Issued {
    let role_arn = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
    let principal = Principal {
        arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}"),
        account: ACCOUNT.to_owned(),
        user_id: format!("{}:{session}", stable_id("AROA", &role_arn)),
        role_arn: Some(role_arn),
        person: None,
        kind: Kind::Role,
        is_chained: false,
    };
    entry.principal = Some(principal.arn.clone());
    let issued = world.issue(principal, operation, Duration::from_secs(6 * 3600));
    entry.issued_access_key_id = Some(issued.access_key_id.clone());
    issued
}
