//! SSO-OIDC: client registration, device and browser logins, tokens.

mod authorize;
mod device;
mod register;
mod token;

use crate::answer::{Answer, Shape};
use crate::log::Entry;
use crate::request::Request;
use crate::world::World;
use hyper::Method;
use serde_json::{Map, Value};

pub(crate) use device::decide;

/// Name of the device grant on the wire.
pub(crate) const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

type Members = Map<String, Value>;

/// The operation a path belongs to.
pub(crate) fn operation(path: &str) -> Option<&'static str> {
    Some(match path {
        "/client/register" => "RegisterClient",
        "/device_authorization" => "StartDeviceAuthorization",
        "/token" => "CreateToken",
        _ => return None,
    })
}

/// The page a path belongs to.
pub(crate) fn page(path: &str) -> Option<&'static str> {
    Some(match path {
        "/authorize" | "/authorize/decide" => "Authorize",
        "/device" | "/device/decide" => "Device",
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
        "Authorize" => authorize::handle(world, request),
        "Device" => device::page(world, request),
        _ => body(request).and_then(|members| match operation {
            "RegisterClient" => register::handle(world, &members),
            "StartDeviceAuthorization" => device::start(world, &members),
            _ => token::handle(world, &members, entry),
        }),
    }
}

/// The JSON object of a POST that says it is JSON.
fn body(request: &Request) -> Result<Members, Answer> {
    if request.method != Method::POST {
        return Err(Shape::Oidc.error(405, "MethodNotAllowedException", "Method Not Allowed"));
    }
    if request.media_type().as_deref() != Some("application/json") {
        return Err(invalid("The content type must be application/json"));
    }
    request.json().ok_or_else(|| invalid("The body is not a JSON object"))
}

/// Refuses members that the operation does not have.
fn only(members: &Members, known: &[&str]) -> Result<(), Answer> {
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(invalid(&format!("Unknown member {name}"))),
        None => Ok(()),
    }
}

/// A member that is text, or `None` if it is absent or null.
fn text<'a>(members: &'a Members, name: &str) -> Result<Option<&'a str>, Answer> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(invalid(&format!("{name} must be a string"))),
    }
}

fn required<'a>(members: &'a Members, name: &str) -> Result<&'a str, Answer> {
    match text(members, name)? {
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(invalid(&format!("{name} is missing"))),
    }
}

/// A member that is a list of text; empty if it is absent or null.
fn list(members: &Members, name: &str) -> Result<Vec<String>, Answer> {
    let wrong = || invalid(&format!("{name} must be a list of strings"));
    match members.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

/// The id of a valid client whose secret is right.
fn client(world: &World, members: &Members) -> Result<String, Answer> {
    let id = required(members, "clientId")?;
    let secret = required(members, "clientSecret")?;
    let known = world.clients.get(id);
    match known {
        Some(client) if client.secret == secret && client.expires_ms > world.now() => {
            Ok(id.to_owned())
        }
        _ => Err(Shape::Oidc.error(401, "InvalidClientException", "Invalid client provided")),
    }
}

fn invalid(message: &str) -> Answer {
    Shape::Oidc.error(400, "InvalidRequestException", message)
}
