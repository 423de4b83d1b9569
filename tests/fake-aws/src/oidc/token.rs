//! CreateToken for the three grants.

use super::{DEVICE_GRANT, Members, client, invalid, only, required};
use crate::answer::{Answer, Shape};
use crate::log::Entry;
use crate::options::RefreshTokens;
use crate::secrets::{self, fingerprint};
use crate::world::{AccessToken, Refresh, Verdict, World, millis};
use base64_simd::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const KNOWN: [&str; 9] = [
    "clientId",
    "clientSecret",
    "grantType",
    "deviceCode",
    "code",
    "codeVerifier",
    "redirectUri",
    "refreshToken",
    "scope",
];

/// How much a poll that comes too early increases the interval.
const SLOW_DOWN_MS: i64 = 5000;

/// Timers are not exact; a poll may come this much early.
const TOLERANCE_MS: i64 = 50;

pub(super) fn handle(
    world: &mut World,
    members: &Members,
    entry: &mut Entry,
) -> Result<Answer, Answer> {
    only(members, &KNOWN)?;
    let client_id = client(world, members)?;
    let grant = required(members, "grantType")?;
    if ![DEVICE_GRANT, "authorization_code", "refresh_token"].contains(&grant) {
        let text = "Unsupported grant type";
        return Err(error("UnsupportedGrantTypeException", text));
    }
    let registered = &world.clients[&client_id].grant_types;
    if !registered.iter().any(|own| own == grant) {
        return Err(error("UnauthorizedClientException", "Client is not allowed this grant"));
    }
    let answer = match grant {
        DEVICE_GRANT => device(world, members, &client_id),
        "authorization_code" => code(world, members, &client_id),
        _ => refresh(world, members, &client_id),
    }?;
    if let Some(token) = answer["accessToken"].as_str() {
        entry.principal = Some(fingerprint(token));
    }
    Ok(Answer::json(200, &answer))
}

fn device(world: &mut World, members: &Members, client_id: &str) -> Result<Value, Answer> {
    let device_code = required(members, "deviceCode")?;
    let now = world.now();
    let device = world.devices.get_mut(device_code).filter(|device| device.client_id == client_id);
    let device = device.ok_or_else(|| error("InvalidGrantException", "Invalid device code"))?;
    if device.expires_ms <= now {
        return Err(error("ExpiredTokenException", "Device code expired"));
    }
    // Clients poll once before they show the code and once right after: the first two are free.
    let early = device.polls >= 2
        && device.last_poll_ms.is_some_and(|last| now - last < device.interval_ms - TOLERANCE_MS);
    device.last_poll_ms = Some(now);
    device.polls += 1;
    if early {
        device.interval_ms += SLOW_DOWN_MS;
        return Err(error("SlowDownException", "Slow down"));
    }
    match device.verdict {
        Verdict::Pending => {
            Err(error("AuthorizationPendingException", "Authorization is still pending"))
        }
        Verdict::Denied => Err(error("AccessDeniedException", "Authorization was denied")),
        Verdict::Used => Err(error("InvalidGrantException", "Device code was used")),
        Verdict::Approved => {
            device.verdict = Verdict::Used;
            Ok(login(world, client_id))
        }
    }
}

fn code(world: &mut World, members: &Members, client_id: &str) -> Result<Value, Answer> {
    let code = required(members, "code")?;
    let verifier = required(members, "codeVerifier")?;
    let redirect_uri = required(members, "redirectUri")?;
    let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    if !(43..=128).contains(&verifier.len()) || !verifier.chars().all(unreserved) {
        return Err(invalid("codeVerifier must be 43 to 128 unreserved characters"));
    }
    let now = world.now();
    let refused = || error("InvalidGrantException", "Invalid authorization code");
    let found = world.codes.get_mut(code).filter(|found| found.client_id == client_id);
    let found = found.ok_or_else(refused)?;
    if found.used {
        return Err(refused());
    }
    if found.expires_ms <= now {
        return Err(error("ExpiredTokenException", "Authorization code expired"));
    }
    // A code works for one attempt, right or wrong.
    found.used = true;
    let challenge = URL_SAFE_NO_PAD.encode_to_string(Sha256::digest(verifier.as_bytes()));
    if challenge != found.challenge {
        return Err(error("InvalidGrantException", "Invalid code verifier"));
    }
    if redirect_uri != found.redirect_uri {
        return Err(error("InvalidGrantException", "Redirect URI does not match"));
    }
    Ok(login(world, client_id))
}

fn refresh(world: &mut World, members: &Members, client_id: &str) -> Result<Value, Answer> {
    let token = required(members, "refreshToken")?;
    let rotate = world.options.refresh_tokens == RefreshTokens::Rotate;
    let found = world.refresh.get_mut(token).filter(|found| found.client_id == client_id);
    let found = found.filter(|found| !found.used);
    let refused = || error("InvalidGrantException", "Invalid refresh token provided");
    let found = found.ok_or_else(refused)?;
    found.used = rotate;
    let session = found.session;
    let refresh_token = match world.options.refresh_tokens {
        RefreshTokens::Rotate => Some(Value::String(new_refresh(world, client_id, session))),
        RefreshTokens::Keep => Some(Value::String(token.to_owned())),
        RefreshTokens::Omit => None,
        RefreshTokens::Null => Some(Value::Null),
    };
    Ok(tokens(world, session, refresh_token))
}

/// The first tokens of a new session.
fn login(world: &mut World, client_id: &str) -> Value {
    let session = world.new_session();
    let client = &world.clients[client_id];
    // No refresh token without a scope.
    let refreshable = !client.scopes.is_empty()
        && client.grant_types.iter().any(|grant| grant == "refresh_token");
    let refresh_token = match world.options.refresh_tokens {
        RefreshTokens::Omit => None,
        RefreshTokens::Null => Some(Value::Null),
        _ if !refreshable => Some(Value::Null),
        _ => Some(Value::String(new_refresh(world, client_id, session))),
    };
    tokens(world, session, refresh_token)
}

fn new_refresh(world: &mut World, client_id: &str, session: u64) -> String {
    let token = secrets::portal_token("aor");
    let refresh = Refresh { client_id: client_id.to_owned(), session, used: false };
    world.refresh.insert(token.clone(), refresh);
    token
}

fn tokens(world: &mut World, session: u64, refresh_token: Option<Value>) -> Value {
    let lifetime = world.options.token_lifetime;
    let access = secrets::portal_token("aoa");
    let expires_ms = world.now() + millis(lifetime);
    let token = AccessToken { expires_ms, session, grants: None };
    world.tokens.insert(access.clone(), token);
    let mut body = json!({
        "accessToken": access,
        "tokenType": "Bearer",
        "expiresIn": lifetime.as_secs(),
        "idToken": null,
    });
    if let Some(refresh_token) = refresh_token {
        body["refreshToken"] = refresh_token;
    }
    body
}

fn error(code: &str, message: &str) -> Answer {
    Shape::Oidc.error(400, code, message)
}
