//! The Security Token Service: query protocol in, XML out.

mod assume_role;
mod identity;
mod params;
mod web_identity;

use crate::answer::{Answer, Shape};
use crate::auth::{self, Signing};
use crate::form::{self, Pairs};
use crate::log::Entry;
use crate::request::Request;
use crate::world::World;
use hyper::Method;

/// How requests are signed for it.
pub(crate) const SIGNING: Signing = Signing { service: "sts", shape: Shape::Sts };

const VERSION: &str = "2011-06-15";

/// The operations known, by their `Action`.
const ACTIONS: [&str; 4] =
    ["AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity", "GetSessionToken"];

/// The operation a request to the root path asks for; `Unknown` if there is none.
pub(crate) fn operation(request: &Request) -> &'static str {
    let pairs = parameters(request).unwrap_or_default();
    let action = form::get(&pairs, "Action").unwrap_or_default();
    ACTIONS.into_iter().find(|known| *known == action).unwrap_or("Unknown")
}

pub(crate) fn handle(
    world: &mut World,
    operation: &str,
    request: &Request,
    entry: &mut Entry,
) -> Result<Answer, Answer> {
    if request.method != Method::GET && request.method != Method::POST {
        return Err(Shape::Sts.error(405, "MethodNotAllowed", "Only GET and POST are allowed"));
    }
    let sent = parameters(request).ok_or_else(|| {
        let text = "The body must be application/x-www-form-urlencoded and well-formed";
        Shape::Sts.error(400, "MalformedInput", text)
    })?;
    let action = form::get(&sent, "Action")
        .ok_or_else(|| Shape::Sts.error(400, "MissingAction", "Missing Action"))?;
    if operation == "Unknown" || form::get(&sent, "Version") != Some(VERSION) {
        let version = form::get(&sent, "Version").unwrap_or("NO_VERSION_SPECIFIED");
        let text = format!("Could not find operation {action} for version {version}");
        return Err(Shape::Sts.error(400, "InvalidAction", &text));
    }
    if operation == "AssumeRoleWithWebIdentity" {
        return web_identity::handle(world, &sent, entry);
    }
    let caller = auth::authenticate(world, request, SIGNING, entry)?;
    entry.principal = Some(caller.arn.clone());
    match operation {
        "AssumeRole" => assume_role::handle(world, &caller, &sent, entry),
        "GetSessionToken" => identity::session_token(world, &caller, &sent, entry),
        _ => identity::caller(&caller, &sent),
    }
}

/// The parameters: the form of a POST, the query of a GET without what belongs to the signature.
fn parameters(request: &Request) -> Option<Pairs> {
    if request.method == Method::POST {
        return request.form();
    }
    let mut pairs = request.query.clone()?;
    pairs.retain(|(name, _)| !name.starts_with("X-Amz-"));
    Some(pairs)
}
