//! RegisterClient, in the two forms clients use: for device logins and for browser logins.

use super::{DEVICE_GRANT, Members, invalid, list, only, required, text};
use crate::answer::{Answer, Shape};
use crate::secrets;
use crate::world::{Client, World, millis};
use serde_json::json;

const KNOWN: [&str; 7] = [
    "clientName",
    "clientType",
    "scopes",
    "redirectUris",
    "grantTypes",
    "issuerUrl",
    "entitledApplicationArn",
];

pub(super) fn handle(world: &mut World, members: &Members) -> Result<Answer, Answer> {
    only(members, &KNOWN)?;
    let name = required(members, "clientName")?;
    if name.chars().count() > 256 {
        return Err(metadata("clientName is too long"));
    }
    if required(members, "clientType")? != "public" {
        return Err(metadata("clientType must be public"));
    }
    let scopes = list(members, "scopes")?;
    if let Some(scope) = scopes.iter().find(|scope| !is_scope(scope)) {
        let text = format!("Invalid scope {scope}");
        return Err(Shape::Oidc.error(400, "InvalidScopeException", &text));
    }
    let redirect_uris = list(members, "redirectUris")?;
    let grant_types = grants(members)?;
    if grant_types.iter().any(|grant| grant == "authorization_code") {
        browser(members, &redirect_uris)?;
    }
    let now = world.now();
    let client = Client {
        secret: secrets::client_secret(),
        scopes,
        grant_types,
        redirect_uris,
        expires_ms: now + millis(world.options.registration_lifetime),
    };
    let id = secrets::opaque(22);
    let answer = Answer::json(
        200,
        &json!({
            "clientId": id,
            "clientSecret": client.secret,
            "clientIdIssuedAt": now / 1000,
            "clientSecretExpiresAt": client.expires_ms / 1000,
            "authorizationEndpoint": null,
            "tokenEndpoint": null,
        }),
    );
    world.clients.insert(id, client);
    Ok(answer)
}

/// The requested grants. Without any, a client may use a device login and refresh.
fn grants(members: &Members) -> Result<Vec<String>, Answer> {
    let asked = list(members, "grantTypes")?;
    if asked.is_empty() {
        return Ok(vec![DEVICE_GRANT.to_owned(), "refresh_token".to_owned()]);
    }
    let known = ["authorization_code", "refresh_token", DEVICE_GRANT];
    match asked.iter().find(|grant| !known.contains(&grant.as_str())) {
        Some(grant) => {
            let text = format!("Unsupported grant type {grant}");
            Err(Shape::Oidc.error(400, "UnsupportedGrantTypeException", &text))
        }
        None => Ok(asked),
    }
}

/// A client for browser logins needs an issuer and a redirect URI.
fn browser(members: &Members, redirect_uris: &[String]) -> Result<(), Answer> {
    let issuer = text(members, "issuerUrl")?.unwrap_or_default();
    if !issuer.starts_with("https://") && !issuer.starts_with("http://") {
        return Err(invalid("issuerUrl must be the start URL of an instance"));
    }
    if list(members, "scopes")?.is_empty() {
        return Err(invalid("scopes is missing"));
    }
    if redirect_uris.is_empty() {
        return Err(invalid("redirectUris is missing"));
    }
    for uri in redirect_uris {
        let loopback = ["http://127.0.0.1", "http://[::1]"].iter().any(|start| {
            uri.strip_prefix(start)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
        });
        if (!loopback && !uri.starts_with("https://")) || uri.contains('#') {
            let text = "Redirect URIs must use https or a loopback address";
            return Err(Shape::Oidc.error(400, "InvalidRedirectUriException", text));
        }
    }
    Ok(())
}

/// `sso:account:access`, `codewhisperer:completions`, …
fn is_scope(scope: &str) -> bool {
    let parts: Vec<_> = scope.split(':').collect();
    parts.len() >= 2
        && parts.iter().all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_-*".contains(c))
        })
}

fn metadata(message: &str) -> Answer {
    Shape::Oidc.error(400, "InvalidClientMetadataException", message)
}
