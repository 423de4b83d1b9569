//! The authorization endpoint: the page that a browser login opens, and the redirect back.

use crate::answer::{Answer, Shape};
use crate::form::{Pairs, encode, escape};
use crate::options::Consent;
use crate::request::Request;
use crate::secrets;
use crate::world::{Authorization, World};

const PARAMETERS: [&str; 7] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "code_challenge_method",
    "scopes",
    "code_challenge",
];

/// How long a code, or a page that waits for the user, is valid.
const LIFETIME_MS: i64 = 10 * 60 * 1000;

pub(super) fn handle(world: &mut World, request: &Request) -> Result<Answer, Answer> {
    if request.method != hyper::Method::GET {
        return Err(Shape::Oidc.error(405, "MethodNotAllowedException", "Method Not Allowed"));
    }
    let query = request.query.as_ref().ok_or_else(|| refused("the query is malformed"))?;
    if request.path == "/authorize/decide" {
        let waiting = request.param("request").and_then(|id| world.requests.remove(id));
        let waiting = waiting.ok_or_else(|| refused("this request is unknown or was decided"))?;
        return Ok(decide(world, waiting, request.param("approve") == Some("true")));
    }
    let authorization = check(world, query)?;
    match world.options.consent {
        Consent::Ask => Ok(ask(world, authorization)),
        Consent::Approve => Ok(decide(world, authorization, true)),
        Consent::Deny => Ok(decide(world, authorization, false)),
    }
}

/// Checks that every parameter occurs exactly once, and is one that the registration allows.
fn check(world: &World, query: &Pairs) -> Result<Authorization, Answer> {
    if let Some((name, _)) = query.iter().find(|(name, _)| !PARAMETERS.contains(&name.as_str())) {
        return Err(refused(&format!("unknown parameter {name}")));
    }
    let one = |name: &str| {
        crate::form::get(query, name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| refused(&format!("{name} is missing, empty or sent twice")))
    };
    let client_id = one("client_id")?;
    let client = world.clients.get(client_id).filter(|client| client.expires_ms > world.now());
    let client = client.ok_or_else(|| {
        Shape::Oidc.error(401, "InvalidClientException", "Invalid client provided")
    })?;
    if !client.grant_types.iter().any(|grant| grant == "authorization_code") {
        let text = "The client is not registered for browser logins";
        return Err(Shape::Oidc.error(400, "UnauthorizedClientException", text));
    }
    let redirect_uri = one("redirect_uri")?;
    if !client.redirect_uris.iter().any(|registered| same_but_port(registered, redirect_uri)) {
        let text = "The redirect URI does not match the registration";
        return Err(Shape::Oidc.error(400, "InvalidRedirectUriException", text));
    }
    if one("response_type")? != "code" {
        return Err(refused("response_type must be code"));
    }
    if one("code_challenge_method")? != "S256" {
        return Err(refused("code_challenge_method must be S256"));
    }
    let challenge = one("code_challenge")?;
    let url_safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if challenge.len() != 43 || !challenge.chars().all(url_safe) {
        return Err(refused("code_challenge must be 43 characters of unpadded base64url"));
    }
    let scopes = one("scopes")?;
    if let Some(scope) = scopes.split(' ').find(|s| !client.scopes.iter().any(|own| own == s)) {
        let text = format!("Scope {scope} is not registered");
        return Err(Shape::Oidc.error(400, "InvalidScopeException", &text));
    }
    Ok(Authorization {
        client_id: client_id.to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        state: one("state")?.to_owned(),
        challenge: challenge.to_owned(),
        expires_ms: world.now() + LIFETIME_MS,
        used: false,
    })
}

/// The consent page.
fn ask(world: &mut World, authorization: Authorization) -> Answer {
    let id = secrets::opaque(32);
    let scopes = world.clients.get(&authorization.client_id).map(|client| client.scopes.join(", "));
    world.requests.insert(id.clone(), authorization);
    let decide = format!("{}/authorize/decide?request={id}&approve=", world.url);
    let decide = escape(&decide);
    let body = format!(
        "<p>An application asks for: <b>{}</b></p>\
         <p><a id=\"approve\" href=\"{decide}true\">Approve</a> \
         <a id=\"deny\" href=\"{decide}false\">Deny</a></p>",
        escape(&scopes.unwrap_or_default())
    );
    Answer::html(200, "Allow access?", &body)
}

/// Sends the browser back with a code or with an error.
fn decide(world: &mut World, authorization: Authorization, approve: bool) -> Answer {
    let state = encode(&authorization.state);
    let back = authorization.redirect_uri.clone();
    let mark = if back.contains('?') { '&' } else { '?' };
    if !approve {
        let text = encode("The resource owner denied the request");
        return Answer::redirect(&format!(
            "{back}{mark}error=access_denied&error_description={text}&state={state}"
        ));
    }
    let code = secrets::code();
    let location = format!("{back}{mark}code={}&state={state}", encode(&code));
    world.codes.insert(code, authorization);
    Answer::redirect(&location)
}

/// A loopback redirect is registered without a port and comes with one.
fn same_but_port(registered: &str, sent: &str) -> bool {
    if !registered.starts_with("http://") {
        return registered == sent;
    }
    match (without_port(registered), without_port(sent)) {
        (Some((known, _)), Some((asked, Some(port)))) => {
            known == asked && port.parse::<u16>().is_ok_and(|port| port > 0)
        }
        _ => false,
    }
}

fn without_port(uri: &str) -> Option<(String, Option<&str>)> {
    let rest = uri.strip_prefix("http://")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host_end = authority.rfind(']').map_or(0, |at| at + 1);
    match authority[host_end..].find(':') {
        Some(colon) => {
            let at = host_end + colon;
            Some((format!("{}{path}", &authority[..at]), Some(&authority[at + 1..])))
        }
        None => Some((format!("{authority}{path}"), None)),
    }
}

fn refused(message: &str) -> Answer {
    Shape::Oidc.error(400, "InvalidRequestException", message)
}

#[cfg(test)]
mod tests {
    use super::same_but_port;

    #[test]
    fn the_port_alone_may_differ() {
        let registered = "http://127.0.0.1/oauth/callback";
        assert!(same_but_port(registered, "http://127.0.0.1:4711/oauth/callback"));
        assert!(same_but_port("http://[::1]/cb", "http://[::1]:4711/cb"));
        for sent in [
            "http://127.0.0.1/oauth/callback",
            "http://127.0.0.1:0/oauth/callback",
            "http://127.0.0.1:x/oauth/callback",
            "http://localhost:4711/oauth/callback",
            "http://127.0.0.1:4711/oauth/callback/",
            "http://127.0.0.1:4711/other",
            "https://127.0.0.1:4711/oauth/callback",
            "http://127.0.0.1:4711@evil.example/oauth/callback",
        ] {
            assert!(!same_but_port(registered, sent), "{sent}");
        }
    }
}
